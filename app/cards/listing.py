"""All cards of an organization, a page at a time, as lists and exports show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select

from app.cards import colleagues, lookup
from app.cards.decision import DELETED, PAUSED
from app.cards.layout import Layout
from app.cards.names import said_name
from app.cards.rendering import render
from app.cards.tables import cards
from app.cards.view import CardSource
from app.core.db import ORGANIZATION, Timestamp
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.organizations import Organization
from app.directory.tables import people, scim_users

PAGE = 500
"""Cards read at a time."""


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A card with its person and the values it shows (or would show, were it live), as text by label."""

    id: str
    url: str
    state: str
    paused_by: str | None
    """`admin` or `directory`; `admin` when both have."""
    template: str
    user_name: str | None
    external_id: str | None
    """The directory's id of the person, also when the record is gone."""
    display_name: str | None
    invited_as: str | None
    """The address by which a person outside the directory was invited."""
    claimed_at: datetime | None
    """Since when somebody holds the card (cards.claiming)."""
    created: datetime
    down: datetime | None
    """Since when the directory does not want a card that was up."""
    values: dict[str, str]

    @property
    def holder_name(self) -> str | None:
        """What its person is called: as in the directory, else as on the card."""
        return self.display_name or self.values.get("name") or self.user_name or self.invited_as


def _page() -> Select[Any]:
    after = and_(cards.c.created_at == bindparam("created", type_=Timestamp), cards.c.id > bindparam("id"))
    return (
        select(
            *lookup.COLUMNS,
            cards.c.id,
            cards.c.created_at,
            cards.c.paused_by_admin,
            cards.c.down_at,
            scim_users.c.user_name,
            func.coalesce(scim_users.c.external_id, people.c.directory_key).label("external_id"),
            scim_users.c.display_name,
            people.c.email.label("invited_as"),
            people.c.blocked_at,
        )
        .select_from(
            lookup.SOURCES.outerjoin(
                people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id)
            )
        )
        .where(
            cards.c.organization_id == ORGANIZATION,
            cards.c.state != DELETED,
            or_(cards.c.created_at > bindparam("created", type_=Timestamp), after),
        )
        .order_by(cards.c.created_at, cards.c.id)
        .limit(bindparam("page"))
    )


_EVERY = _page()
_IN_STATE = _EVERY.where(cards.c.state == bindparam("wanted_state"))
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def every(reader: Reader, public_url: str, state: str | None = None, page: int = PAGE) -> Iterator[ListedCard]:
    """The organization's cards, all or those in `state`, in the order they were made.

    One query for `page` of them, another where they show managers.
    """
    organization = organizations.current(reader)
    layouts: dict[tuple[str, int], Layout] = {}
    statement = _EVERY if state is None else _IN_STATE
    place: dict[str, Any] = {"created": _BEFORE_ALL, "id": "", "page": page, "wanted_state": state}
    while True:
        rows = reader.execute(statement, place).all()
        shown = []
        for row in rows:
            key = (row.template_id, row.template_version)
            if key not in layouts:
                layouts[key] = Layout.from_json(row.layout)
            shown.append((layouts[key], row.document))
        known = colleagues.managers_shown(reader, shown, organization.settings)
        for row, (layout, _) in zip(rows, shown, strict=True):
            yield _listed(row, lookup.source(row, layout, organization.settings, known), organization, public_url)
        if len(rows) < page:
            return
        place |= {"created": rows[-1].created_at, "id": rows[-1].id}


def _listed(row: Row[*tuple[Any, ...]], source: CardSource, organization: Organization, public_url: str) -> ListedCard:
    view = render(source, public_url)
    return ListedCard(
        id=row.public_id,
        url=view.url,
        state=row.state,
        paused_by=None if row.state != PAUSED else "admin" if row.paused_by_admin or row.blocked_at else "directory",
        template=row.template_name,
        user_name=row.user_name,
        external_id=row.external_id,
        display_name=said_name(row.display_name, organization.settings.clear_marker),
        invited_as=row.invited_as,
        claimed_at=row.claimed_at,
        created=row.created_at,
        down=row.down_at,
        values=dict(view.values),
    )

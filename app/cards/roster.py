"""Everybody whom the directory has pushed, with their cards, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from app.cards.decision import DELETED
from app.cards.names import said_name
from app.cards.tables import cards, templates
from app.core.db import ORGANIZATION, Timestamp
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import scim_users

PAGE = 500
"""People read at a time."""


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person whose record is in the directory; `cards` are (template, state), oldest first."""

    user_name: str
    external_id: str | None
    display_name: str | None
    active: bool
    created: datetime
    cards: tuple[tuple[str, str], ...]


_PEOPLE = (
    select(
        scim_users.c.id,
        scim_users.c.person_id,
        scim_users.c.user_name,
        scim_users.c.external_id,
        scim_users.c.display_name,
        scim_users.c.active,
        scim_users.c.created_at,
    )
    .where(
        scim_users.c.organization_id == ORGANIZATION,
        or_(
            scim_users.c.created_at > bindparam("created", type_=Timestamp),
            and_(scim_users.c.created_at == bindparam("created", type_=Timestamp), scim_users.c.id > bindparam("id")),
        ),
    )
    .order_by(scim_users.c.created_at, scim_users.c.id)
    .limit(bindparam("page"))
)
_CARDS = (
    select(cards.c.person_id, cards.c.state, templates.c.name)
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id.in_(bindparam("people", expanding=True)),
        cards.c.state != DELETED,
    )
    .order_by(cards.c.created_at, cards.c.id)
)


def every(reader: Reader, page: int = PAGE) -> Iterator[ListedPerson]:
    """The organization's people in the order they were pushed first. Two queries for `page` of them, one for all."""
    marker = organizations.current(reader).settings.clear_marker
    place: dict[str, Any] = {"created": datetime(1970, 1, 1, tzinfo=UTC), "id": "", "page": page}
    while True:
        rows = reader.execute(_PEOPLE, place).all()
        held: dict[str, list[tuple[str, str]]] = {row.person_id: [] for row in rows}
        for card in reader.execute(_CARDS, {"people": list(held)}) if held else ():
            held[card.person_id].append((card.name, card.state))
        for row in rows:
            yield ListedPerson(
                user_name=row.user_name,
                external_id=row.external_id,
                display_name=said_name(row.display_name, marker),
                active=row.active,
                created=row.created_at,
                cards=tuple(held[row.person_id]),
            )
        if len(rows) < page:
            return
        place |= {"created": rows[-1].created_at, "id": rows[-1].id}

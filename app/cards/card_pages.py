"""The cards of an organization as screens list them: by pages, narrowed by state, template and holder."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from app.cards.decision import DELETED
from app.cards.tables import cards, templates
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory.tables import people, scim_users

EXPORTED_AT_ONCE = 500

CHANGED, CREATED = "changed", "created"
_COLUMNS = {CHANGED: (cards.c.modified_at, cards.c.id), CREATED: (cards.c.created_at, cards.c.id)}

_LIST = (
    select(
        cards.c.id,
        cards.c.public_id,
        cards.c.person_id,
        cards.c.template_id,
        cards.c.state,
        cards.c.paused_by_admin,
        cards.c.claimed_at,
        cards.c.version,
        cards.c.created_at,
        cards.c.modified_at,
        templates.c.name.label("template"),
        scim_users.c.user_name,
        scim_users.c.display_name,
        people.c.email.label("invited_as"),
    )
    .select_from(
        cards.outerjoin(
            templates,
            (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
        )
        .outerjoin(people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id))
        .outerjoin(
            scim_users,
            (scim_users.c.organization_id == cards.c.organization_id) & (scim_users.c.person_id == cards.c.person_id),
        )
    )
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state != DELETED)
)

_NAMED = _LIST.where(cards.c.public_id.in_(bindparam("listed", expanding=True)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None: everything."""

    state: str | None = None
    template_id: str | None = None
    persons: Collection[str] | None = None
    """Holders, by person id."""


def page(
    reader: Reader, wanted: Wanted, sort: str, place: str | None = None, *, descending: bool = True,
    size: int = paging.PAGE,
) -> Page:  # fmt: skip
    """Cards with who holds them, by CHANGED or CREATED. One query. Raises Refused for a place that no page named."""
    statement, parameters = _narrowed(wanted)
    order = Order(_COLUMNS[sort], descending)
    return paging.fetch(reader, statement, order, place, size=size, parameters=parameters)


def every(reader: Reader, wanted: Wanted) -> Iterator[Row[Any]]:
    """All cards that are looked for, in the order they were made; read by pages."""
    place = None
    while True:
        found = page(reader, wanted, CREATED, place, descending=False, size=EXPORTED_AT_ONCE)
        yield from found.rows
        place = found.later
        if place is None:
            return


def holders(reader: Reader, public_ids: Collection[str]) -> list[str]:
    """Who holds these cards, and of which template they are: `ines@nordwind.example (Sales)`. One query."""
    rows = reader.execute(_NAMED, {"listed": list(public_ids)})
    return sorted(f"{row.user_name or row.invited_as or 'nobody'} ({row.template})" for row in rows)


def _narrowed(wanted: Wanted) -> tuple[Select[Any], dict[str, Any]]:
    statement, parameters = _LIST, dict[str, Any]()
    if wanted.state is not None:
        statement = statement.where(cards.c.state == bindparam("wanted_state"))
        parameters["wanted_state"] = wanted.state
    if wanted.template_id is not None:
        statement = statement.where(cards.c.template_id == bindparam("wanted_template"))
        parameters["wanted_template"] = wanted.template_id
    if wanted.persons is not None:
        statement = statement.where(cards.c.person_id.in_(bindparam("wanted_persons", expanding=True)))
        parameters["wanted_persons"] = sorted(wanted.persons)
    return statement, parameters

"""The list of all people, as the console searches, filters and sorts it: a page costs the same wherever it is.

A page is found by walking an index of `people` in its order. What few people match is looked up first: walking would
pass everybody else. What many match is found soon by walking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func, select

from app.cards.chunks import chunks
from app.cards.decision import DELETED
from app.cards.names import said_name
from app.cards.people_filters import LISTED, Wanted, filters, of_others, of_person
from app.cards.quality import kept
from app.cards.tables import cards, templates
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import people, scim_users
from app.directory.tombstones import without_tombstone

NAME, CALLED, CHANGED = SORTS = ("name", "called", "changed")
"""What the list can be sorted by: name, user name, when either of these or whether they are there last changed."""

FEW = 1_000
"""People up to which a list of them is looked up, and not walked to."""
EXPORTED = 1_000
"""People read at a time for a file."""


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card of somebody in the list."""

    public_id: str
    template: str
    state: str


@dataclass(frozen=True, slots=True)
class PersonInList:
    """Somebody in the list."""

    id: str
    name: str | None
    called: str
    """The user name, as it was sent of who is in the directory; the address of who was invited."""
    standing: str
    blocked_at: datetime | None
    changed_at: datetime
    mail: str | None
    directory_id: str | None
    cards: tuple[HeldCard, ...]

    @property
    def shown_name(self) -> str:
        """What to call them."""
        return self.name or self.called


_ORDERS = {
    NAME: (people.c.listed, people.c.id),
    CALLED: (people.c.called, people.c.id),
    CHANGED: (people.c.changed_at, people.c.id),
}
_MOST: BindParameter[int] = bindparam("most", FEW + 1)
_DETAILS = (
    select(
        people.c.id,
        people.c.name,
        func.coalesce(scim_users.c.user_name, people.c.email, people.c.called).label("called"),
        people.c.standing,
        people.c.blocked_at,
        people.c.changed_at,
        func.coalesce(scim_users.c.email, people.c.email).label("mail"),
        func.coalesce(scim_users.c.external_id, people.c.directory_key).label("directory_id"),
    )
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.id.in_(bindparam("people", expanding=True)))
)
# Neither asked by state nor in order: SQLite would walk the index of that through all of the organization's cards.
_CARDS = (
    select(cards.c.person_id, cards.c.public_id, cards.c.state, cards.c.created_at, templates.c.name)
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id.in_(bindparam("people", expanding=True)),
    )
)


def page(
    reader: Reader, wanted: Wanted, sort: str = NAME, place: str | None = None, *, descending: bool = False
) -> tuple[Page, list[PersonInList]]:
    """One page of the list, with the places before and after it. Three queries; one more for each filter.

    Raises Refused for a place that is none.
    """
    run = _run(reader, wanted)
    found = _fetch(reader, wanted, run, _narrowed(reader, wanted, run, sort), sort, place, descending, paging.PAGE)
    return found, _told(reader, found.rows)


def every(reader: Reader, wanted: Wanted) -> Iterator[PersonInList]:
    """Everybody whom the list shows, by name, EXPORTED of them at a time."""
    run, place = _run(reader, wanted), None
    among = _narrowed(reader, wanted, run, NAME)
    while True:
        found = _fetch(reader, wanted, run, among, NAME, place, False, EXPORTED)
        yield from _told(reader, found.rows)
        place = found.later
        if place is None:
            return


Among = set[str] | None
"""The ids of the few people among whom those are who are wanted; None where these are many."""


def _run(reader: Reader, wanted: Wanted) -> str | None:
    """The look whose findings are the report of data quality, where it is asked for."""
    return (kept.current(reader).run or "") if wanted.finding is not None else None


def _fetch(
    reader: Reader,
    wanted: Wanted,
    run: str | None,
    among: Among,
    sort: str,
    place: str | None,
    descending: bool,
    size: int,
) -> Page:
    if among is not None and not among:
        return Page([], None, None)
    parameters: dict[str, Any] = {"group": wanted.group_id, "run": run}
    statement = select(people.c.id).where(*LISTED, *of_person(reader, wanted), *of_others(wanted))
    if among is not None:
        statement = statement.where(people.c.id.in_(bindparam("among", expanding=True)))
        parameters["among"] = sorted(among)
    return paging.fetch(reader, statement, Order(_ORDERS[sort], descending), place, size=size, parameters=parameters)


def _narrowed(reader: Reader, wanted: Wanted, run: str | None, sort: str) -> Among:
    """The few people among whom those are who are wanted, if one of the filters leaves few."""
    few: Among = None
    for statement in filters(reader, wanted, by_name=sort == NAME):
        rows = reader.execute(statement.limit(_MOST), {"group": wanted.group_id, "run": run}).scalars().all()
        if len(rows) <= FEW:
            few = set(rows) if few is None else few & set(rows)
    return few


def _told(reader: Reader, rows: Sequence[Row[Any]]) -> list[PersonInList]:
    """The people of a page, in its order, with their cards."""
    ids = [row.id for row in rows]
    held: dict[str, list[HeldCard]] = {person_id: [] for person_id in ids}
    details: dict[str, PersonInList] = {}
    marker = organizations.settings(reader).clear_marker if ids else ""
    for listed in chunks(ids):
        found = reader.execute(_CARDS, {"people": listed}).all()
        for row in sorted(found, key=lambda row: (row.created_at, row.public_id)):
            if row.state != DELETED:
                held[row.person_id].append(HeldCard(row.public_id, row.name, row.state))
        for row in reader.execute(_DETAILS, {"people": listed}):
            details[row.id] = PersonInList(**row._mapping, cards=())
    return [
        replace(
            details[one],
            name=said_name(details[one].name, marker),
            called=without_tombstone(details[one].called),
            cards=tuple(held[one]),
        )
        for one in ids
        if one in details
    ]

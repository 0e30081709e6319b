"""The list of cards as the console searches, filters and sorts it: a page costs the same wherever it is.

A page is found by walking an index of `cards` in its order, which holds what is filtered by. What few cards match for
another reason (a person's name, something that is missing) is looked up first: walking would pass all the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, select

from app.cards.chunks import chunks
from app.cards.decision import DELETED, PAUSED
from app.cards.names import said_name
from app.cards.public_ids import read_public_id
from app.cards.quality import items, kept
from app.cards.quality.kept import quality_findings
from app.cards.tables import cards, templates
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory import organizations, person_search
from app.directory.tables import people, scim_users

CHANGED, CREATED = SORTS = ("changed", "created")
BY_ADMIN, BY_DIRECTORY = "admin", "directory"
FILLERS = (items.ADMIN, items.HOLDER, items.DIRECTORY)
"""Who can fill what an incomplete card lacks."""

FEW = 1_000
"""Cards or people up to which they are looked up, and not walked to."""
EXPORTED_AT_ONCE = 1_000
WALKED_AT_ONCE = 10_000
_WALKED = (cards.c.public_id, cards.c.state, cards.c.paused_by_admin, cards.c.wanted, cards.c.template_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cards a list is to show: those that are all of this. None and "": whatever it is."""

    search: str = ""
    """Words that are all in the holder's user name; or a card's id or address."""
    state: str | None = None
    """One of decision.STATES."""
    paused_by: str | None = None
    """BY_ADMIN or BY_DIRECTORY; such cards are paused."""
    template_id: str | None = None
    lacking: str | None = None
    """One of FILLERS: cards that lacked something at the last look for doubtful data, which these can fill."""


@dataclass(frozen=True, slots=True)
class CardInList:
    """A card with whose it is."""

    public_id: str
    state: str
    paused_by: str | None
    template_id: str
    template: str
    person_id: str | None
    name: str | None
    """The display name; None for a card that is nobody's, or of a person without a record."""
    called: str | None
    """The user name, or the address by which the person was invited."""
    claimed_at: datetime | None
    created_at: datetime
    modified_at: datetime
    waiting_since: datetime | None
    down_at: datetime | None
    """Since when the directory does not want a card that was up."""

    @property
    def holder(self) -> str:
        """What to call whose card it is."""
        return self.name or self.called or ("Nobody’s card" if self.person_id is None else "Somebody who has left")


_ORDERS = {CHANGED: (cards.c.modified_at, cards.c.id), CREATED: (cards.c.created_at, cards.c.id)}
_DETAILS = (
    select(
        cards.c.id,
        cards.c.public_id,
        cards.c.state,
        cards.c.paused_by_admin,
        cards.c.template_id,
        templates.c.name.label("template"),
        cards.c.person_id,
        scim_users.c.display_name,
        func.coalesce(scim_users.c.user_name, people.c.email).label("called"),
        cards.c.claimed_at,
        cards.c.created_at,
        cards.c.modified_at,
        cards.c.waiting_since,
        cards.c.down_at,
    )
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .outerjoin(people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id))
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == cards.c.organization_id) & (scim_users.c.person_id == cards.c.person_id),
    )
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id.in_(bindparam("cards", expanding=True)))
)
_BY_PUBLIC_ID = select(cards.c.id, cards.c.public_id).where(
    cards.c.organization_id == ORGANIZATION, cards.c.public_id.in_(bindparam("listed", expanding=True))
)
_LACKING = (
    select(quality_findings.c.person_id, templates.c.id)
    .join(
        templates,
        (templates.c.organization_id == quality_findings.c.organization_id)
        & (templates.c.name == quality_findings.c.template),
    )
    .where(
        quality_findings.c.organization_id == ORGANIZATION,
        quality_findings.c.run == bindparam("run"),
        quality_findings.c.kind == bindparam("kind"),
        quality_findings.c.person_id.is_not(None),
    )
)


def page(
    reader: Reader, wanted: Wanted, sort: str = CHANGED, place: str | None = None, *, descending: bool = True
) -> tuple[Page, list[CardInList]]:
    """One page of the list, with the places before and after it. Three queries; up to three more for what narrows it.

    Raises Refused for a place that is none.
    """
    found = _fetch(reader, _Narrowed.by(reader, wanted), Order(_ORDERS[sort], descending), place, paging.PAGE)
    return found, told(reader, [row.id for row in found.rows])


def walk(reader: Reader, wanted: Wanted) -> Iterator[Row[Any]]:
    """All cards that the list shows, the newest change first: what an act must know of each (_WALKED)."""
    narrowed, order, place = _Narrowed.by(reader, wanted), Order(_ORDERS[CHANGED], descending=True), None
    while True:
        found = _fetch(reader, narrowed, order, place, WALKED_AT_ONCE, _WALKED)
        yield from found.rows
        place = found.later
        if place is None:
            return


def every(reader: Reader, wanted: Wanted) -> Iterator[CardInList]:
    """All cards that the list shows, the newest change first, read by pages."""
    narrowed, order, place = _Narrowed.by(reader, wanted), Order(_ORDERS[CHANGED], descending=True), None
    while True:
        found = _fetch(reader, narrowed, order, place, EXPORTED_AT_ONCE)
        yield from told(reader, [row.id for row in found.rows])
        place = found.later
        if place is None:
            return


def told(reader: Reader, card_ids: Sequence[str]) -> list[CardInList]:
    """These cards, by their internal ids, in this order."""
    if not card_ids:
        return []
    marker = organizations.settings(reader).clear_marker
    found = {
        row.id: _card(row, marker) for listed in chunks(card_ids) for row in reader.execute(_DETAILS, {"cards": listed})
    }
    return [found[one] for one in card_ids if one in found]


def named(reader: Reader, public_ids: Sequence[str]) -> list[CardInList]:
    """These cards, by their public ids, in this order; those that are gone are left out."""
    found = {
        row.public_id: row.id
        for listed in chunks(public_ids)
        for row in reader.execute(_BY_PUBLIC_ID, {"listed": listed})
    }
    return told(reader, [found[one] for one in public_ids if one in found])


def _card(row: Row[Any], marker: str) -> CardInList:
    values = {name: getattr(row, name) for name in CardInList.__dataclass_fields__ if name not in {"name", "paused_by"}}
    paused_by = None if row.state != PAUSED else BY_ADMIN if row.paused_by_admin else BY_DIRECTORY
    return CardInList(**values, paused_by=paused_by, name=said_name(row.display_name, marker))


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """What is wanted as conditions; `among`: the few cards among which it is, None where these are many."""

    conditions: tuple[ColumnElement[bool], ...]
    parameters: dict[str, Any]
    among: frozenset[str] | None = None

    @classmethod
    def by(cls, reader: Reader, wanted: Wanted) -> _Narrowed:
        conditions, parameters = list(_of_card(wanted)), dict[str, Any]()
        among: frozenset[str] | None = None
        for selection in (_searched(reader, wanted), _lacking(reader, wanted)):
            if selection is None:
                continue
            few, of_each, given = selection
            if few is None:
                conditions.append(of_each)
            else:
                among = few if among is None else among & few
            parameters |= given
        return cls(tuple(conditions), parameters, among)


_Selection = tuple[frozenset[str] | None, ColumnElement[bool], dict[str, Any]]
"""The internal ids of the cards, where they are few; else what is asked of each card, with its parameters."""


def _fetch(
    reader: Reader,
    narrowed: _Narrowed,
    order: Order,
    place: str | None,
    size: int,
    columns: Sequence[ColumnElement[Any]] = (cards.c.id, cards.c.public_id),
) -> Page:
    if narrowed.among is not None and not narrowed.among:
        return Page([], None, None)
    statement: Select[Any] = select(*columns).where(cards.c.organization_id == ORGANIZATION, *narrowed.conditions)
    parameters = dict(narrowed.parameters)
    if narrowed.among is not None:
        statement = statement.where(cards.c.id.in_(bindparam("among", expanding=True)))
        parameters["among"] = sorted(narrowed.among)
    return paging.fetch(reader, statement, order, place, size=size, parameters=parameters)


def _of_card(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What the indexes of the orders say of a card. Asked so that no other index seems to answer: that would sort."""
    state = cards.c.state.concat("")
    if wanted.paused_by is not None:
        yield state == PAUSED
        yield cards.c.paused_by_admin if wanted.paused_by == BY_ADMIN else ~cards.c.paused_by_admin
    if wanted.state is not None:
        yield state == wanted.state
    elif wanted.paused_by is None:
        yield state != DELETED
    if wanted.template_id is not None:
        yield cards.c.template_id.concat("") == wanted.template_id


def _searched(reader: Reader, wanted: Wanted) -> _Selection | None:
    if not wanted.search:
        return None
    public_id = read_public_id(wanted.search.rstrip("/").rpartition("/")[2])
    if public_id is not None:
        named = select(cards.c.id).where(cards.c.organization_id == ORGANIZATION, cards.c.public_id == public_id)
        return frozenset(reader.execute(named).scalars()), cards.c.public_id == public_id, {}
    persons = person_search.few(reader, wanted.search, FEW)
    if persons is None:
        return None, person_search.matching(reader.dialect, wanted.search, cards), {}
    return _cards_of(reader, persons), cards.c.person_id.is_not(None), {}


def _lacking(reader: Reader, wanted: Wanted) -> _Selection | None:
    if wanted.lacking is None:
        return None
    known = kept.current(reader)
    kind = f"incomplete-{wanted.lacking}"
    given = {"run": known.run, "kind": kind}
    each = exists(
        _LACKING.where(quality_findings.c.person_id == cards.c.person_id, templates.c.id == cards.c.template_id)
    )
    if (known.counts or {}).get(kind, 0) > FEW:
        return None, each, given
    pairs = {(row.person_id, row.id) for row in reader.execute(_LACKING, given)}
    return _cards_of(reader, {person for person, _ in pairs}, pairs), each, {}


_OF_PERSONS = select(cards.c.id, cards.c.person_id, cards.c.template_id).where(
    cards.c.organization_id == ORGANIZATION, cards.c.person_id.in_(bindparam("people", expanding=True))
)


def _cards_of(reader: Reader, persons: set[str], pairs: set[tuple[str, str]] | None = None) -> frozenset[str]:
    """The cards of these persons; with `pairs`, those on that template alone."""
    return frozenset(
        row.id
        for listed in chunks(sorted(persons))
        for row in reader.execute(_OF_PERSONS, {"people": listed})
        if pairs is None or (row.person_id, row.template_id) in pairs
    )

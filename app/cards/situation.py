"""What has to be known to decide about cards, read with a number of statements that does not grow with people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    Text,
    and_,
    bindparam,
    cast,
    distinct,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from app.cards.chunks import chunks
from app.cards.decision import SEATED, WAITING, Card, Rules, Wishes, wishes
from app.cards.due import Bound
from app.cards.seats import Seats
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import memberships, people, scim_users


@dataclass(frozen=True, slots=True)
class Situation:
    """The persons in question with their bound groups and cards."""

    groups: dict[str, set[str]]
    """Bound groups of each person; empty for those who are inactive, gone, or in none."""
    cards: list[Card]
    present: set[str]
    """Those with cards that were issued by hand who have an active record, or were invited and have none."""
    seats: Seats
    blocked: Collection[str] = ()
    """Those whom an admin keeps out."""

    def wishes(self, rules: Rules) -> Wishes:
        """What `rules` want of these cards."""
        return wishes(rules, self.groups, self.cards, self.present, self.blocked)


_CARD = (
    cards.c.id,
    cards.c.person_id,
    cards.c.template_id,
    cards.c.state,
    cards.c.wanted,
    cards.c.created_at,
    cards.c.by_binding,
    cards.c.paused_by_admin,
    cards.c.kept,
    cards.c.waiting_since,
    cards.c.down_at,
)
_CARDS = select(*_CARD).where(cards.c.organization_id == ORGANIZATION)
_CARDS_OF_ALL = _CARDS.where(cards.c.person_id.is_not(None))

_memberships_of_users = memberships.join(
    scim_users,
    (scim_users.c.organization_id == memberships.c.organization_id) & (scim_users.c.id == memberships.c.member_id),
)
_MEMBERS = (
    select(scim_users.c.person_id, memberships.c.group_id)
    .select_from(_memberships_of_users)
    .where(memberships.c.organization_id == ORGANIZATION, scim_users.c.active)
)
_MEMBERS_OF = _MEMBERS.where(memberships.c.group_id.in_(bindparam("groups", expanding=True)))
_of_these: BindParameter[Any] = bindparam("people", expanding=True)
_KNOWN_OF = union_all(
    _CARDS.add_columns(cast(null(), Text).label("group_id")).where(cards.c.person_id.in_(_of_these)),
    select(
        *(
            scim_users.c.person_id if column is cards.c.person_id else cast(null(), column.type).label(column.name)
            for column in _CARD
        ),
        memberships.c.group_id,
    )
    .select_from(_memberships_of_users)
    .where(memberships.c.organization_id == ORGANIZATION, scim_users.c.active, scim_users.c.person_id.in_(_of_these)),
)
"""Cards, and the groups of those who are active: rows of either without what the other has."""

_PRESENT = (
    select(people.c.id)
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(
        people.c.organization_id == ORGANIZATION,
        people.c.id.in_(bindparam("people", expanding=True)),
        or_(scim_users.c.active, and_(scim_users.c.id.is_(None), people.c.email_key.is_not(None))),
    )
)
_BLOCKED = select(people.c.id).where(people.c.organization_id == ORGANIZATION, people.c.blocked_at.is_not(None))
_TAKEN = select(func.count(distinct(cards.c.person_id))).where(
    cards.c.organization_id == ORGANIZATION, cards.c.state.in_(SEATED)
)
_whose = func.coalesce(cards.c.person_id, literal_column("''"))
"""Written so that SQLite groups what it has found by state, and does not walk through all cards by person."""
_first_in_queue = (
    select(cards.c.organization_id, _whose.label("person_id"), func.min(cards.c.waiting_since).label("since"))
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state == WAITING, _whose != "")
    .group_by(cards.c.organization_id, _whose)
    .order_by("since", "person_id")
    .limit(bindparam("most"))
    .subquery("first_in_queue")
)
_FIRST_WAITING = (
    select(cards.c.id)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state == WAITING, cards.c.person_id.is_not(None))
    .order_by(cards.c.waiting_since)
    .limit(literal_column("1", Integer))
)
"""In the order of the index: PostgreSQL would look for the first one among all cards, taking any state for frequent."""
_QUEUE = _CARDS.join(
    _first_in_queue,
    (_first_in_queue.c.organization_id == cards.c.organization_id) & (_first_in_queue.c.person_id == cards.c.person_id),
).where(cards.c.state == WAITING)


def of_people(
    reader: Reader,
    bounds: Sequence[Bound],
    limit: int | None,
    taken: int | None,
    person_ids: Collection[str],
    blocked: Collection[str],
) -> Situation:
    """The situation of these persons, `blocked` among them; where `taken` (seats) is not known, it is counted."""
    groups: dict[str, set[str]] = {person_id: set() for person_id in person_ids}
    bound = {binding.group_id for binding in bounds}
    held: list[Card] = []
    for listed in chunks(sorted(groups)):
        for row in reader.execute(_KNOWN_OF, {"people": listed}):
            if row.id is not None:
                held.append(_card(row))
            elif row.group_id in bound:
                groups[row.person_id].add(row.group_id)
    present = _present(reader, held)
    if limit is None:
        return Situation(groups, held, present, Seats(), blocked)
    if taken is None:
        taken = int(reader.execute(_TAKEN).scalar_one())
    return Situation(groups, held, present, Seats(limit, taken), blocked)


def queue(reader: Reader, seats: Seats, leaving: int) -> list[Card]:
    """The waiting cards of those who would get a seat, were `leaving` persons to leave theirs; the first come first."""
    if reader.execute(_FIRST_WAITING).first() is None:
        return []  # as nearly always; PostgreSQL plans the other statement anew each time, for its number of rows
    free = 0 if seats.limit is None else max(0, seats.limit - seats.taken)
    return [_card(row) for row in reader.execute(_QUEUE, {"most": leaving + free})]


def of_everybody(reader: Reader, bounds: Sequence[Bound], limit: int | None) -> Situation:
    """The situation of all who are in a bound group or have a card."""
    held = [_card(row) for row in reader.execute(_CARDS_OF_ALL)]
    groups: dict[str, set[str]] = {card.person_id: set() for card in held}
    for listed in chunks(sorted({binding.group_id for binding in bounds if binding.group_id is not None})):
        for row in reader.execute(_MEMBERS_OF, {"groups": listed}):
            groups.setdefault(row.person_id, set()).add(row.group_id)
    taken = 0 if limit is None else len({card.person_id for card in held if card.state in SEATED})
    blocked = set(reader.execute(_BLOCKED).scalars())
    return Situation(groups, held, _present(reader, held), Seats(limit, taken), blocked)


def members(reader: Reader, group_ids: Collection[str]) -> set[str]:
    """The persons who are active direct members of these groups."""
    return {
        row.person_id for listed in chunks(sorted(group_ids)) for row in reader.execute(_MEMBERS_OF, {"groups": listed})
    }


def _present(reader: Reader, held: Sequence[Card]) -> set[str]:
    by_hand = {card.person_id for card in held if not card.by_binding}
    return {row.id for listed in chunks(sorted(by_hand)) for row in reader.execute(_PRESENT, {"people": listed})}


def _card(row: Row[Any]) -> Card:
    return Card(*row[: len(_CARD)])

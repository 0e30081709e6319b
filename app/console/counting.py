"""How many there are, for the overview: a few counts over indexes, whatever hangs on a person left alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from app.cards.decision import DELETED, SEATED
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import organizations, scim_groups, scim_users

_PEOPLE = select(func.count()).select_from(scim_users).where(scim_users.c.organization_id == ORGANIZATION)
_GROUPS = select(func.count()).select_from(scim_groups).where(scim_groups.c.organization_id == ORGANIZATION)
_SEATS = select(func.count(distinct(cards.c.person_id))).where(
    cards.c.organization_id == ORGANIZATION, cards.c.state.in_(SEATED), cards.c.person_id.is_not(None)
)
_TAKEN = select(organizations.c.seats_taken, organizations.c.seat_limit).where(organizations.c.id == ORGANIZATION)
_CARDS = (
    select(cards.c.state, func.count().label("many"))
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state != DELETED)
    .group_by(cards.c.state)
)

_UNCLAIMED = select(func.count()).where(
    cards.c.organization_id == ORGANIZATION, cards.c.state.in_(SEATED), cards.c.claimed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an organization has; `cards` by state."""

    people: int
    groups: int
    cards: dict[str, int]
    seats: int
    """Seats that are taken; 0 where there is no limit."""


def counts(reader: Reader) -> Counts:
    """The counts now. Five queries at most."""
    taken = reader.execute(_TAKEN).one()
    seats = 0
    if taken.seat_limit is not None:
        seats = reader.execute(_SEATS).scalar_one() if taken.seats_taken is None else taken.seats_taken
    return Counts(
        people=reader.execute(_PEOPLE).scalar_one(),
        groups=reader.execute(_GROUPS).scalar_one(),
        cards={row.state: row.many for row in reader.execute(_CARDS)},
        seats=seats,
    )


def unclaimed(reader: Reader) -> int:
    """How many cards are up and have been claimed by nobody. Reads all that are up."""
    return int(reader.execute(_UNCLAIMED).scalar_one())

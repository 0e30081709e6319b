"""How many there are, for the overview: a few counts over indexes, whatever hangs on a person left alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.cards.decision import DELETED
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import scim_groups, scim_users

_PEOPLE = select(func.count()).select_from(scim_users).where(scim_users.c.organization_id == ORGANIZATION)
_GROUPS = select(func.count()).select_from(scim_groups).where(scim_groups.c.organization_id == ORGANIZATION)
_CARDS = (
    select(cards.c.state, func.count().label("many"))
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state != DELETED)
    .group_by(cards.c.state)
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an organization has; `cards` by state."""

    people: int
    groups: int
    cards: dict[str, int]


def counts(reader: Reader) -> Counts:
    """The counts now. Three queries."""
    return Counts(
        people=reader.execute(_PEOPLE).scalar_one(),
        groups=reader.execute(_GROUPS).scalar_one(),
        cards={row.state: row.many for row in reader.execute(_CARDS)},
    )

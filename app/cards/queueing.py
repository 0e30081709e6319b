"""Who waits for a seat, in the order in which seats are given; and how many seats there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from app.cards import card_pages
from app.cards.card_pages import CardInList
from app.cards.decision import SEATED, WAITING
from app.cards.tables import cards
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory.tables import organizations


@dataclass(frozen=True, slots=True)
class SeatCount:
    """The seat limit, None where there is none, and how many seats are taken then."""

    limit: int | None
    taken: int


_LIMIT = select(organizations.c.seat_limit, organizations.c.seats_taken).where(organizations.c.id == ORGANIZATION)
_TAKEN = select(func.count(distinct(cards.c.person_id))).where(
    cards.c.organization_id == ORGANIZATION, cards.c.state.in_(SEATED)
)
_WAITING = select(cards.c.id, cards.c.waiting_since).where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.state == WAITING,
    cards.c.waiting_since.is_not(None),
    cards.c.person_id.is_not(None),
)
_FIRST_COME = Order((cards.c.waiting_since, cards.c.person_id, cards.c.id))


def page(reader: Reader, place: str | None = None) -> tuple[Page, list[CardInList]]:
    """One page of the queue, who gets the next seat first. Raises Refused for a place that is none."""
    found = paging.fetch(reader, _WAITING, _FIRST_COME, place)
    return found, card_pages.told(reader, [row.id for row in found.rows])


def seats(reader: Reader) -> SeatCount:
    """The seats now; they are counted only where the number is not kept."""
    row = reader.execute(_LIMIT).one()
    if row.seat_limit is None:
        return SeatCount(None, 0)
    taken = row.seats_taken if row.seats_taken is not None else reader.execute(_TAKEN).scalar_one()
    return SeatCount(row.seat_limit, taken)

"""Claiming cards: from then on somebody holds them. Invited people claim by their link, others when they sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, select, update

from app.cards import by_hand, invitations
from app.cards.decision import DELETED, WAITING
from app.cards.invitations import OPEN
from app.cards.tables import cards
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction
from app.directory import outsiders

NOT_SHARING = "Not sharing with anyone"


class InDirectory(Refused):
    """The directory has the invited address by now: the person's cards come from there."""


class Holdable(Protocol):
    """A card of which can be said who holds it."""

    @property
    def claimed_at(self) -> datetime | None:
        """Since when somebody holds it."""

    @property
    def holder_name(self) -> str | None:
        """What its person is called."""

    @property
    def invited_as(self) -> str | None:
        """The address by which its person was invited; None for the directory's people."""


_CLAIM = (
    update(cards)
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.claimed_at.is_(None),
        cards.c.state != DELETED,
    )
    .values(claimed_at=bindparam("now"))
    .returning(cards.c.id)
)


_STATES = (
    select(cards.c.state)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id == bindparam("person"), cards.c.state != DELETED)
    .distinct()
)


def claim(tx: Transaction, invitation_id: str) -> bool:
    """Give whoever followed an invitation's link their card; False when it is not open (any more).

    The person is the one who claimed with this address before, else a new one. The card is by hand, claimed, and live
    unless all seats are taken. Raises NotFound, and InDirectory; nothing is changed then.
    """
    row = invitations.lock(tx, invitation_id)
    if row.claimed_at is not None or row.revoked_at is not None or row.expires_at <= tx.now:
        return False
    if outsiders.record_with(tx, row.email) is not None:
        raise InDirectory("the address is in the directory by now", "email")
    person_id = outsiders.person_with(tx, row.email)
    card = by_hand.issue(tx, row.template_id, person_id)
    claim_for_person(tx, person_id)
    invitations.use(tx, invitation_id, person_id, card.id)
    return True


def claim_for_person(tx: Transaction, person_id: str) -> int:
    """Have the person hold those of their cards that nobody has claimed; how many these are. One statement.

    Where cards are published on claim, their addresses answer from now on.
    """
    claimed = tx.execute(_CLAIM, {"person": person_id, "now": tx.now}).scalars().all()
    for card_id in sorted(claimed):
        tx.audit("card.claimed", card_id, {"person": person_id})
    return len(claimed)


def all_wait(reader: Reader, person_id: str) -> bool:
    """Whether the person has cards, and every one of them waits for a seat."""
    return list(reader.execute(_STATES, {"person": person_id}).scalars()) == [WAITING]


def why_unclaimed(reader: Reader, email: str) -> str | None:
    """Why whoever was invited by this address has no card: a sentence; None for an address that never was."""
    invitation = invitations.last_to(reader, email)
    if invitation is None:
        return None
    state, made = invitation.state(clock.now()), f"{invitation.made_at:%Y-%m-%d}"
    now = f"the link works until {invitation.expires_at:%Y-%m-%d}" if state == OPEN else f"the link is {state}"
    return f"{invitation.email} was invited to {invitation.template} on {made} and has not claimed the card; {now}"


def holder(card: Holdable) -> str:
    """Who holds the card, since when and how, for people to read; NOT_SHARING until somebody has claimed it."""
    if card.claimed_at is None:
        return NOT_SHARING
    how = "by invitation" if card.invited_as else "signed in"
    return f"{card.holder_name or 'Somebody without a name'}, since {card.claimed_at:%Y-%m-%d} ({how})"

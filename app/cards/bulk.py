"""What an admin does to many cards at once: planned, shown, and done as it was planned, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.cards import by_hand
from app.cards.by_hand import Handled
from app.cards.fingerprints import ensure_planned, fingerprint
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

PAUSE, RESUME, DELETE = ACTS = ("pause", "resume", "delete")
MOST = 1_000
"""Cards that are handled at a time: pushes wait for it."""


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """The cards that an act is for, in the order in which they were named."""

    act: str
    cards: tuple[Handled, ...]

    @property
    def changing(self) -> tuple[Handled, ...]:
        """Those for which the act does something."""
        if self.act == DELETE:
            return self.cards
        return tuple(card for card in self.cards if card.paused_by_admin is (self.act == RESUME))

    @property
    def fingerprint(self) -> str:
        """Another when a card, or its state, is another (cards.fingerprints)."""
        return fingerprint(
            [self.act, sorted([card.public_id, card.state, card.paused_by_admin] for card in self.cards)]
        )


def make_plan(reader: Reader, act: str, public_ids: Sequence[str]) -> BulkPlan:
    """What the act would do to these cards; writes nothing.

    Raises NotFound for an id that is no card's, Refused for too many cards or an act that there is not.
    """
    if act not in ACTS:
        raise Refused(f"there is no {act!r} for cards; there are {', '.join(ACTS)}")
    if not public_ids:
        raise Refused("choose the cards first")
    if len(public_ids) > MOST:
        raise Refused(f"{len(public_ids)} cards are too many at a time; choose {MOST} at most")
    return BulkPlan(act, tuple(by_hand.find(reader, public_ids)))


def carry_out(tx: Transaction, act: str, public_ids: Sequence[str], expected: str) -> BulkPlan:
    """Do it, if it is the plan of this fingerprint; else nothing. Raises as `make_plan` does, and PlanChangedError."""
    by_hand.take(tx, public_ids)
    plan = make_plan(tx, act, public_ids)
    ensure_planned(plan, expected)
    {PAUSE: by_hand.pause, RESUME: by_hand.resume, DELETE: by_hand.delete}[act](tx, public_ids)
    return plan

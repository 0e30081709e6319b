"""Moving cards to another template by hand: what they would show is planned, and done as it was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.cards import by_hand, previewing, template_store
from app.cards.fingerprints import ensure_planned, fingerprint
from app.cards.previewing import Preview
from app.cards.template_store import Template
from app.core.unit_of_work import Reader, Transaction


@dataclass(frozen=True, slots=True)
class MovePlan:
    """Cards with what they show and would show on `template`, in the order in which they were named."""

    template: Template
    cards: tuple[Preview, ...]

    @property
    def fingerprint(self) -> str:
        """Another when a card, what it shows, or the template that it moves to is another (cards.fingerprints)."""
        cards = sorted(
            [one.public_id, one.template_id, one.state, one.active, one.before, one.after] for one in self.cards
        )
        return fingerprint([self.template.id, self.template.version, cards])


def make_plan(reader: Reader, public_ids: Sequence[str], template_name: str, public_url: str) -> MovePlan:
    """What moving these cards to the template of this name would do; writes nothing.

    Raises NotFound for a card or a template that is none, Refused for a card that is on the template already.
    """
    template = template_store.find(reader, template_name)
    by_hand.ensure_elsewhere(by_hand.find(reader, public_ids), template.id)
    return MovePlan(template, tuple(previewing.move(reader, public_ids, template, public_url)))


def move(
    tx: Transaction, public_ids: Sequence[str], template_name: str, public_url: str, expected: str | None = None
) -> MovePlan:
    """Move these cards to the template of this name, and tell what that was: the plan whose fingerprint is `expected`.

    Raises as `make_plan` does, and PlanChangedError where it is another plan by now; then nothing is changed.
    """
    by_hand.take(tx, public_ids)
    plan = make_plan(tx, public_ids, template_name, public_url)
    ensure_planned(plan, expected)
    by_hand.move(tx, public_ids, plan.template.id)
    return plan

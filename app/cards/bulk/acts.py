"""Acts on many cards, planned before they are done: pause, resume, delete, move, and what is said to the brake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from app.cards import by_hand, releasing
from app.cards.chunks import chunks
from app.cards.decision import DELETED, HELD
from app.cards.fingerprints import ensure_planned, fingerprint
from app.cards.tables import cards
from app.cards.template_store import Template
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

PAUSE, RESUME, DELETE, MOVE, APPROVE, REJECT = ACTS = ("pause", "resume", "delete", "move", "approve", "reject")
BY_HAND = (PAUSE, RESUME, DELETE, MOVE)
"""The acts on any cards; the others answer the brake."""

AT_ONCE = 500
"""Cards up to which an act is done within the request that asks for it; and pieces of errands."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A card as it was when the act was planned."""

    public_id: str
    state: str
    paused_by_admin: bool
    wanted: bool
    template_id: str


@dataclass(frozen=True, slots=True)
class ActPlan:
    """An act on cards: those that it changes, and those that are as it would make them already."""

    act: str
    changed: tuple[Planned, ...]
    unchanged: int
    template: Template | None = None
    """Where the cards move to."""

    @property
    def fingerprint(self) -> str:
        """Another when a card, its state, or the template that it moves to is another (cards.fingerprints)."""
        to = [self.template.id, self.template.version] if self.template else None
        return fingerprint([self.act, to, sorted([one.public_id, one.state, one.template_id] for one in self.changed)])

    @property
    def ids(self) -> list[str]:
        """The public ids of the cards that it changes."""
        return [one.public_id for one in self.changed]

    def count(self, *states: str) -> int:
        """How many of the cards that it changes are in one of these states now."""
        return sum(one.state in states for one in self.changed)


_CARDS = select(cards.c.public_id, cards.c.state, cards.c.paused_by_admin, cards.c.wanted, cards.c.template_id).where(
    cards.c.organization_id == ORGANIZATION, cards.c.public_id.in_(bindparam("listed", expanding=True))
)


def look(reader: Reader, public_ids: Sequence[str]) -> list[Planned]:
    """These cards as they are, in this order; ids that are no card's (any more) are left out."""
    found = []
    for listed in chunks(list(dict.fromkeys(public_ids))):
        rows = {row.public_id: row for row in reader.execute(_CARDS, {"listed": listed}) if row.state != DELETED}
        found += [Planned(**rows[one]._mapping) for one in listed if one in rows]
    return found


def plan(act: str, listed: Sequence[Planned], template: Template | None = None) -> ActPlan:
    """What the act would do to these cards. Raises Refused for a move that does not say where to."""
    if act == MOVE and template is None:
        raise Refused("say which template the cards move to", "template")
    changed = tuple(one for one in listed if _CHANGES[act](one, template))
    return ActPlan(act, changed, len(listed) - len(changed), template if act == MOVE else None)


def carry_out(
    tx: Transaction, act: str, public_ids: Sequence[str], template: Template | None, expected: str
) -> ActPlan:
    """Do the act to these cards, and tell what that was: the plan whose fingerprint is `expected`.

    Raises PlanChangedError where it is another plan by now, then nothing is changed.
    """
    there = [one.public_id for one in look(tx, public_ids)]
    if there:
        by_hand.take(tx, there)
    planned = plan(act, look(tx, there), template)
    ensure_planned(planned, expected)
    do(tx, act, planned.ids, template)
    return planned


def carry_out_piece(tx: Transaction, act: str, public_ids: Sequence[str], template: Template | None) -> int:
    """Do the act to those of these cards that it still changes; how many these are."""
    there = plan(act, look(tx, public_ids), template).ids
    if there:
        by_hand.take(tx, there)
    planned = plan(act, look(tx, there), template)
    do(tx, act, planned.ids, template)
    return len(planned.changed)


def do(tx: Transaction, act: str, public_ids: Collection[str], template: Template | None) -> None:
    """The act itself, on cards that are there and that it changes; nothing for none."""
    if public_ids:
        _DEEDS[act](tx, list(public_ids), template)


def _move(tx: Transaction, public_ids: Sequence[str], template: Template | None) -> None:
    if template is not None:
        by_hand.move(tx, public_ids, template.id)


_CHANGES: Mapping[str, Callable[[Planned, Template | None], bool]] = {
    PAUSE: lambda card, _: not card.paused_by_admin,
    RESUME: lambda card, _: card.paused_by_admin,
    DELETE: lambda _card, _: True,
    MOVE: lambda card, template: template is not None and card.template_id != template.id,
    APPROVE: lambda card, _: card.state == HELD,
    REJECT: lambda card, _: card.state == HELD,
}
_DEEDS: Mapping[str, Callable[[Transaction, Sequence[str], Template | None], object]] = {
    PAUSE: lambda tx, ids, _: by_hand.pause(tx, ids),
    RESUME: lambda tx, ids, _: by_hand.resume(tx, ids),
    DELETE: lambda tx, ids, _: by_hand.delete(tx, ids),
    MOVE: _move,
    APPROVE: lambda tx, ids, _: releasing.approve(tx, ids),
    REJECT: lambda tx, ids, _: releasing.reject(tx, ids),
}

"""A few templates, groups and cards, and what is decided about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.cards.decision import Card, Decision, Rules, wishes
from app.cards.due import Bound
from app.cards.seats import Seats
from app.cards.settling import settle

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)

BOARD, SALES, WARDENS = "Board", "Sales", "Wardens"
PLAIN = (Bound(SALES, "g-sales"), Bound(WARDENS, "g-wardens"))
EXCLUSIVE = (Bound(BOARD, "g-board", "main"), Bound(SALES, "g-sales", "main"), Bound(WARDENS, "g-wardens"))
REVERSED = (EXCLUSIVE[1], EXCLUSIVE[0], EXCLUSIVE[2])


def decide(
    rules: Rules,
    groups: Mapping[str, Collection[str]],
    cards: Sequence[Card],
    now: datetime,
    queue: Sequence[Card] = (),
    *,
    absent: Collection[str] = (),
    blocked: Collection[str] = (),
    braked: bool = False,
) -> Decision:
    """What is decided where all but `absent` have an active record."""
    wanted = wishes(rules, groups, cards, groups.keys() - set(absent), blocked).joined_by(queue)
    return settle(rules.seats, wanted, now, braked=braked)


def rules(bindings: tuple[Bound, ...], seats: Seats | None = None) -> Rules:
    return Rules(bindings, {binding.template_id: binding.exclusive for binding in bindings}, seats or Seats())


def card(template: str, state: str = "live", person: str = "ann", **more: object) -> Card:
    plain = Card(f"{person}-{template}", person, template, state, state in {"live", "waiting"}, EARLIER)
    return replace(plain, **more)  # type: ignore[arg-type]


def told(decision: Decision) -> list[tuple[str, str, str | None, str]]:
    """(kind, template, id of the card that was there, state afterwards) of each change."""
    return [
        (change.kind, change.template_id, change.before.id if change.before else None, change.state)
        for change in decision.changes
    ]

"""What a plan does to people's cards, in lists that screens show: by kind, in order of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.cards.applying.planning import Plan
from app.cards.applying.report import of_kind
from app.cards.decision import CREATE, PAUSE, RESUME, SWITCH, WAIT, Change

TITLES = {
    CREATE: "Cards that are issued",
    RESUME: "Cards that are live again",
    SWITCH: "Cards that move to another template",
    PAUSE: "Cards that are paused",
    WAIT: "Cards that wait for a seat",
}


DONE = {
    CREATE: "issued",
    RESUME: "live again",
    SWITCH: "moved to another template",
    PAUSE: "paused",
    WAIT: "waiting for a seat",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person's card: what it is on afterwards, and before where that is another template."""

    person: str | None
    """The user name; None for somebody without a record."""
    template: str
    before: str | None


def by_kind(plan: Plan) -> dict[str, Sequence[Line]]:
    """The kinds of changes that the plan has, in the order of TITLES, each with its cards."""
    lines = {kind: [_line(plan, change) for change in of_kind(plan, kind)] for kind in TITLES}
    return {kind: found for kind, found in lines.items() if found}


def _line(plan: Plan, change: Change) -> Line:
    before = change.before
    template_id = change.template_id
    return Line(
        plan.user_names.get(change.person_id),
        plan.template_names[template_id],
        plan.template_names[before.template_id] if before is not None and before.template_id != template_id else None,
    )

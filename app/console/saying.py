"""What acts on cards do, in sentences: before they are done, and afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from app.cards.bulk import acts
from app.cards.bulk.acts import ActPlan
from app.cards.decision import HELD, LIVE
from app.web.words import plural

TITLES: Mapping[str, str] = {
    acts.PAUSE: "Pause cards",
    acts.RESUME: "Resume cards",
    acts.DELETE: "Delete cards",
    acts.MOVE: "Move cards to another template",
    acts.APPROVE: "Let held cards go",
    acts.REJECT: "Keep held cards up",
}
_DONE: Mapping[str, str] = {
    acts.PAUSE: "paused",
    acts.RESUME: "resumed",
    acts.DELETE: "deleted",
    acts.MOVE: "moved",
    acts.APPROVE: "paused, and their seats are free",
    acts.REJECT: "kept up until the directory wants them again",
}
_ALREADY: Mapping[str, tuple[str, str]] = {
    acts.PAUSE: ("is paused by an admin already", "are paused by an admin already"),
    acts.RESUME: ("is not paused by an admin", "are not paused by an admin"),
    acts.MOVE: ("is on this template already", "are on this template already"),
    acts.APPROVE: ("is not held any more", "are not held any more"),
    acts.REJECT: ("is not held any more", "are not held any more"),
}


def done(act: str, count: int) -> str:
    """What was done to so many cards."""
    return f"{plural(count, 'card')} {_DONE[act]}."


def sentences(plan: ActPlan) -> list[str]:
    """What carrying out the plan does."""
    said = _SAYING[plan.act](plan) if plan.changed else ["Nothing would change."]
    if plan.unchanged and plan.act in _ALREADY:
        one, many = _ALREADY[plan.act]
        said.append(
            f"{plural(plan.unchanged, f'card {one}, and stays as it is', f'cards {many}, and stay as they are')}."
        )
    return said


def _pause(plan: ActPlan) -> list[str]:
    up = plan.count(LIVE, HELD)
    said = [
        f"{plural(len(plan.changed), 'card is', 'cards are')} paused until an admin resumes it, whatever the directory"
        " says. What was set on it stays."
    ]
    if up:
        said.append(
            f"{plural(up, 'of them is', 'of them are')} up now: at once the address shows your organization’s page"
            " instead of the person, and a seat is free where somebody has no other card."
        )
    return said


def _resume(plan: ActPlan) -> list[str]:
    wanted = sum(one.wanted for one in plan.changed)
    rest = len(plan.changed) - wanted
    said = []
    if wanted:
        said.append(
            f"{plural(wanted, 'card is', 'cards are')} live again at once, at the same address; where the seat limit"
            " is reached, it waits for a seat."
        )
    if rest:
        said.append(
            f"{plural(rest, 'card stays', 'cards stay')} paused: the directory gives its person no such card now. It"
            " comes back by itself when the directory does."
        )
    return said


def _delete(plan: ActPlan) -> list[str]:
    return [
        f"{plural(len(plan.changed), 'card is', 'cards are')} deleted with everything that was set on it. Addresses and"
        " printed codes lead to nothing from then on.",
        "No group brings a deleted card back; issuing it by hand does, at its old address, without what was set on it.",
    ]


def _move(plan: ActPlan) -> list[str]:
    name = plan.template.name if plan.template else ""
    return [
        f"{plural(len(plan.changed), 'card moves', 'cards move')} to {name}. Addresses, codes, photos and values that"
        " were set on the card stay. From then on groups move it no more."
    ]


def _approve(plan: ActPlan) -> list[str]:
    return [
        f"{plural(len(plan.changed), 'card is', 'cards are')} paused, as the directory asked: at once the address shows"
        " your organization’s page, and the seat is free.",
        "What was removed until now does not count for the brake any more. The directory can still bring a card back.",
    ]


def _reject(plan: ActPlan) -> list[str]:
    return [
        f"{plural(len(plan.changed), 'card stays', 'cards stay')} up although the directory removed its person. It"
        " keeps its seat, and shows what it showed.",
        "That lasts until the directory wants the card again by itself, or an admin pauses it.",
    ]


_SAYING = {
    acts.PAUSE: _pause,
    acts.RESUME: _resume,
    acts.DELETE: _delete,
    acts.MOVE: _move,
    acts.APPROVE: _approve,
    acts.REJECT: _reject,
}

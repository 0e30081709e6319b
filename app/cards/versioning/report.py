"""What publishing would change on cards, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.cards.versioning.effects import Effect, Named, Tally


def effect_as_json(effect: Effect) -> dict[str, Any]:
    """One card: `changes` are `{label: [before, after]}`, null where nothing shows."""
    return {
        "person": effect.person,
        "id": effect.public_id,
        "changes": effect.changes,
        "missing": effect.missing,
    }


def tally_as_json(tally: Tally) -> dict[str, Any]:
    """How many cards show something else, by item too, and how many become incomplete or complete."""
    return {
        "cards": tally.shows.count,
        "items": dict(tally.items),
        "incomplete": tally.incomplete.count,
        "complete": tally.complete.count,
    }


def as_json(tallies: Mapping[str, Tally]) -> list[dict[str, Any]]:
    """The tallies of several templates, by name."""
    return [{"template": name, **tally_as_json(tally)} for name, tally in tallies.items()]


def by_template(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """The tallies of several templates for people, each under the template's name."""
    for name, tally in tallies.items():
        yield f"Template {name}:"
        yield from (f"  {line}" for line in sentences(tally))


def sentences(tally: Tally) -> Iterator[str]:
    """The tally for people, a line each. The names come from the directory as they are."""
    if not tally.shows.count:
        yield "No card shows another value."
    else:
        yield f"{_cards(tally.shows)} something else: {_names(tally.shows)}."
        for label, count in sorted(tally.items.items(), key=lambda item: (-item[1], item[0])):
            yield f"  {label}: {count} {'card' if count == 1 else 'cards'}"
    if tally.incomplete.count:
        yield f"{_turning(tally.incomplete)} incomplete, for want of a required value: {_names(tally.incomplete)}."
    if tally.complete.count:
        yield f"{_turning(tally.complete)} complete: {_names(tally.complete)}."


def _cards(named: Named) -> str:
    return "1 card shows" if named.count == 1 else f"{named.count} cards show"


def _turning(named: Named) -> str:
    return "1 card becomes" if named.count == 1 else f"{named.count} cards become"


def _names(named: Named) -> str:
    rest = named.count - len(named.first)
    return ", ".join(named.first) + (f" and {rest} more" if rest else "")

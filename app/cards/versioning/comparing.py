"""One card by two versions of its template. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.cards.layout import PHOTO
from app.cards.missing import missing_items
from app.cards.rendering import render
from app.cards.template_store import Template
from app.cards.view import CardSource

PICTURE, OTHER_PICTURE = "a picture", "another picture"
"""How a photo is told: what it shows cannot be printed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card shows, as text by label, and the labels of the required items that it lacks."""

    values: dict[str, str]
    missing: tuple[str, ...]


def shown(source: CardSource) -> Shown:
    """What the card shows; a photo is there as PICTURE."""
    return _in_words(source, None)[0]


def compared(now: CardSource, after: Template) -> tuple[Shown, Shown]:
    """What the card shows, and what it would show on `after`; a photo that would be another is OTHER_PICTURE."""
    before, photo = _in_words(now, None)
    return before, _in_words(replace(now, template=after.name, layout=after.layout), photo)[0]


def _in_words(source: CardSource, photo_before: str | None) -> tuple[Shown, str | None]:
    view = render(source, "")
    values = dict(view.values)
    if view.photo:
        values[PHOTO] = OTHER_PICTURE if photo_before not in (None, view.photo) else PICTURE
    return Shown(values, tuple(item.label for item in missing_items(source, view))), view.photo

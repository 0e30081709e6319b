"""One card by two versions of its template. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from app.cards.layout import PHOTO, Item, Layout
from app.cards.missing import missing_items
from app.cards.rendering import render
from app.cards.view import CardSource

PICTURE, OTHER_PICTURE = "a picture", "another picture"
"""How a photo is told: what it shows cannot be printed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card shows, as text by label, and the labels of the required items that it lacks."""

    values: dict[str, str]
    missing: tuple[str, ...]


def concerned(before: Layout, after: Layout) -> tuple[Layout, Layout] | None:
    """Both layouts without the items that show the same on every card by either; None where that is all of them.

    Required items stay, for whether a card is complete. What an item shows does not depend on other items.
    """
    then, now = ({item.key: item for item in layout.items()} for layout in (before, after))
    changed = {key for key in (*then, *now) if _visible(then.get(key)) != _visible(now.get(key))}
    required, required_now = ({item.key for item in layout.items() if item.required} for layout in (before, after))
    if not changed and required == required_now:
        return None
    keys = changed | required | required_now
    return _only(before, keys), _only(after, keys)


def shown(source: CardSource) -> Shown:
    """What the card shows; a photo is there as PICTURE."""
    return _in_words(source, None)[0]


def compared(now: CardSource, after: Layout) -> tuple[Shown, Shown]:
    """What the card shows, and what it would show by `after`; a photo that would be another is OTHER_PICTURE."""
    before, photo = _in_words(now, None)
    return before, _in_words(replace(now, layout=after), photo)[0]


def _in_words(source: CardSource, photo_before: str | None) -> tuple[Shown, str | None]:
    view = render(source, "")
    values = dict(view.values)
    if view.photo:
        values[PHOTO] = OTHER_PICTURE if photo_before not in (None, view.photo.text) else PICTURE
    photo = view.photo.text if view.photo else None
    return Shown(values, tuple(item.label for item in missing_items(source, view))), photo


def _visible(item: Item | None) -> Item | None:
    """What of an item may make a difference to what it shows."""
    return None if item is None else replace(item, placeholder=None, editable=False, required=False)


def _only(layout: Layout, keys: Collection[str]) -> Layout:
    return replace(
        layout,
        general=tuple(item for item in layout.general if item.key in keys),
        fields=tuple(item for item in layout.fields if item.key in keys),
        photo=layout.photo if layout.photo and layout.photo.key in keys else None,
    )

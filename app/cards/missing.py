"""What a card requires and does not have. Pure."""

from __future__ import annotations

from app.cards.layout import PHOTO, Item
from app.cards.values import directory_value
from app.cards.view import CardSource, CardView


def missing_items(source: CardSource, view: CardView) -> tuple[Item, ...]:
    """The required items of the card that show nothing; `view` is what `source` renders to.

    A photo is there when there is one to show, whether or not the page may fetch it.
    """
    shown = {*view.general, *(field.key for field in view.fields)}
    return tuple(
        item
        for item in source.layout.items()
        if item.required and not (_pictured(source, item) if item.key == PHOTO else item.key in shown)
    )


def _pictured(source: CardSource, item: Item) -> bool:
    own = source.own.get(item.key)
    if own is not None and item.sync != "always":
        return bool(own.value)
    found = item.sync != "never" and directory_value(item, source.document or {}, source.clear_marker)
    return bool(found or item.value)

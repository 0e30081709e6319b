"""What is different between two layouts, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from app.cards.layout import Item, Layout


class Said(Protocol):
    """A template in some version."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def layout(self) -> Layout:
        """All else that it says."""


def differences(before: Said, after: Said) -> tuple[str, ...]:
    """A phrase for each kind of difference ("Mobile, E-mail added", "design changed"); none where both say the same.

    Items are named by their label, those that stay by the later one. Since when an item is `once` is no difference.
    """
    renamed = (f"renamed from {before.name}",) if before.name != after.name else ()
    return (*renamed, *_of_layouts(before.layout, after.layout))


def _of_layouts(before: Layout, after: Layout) -> Iterator[str]:
    then, now = _items(before), _items(after)
    stay = [key for key in now if key in then]
    listed = (
        ("added", [now[key].label for key in now if key not in then]),
        ("removed", [then[key].label for key in then if key not in now]),
        ("changed", [now[key].label for key in stay if now[key] != then[key]]),
    )
    yield from (f"{', '.join(labels)} {what}" for what, labels in listed if labels)
    if [key for key in then if key in now] != stay:
        yield "order changed"
    if before.design != after.design:
        yield "design changed"
    if before.video != after.video:
        yield "video changed" if before.video and after.video else f"video {'added' if after.video else 'removed'}"
    if before.leaver != after.leaver:
        yield "leaver page changed"


def sentence(phrases: Sequence[str]) -> str:
    """The phrases as one text without a full stop."""
    return "; ".join(phrases) or "nothing changed"


def _items(layout: Layout) -> dict[str, Item]:
    return {item.key: replace(item, once_since=0) for item in layout.items()}

"""Which items of a card its holder may change, who looks after the others, and what an editor holds of each. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.cards.layout import PHOTO, SLOTS, Item
from app.cards.rendering import render
from app.cards.view import ADMIN, CardSource, CardView, Shown

DIRECTORY_OWNS, COMPANY_OWNS = "directory", "company"
"""Who looks after an item that the holder may not change."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands on a card."""

    item: Item
    shown: Shown | None
    """What the card shows for it; None: nothing."""
    text: str
    """The same as an editor holds it: an address in lines, and empty where nothing shows."""
    own: bool
    """Whether the card has a value of its own for it, be it an emptied one."""
    underneath: str
    """What would show without that; empty where nothing would."""


def may_change(item: Item) -> bool:
    """Whether the holder may set the item's own value in a form; pictures are no text."""
    return item.editable and item.sync != "always" and item.kind != PHOTO


def owner(standing: Standing) -> str:
    """DIRECTORY_OWNS or COMPANY_OWNS: whom to ask for a change of an item that the holder may not change."""
    by_admin = standing.shown is not None and standing.shown.origin == ADMIN
    return COMPANY_OWNS if standing.item.sync == "never" or by_admin else DIRECTORY_OWNS


def in_lines(item: Item) -> bool:
    """Whether the item's text may have several lines."""
    return item.key not in SLOTS and item.kind in {"text", "address"}


def standings(source: CardSource, view: CardView) -> dict[str, Standing]:
    """How each item of the card stands, by key, in the template's order; the photo is left out. `view` shows it now."""
    now, underneath = _shown(view), _shown(render(replace(source, own={}), ""))
    found = {}
    for item in source.layout.items():
        if item.kind == PHOTO:
            continue
        own = source.own.get(item.key) if item.sync != "always" else None
        shown = now.get(item.key)
        found[item.key] = Standing(
            item=item,
            shown=shown,
            text=_editable(shown) if own is None else own.value or "",
            own=own is not None,
            underneath=_editable(underneath.get(item.key)),
        )
    return found


def fingerprint(item: Item, text: str) -> str:
    """The same for two texts that a browser's input holds as the same: blank ends and kinds of line break aside."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    held = lines if in_lines(item) else lines.replace("\n", "")
    return hashlib.sha256(held.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _shown(view: CardView) -> Mapping[str, Shown]:
    return {shown.key: shown for shown in (*view.general.values(), *view.fields)}


def _editable(shown: Shown | None) -> str:
    if shown is None:
        return ""
    return "\n".join(shown.address.lines) if shown.address is not None else shown.text

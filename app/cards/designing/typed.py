"""What stands in the form of a template, as text, whether or not it makes sense. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from app.cards.layout import DEFAULT_SOURCES, SLOTS, Item, Layout

YES = "yes"
"""What stands for a ticked box; one that is not ticked is not there."""
ROW = "row"
"""The name under which the form lists its fields, in the order in which cards show them."""
ITEM_TEXTS = ("sync", "source", "value", "placeholder")
ITEM_FLAGS = ("editable", "required")
FIELD_TEXTS = ("key", "kind", "label", "service", *ITEM_TEXTS)
DESIGN = ("accent", "background", "theme", "layout", "logo", "cover")
LEAVER = ("show", "email", "phone", "successor", "days")
PICTURES = ("design.logo", "design.cover", "video.poster")
"""Where the form names pictures."""
MOST_ROWS = 200
USUAL_SOURCES: Mapping[str, str] = {
    "phone": 'phoneNumbers[type eq "mobile"].value',
    "email": 'emails[type eq "work"].value',
    "address": 'addresses[type eq "work"]',
}
"""Where a new field of a kind gets its value; others are filled in by holders."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form: `values` by the name of their place, such as `general.title.sync`, `field.3.label`, `design.accent`."""

    values: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    """The names of the fields' rows, in their order: `3` is that of `field.3.label`."""

    def get(self, place: str) -> str:
        """What stands there; empty where nothing does."""
        return self.values.get(place, "")

    def has(self, place: str) -> bool:
        """Whether the box there is ticked."""
        return self.get(place) == YES

    def put(self, values: Mapping[str, str]) -> Typed:
        """The same with other values."""
        return replace(self, values={**self.values, **values})

    def added(self, kind: str) -> tuple[Typed, str]:
        """The form with one more field of this kind at its end, and the name of its row."""
        row = str(max((int(row) for row in self.rows), default=0) + 1)
        source = USUAL_SOURCES.get(kind, "")
        begun = {"kind": kind, "sync": "always" if source else "never", "source": source}
        values = {f"field.{row}.{key}": text for key, text in begun.items()}
        if not source:
            values[f"field.{row}.editable"] = YES
        return replace(self.put(values), rows=(*self.rows, row)), row

    def removed(self, row: str) -> Typed:
        """The form without this field."""
        return replace(self, rows=tuple(one for one in self.rows if one != row))

    def moved(self, row: str, by: int) -> Typed:
        """The form with this field so many places further down; at either end it stays."""
        if row not in self.rows:
            return self
        rest = [one for one in self.rows if one != row]
        at = min(max(self.rows.index(row) + by, 0), len(rest))
        return replace(self, rows=(*rest[:at], row, *rest[at:]))


def read(pairs: Iterable[tuple[str, str]]) -> Typed:
    """What a browser sent. Line breaks become `\\n`; of rows that are no numbers or there twice nothing is read."""
    values: dict[str, str] = {}
    rows: dict[str, None] = {}
    for name, text in pairs:
        if name == ROW:
            if text.isascii() and text.isdigit() and len(text) < 6 and len(rows) < MOST_ROWS:
                rows[text] = None
        else:
            values[name] = text.replace("\r\n", "\n").replace("\r", "\n")
    return Typed(values, tuple(rows))


def of_template(name: str, layout: Layout) -> Typed:
    """The form of a template before anybody has typed anything."""
    values = {"name": name}
    values |= {f"design.{key}": text or "" for key, text in asdict(layout.design).items()}
    general = {item.key: item for item in layout.general}
    for slot in SLOTS:
        item = general.get(slot) or _offered(slot)
        values |= dict(_of_item(f"general.{slot}", item, on=slot in general))
    values |= dict(_of_item("photo", layout.photo or _offered("photo"), on=layout.photo is not None))
    for row, item in enumerate(layout.fields, 1):
        values |= dict(_of_item(f"field.{row}", item))
        values |= {f"field.{row}.{key}": getattr(item, key) or "" for key in ("key", "kind", "label", "service")}
    if layout.video is not None:
        values |= {"video.url": layout.video.url, "video.poster": layout.video.poster or ""}
    if layout.leaver is not None:
        values |= {f"leaver.{key}": str(text or "") for key, text in asdict(layout.leaver).items()}
    return Typed(values, tuple(str(row) for row in range(1, len(layout.fields) + 1)))


def _offered(key: str) -> Item:
    """What an item that is not on the cards would be."""
    return Item(key, key, "text", "always", DEFAULT_SOURCES[key])


def _of_item(place: str, item: Item, *, on: bool = True) -> Iterator[tuple[str, str]]:
    if on:
        yield f"{place}.on", YES
    for key in ITEM_TEXTS:
        yield f"{place}.{key}", getattr(item, key) or ""
    for key in ITEM_FLAGS:
        if getattr(item, key):
            yield f"{place}.{key}", YES

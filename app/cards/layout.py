"""What a template says: its design and its items. Plain frozen data, kept as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from app.directory.settings import LeaverPage as Leaver

__all__ = [
    "DEFAULT_SOURCES",
    "KINDS",
    "LAYOUTS",
    "MANAGER",
    "PHOTO",
    "SLOTS",
    "SYNC_MODES",
    "THEMES",
    "Design",
    "Item",
    "Layout",
    "Leaver",
    "Video",
]

SLOTS = ("name", "accreditations", "pronouns", "title", "department", "company", "headline")
"""The general slots in the order in which every card shows them. `name` is on every card."""

PHOTO = "photo"
KINDS = ("text", "phone", "email", "url", "address", "social", "date")
"""Kinds of field. General slots are of kind `text`, the photo of kind `photo`."""

SYNC_MODES = ("never", "once", "always", "unless_edited")
THEMES = ("auto", "light", "dark")
LAYOUTS = ("classic",)

DEFAULT_SOURCES: Mapping[str, str | None] = {
    "name": None,  # the whole name, put together by the rule for names
    "accreditations": f"{LANYARD_USER}:accreditations",
    "pronouns": f"{LANYARD_USER}:pronouns",
    "title": "title",
    "department": f"{ENTERPRISE_USER}:department",
    "company": f"{ENTERPRISE_USER}:organization",
    "headline": f"{LANYARD_USER}:headline",
    PHOTO: 'photos[type eq "photo"].value',
}
"""Where an item without a `source` of its own gets the directory's value: SCIM attribute paths."""

MANAGER = f"{ENTERPRISE_USER}:manager"
_OF_MANAGER = (".displayName", ".$ref")
"""The parts that are shown as the organization knows the manager, whatever was pushed: their name, and their card."""


@dataclass(frozen=True, slots=True)
class Item:
    """One general slot, field or the photo: where its value comes from and who may change it."""

    key: str
    label: str
    kind: str
    sync: str
    """One of SYNC_MODES."""
    source: str | None = None
    """A SCIM attribute path in canonical form; None for the whole name and for what no directory fills."""
    value: str | None = None
    """The template's value: text for everyone, shown where nothing nearer to the person is there."""
    placeholder: str | None = None
    """A hint for editors; never public."""
    editable: bool = False
    required: bool = False
    service: str | None = None
    """Of a social link: which network, in lower case."""
    once_since: int = 0
    """The template version that made the item `once`: values saved on a card before that one do not count."""

    @property
    def of_manager(self) -> bool:
        """Whether the item shows the manager's name or the address of their card."""
        return self.source is not None and self.source.startswith(MANAGER) and self.source.endswith(_OF_MANAGER)


@dataclass(frozen=True, slots=True)
class Design:
    """How cards of the template look. Colours are `#rrggbb` in lower case, pictures are names of assets."""

    accent: str = "#0b5fff"
    background: str = "#ffffff"
    theme: str = "auto"
    layout: str = "classic"
    logo: str | None = None
    cover: str | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A video elsewhere (`https`), linked to by a poster of our own (name of an asset)."""

    url: str
    poster: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything a template says except its name."""

    design: Design = field(default_factory=Design)
    general: tuple[Item, ...] = (Item("name", "name", "text", "always"),)
    """The slots that are on the cards, in the order of SLOTS."""
    fields: tuple[Item, ...] = ()
    """In the order in which cards show them."""
    photo: Item | None = None
    video: Video | None = None
    leaver: Leaver | None = None
    """What a paused card offers, where it is not as the organization says."""

    def items(self) -> Iterator[Item]:
        """All items: slots, fields, photo."""
        yield from self.general
        yield from self.fields
        if self.photo is not None:
            yield self.photo

    @property
    def synced(self) -> bool:
        """Whether the directory fills at least one item."""
        return any(item.sync != "never" for item in self.items())

    @property
    def shows_manager(self) -> bool:
        """Whether an item shows the manager's name or the address of their card."""
        return any(item.of_manager for item in self.items())

    @property
    def once_items(self) -> tuple[Item, ...]:
        """The items that keep the first value the directory had."""
        return tuple(item for item in self.items() if item.sync == "once")

    def assets(self) -> frozenset[str]:
        """Names of all pictures the template shows."""
        poster = self.video.poster if self.video else None
        return frozenset(name for name in (self.design.logo, self.design.cover, poster) if name)

    def to_json(self) -> dict[str, Any]:
        """The layout as plain JSON, which `from_json` reads back to an equal layout."""
        return {
            "design": asdict(self.design),
            "general": [asdict(item) for item in self.general],
            "fields": [asdict(item) for item in self.fields],
            "photo": asdict(self.photo) if self.photo else None,
            "video": asdict(self.video) if self.video else None,
            "leaver": asdict(self.leaver) if self.leaver else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Layout:
        """The layout that `to_json` wrote."""
        photo, video, leaver = stored["photo"], stored["video"], stored["leaver"]
        return cls(
            design=Design(**stored["design"]),
            general=tuple(Item(**item) for item in stored["general"]),
            fields=tuple(Item(**item) for item in stored["fields"]),
            photo=Item(**photo) if photo else None,
            video=Video(**video) if video else None,
            leaver=Leaver(**leaver) if leaver else None,
        )

"""What a card shows, ready for page, vCard and QR code: frozen values, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cards.layout import Layout

TEMPLATE, DIRECTORY, PERSON, ADMIN = "template", "directory", "person", "admin"
"""Where a shown value came from."""


def card_url(public_url: str, public_id: str) -> str:
    """The permanent address of a card; `public_url` is the installation's, without a trailing slash."""
    return f"{public_url}/c/{public_id}"


@dataclass(frozen=True, slots=True)
class OwnValue:
    """A value set on the card itself. None: emptied, so nothing shows until it is reverted."""

    value: str | None
    by: str
    """PERSON or ADMIN."""
    at: datetime


@dataclass(frozen=True, slots=True)
class OnceValue:
    """The first directory value of a `once` item, saved when a push was about to change it."""

    value: Any
    """A text, or the parts of an address."""
    since: int
    """The template version that made the item `once`; it counts only while that is the item's own."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A person's manager as the organization knows them; nothing of one who has left."""

    name: str | None = None
    public_id: str | None = None
    """Of their live card."""


@dataclass(frozen=True, slots=True)
class CardSource:
    """Everything a card is computed from."""

    public_id: str
    organization: str
    phone_region: str | None
    clear_marker: str
    template: str | None
    """The template's name; None for a free-standing card."""
    layout: Layout
    document: Mapping[str, Any] | None
    """The person's SCIM document; None when there is no record."""
    own: Mapping[str, OwnValue]
    once: Mapping[str, OnceValue]
    versions: tuple[int, ...]
    """Of card, template, record and manager: whatever changes what the card shows changes one of them."""
    revised: datetime
    manager: Manager = Manager()
    """Looked up where the layout shows the manager."""


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name; `display` is the whole of it in the order it is written."""

    display: str
    prefix: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    family_first: bool = False
    phonetic_given: str = ""
    phonetic_family: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address: its parts, or `formatted` alone; `lines` are how it is written in its country."""

    street: str = ""
    locality: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    formatted: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One value that the card shows."""

    key: str
    label: str
    kind: str
    text: str
    origin: str
    """TEMPLATE, DIRECTORY, PERSON or ADMIN."""
    href: str | None = None
    """What a tap on it opens: https, http, mailto or tel; None for what is only read."""
    source: str | None = None
    """The SCIM path it came from, when it came from the directory."""
    service: str | None = None
    use: str | None = None
    """Of a phone: work, cell, fax, pager or home, as far as source and label tell."""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """A photo that is ready to be shown: `original` names its files, `sizes` are pixels, the smallest first."""

    original: str
    sizes: tuple[int, ...]
    since: datetime

    def file(self, most: int, kind: str) -> str:
        """The name of the file of that kind with the largest size up to `most` pixels, or the smallest there is."""
        size = max((size for size in self.sizes if size <= most), default=self.sizes[0])
        return f"{self.original}-{size}.{kind}"

    def srcset(self, card_path: str, kind: str) -> str:
        """All files of that kind, as HTML's `srcset` lists them for the card at this path."""
        return ", ".join(f"{card_path}/photo/{self.original}-{size}.{kind} {size}w" for size in self.sizes)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as people see it."""

    public_id: str
    url: str
    """The permanent address."""
    organization: str
    template: str | None
    language: str | None
    """The person's preferred language, a BCP 47 tag."""
    name: Name
    general: Mapping[str, Shown]
    """The general slots that have a value, by slot (`name`, `title`, `department`, …), in the fixed order."""
    fields: tuple[Shown, ...]
    """The fields that have a value, in the template's order."""
    layout: Layout
    photo: Shown | None
    """Its text is the id of the photo (app.photos.keeping), which need not be ready; None where none is to be shown."""
    revised: datetime
    etag: str
    """Changes whenever anything that the card shows may have changed; no quotes."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Label → shown text, general slots first."""
    face: Face | None = None
    """The photo, once somebody has looked whether it is ready (cards.faces)."""

    def slot(self, name: str) -> str | None:
        """The text of a general slot, None when it shows nothing."""
        shown = self.general.get(name)
        return shown.text if shown else None


@dataclass(frozen=True, slots=True)
class LiveCard:
    """A card whose address answers."""

    source: CardSource
    organization_id: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the organization to turn to: their display name, and the public id of their live card, if any."""

    name: str
    public_id: str | None


@dataclass(frozen=True, slots=True)
class PausedCard:
    """A card that was taken back: what its page may still say, nothing of the person."""

    organization: str
    email: str | None = None
    phone: str | None = None
    colleague: Colleague | None = None
    """The successor or the manager, where the leaver page shows one."""

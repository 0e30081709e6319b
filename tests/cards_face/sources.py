"""Cards to render, in few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from app.cards.layout import DEFAULT_SOURCES, PHOTO, SLOTS, Item, Layout
from app.cards.rendering import render
from app.cards.view import CardSource, CardView, OnceValue, OwnValue

PUBLIC_URL = "https://cards.example"
PUBLIC_ID = "0123456789abcdefghjkmnpqrs"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

INES: dict[str, Any] = {
    "userName": "ines@nordwind.example",
    "active": True,
    "displayName": "Ines JONES",
    "title": "Chief Financial Officer",
    "preferredLanguage": "de-CH",
    "name": {"givenName": "Ines", "familyName": "JONES", "honorificPrefix": "Dr."},
    "emails": [{"type": "work", "value": "ines@nordwind.example"}],
    "phoneNumbers": [{"type": "work", "value": "044 555 01 02"}, {"type": "mobile", "value": "+41 79 555 01 03"}],
    "addresses": [{"type": "work", "formatted": "B7 / 2.11", "streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich", "region": "ZH", "country": "CH"}],
    ENTERPRISE_USER: {"department": "Finance", "organization": "Nordwind AG"},
    LANYARD_USER: {"pronouns": "she/her"},
}  # fmt: skip


def slot(key: str, sync: str = "always", **options: Any) -> Item:
    """A general slot with its default source."""
    return Item(key, key, "text", sync, **{"source": DEFAULT_SOURCES[key], **options})


def field(key: str, kind: str, source: str | None = None, sync: str = "always", **options: Any) -> Item:
    """A field; its label is its key."""
    return Item(key, options.pop("label", key), kind, sync, source=source, **options)


MOBILE = field("Mobile", "phone", 'phoneNumbers[type eq "mobile"].value')
OFFICE = field("Office", "phone", 'phoneNumbers[type eq "work"].value')
MAIL = field("E-mail", "email", 'emails[type eq "work"].value')
ADDRESS = field("Address", "address", 'addresses[type eq "work"]')
WEB = field("Website", "url", sync="never", value="https://nordwind.example/a;b?c=d")

FULL = Layout(
    general=tuple(slot(key) for key in SLOTS),
    fields=(MOBILE, OFFICE, MAIL, ADDRESS, WEB),
    photo=Item(PHOTO, PHOTO, PHOTO, "always", source=DEFAULT_SOURCES[PHOTO]),
)


def source(layout: Layout = FULL, document: dict[str, Any] | None = INES, **options: Any) -> CardSource:
    """A card of Ines' with everything on it, unless options say otherwise."""
    return replace(
        CardSource(
            public_id=PUBLIC_ID,
            organization="Nordwind AG",
            phone_region="CH",
            clear_marker="[[clear]]",
            template="Board",
            layout=layout,
            document=document,
            own={},
            once={},
            versions=(1, 1, 1),
            revised=NOW,
        ),
        **options,
    )


def view(layout: Layout = FULL, document: dict[str, Any] | None = INES, **options: Any) -> CardView:
    """What that card shows."""
    return render(source(layout, document, **options), PUBLIC_URL)


def own(value: str | None, by: str = "person") -> OwnValue:
    """A value set on the card."""
    return OwnValue(value, by, NOW)


def once(value: Any, since: int = 0) -> OnceValue:
    """A first value that was saved on the card."""
    return OnceValue(value, since)

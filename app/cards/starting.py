"""What a new template says until somebody makes it their own: what most directories have, and most cards show. Pure."""

from __future__ import annotations

from app.cards.layout import DEFAULT_SOURCES, PHOTO, Item, Layout


def _slot(key: str, sync: str, *, editable: bool = False, placeholder: str | None = None) -> Item:
    source = None if sync == "never" else DEFAULT_SOURCES[key]
    return Item(key, key, "text", sync, source, editable=editable, placeholder=placeholder)


STARTING = Layout(
    general=(
        _slot("name", "always"),
        _slot("accreditations", "always"),
        _slot("pronouns", "unless_edited", editable=True),
        _slot("title", "always"),
        _slot("department", "always"),
        _slot("company", "always"),
        _slot("headline", "never", editable=True, placeholder="What do you do?"),
    ),
    fields=(
        Item("mobile", "Mobile", "phone", "always", 'phoneNumbers[type eq "mobile"].value'),
        Item("phone", "Office", "phone", "always", 'phoneNumbers[type eq "work"].value'),
        Item("mail", "E-mail", "email", "always", 'emails[type eq "work"].value', required=True),
        Item("address", "Address", "address", "always", 'addresses[type eq "work"]'),
    ),
    photo=Item(PHOTO, PHOTO, PHOTO, "unless_edited", DEFAULT_SOURCES[PHOTO], editable=True),
)
"""The layout of a new template."""

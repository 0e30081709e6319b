"""What may be set on a card itself: whose right it is and which texts each kind of item takes. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from app.cards import links, phones
from app.cards.layout import PHOTO, SLOTS, Item
from app.cards.view import PERSON
from app.core.errors import Refused
from app.directory.settings import OrganizationSettings

LENGTHS: Mapping[str, int] = {"text": 4_000, "address": 1_000, "url": 2_048, "social": 2_048, "email": 254, "phone": 64}
"""Characters that an own value of a kind may have; a general slot's are fewer."""
SLOT_LENGTH = 255
DATE_LENGTH = 10


def ensure_editable(item: Item, by: str) -> None:
    """Whether PERSON or ADMIN may set the item's own value. Raises Refused naming the item and the reason."""
    if item.sync == "always":
        raise Refused(f"{item.label} always shows what the directory says, so it can only be changed there", item.key)
    if by == PERSON and not item.editable:
        raise Refused(f"{item.label} is set by your organization; only an admin can change it", item.key)


def longest(item: Item) -> int:
    """How many characters an own value of the item may have."""
    return SLOT_LENGTH if item.key in SLOTS else LENGTHS.get(item.kind, DATE_LENGTH)


def own_value(item: Item, text: str, settings: OrganizationSettings) -> str | None:
    """`text` as the item's own value: without space around it, line breaks as `\\n`; None when nothing is left.

    Raises Refused naming the item and the reason for a text that its kind does not take.
    """
    value = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not value:
        return None
    if item.kind == PHOTO:
        raise Refused(f"{item.label} is a picture: give a file as {item.key}=@FILE, empty it, or revert it", item.key)
    most = longest(item)
    if len(value) > most:
        raise Refused(f"{item.label} must have at most {most:,} characters, not {len(value):,}", item.key)
    allowed = "\n" if item.key not in SLOTS and item.kind in {"text", "address"} else ""
    for char in value:
        if unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed:
            what = "a line break" if char == "\n" else f"the character U+{ord(char):04X}, which cannot be shown"
            raise Refused(f"{item.label} must not contain {what}", item.key)
    if value == settings.clear_marker:
        raise Refused(f"{item.label} cannot be {value}, which is how the directory clears a value", item.key)
    wanted = _refusals(item, value, settings)
    if wanted is not None:
        raise Refused(f"{item.label} must be {wanted}, not {value[:64]!r}", item.key)
    return value


def _refusals(item: Item, value: str, settings: OrganizationSettings) -> str | None:
    """What the value should have been; None when it is."""
    lawful, wanted = _KINDS.get(item.kind, (_anything, ""))
    return None if lawful(item, value, settings.phone_region) else wanted


def _anything(_item: Item, _value: str, _region: str | None) -> bool:
    return True


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_KINDS: Mapping[str, tuple[Callable[[Item, str, str | None], bool], str]] = {
    "phone": (
        lambda _item, value, region: phones.tel_link(value, region) is not None,
        "a telephone number such as +41 44 555 01 00",
    ),
    "email": (
        lambda _item, value, _region: links.mail_link(value) is not None,
        "an e-mail address such as ines@nordwind.example",
    ),
    "url": (
        lambda _item, value, _region: links.web_link(value) is not None,
        "a web address such as https://nordwind.example",
    ),
    "social": (
        lambda item, value, _region: links.social_link(item.service, value) is not None,
        "the address of a profile, or the name of one on a service that is known",
    ),
    "date": (lambda _item, value, _region: _is_date(value), "a date such as 2026-11-25"),
}

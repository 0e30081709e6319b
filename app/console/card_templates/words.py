"""What items, their kinds and their sync modes are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from app.cards.layout import PHOTO, Item

SECTION = "templates"
PATH = "/console/templates"

SLOTS: Mapping[str, str] = {
    "name": "Name",
    "accreditations": "Accreditations",
    "pronouns": "Pronouns",
    "title": "Job title",
    "department": "Department",
    "company": "Company",
    "headline": "Headline",
    PHOTO: "Photo",
}
KINDS: Mapping[str, str] = {
    "text": "Text",
    "phone": "Phone number",
    "email": "E-mail address",
    "url": "Web address",
    "address": "Postal address",
    "social": "Social profile",
    "date": "Date",
}
SYNC: Mapping[str, str] = {
    "always": "Always from the directory",
    "unless_edited": "From the directory, unless edited",
    "once": "Once from the directory, then kept",
    "never": "Never from the directory",
}
SYNC_SENTENCES: Mapping[str, str] = {
    "always": "Shows what the directory says, at once after every push. Nobody can change it on the card.",
    "unless_edited": "Shows what the directory says until somebody edits the card, and again when that is taken back.",
    "once": "Shows the first value that the directory had. Later pushes change nothing.",
    "never": "The directory has no say: the card shows its own value, or the one that stands below.",
}
THEMES: Mapping[str, str] = {
    "auto": "Light or dark, as the visitor's device is set",
    "light": "Always light",
    "dark": "Always dark",
}
LEAVER: Mapping[str, str] = {
    "": "What the organization's settings say",
    "nothing": "Nothing: the page only says that the card is no longer in use",
    "company": "A company contact",
    "manager": "The person's manager",
    "successor": "A successor",
}
LAYOUTS: Mapping[str, str] = {"classic": "Classic"}


def label_of(item: Item) -> str:
    """What an item is called: a field by its label, everything else by our own word."""
    return SLOTS.get(item.key, item.label)

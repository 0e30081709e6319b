"""Checks of a record as a whole: its manager, lengths, and the clear marker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from app.attributes.folding import fold
from app.cards.quality.entra import ATTRIBUTES, named, pasting
from app.cards.quality.subject import Doubt, Subject
from app.cards.values import manager_of

MANAGER = f"{ENTERPRISE_USER}:manager.value"

_CUT = "Mid([ATTRIBUTE], 1, MOST)"

LENGTHS: Mapping[str, int] = {
    "displayName": 64,
    "name.givenName": 48,
    "name.familyName": 48,
    "title": 80,
    "emails.value": 64,
    "phoneNumbers.value": 32,
    f"{ENTERPRISE_USER}:department": 64,
    f"{ENTERPRISE_USER}:organization": 64,
    f"{LANYARD_USER}:pronouns": 32,
    f"{LANYARD_USER}:accreditations": 64,
    f"{LANYARD_USER}:headline": 120,
}
"""Characters that a card shows well: about three lines on a telephone."""


def manager(subject: Subject) -> Iterator[Doubt]:
    """Managers who are nobody in the directory."""
    if not subject.manager_known:
        value = manager_of(subject.document)
        yield Doubt(
            MANAGER,
            value,
            f"The manager {value!r} is nobody in the directory here.",
            "Assign the manager to the provisioning app too, or correct manager in Entra;"
            " then provision the person on demand.",
        )


def long(subject: Subject) -> Iterator[Doubt]:
    """Values that are longer than a card can show well."""
    for path, most in LENGTHS.items():
        for text in subject.texts(path):
            if len(text) > most:
                paste = f"; or {pasting(path, _CUT.replace('MOST', str(most)))}" if path in ATTRIBUTES else ""
                yield Doubt(
                    path,
                    text,
                    f"With {len(text)} characters it is longer than a card shows well, which is {most}.",
                    f"Shorten {named(path)} in Entra{paste}.",
                )


def marker(subject: Subject) -> Iterator[Doubt]:
    """The clear marker where it does not clear: within a longer text, in other letters, or in what identifies."""
    wanted = subject.settings.clear_marker
    for path, text in _texts(subject.document):
        identifies = path in {"userName", "externalId"} or path.endswith(".type")
        if text == wanted and identifies:
            problem = f"The clear marker stands in {path}, where it clears nothing and is taken as it stands."
        elif text != wanted and fold(wanted) in fold(text):
            problem = f"{text!r} holds the clear marker but is not exactly {wanted}, so it clears nothing and shows."
        else:
            continue
        yield Doubt(
            path,
            text,
            problem,
            f"Correct the expression that is mapped to {path}: it must send {wanted} alone, or a value.",
        )


def _texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a document under its SCIM path, but pictures."""
    for name, value in document.items():
        if name.startswith("urn:") and isinstance(value, Mapping):
            yield from ((f"{name}:{inner}", text) for inner, text in _inner(value))
        elif name != "photos":
            yield from _inner({name: value})


def _inner(holder: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in holder.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in _inner(value))
        elif isinstance(value, list):
            for entry in value:
                where = f'[type eq "{entry["type"]}"]' if isinstance(entry, Mapping) and "type" in entry else ""
                held = entry if isinstance(entry, Mapping) else {"value": entry}
                yield from ((f"{name}{where}.{inner}", text) for inner, text in _inner(held))

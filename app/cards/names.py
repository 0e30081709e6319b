"""A person's name as it is written, from the directory's document: parts, else `displayName`, never `userName`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from app.attributes.definitions import LANYARD_USER
from app.cards.view import Name

FAMILY_FIRST = frozenset({"ja", "zh", "ko", "hu", "vi"})
"""Languages whose speakers write the family name first."""

_TOMBSTONE = re.compile(r"[0-9a-f]{32}\S", re.IGNORECASE)
_PARTS = ("honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix")
_SCRIPTS_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def name_of(document: Mapping[str, Any], clear_marker: str, language: str | None) -> Name | None:
    """The name that the document gives, None when it gives none.

    Prefix, given (or preferred) name, middle, family, suffix; the family name first for FAMILY_FIRST languages.
    Without parts `displayName`, then `name.formatted`. A renamed record's tombstone (32 hex digits before the old
    name) is no name, nor is the clear marker.
    """

    def said(holder: Any, key: str) -> str:
        value = holder.get(key) if isinstance(holder, Mapping) else None
        usable = isinstance(value, str) and value.strip() and value != clear_marker and not _TOMBSTONE.match(value)
        return str(value) if usable else ""

    parts, ours = document.get("name"), document.get(LANYARD_USER)
    prefix, given, middle, family, suffix = (said(parts, key) for key in _PARTS)
    given = said(ours, "preferredName") or given
    family_first = primary_language(language) in FAMILY_FIRST
    if given or family:
        ordered = (prefix, family, given, middle) if family_first else (prefix, given, middle, family)
        display = _joined([part for part in (*ordered, suffix) if part])
    else:
        display = said(document, "displayName") or said(parts, "formatted")
    if not display:
        return None
    return Name(
        display=display,
        prefix=prefix,
        given=given,
        middle=middle,
        family=family,
        suffix=suffix,
        family_first=family_first,
        phonetic_given=said(ours, "phoneticGivenName"),
        phonetic_family=said(ours, "phoneticFamilyName"),
    )


def primary_language(language: str | None) -> str:
    """The language of a tag such as `de-CH`, in lower case; empty when there is none."""
    return re.split(r"[-_,;]", language or "", maxsplit=1)[0].strip().lower()


def initials(name: Name) -> str:
    """One or two characters that stand for the name where there is no picture.

    First letters of given and family name, in the order the name is written; where names are written without spaces
    the first character of the family name.
    """
    family, given = name.family, name.given
    if family and _without_spaces(family):
        return _first(family)
    ordered = (family, given) if name.family_first else (given, family)
    chosen = [part for part in ordered if part] or name.display.split()
    letters = [_first(part) for part in (chosen[0], *chosen[1:][-1:])] if chosen else []
    return "".join(letters).upper()


def _joined(parts: list[str]) -> str:
    """The parts with spaces between them, but where both neighbours are of scripts that use none."""
    text = parts[0] if parts else ""
    for part in parts[1:]:
        text += part if _without_spaces(text[-1:]) and _without_spaces(part[:1]) else f" {part}"
    return text


def _without_spaces(text: str) -> bool:
    return bool(text) and all(unicodedata.name(char, "").startswith(_SCRIPTS_WITHOUT_SPACES) for char in text)


def _first(text: str) -> str:
    """The first letter with its combining marks."""
    stripped = unicodedata.normalize("NFC", text.strip())
    start = next((place for place, char in enumerate(stripped) if char.isalnum()), 0)
    end = start + 1
    while end < len(stripped) and unicodedata.combining(stripped[end]):
        end += 1
    return stripped[start:end]

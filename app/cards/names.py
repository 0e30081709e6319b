"""A person's name as it is written, from the directory's document: parts, else `displayName`, never `userName`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from app.attributes.definitions import LANYARD_USER
from app.cards.view import Name
from app.directory.tombstones import is_tombstone

FAMILY_FIRST = frozenset({"ja", "zh", "ko", "hu", "vi"})
"""Languages whose speakers write the family name first."""
MIDDLE_BEFORE_GIVEN = frozenset({"vi"})
"""Of these, the languages in which the middle name stands between family and given name."""

_PARTS = ("honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix")
_SCRIPTS_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC ITERATION MARK")
_ARABIC_ARTICLE = "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}"
_NON_JOINER = "\N{ZERO WIDTH NON-JOINER}"
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def name_of(document: Mapping[str, Any], clear_marker: str, language: str | None) -> Name | None:
    """The name that the document gives, None when it gives none.

    Prefix, given (or preferred) name, middle, family, suffix; the family name first for FAMILY_FIRST languages.
    Without parts `displayName`, then `name.formatted`. A renamed record's tombstone (32 hex digits before the old
    name) is no name, nor is the clear marker.
    """

    def said(holder: Mapping[str, Any], key: str) -> str:
        return said_name(holder.get(key), clear_marker) or ""

    parts, ours = _mapping(document.get("name")), _mapping(document.get(LANYARD_USER))
    prefix, given, middle, family, suffix = [said(parts, key) for key in _PARTS]
    given = said(ours, "preferredName") or given
    spoken = primary_language(language)
    family_first = spoken in FAMILY_FIRST
    if given or family:
        if spoken in MIDDLE_BEFORE_GIVEN:
            ordered = family, middle, given
        else:
            ordered = (family, given, middle) if family_first else (given, middle, family)
        display = _joined([part for part in (prefix, *ordered, suffix) if part])
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


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def said_name(text: Any, clear_marker: str) -> str | None:
    """`text` where it names somebody: None when it is blank, the clear marker, a tombstone, or no text at all."""
    usable = isinstance(text, str) and text.strip() and text != clear_marker and not is_tombstone(text)
    return str(text) if usable else None


def language_tag(language: str | None) -> str | None:
    """The first BCP 47 tag in a `preferredLanguage` such as `de-CH`, `de_CH` or `de-CH, en;q=0.8`; None without one."""
    tag = re.split(r"[,;]", language or "", maxsplit=1)[0].strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else None


def primary_language(language: str | None) -> str:
    """The language of such a text, in lower case and without its country; empty when there is none."""
    return (language_tag(language) or "").partition("-")[0].lower()


def initials(name: Name) -> str:
    """One or two letters that stand for the name where there is no picture; empty for a name without letters.

    First letters of given and family name, in the order the name is written; where names are written without spaces
    the first character of the family name. Arabic letters stay apart and leave out the article.
    """
    family, given = name.family, name.given
    if family and _without_spaces(family):
        return _first(family)
    ordered = (family, given) if name.family_first else (given, family)
    words = [part for part in ordered if part] or name.display.split()
    letters = [letter for word in words if (letter := _first(word))]
    # Title case is upper case, but in scripts whose capitals are used for whole words in capitals alone.
    first_and_last = [letter.title() for letter in (*letters[:1], *letters[1:][-1:])]
    return (_NON_JOINER if all(map(_is_arabic, first_and_last)) else "").join(first_and_last)


def _joined(parts: list[str]) -> str:
    """The parts with spaces between them, but where both neighbours are of scripts that use none."""
    text = parts[0] if parts else ""
    for part in parts[1:]:
        text += part if _without_spaces(text[-1:]) and _without_spaces(part[:1]) else f" {part}"
    return text


def _without_spaces(text: str) -> bool:
    return bool(text) and all(unicodedata.name(char, "").startswith(_SCRIPTS_WITHOUT_SPACES) for char in text)


def _first(text: str) -> str:
    """The first letter or digit with its marks; empty when there is none."""
    letters = unicodedata.normalize("NFC", text).strip().removeprefix(_ARABIC_ARTICLE)
    start = next((place for place, char in enumerate(letters) if char.isalnum()), len(letters))
    end = start + 1
    while end < len(letters) and unicodedata.category(letters[end]).startswith("M"):
        end += 1
    return letters[start:end]


def _is_arabic(letter: str) -> bool:
    return unicodedata.name(letter[0], "").startswith("ARABIC")

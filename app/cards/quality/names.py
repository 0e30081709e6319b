"""Checks of what people are called."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby

from app.cards.quality.entra import named, pasting
from app.cards.quality.subject import Doubt, Subject
from app.directory.tombstones import is_tombstone

NAMES = ("displayName", "name.givenName", "name.middleName", "name.familyName")
_PROPER = "PCase([ATTRIBUTE])"
SHORTEST = 4
"""Capitals in a row that make a word one in capitals; fewer may be an acronym (IBM) or initials (TJ)."""


def capitals(subject: Subject) -> Iterator[Doubt]:
    """Names with a word in capitals, also after Mc, O' and the like. Scripts without capitals never are."""
    for path in NAMES:
        for text in subject.texts(path):
            if _in_capitals(text):
                yield Doubt(
                    path,
                    text,
                    f"{text!r} has a name in capitals, and cards show it so.",
                    f"Correct {named(path)} in Entra; or {pasting(path, _PROPER)}, which writes McDonald as Mcdonald.",
                )


def _in_capitals(text: str) -> bool:
    runs = groupby(unicodedata.normalize("NFC", text), key=lambda char: char.isupper())
    return any(upper and len(list(run)) >= SHORTEST for upper, run in runs)


def guest(subject: Subject) -> Iterator[Doubt]:
    """User names of guests of the tenant."""
    text = subject.document["userName"]
    if "#EXT#" in text.upper():
        yield Doubt(
            "userName",
            text,
            "This is a guest of the tenant, whose user name no human uses.",
            "If guests shall have no cards, take them out of the group; otherwise map userPrincipalName instead of"
            " originalUserPrincipalName to userName: Entra then sends the guest's own address.",
        )


def tombstone(subject: Subject) -> Iterator[Doubt]:
    """Names of records in Entra's recycle bin; on an active one the old name has not come back."""
    for path in ("userName", *NAMES, "name.formatted"):
        for text in subject.texts(path):
            if not is_tombstone(text):
                continue
            if subject.document.get("active", True):
                problem = "An active person bears the name of a deleted one: 32 hex digits before the old name."
                remedy = f"Correct {named(path)} in Entra, then provision the person on demand."
            else:
                problem = "The person is in Entra's recycle bin, so the old name has 32 hex digits in front."
                remedy = "If they left, nothing: Entra deletes them after 30 days. Otherwise restore the user in Entra."
            yield Doubt(path, text, problem, remedy)

"""How texts are compared that are not `caseExact`."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` in the form in which case-insensitive values are compared: NFC, casefolded."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())

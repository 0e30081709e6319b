"""What Entra makes of the names of a record in its recycle bin: 32 hex digits, the object id, before the old name."""

from __future__ import annotations

import re

_TOMBSTONE = re.compile(r"[0-9a-f]{32}\S", re.IGNORECASE)
_DIGITS = 32


def without_tombstone(text: str) -> str:
    """The name before it became such a name. Pure."""
    return text[_DIGITS:] if is_tombstone(text) else text


def is_tombstone(text: str) -> bool:
    """Whether the text has the form of such a name. Pure."""
    return _TOMBSTONE.match(text) is not None

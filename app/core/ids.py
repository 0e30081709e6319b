"""Random identifiers. Nothing visible is ever numbered in order."""

from __future__ import annotations

import re
import uuid

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def new_id() -> str:
    """A new random id (UUID version 4) in its canonical text form of 36 characters."""
    return str(uuid.uuid4())


def is_guid(text: str) -> bool:
    """Whether `text` is shaped like a GUID, the form of a directory's immutable object id."""
    return _GUID.fullmatch(text) is not None

"""Random identifiers. Nothing visible is ever numbered in order."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import datetime

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

TIMED_PREFIX = 18
"""Characters of a `timed_id` that say its moment: smaller than every id of the moment, greater than all before it."""


def new_id() -> str:
    """A new random id (UUID version 4) in its canonical text form of 36 characters."""
    return str(uuid.uuid4())


def timed_id(moment: datetime) -> str:
    """A random id that sorts by `moment` (aware, after 1970), to the microsecond: UUID version 7 (RFC 9562 §5.7).

    For what is read in the order of time and is never shown: the primary key is then the index of its lists.
    """
    microseconds = int(moment.timestamp()) * 1_000_000 + moment.microsecond
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000  # RFC 9562 §6.2, method 3: the clock's precision instead of random bits
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def is_guid(text: str) -> bool:
    """Whether `text` is shaped like a GUID, the form of a directory's immutable object id."""
    return _GUID.fullmatch(text) is not None

"""How times are compared: as moments, whatever zone they are written in."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """The moment that an ISO 8601 text names, in UTC; a text without zone is in UTC.

    Raises ValueError for what is no time, and for one that lies in no year from 1 to 9999 of UTC.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        return read.replace(tzinfo=UTC)
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is in no year that UTC has") from error

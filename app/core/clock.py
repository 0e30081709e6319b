"""The one clock: aware UTC times with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 text in UTC with microseconds, e.g. `2026-01-05T09:00:00.000000Z`.

    Always six digits, so that texts sort like the moments they name (SCIM `dateTime`, RFC 7643 §2.3.5).
    """
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{in_utc.isoformat(timespec='microseconds')[:-6]}Z"  # strftime costs more, and a page has hundreds

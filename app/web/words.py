"""How moments and numbers are said on pages."""

from __future__ import annotations

from datetime import UTC, datetime

from app.core import clock

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def day(time: datetime) -> str:
    """The day in UTC, such as `25 November 2026`."""
    at = time.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def moment(time: datetime) -> str:
    """The day and the minute, such as `25 November 2026, 09:05 UTC`."""
    return f"{day(time)}, {time.astimezone(UTC):%H:%M} UTC"


def ago(time: datetime) -> str:
    """How long ago it was, in one unit: `just now`, `5 minutes ago`, `3 days ago`; beyond a month the day."""
    seconds = (clock.now() - time).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{plural(int(seconds // _MINUTE), 'minute')} ago"
    if seconds < _DAY:
        return f"{plural(int(seconds // _HOUR), 'hour')} ago"
    if seconds < 31 * _DAY:
        return f"{plural(int(seconds // _DAY), 'day')} ago"
    return day(time)


def number(value: int) -> str:
    """With a comma between thousands: `100,000`."""
    return f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """The number with its noun: `1 card`, `2,000 cards`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

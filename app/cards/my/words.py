"""How moments are said on a person's own pages."""

from __future__ import annotations

from datetime import UTC, datetime


def day(time: datetime) -> str:
    """The day in UTC, such as `25 November 2026`."""
    at = time.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def moment(time: datetime) -> str:
    """The day and the minute, such as `25 November 2026, 09:05 UTC`."""
    return f"{day(time)}, {time.astimezone(UTC):%H:%M} UTC"

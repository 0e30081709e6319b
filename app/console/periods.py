"""Days in an address: from when until when a list looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import request

from app.core.errors import Refused

SINCE, UNTIL = "since", "until"
NAMES = (SINCE, UNTIL)
LABELS = {SINCE: "From (day in UTC)", UNTIL: "Until"}


def period() -> tuple[datetime | None, datetime | None]:
    """The moments between which the request looks: from the beginning of `since` to the end of `until`, days in UTC.

    Raises Refused for what is no day.
    """
    since, until = _day(SINCE), _day(UNTIL)
    try:
        return since, None if until is None else until + timedelta(days=1)
    except OverflowError as error:
        raise Refused(f"{UNTIL} is too far ahead", UNTIL) from error


def _day(name: str) -> datetime | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        if not 1970 <= day.year <= 9998:
            raise ValueError("beyond the years that ids can say")  # noqa: TRY301
    except ValueError as error:
        raise Refused(f"{name} must be a day such as 2026-11-25, not {text[:20]!r}", name) from error
    return day

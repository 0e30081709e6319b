"""The one clock: aware UTC times with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 text in UTC with microseconds, e.g. `2026-01-05T09:00:00.000000Z`.

    Always six digits, so that texts sort like the moments they name (SCIM `dateTime`, RFC 7643 §2.3.5).
    """
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    if in_utc.microsecond == 0:
        return f"{in_utc.isoformat()[:-6]}.000000Z"
    # A page has hundreds, and isoformat takes several times as long. It leaves zeros away, where there is nothing else.
    return orjson.dumps(in_utc, option=orjson.OPT_UTC_Z)[1:-1].decode()

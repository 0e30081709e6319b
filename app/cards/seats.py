"""Who gets a seat when there are not enough. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seats:
    """An organization's seats. `taken` counts the persons with a live (or held) card; `limit` None: no end of seats."""

    limit: int | None = None
    taken: int = 0


def seated(
    seats: Seats, *, leaving: Collection[str], staying: Collection[str], asking: Mapping[str, datetime]
) -> frozenset[str]:
    """Those of `staying` and `asking` who have a seat, after `leaving` have freed theirs.

    `leaving` and `staying` hold seats now; nobody who stays loses theirs, even above the limit. `asking` maps persons
    without a seat to the time since when they wait; the longest waiting come first, at the same time in order of id.
    """
    if seats.limit is None:
        return frozenset(staying) | frozenset(asking)
    free = max(0, seats.limit - seats.taken + len(leaving))
    queue = sorted(asking, key=lambda person: (asking[person], person))
    return frozenset(staying) | frozenset(queue[:free])

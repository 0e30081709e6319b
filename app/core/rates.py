"""How much one caller may ask for in a time, so that nobody takes what others need: token buckets in memory.

A bucket holds what may be spent in one second and fills again all the time. Kept for each process by itself: counting
across processes would cost every request a write, and the aim is to share this process.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from app.core.errors import Throttled

FORGET_SECONDS = 60
"""How often buckets that are full again are forgotten."""


class RateLimiter:
    """Lets each caller make `per_second` requests a second, 0: as many as they like. Safe to share between threads.

    `clock` counts seconds and never goes back. What is kept grows with the callers of the last minute alone.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}
        self._forget_at = 0.0

    def admit(self, caller: str) -> None:
        """Take one request's worth out of the caller's bucket. Raises Throttled when it is not there."""
        if not self._per_second:
            return
        with self._lock:
            now = self._clock()
            owed = self._full_at.get(caller, now) - now
            wait = owed - (1 - 1 / self._per_second)
            # A clock's rounding must not keep the last of a full bucket back.
            if wait > 1e-9:
                raise Throttled(self._per_second, math.ceil(wait))
            self._spend(caller, 1, now)

    def charge(self, caller: str, requests: int) -> None:
        """Take more out for a request that turned out to be as much work as several, even more than is there."""
        if self._per_second:
            with self._lock:
                self._spend(caller, requests, self._clock())

    def _spend(self, caller: str, requests: int, now: float) -> None:
        self._full_at[caller] = max(self._full_at.get(caller, now), now) + requests / self._per_second
        if now >= self._forget_at:
            self._full_at = {one: moment for one, moment in self._full_at.items() if moment > now}
            self._forget_at = now + FORGET_SECONDS

"""How often something may happen: a count for each key and minute, in the memory of one process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from app.core import clock

WINDOW = timedelta(minutes=1)
MOST_KEYS = 10_000
"""How many keys are counted; beyond that, those that were new longest ago are forgotten."""


class Rate:
    """At most `limit` times in a minute for each key. Safe to share between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str) -> int:
        """Count one more for `key`; 0 when it may go on, else the whole seconds after which it may."""
        now = clock.now()
        with self._lock:
            since, count = self._counts.get(key, (now, 0))
            if not timedelta(0) <= now - since < WINDOW:
                since, count = now, 0
            if count >= self._limit:
                return max(1, round((since + WINDOW - now).total_seconds()))
            self._counts[key] = (since, count + 1)
            while len(self._counts) > MOST_KEYS:
                self._counts.popitem(last=False)
        return 0

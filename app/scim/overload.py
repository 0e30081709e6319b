"""Requests that were refused because there were too many: counted, and one row a minute says how many they were."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

from app.core.unit_of_work import Database, Transaction
from app.directory import provisioning_log
from app.directory.provisioning_log import Push

FLUSH_SECONDS = 60


class Overload:
    """What this process refused with 429 since the last flush, by organization; for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()

    def count(self, organization_id: str) -> None:
        """Count one refused request."""
        with self._lock:
            self._refused[organization_id] += 1

    def flush(self, database: Database) -> None:
        """Leave one row in the log of each organization that was refused anything.

        Raises Unavailable when the database is away; what was not written is kept for the next time.
        """
        with self._lock:
            refused, self._refused = self._refused, Counter()
        while refused:
            organization_id, count = refused.popitem()
            try:
                database.write(partial(_leave_row, count=count), organization_id=organization_id, actor="system")
            except BaseException:
                refused[organization_id] = count
                with self._lock:
                    self._refused.update(refused)
                raise


def _leave_row(tx: Transaction, count: int) -> None:
    sentence = f"{count:,} request{'' if count == 1 else 's'} refused: too many"
    provisioning_log.append(tx, Push(sentence, 429))

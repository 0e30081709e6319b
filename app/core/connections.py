"""Connections that are kept ready between uses: most requests take two, and making one ready costs like a statement."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

READY = 4
"""Connections that are kept so: one for each of a worker's threads. Others go back to the pool, where somebody may be
waiting for one."""


class Connections:
    """An engine's connections, each lent to one user at a time. Safe to share between threads."""

    def __init__(self, engine: Engine, check: Callable[[Connection], None]) -> None:
        """`check` raises DisconnectionError for a connection that cannot be used any more."""
        self._engine = engine
        self._check = check
        self._ready: deque[Connection] = deque()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection without a transaction; what is open at the end is rolled back, and so it is after an error.

        Raises what `Engine.connect` does.
        """
        connection = self._take()
        try:
            yield connection
        except BaseException:
            if connection.invalidated:  # the database is gone, and so are the others
                self._close_ready()
            connection.close()
            raise
        self._give_back(connection)

    def close(self) -> None:
        """Close all that are not lent."""
        self._close_ready()
        self._engine.dispose()

    def _close_ready(self) -> None:
        with suppress(IndexError):
            while True:
                connection = self._ready.pop()
                connection.invalidate()
                connection.close()

    def _take(self) -> Connection:
        try:
            connection = self._ready.pop()  # the last one used: its caches are warm
        except IndexError:
            return self._engine.connect()
        try:
            self._check(connection)
        except DisconnectionError:
            connection.invalidate()
            connection.close()
            return self._engine.connect()
        return connection

    def _give_back(self, connection: Connection) -> None:
        if connection.in_transaction():
            connection.rollback()
        pool = self._engine.pool
        if isinstance(pool, QueuePool) and pool.checkedout() <= READY and not connection.invalidated:
            self._ready.append(connection)
        else:
            connection.close()

"""A copy of the database that card pages are read from, which is never behind what was acknowledged.

PostgreSQL sees to that: whoever commits waits until the copy shows it (`synchronous_commit = remote_apply`, which every
writing connection asks for where there is a copy; the database must name the copy in `synchronous_standby_names`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import create_engine

KNOWN_SECONDS = 1.0
AWAY_SECONDS = 10.0
"""Connecting to a machine that is silent takes five."""

log = structlog.get_logger("lanyard.database")


def wait_for_copies(engine: Engine) -> None:
    """Have every transaction of `engine` wait for the copies that its database names."""
    event.listen(engine, "connect", _ask_for_it)


def _ask_for_it(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # what is set in a transaction is forgotten when that is rolled back
    connection.execute("SET SESSION synchronous_commit = remote_apply")
    connection.autocommit = False


class Replica:
    """The copy. One per process; safe to share between threads.

    It is passed over while the database does not wait for it, since it may be behind then: somebody took it out of
    `synchronous_standby_names` because it was gone, and it came back. `is_waited_for` asks the database.
    """

    def __init__(self, url: URL, is_waited_for: Callable[[], bool]) -> None:
        self._engine = create_engine(url, reading=True)
        self._is_waited_for = is_waited_for
        self._known = False
        self._ask_at = self._try_at = 0.0
        self._asking = Lock()

    def connect(self) -> Connection | None:
        """A connection in autocommit; None while the copy does not answer, which is in the log, or is not waited for.

        After it did not answer, nobody tries for AWAY_SECONDS. Whether it is waited for is asked every KNOWN_SECONDS.
        """
        self._look()
        if not self._known or time.monotonic() < self._try_at:
            return None
        try:
            return self._engine.connect()
        except (DBAPIError, PoolTimeout) as error:
            self._try_at = time.monotonic() + AWAY_SECONDS
            log.warning("the replica is away", reason=str(error).partition("\n")[0])
            return None

    def _look(self) -> None:
        if time.monotonic() < self._ask_at or not self._asking.acquire(blocking=False):
            return  # it is known, or somebody asks at this moment
        begun, pause = time.monotonic(), KNOWN_SECONDS
        try:
            known = self._is_waited_for()
        except (DBAPIError, PoolTimeout) as error:
            # Nobody can write where the database is away, so the copy is as good as it was.
            log.warning("whether the replica is waited for is not known", reason=str(error).partition("\n")[0])
            if isinstance(error, DBAPIError) and time.monotonic() - begun > KNOWN_SECONDS:
                pause = AWAY_SECONDS  # its machine is silent, and a page waited for that
        else:
            if known != self._known:
                log.warning("the replica is read" if known else "nobody waits for the replica, and it is not read")
            self._known = known
        finally:
            self._ask_at = time.monotonic() + pause
            self._asking.release()

    def close(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()

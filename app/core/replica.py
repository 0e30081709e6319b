"""A copy of the database that card pages are read from, which is never behind what was acknowledged.

PostgreSQL sees to that: whoever commits waits until the copy shows it (`synchronous_commit = remote_apply`, which every
writing connection asks for where there is a copy; the database must name the copy in `synchronous_standby_names`).
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import create_engine

log = structlog.get_logger("lanyard.database")


def wait_for_copies(engine: Engine) -> None:
    """Have every transaction of `engine` wait for the copies that its database names."""
    event.listen(engine, "connect", _ask_for_it)


def _ask_for_it(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # what is set in a transaction is forgotten when that is rolled back
    connection.execute("SET SESSION synchronous_commit = remote_apply")
    connection.autocommit = False


class Replica:
    """The copy. One per process; safe to share between threads."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, reading=True)

    def connect(self) -> Connection | None:
        """A connection in autocommit; None while the copy does not answer, which is in the log."""
        try:
            return self._engine.connect()
        except (DBAPIError, PoolTimeout) as error:
            log.warning("the replica is away", reason=str(error).partition("\n")[0])
            return None

    def close(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()

"""Bringing the database up to date; safe to run at once from several nodes."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, event, exists, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.errors import ConfigError, Refused, Unavailable

LOCK_SECONDS = 3
"""How long a step waits for a table that is in use: whoever comes after it waits behind it."""
LOCK_ATTEMPTS = 5
PAUSE_SECONDS = 2.0
"""Between two attempts, for those who waited behind the last one."""

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_KEY = 7_262_115_093
"""The advisory lock on PostgreSQL that all nodes of an installation take; the number means nothing."""

_OF_ITSELF = {"alembic_version", "job_runs", "job_asks"}
"""What has rows as soon as a server was started; so has the queue, huey's tables."""

_ON_EMPTY = (
    "Name an empty one in DATABASE_URL, or move this one away first (of SQLite, with the -wal and -shm beside it)."
)


def config(connection: Connection) -> Config:
    """Alembic's configuration for migrations on `connection`."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def create_engine(url: URL) -> Engine:
    """An engine for migrations: each transaction holds the tables as well as the rows, on SQLite too."""
    engine = db.create_engine(url, reading=False)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _pause_foreign_keys)
    return engine


def migrate(url: URL) -> tuple[str | None, str]:
    """Bring the database at `url` to the newest revision; answers (revision before, revision now).

    All of it happens or nothing. A node that comes second waits for the first and finds nothing to do.
    Raises Unavailable when the database is away or refuses, or when a table is in use all the time, Refused when a
    newer version of the program was here, ConfigError when the database's folder cannot be written.
    """
    with _alone(url), speaking_of(url), closing(create_engine(url)) as engine:
        for attempt in range(1, LOCK_ATTEMPTS + 1):
            try:
                return _migrate(engine)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if attempt == LOCK_ATTEMPTS:
                    raise Unavailable(
                        "The database was not changed: a table that it takes is in use all the time, by a long"
                        " transaction (pg_stat_activity shows which). When that has ended, run it again."
                    ) from error
            time.sleep(PAUSE_SECONDS)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _migrate(engine: Engine) -> tuple[str | None, str]:
    with engine.begin() as connection:
        _wait_for_turn(connection)
        before = revision(connection)
        if before is not None and before not in revisions():
            raise Refused(
                f"The database is at revision {before}, which this version of Lanyard does not know: a newer one has"
                " been here. Start that one, or this one with --no-migrate."
            )
        command.upgrade(config(connection), "head")
        now = revision(connection)
    assert now is not None
    return before, now


@contextmanager
def building(url: URL, wanted: str) -> Iterator[Connection]:
    """A connection on which the database at `url` is made anew, at the revision `wanted`; `to_newest` follows.

    All of it is committed at the end, or nothing when anything is raised. Foreign keys are not enforced on SQLite
    meanwhile. `wanted` is one of `revisions`. Raises Refused when there is something in the database already,
    Unavailable and ConfigError as `migrate` does.
    """
    with _alone(url), speaking_of(url), closing(create_engine(url)) as engine, engine.begin() as connection:
        _wait_for_turn(connection)
        if revision(connection) is not None:
            _ensure_empty(connection)
            command.downgrade(config(connection), "base")
        command.upgrade(config(connection), wanted)
        _wait_for_ever(connection)
        yield connection


def to_newest(connection: Connection) -> None:
    """Bring the database that is being built to the newest revision, with the rows that it has by now."""
    command.upgrade(config(connection), "head")
    _wait_for_ever(connection)


def ensure_migrated(url: URL) -> None:
    """Return when the database at `url` is as new as the program.

    A newer one is fine, so that nodes can be replaced one by one.
    Raises Refused when `lanyard migrate` has to run first, Unavailable when the database is away.
    """
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        at = None
    else:
        reading = db.create_engine(url, reading=True)
        with speaking_of(url), closing(reading), reading.connect() as connection:
            at = revision(connection)
    if at is None or at in revisions()[1:]:
        raise Refused(f"The database at {url.render_as_string()} is not up to date; `lanyard migrate` brings it there.")


def newest_revision() -> str:
    """The revision that this version of the program works with."""
    return revisions()[0]


def revisions() -> list[str]:
    """All revisions this version knows, the newest first."""
    return [script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()]


def revision(connection: Connection) -> str | None:
    """The revision that a database is at; None for one that was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def _wait_for_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for limit in ("lock_timeout", "statement_timeout"):  # whatever the role says: the other one will end
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def _wait_for_ever(connection: Connection) -> None:
    """Migrations limit their statements; filling tables takes as long as it takes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def _ensure_empty(connection: Connection) -> None:
    at = revision(connection)
    if at not in revisions():
        raise Refused(f"The database is at revision {at}, which this version of Lanyard does not know. {_ON_EMPTY}")
    tables = MetaData()
    tables.reflect(connection)
    of_itself = {name for name in tables.tables if name in _OF_ITSELF or name.startswith("huey_")}
    full = [
        table.name
        for table in tables.sorted_tables
        if table.name not in of_itself and connection.execute(select(exists().select_from(table))).scalar_one()
    ]
    if full:
        raise Refused(f"The database holds something already: there are rows in {', '.join(full)}. {_ON_EMPTY}")


def _pause_foreign_keys(connection: Any, _record: Any) -> None:
    # SQLite changes a table by copying it and dropping the old one, which would delete every row that points there.
    connection.execute("PRAGMA foreign_keys = OFF")


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    """Close all connections of `engine` afterwards."""
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def speaking_of(url: URL) -> Iterator[None]:
    """Turn what the database refuses into one sentence."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise Unavailable(f"The database at {url.render_as_string()} cannot be used: {reason}") from error


def _ensure_whole(database: Path) -> None:
    """Raises Refused where a database was taken away without its log, which SQLite would throw away."""
    written = database.with_name(f"{database.name}-wal")
    if written.exists() and written.stat().st_size and not (database.exists() and database.stat().st_size):
        raise Refused(
            f"{written} holds the last writes of a database that is not there any more: put that back as {database},"
            " or move this file to where it is now."
        )


@contextmanager
def _alone(url: URL) -> Iterator[None]:
    """On SQLite, a lock file beside the database, which is its owner's alone; PostgreSQL has a lock of its own."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    database = Path(url.database or "")
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _ensure_whole(database)
        database.touch(mode=0o600)  # SQLite would make it, and what it puts beside it, as the umask says
        place = database.with_name(f"{database.name}.migrating")
        place.touch(mode=0o600)
        lock = place.open("a")
    except OSError as error:
        raise ConfigError(
            f"The folder {database.parent} cannot be written ({error.strerror}); LANYARD_DATA_DIR names another."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

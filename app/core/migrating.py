"""Bringing the database up to date; safe to run at once from several nodes."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from app.core.errors import Unavailable

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

_LOCK_KEY = 7_262_115_093
"""The advisory lock on PostgreSQL that all nodes of an installation take; the number means nothing."""


def config(connection: Connection) -> Config:
    """Alembic's configuration for migrations on `connection`."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def migrate(url: URL) -> tuple[str | None, str]:
    """Bring the database at `url` to the newest revision; answers (revision before, revision now).

    A node that comes second waits for the first and finds nothing to do. Raises Unavailable when the database is away.
    """
    with _alone(url):
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                before = MigrationContext.configure(connection).get_current_revision()
                _wait_for_turn(connection)
                command.upgrade(config(connection), "head")
                now = MigrationContext.configure(connection).get_current_revision()
        except OperationalError as error:
            raise Unavailable(f"The database at {url.render_as_string()} cannot be reached: {error.orig}") from error
        finally:
            engine.dispose()
    assert now is not None
    return before, now


def newest_revision() -> str:
    """The revision that this version of the program works with."""
    head = ScriptDirectory(str(SCRIPTS)).get_current_head()
    assert head is not None
    return head


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; None before the first migration."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _wait_for_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


@contextmanager
def _alone(url: URL) -> Iterator[None]:
    """On SQLite, a lock file beside the database; PostgreSQL has a lock of its own."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    database = Path(url.database or "")
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.migrating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

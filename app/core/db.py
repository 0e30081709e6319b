"""The database's vocabulary: metadata, column types, engines for SQLite and PostgreSQL."""

from __future__ import annotations

import select
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
    bindparam,
    event,
    func,
    null,
)
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.core.errors import ConfigError
from app.core.prepared import say

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ORGANIZATION = bindparam("in_organization", type_=String(36))
"""The organization a statement is scoped to; `Reader.execute` fills it in. Compare `organization_id` with it."""

Id = String(36)
"""A random id in text form (`core.ids.new_id`)."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value that is searched: `jsonb` on PostgreSQL, text on SQLite; plain dicts and lists in Python."""

Document = JSON(none_as_null=True)
"""A JSON document that is only kept and given back: text on both databases, its keys in the order they came."""


class arrays(FunctionElement[Any]):  # noqa: N801 (a function of SQL)
    """An aggregate: the values of its arguments in each row as a JSON array, all of them in one, in no order."""

    type = Document
    name = "arrays"
    inherit_cache = True


@compiles(arrays)
def _arrays_in_sqlite(element: arrays, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(arrays, "postgresql")
def _arrays_in_postgresql(element: arrays, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))"


SQLITE_BUSY_MS = 5_000
POOL_SIZE = 4
"""Connections that the pool keeps; `core.connections` keeps others ready."""
POOL_MOST = 16
"""Connections of a process for writing, and for reading."""
POOL_SECONDS = 10.0
"""How long a request waits for one of its process's connections."""


_NOTICE_SILENCE = {
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""libpq's settings (milliseconds, seconds) by which a server that vanished without a word is given up in 15 to 30
seconds; the system's own would let requests wait a quarter of an hour."""


_UTC = "+00:00"


class Timestamp(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; SQLite keeps it without zone and gets it back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is here."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC. Raises ValueError for a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times without a zone are not stored")
        return value.astimezone(UTC)

    # SQLAlchemy's own for SQLite take several times as long; a push writes a dozen moments, a page reads hundreds.

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """What makes of a moment what is stored; raises like `process_bind_param`."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def stored(value: datetime | None) -> str | None:
            moment = self.process_bind_param(value, dialect)
            return None if moment is None else moment.isoformat(" ", "microseconds").removesuffix(_UTC)

        return stored

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """What makes of a stored moment one that is aware, in UTC."""
        return _from_sqlite if dialect.name == "sqlite" else _from_postgresql


def _from_sqlite(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored + _UTC)


def _from_postgresql(stored: datetime | None) -> datetime | None:
    return None if stored is None else stored.astimezone(UTC)


def organization_column() -> Column[str]:
    """The first column of every tenant table: the organization, leading the primary key."""
    return Column("organization_id", Id, ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column` where no index of it may be used, neither to find rows nor to have them in order.

    Without statistics SQLite believes that an organization has ten rows, and prefers an index that saves a sorting, or
    a comparison, to the one that finds the few rows that are wanted.
    """
    return func.coalesce(column, null(), type_=column.type)


def parse_url(text: str, name: str = "DATABASE_URL") -> URL:
    """A database's address as SQLAlchemy understands it; `name` is the setting.

    Raises ConfigError when it names neither kind of database.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
        raise ConfigError(f"{name} is not a database address") from error
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise ConfigError(f"{name} must name a file: a database in memory cannot be shared by workers")
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(f"{name} names {backend}; Lanyard runs on sqlite and postgresql")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def create_engine(url: URL, *, reading: bool) -> Engine:
    """An engine for writing transactions, or (`reading`) one in AUTOCOMMIT, where a look-up is one statement."""
    options: dict[str, Any] = {
        "json_serializer": _dumps,
        "json_deserializer": orjson.loads,
        "pool_use_lifo": True,
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_MOST - POOL_SIZE,
        "pool_timeout": POOL_SECONDS,
        "hide_parameters": True,  # an error's text goes to the log, what people are called does not
    }
    if reading:
        options["isolation_level"] = "AUTOCOMMIT"
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = {"connect_timeout": 5, **_NOTICE_SILENCE}
        engine = sqlalchemy_engine(url, **options)
        event.listen(engine, "checkout", _refuse_closed)
        event.listen(engine, "handle_error", _forget_values)
        return engine
    engine = sqlalchemy_engine(url, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    if not reading:
        event.listen(engine, "begin", _begin_immediate)
    return engine


def check_open(connection: Connection) -> None:
    """Return when `connection`, which asked nothing yet, can be used. Raises DisconnectionError where it cannot."""
    if connection.dialect.name == "postgresql":
        _refuse_closed(connection.connection.driver_connection)


def _refuse_closed(connection: Any, *_: Any) -> None:
    # A server that ended or restarted has closed its side: there is something to read where nothing was asked. Looking
    # costs microseconds, a ping a round trip. The pool opens another connection then.
    if connection.closed:
        raise DisconnectionError("the connection is closed")
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server has closed the connection")


def _forget_values(context: Any) -> None:
    # PostgreSQL says in DETAIL and CONTEXT what the row or the document was; an error's text goes to the log. What is
    # needed to understand it, the constraint's name included, is in its first sentence.
    primary = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
    if primary is None:
        return
    context.original_exception.args = (primary,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {primary}",)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: it would begin them without the write lock (_begin_immediate).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged is on disk
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A plain BEGIN takes the write lock at the first write, and fails at once when another writer came between;
    # the busy time-out does not help there.
    say(connection, "BEGIN IMMEDIATE")

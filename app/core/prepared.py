"""Statements that are compiled once, and then run on the driver's own cursor.

SQLAlchemy writes the SQL and knows the types of what goes in and comes out. What it makes anew at each execution, a
context and a result with a description of its own, costs more than the database needs for a row by its key. Here that
is kept with the statement, for statements that outlive their first use; others, and those whose SQL depends on their
values (`IN`), it runs as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Connection, CursorResult, Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

_OURS = (Select, CompoundSelect, Insert, Update, Delete)
_CURSOR = "lanyard.cursor"


class Rows(IteratorResult[Any]):
    """What a prepared statement gave, all of it fetched; to be read like any result of SQLAlchemy."""

    def __init__(self, metadata: SimpleResultMetaData, found: Sequence[Any], rowcount: int) -> None:
        super().__init__(metadata, iter(found))
        self.rowcount = rowcount


Found = CursorResult[Any] | Rows
"""Rows, or how many of them were written."""


class _Prepared:
    """A statement as one driver wants it."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._sql = str(compiled)
        self._order = compiled.positiontup
        self._binds: list[tuple[str, str, Callable[[Any], Any] | None, Callable[[], Any] | None]] = []
        self._defaults: dict[str, Any] = {}
        for bind, name in compiled.bind_names.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            self._binds.append((name, bind.key, convert, bind.callable))
            if not bind.required:
                self._defaults[bind.key] = bind.value
        self._columns = [(column.keyname, column.type.dialect_impl(dialect)) for column in compiled._result_columns]
        self._dialect = dialect
        self._metadata: SimpleResultMetaData | None = None

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> Rows:
        """What the statement gives with `parameters`. Raises what `Connection.execute` would."""
        values: Any = self._values(parameters)
        if self._order is not None:
            values = [values[name] for name in self._order]
        pooled = connection.connection
        cursor = pooled.info.get(_CURSOR)
        if cursor is None:
            cursor = pooled.info[_CURSOR] = pooled.cursor()
        try:
            cursor.execute(self._sql, values)
            found = cursor.fetchall() if self._columns else []
        except self._dialect.loaded_dbapi.Error as error:
            del pooled.info[_CURSOR]  # it is closed now
            connection._handle_dbapi_exception(error, self._sql, values, cursor, None)
        return Rows(self._metadata or self._described(cursor), found, cursor.rowcount)

    def _described(self, cursor: Any) -> SimpleResultMetaData:
        """How its rows are read, once the database has said what they are."""
        made = [
            kind.result_processor(self._dialect, described[1])
            for (_, kind), described in zip(self._columns, cursor.description or (), strict=True)
        ]
        names = [name for name, _ in self._columns]
        self._metadata = SimpleResultMetaData(names, _processors=made if any(made) else None)
        return self._metadata

    def _values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for name, key, convert, made in self._binds:
            if key in parameters:
                value = parameters[key]
            elif made is not None:
                value = made()
            else:
                value = self._defaults[key]
            values[name] = value if convert is None else convert(value)
        return values


_NOT_YET: Any = object()
_kept: WeakKeyDictionary[Executable, dict[Any, _Prepared | None]] = WeakKeyDictionary()


def execute(connection: Connection, statement: Executable, parameters: Any) -> Found:
    """What `connection.execute` gives; a statement that comes again is prepared."""
    if isinstance(parameters, list) or connection.dispatch.before_cursor_execute:
        return connection.execute(statement, parameters)  # many rows at once; or somebody looks at what is executed
    given = parameters or {}
    variants = _kept.get(statement)
    if variants is None:
        _kept[statement] = {}
        return connection.execute(statement, parameters)
    kind = (connection.dialect.name, *given) if isinstance(statement, Insert | Update) else connection.dialect.name
    prepared = variants.get(kind, _NOT_YET)
    if prepared is _NOT_YET:
        prepared = variants[kind] = _prepare(statement, connection.dialect, list(given))
    return connection.execute(statement, parameters) if prepared is None else prepared.run(connection, given)


def say(connection: Connection, sql: str) -> None:
    """Run `sql`, which has no values and gives no rows."""
    if connection.dispatch.before_cursor_execute:
        connection.exec_driver_sql(sql)
        return
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql)
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, sql, None, cursor, None)


def _prepare(statement: Executable, dialect: Dialect, keys: list[str]) -> _Prepared | None:
    """The statement, unless its SQL depends on values or SQLAlchemy has to do something before or after it."""
    if not isinstance(statement, _OURS) or statement.get_execution_options():
        return None
    compiled = statement.compile(dialect=dialect, column_keys=keys if isinstance(statement, Insert | Update) else None)
    assert isinstance(compiled, SQLCompiler)
    by_value = compiled.post_compile_params or compiled.literal_execute_params or compiled.escaped_bind_names
    by_python = compiled.insert_prefetch or compiled.update_prefetch or compiled.implicit_returning
    return None if by_value or by_python else _Prepared(compiled, dialect)

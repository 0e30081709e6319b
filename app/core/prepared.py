"""Statements that are compiled once, and then run on the driver's own cursor.

SQLAlchemy writes the SQL and knows the types of what goes in and comes out. What it makes anew at each execution, a
context and a result with a description of its own, costs more than the database needs for a row by its key. Here that
is kept with the statement, for statements that outlive their first use; others, those whose SQL depends on how many
values there are (`IN` of more than one), and many rows of which something is read it runs as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Connection, CursorResult, Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.sql.compiler import SQLCompiler

_OURS = (Select, CompoundSelect, Insert, Update, Delete)
_CURSOR = "lanyard.cursor"
_REQUIRED: Any = object()

FEW = 100
"""Rows of a result whose cursor is used again."""

_NO_COLUMNS = SimpleResultMetaData(())


class Rows(IteratorResult[Any]):
    """What a prepared statement gave, all of it fetched; to be read like any result of SQLAlchemy."""

    def __init__(self, metadata: SimpleResultMetaData, found: Sequence[Any], rowcount: int) -> None:
        super().__init__(metadata, iter(found))
        self.rowcount = rowcount


Found = CursorResult[Any] | Rows
"""Rows, or how many of them were written."""


class _Prepared:
    """A statement as one driver wants it."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect, parameters: Mapping[str, Any]) -> None:
        expanded = compiled.construct_expanded_state(parameters)
        self._sql = expanded.statement
        self._order = expanded.positiontup
        self._binds: list[_Bind] = []
        for bind, name in compiled.bind_names.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            names = expanded.parameter_expansion.get(name)
            default = _REQUIRED if bind.required else bind.value
            self._binds.append(_Bind(bind.key, name, names, convert, bind.callable, default))
        self._columns = [(column.keyname, column.type.dialect_impl(dialect)) for column in compiled._result_columns]
        self._objects = [column.objects for column in compiled._result_columns]
        self._dialect = dialect
        self._metadata: SimpleResultMetaData | None = None

    @property
    def gives_rows(self) -> bool:
        """Whether there is something to read of it."""
        return bool(self._columns)

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> Rows:
        """What the statement gives with `parameters`.

        Raises what `Connection.execute` would; for a value that cannot be converted, the converter's own error.
        """
        cursor, found = self._executed(connection, self._values(parameters), many=False)
        rows = Rows(self._metadata or self._described(cursor), found, cursor.rowcount)
        if len(found) > FEW:
            del connection.connection.info[_CURSOR]  # psycopg's keeps what it found as long as it lives
        return rows

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Rows:
        """The statement, which gives no rows, once for the parameters of each row; raises like `run`."""
        cursor, _ = self._executed(connection, [self._values(row) for row in rows], many=True)
        return Rows(_NO_COLUMNS, (), cursor.rowcount)

    def _executed(self, connection: Connection, values: Any, *, many: bool) -> tuple[Any, Sequence[Any]]:
        """The connection's cursor for what comes again, after it ran the statement; and the rows that it found."""
        pooled = connection.connection
        cursor = pooled.info.get(_CURSOR)
        if cursor is None:
            cursor = pooled.info[_CURSOR] = pooled.cursor()
        try:
            if many:
                cursor.executemany(self._sql, values)
                return cursor, ()
            cursor.execute(self._sql, values)
            return cursor, cursor.fetchall() if self._columns else ()
        except self._dialect.loaded_dbapi.Error as error:
            del pooled.info[_CURSOR]  # it is closed now
            connection._handle_dbapi_exception(error, self._sql, values, cursor, None)
        except BaseException:
            del pooled.info[_CURSOR]
            cursor.close()
            raise

    def _described(self, cursor: Any) -> SimpleResultMetaData:
        """How its rows are read, once the database has said what they are."""
        made = [
            kind.result_processor(self._dialect, described[1])
            for (_, kind), described in zip(self._columns, cursor.description or (), strict=True)
        ]
        names = [name for name, _ in self._columns]
        self._metadata = SimpleResultMetaData(names, self._objects, _processors=made if any(made) else None)
        return self._metadata

    def _values(self, parameters: Mapping[str, Any]) -> Any:
        """The values by name, or in their order where the driver wants that."""
        values = {}
        for key, name, names, convert, made, default in self._binds:
            value = parameters[key] if key in parameters else made() if made is not None else default
            if value is _REQUIRED:
                raise InvalidRequestError(f"A value is required for {key!r}")
            if names is None:
                values[name] = value if convert is None else convert(value)
            else:
                values.update(zip(names, value if convert is None else map(convert, value), strict=True))
        return values if self._order is None else [values[name] for name in self._order]


class _Bind(NamedTuple):
    """A value of a statement: its key, its name in the SQL, or its names there where it is a list."""

    key: str
    name: str
    names: list[str] | None
    convert: Callable[[Any], Any] | None
    made: Callable[[], Any] | None
    default: Any


@dataclass
class _Variants:
    """What a statement became, by dialect and by the columns that are written."""

    lists: tuple[str, ...] | None = None
    """The keys of its lists; None as long as it came once."""
    prepared: dict[Any, _Prepared | None] = field(default_factory=dict)


_kept: WeakKeyDictionary[Executable, _Variants] = WeakKeyDictionary()


def execute(connection: Connection, statement: Executable, parameters: Any) -> Found:
    """What `connection.execute` gives; a statement that comes again is prepared."""
    if connection.dispatch.before_cursor_execute:
        return connection.execute(statement, parameters)  # somebody looks at what is executed
    many = isinstance(parameters, list)
    given = (parameters[0] if many and parameters else parameters) or {}
    variants = _kept.get(statement)
    if variants is None:
        _kept[statement] = _Variants()
        return connection.execute(statement, parameters)
    if variants.lists is None:
        variants.lists = _lists(statement, connection.dialect)
    if any(many or len(given[key]) != 1 for key in variants.lists):
        return connection.execute(statement, parameters)
    kind = (
        (connection.dialect.name, frozenset(given))
        if isinstance(statement, Insert | Update)
        else connection.dialect.name
    )
    if kind not in variants.prepared:
        variants.prepared[kind] = _prepare(statement, connection.dialect, given)
    prepared = variants.prepared[kind]
    if prepared is None or (many and (prepared.gives_rows or not parameters)):
        return connection.execute(statement, parameters)
    return prepared.run_each(connection, parameters) if many else prepared.run(connection, given)


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


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Have what is executed here, and nothing is read of, sent to PostgreSQL in one go; an error may come at the end.

    SQLite is a part of this process, where nothing would be gained.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    try:
        with connection.connection.driver_connection.pipeline():  # type: ignore[union-attr]
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, None, None, None, None)


def _lists(statement: Executable, dialect: Dialect) -> tuple[str, ...]:
    """The keys of the values that are lists, and are given."""
    if not isinstance(statement, _OURS):
        return ()
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return tuple(bind.key for bind in compiled.post_compile_params if bind.required)


def _prepare(statement: Executable, dialect: Dialect, parameters: Mapping[str, Any]) -> _Prepared | None:
    """The statement, unless SQLAlchemy has to do something before or after it, or knows more of it than its text."""
    if not isinstance(statement, _OURS) or statement.get_execution_options():
        return None
    written = list(parameters) if isinstance(statement, Insert | Update) else None
    compiled = statement.compile(dialect=dialect, column_keys=written)
    assert isinstance(compiled, SQLCompiler)
    by_text = compiled.literal_execute_params or compiled.escaped_bind_names or compiled._textual_ordered_columns
    by_python = compiled.insert_prefetch or compiled.update_prefetch or compiled.implicit_returning
    by_value = compiled._collected_params or any(
        bind.type._is_tuple_type or (bind.callable is not None) for bind in compiled.post_compile_params
    )
    return None if by_text or by_python or by_value else _Prepared(compiled, dialect, parameters)

"""Rows as lines of JSON, the same whatever database they come from: a list of the values in the columns' order.

Bytes are base64, moments RFC 3339 in UTC. A JSON document is the text that the database holds, kept as a text: it is
read by nobody on the way, so that it comes out as it was, its keys in their order.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    Table,
    Text,
    cast,
    column,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import TypeEngine

from app.core.backup.archive import Damaged
from app.core.db import Timestamp

PIECE = 1024 * 1024
"""Bytes of rows that are read, packed and inserted together; one row may have more."""
FEWEST_AT_ONCE, MOST_AT_ONCE = 1, 1_000
"""Rows that are asked for in one go: those of photos are a thousand times as large as those of memberships."""

_FORMS: tuple[tuple[type[TypeEngine[Any]], TypeEngine[Any], Callable[[Any], Any] | None], ...] = (
    (JSON, Text(), None),
    (LargeBinary, LargeBinary(), b64decode),
    (DateTime, Timestamp(), datetime.fromisoformat),
    (Date, Date(), date.fromisoformat),
    (Boolean, Boolean(), None),
)
"""Of each type of column that needs it: the type by which it is written, and what makes its values of the line's."""


def pieces(connection: Connection, source: Table) -> Iterator[bytes]:
    """All rows of a table as lines, a few together; no more of them than about a piece are held at a time."""
    statement = select(*(_as_kept(one) for one in source.columns))
    found = connection.execute(statement, execution_options={"stream_results": True})
    piece, size = bytearray(), FEWEST_AT_ONCE
    while batch := found.fetchmany(size):
        lines = [_encoded(row) for row in batch]
        size = max(FEWEST_AT_ONCE, min(MOST_AT_ONCE, PIECE * len(lines) // sum(map(len, lines))))
        for line in lines:
            piece += line
            if len(piece) >= PIECE:
                yield bytes(piece)
                piece.clear()
    if piece:
        yield bytes(piece)


def _encoded(row: Iterable[Any]) -> bytes:
    return orjson.dumps([*row], default=_in_base64, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


class Target:
    """A table of a database that is being made, as it stands there. Raises Damaged when it has other columns."""

    def __init__(self, connection: Connection, name: str, columns: Sequence[str]) -> None:
        try:
            types = {one["name"]: one["type"] for one in inspect(connection).get_columns(name)}
        except NoSuchTableError as error:
            raise Damaged(f"there was no table {name} at its revision of the database") from error
        if sorted(types) != sorted(columns):
            raise Damaged(f"table {name} has other columns than its revision of the database")
        forms = [_form(types[one]) for one in columns]
        self._connection = connection
        self._table = table(name, *(column(one, type_) for one, (type_, _) in zip(columns, forms, strict=True)))
        self._readers = [(at, read) for at, (_, read) in enumerate(forms) if read is not None]
        self._width = len(columns)

    def write(self, pieces: Iterable[bytes]) -> None:
        """Insert the rows of all pieces.

        Raises Damaged for a line that is no row, the driver's errors for what the database refuses.
        """
        decoded = ([self._decoded(line) for line in piece.splitlines()] for piece in pieces)
        if self._connection.dialect.name == "postgresql":
            self._copy(row for rows in decoded for row in rows)
            return
        names = [one.name for one in self._table.columns]
        statement = insert(self._table)
        for rows in decoded:
            self._connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])

    def _copy(self, rows: Iterator[list[Any]]) -> None:
        # All rows in one statement: PostgreSQL looks at foreign keys at its end, and a row may point to a later one.
        quoted = self._connection.dialect.identifier_preparer.quote
        columns = ", ".join(quoted(one.name) for one in self._table.columns)
        with (
            self._connection.connection.cursor() as cursor,  # type: ignore[attr-defined]  # psycopg's own
            cursor.copy(f"COPY {quoted(self._table.name)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _decoded(self, line: bytes) -> list[Any]:
        try:
            row = _as_list(orjson.loads(line), self._width)
            for at, read in self._readers:
                if row[at] is not None:
                    row[at] = read(row[at])
        except (ValueError, TypeError) as error:
            raise Damaged(f"a row of table {self._table.name} cannot be read") from error
        return row


def _as_list(value: Any, width: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != width:
        raise ValueError("not one value of each column")
    return value


def _as_kept(one: Column[Any]) -> ColumnElement[Any]:
    return cast(one, Text).label(one.name) if isinstance(one.type, JSON) else one


def _form(type_: TypeEngine[Any]) -> tuple[TypeEngine[Any], Callable[[Any], Any] | None]:
    for kind, written, read in _FORMS:
        if isinstance(type_, kind):
            return written, read
    return type_, None


def _in_base64(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no form in a backup")

"""Rows of any shape: one in every table, whatever the tables are at a revision."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, insert, select

NOT_OURS = "alembic_version"

VALUES: dict[type, Any] = {
    bool: True,
    int: 1,
    float: 0.5,
    str: "x",
    bytes: b"x",
    object: {"key": ["value"]},  # JSON
    datetime: datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
    date: date(2026, 11, 24),
}
"""A lawful value for each kind of column."""


def fill(connection: Connection) -> None:
    """Put a row into every table that has none; what points to another table points to the row there,
    what points to its own to itself."""
    for table in tables(connection):
        if connection.scalar(select(func.count()).select_from(table)) == 0:
            connection.execute(insert(table), {column.name: _value(connection, column) for column in table.columns})


def counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables(connection)}


def tables(connection: Connection) -> list[Table]:
    """The tables as they stand in the database, those that are pointed to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != NOT_OURS]


def _value(connection: Connection, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        if key.column.table is not column.table:
            return connection.scalar(select(key.column))
    return VALUES[column.type.python_type]

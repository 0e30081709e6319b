"""The few JSON expressions that filters and orders need, in the words of SQLite and of PostgreSQL."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    and_,
    case,
    cast,
    collate,
    column,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.core.db import unindexed

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def ordered(value: ColumnElement[Any], op: str, operand: ColumnElement[Any]) -> ColumnElement[bool]:
    """That two values of one type compare like this."""
    condition: ColumnElement[bool] = _ORDER[op](value, operand)
    return condition


class Json(ABC):
    """A JSON value in a statement. No condition is ever null: a missing value makes it false."""

    @abstractmethod
    def at(self, steps: Sequence[str]) -> Json:
        """The value at these keys."""

    @abstractmethod
    def any_entry(self, meets: Callable[[Json], ColumnElement[bool]]) -> ColumnElement[bool]:
        """That some entry of this list meets a condition; false for what is no list."""

    @abstractmethod
    def any_key(self, meets: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
        """That some key of this object meets a condition."""

    @abstractmethod
    def preferred(self, read: Callable[[Json], ColumnElement[Any]]) -> ColumnElement[Any]:
        """What `read` makes of the primary entry of this list, else of its first one; null for an empty list."""

    @abstractmethod
    def present(self) -> ColumnElement[bool]:
        """That there is a value. (Nothing empty is ever stored.)"""

    @abstractmethod
    def text(self) -> ColumnElement[str]:
        """The value if it is a text, else null."""

    @abstractmethod
    def number(self) -> ColumnElement[Any]:
        """The value, exactly, if it is a number, else null."""

    @abstractmethod
    def boolean(self) -> ColumnElement[int]:
        """1 or 0 if the value is true or false, else null."""


class Dialect(ABC):
    """What the databases say differently."""

    works_out_skipped = False
    """Whether columns are worked out for the rows that OFFSET skips as well."""

    @abstractmethod
    def document(self, stored: ColumnElement[Any]) -> Json:
        """The JSON in a column."""

    @abstractmethod
    def by_code_points(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """`text` so that it compares and sorts by code points."""

    @abstractmethod
    def unindexed(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """`value` so that no index is used to sort by it: where few rows are left, finding them is what matters."""

    def compares(self, text: ColumnElement[str], op: str, operand: ColumnElement[str]) -> ColumnElement[bool]:
        """That a text compares like this, by code points; false where it is null."""
        if op == "eq":
            condition = text == operand
        elif op == "sw":
            condition = func.substr(text, 1, func.length(operand)) == operand
        elif op == "ew":
            # Where the text is the shorter one, what is left of it is shorter as well, and so never equal.
            condition = func.substr(text, func.length(text) - func.length(operand) + 1) == operand
        elif op == "co":
            condition = self._position(text, operand) > 0
        else:
            condition = ordered(self.by_code_points(text), op, operand)
        return and_(text.is_not(None), condition)

    @abstractmethod
    def _position(self, text: ColumnElement[str], part: ColumnElement[str]) -> ColumnElement[int]: ...


class _SqliteJson(Json):
    """JSON text with a path below it, so that one function call reads what is there."""

    def __init__(self, document: ColumnElement[Any], path: str = "$") -> None:
        self._document = document
        self._path = path

    def at(self, steps: Sequence[str]) -> Json:
        return _SqliteJson(self._document, self._path + "".join(f'."{step}"' for step in steps))

    def any_entry(self, meets: Callable[[Json], ColumnElement[bool]]) -> ColumnElement[bool]:
        entries = self._entries()
        found = select(literal(1)).select_from(entries).where(meets(_SqliteEntry(entries))).exists()
        return and_(self._type().is_not_distinct_from("array"), found)

    def any_key(self, meets: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
        entries = self._entries()
        return select(literal(1)).select_from(entries).where(meets(type_coerce(entries.c.key, Text))).exists()

    def preferred(self, read: Callable[[Json], ColumnElement[Any]]) -> ColumnElement[Any]:
        entries = self._entries()
        entry = _SqliteEntry(entries)
        primary = func.coalesce(entry.at(["primary"]).boolean(), 0)
        chosen = select(read(entry)).select_from(entries).order_by(primary.desc(), entries.c.key).limit(1)
        return chosen.scalar_subquery()

    def present(self) -> ColumnElement[bool]:
        return self._type().is_not(None)

    def text(self) -> ColumnElement[str]:
        return case((self._type() == "text", type_coerce(self._value(), Text)))

    def number(self) -> ColumnElement[Any]:
        return case((self._type().in_(("integer", "real")), type_coerce(self._value(), Numeric)))

    def boolean(self) -> ColumnElement[int]:
        return case((self._type() == "true", 1), (self._type() == "false", 0))

    def _entries(self) -> Any:
        called = func.json_each(self._document, self._path)
        return called.table_valued("key", "value", "type")

    def _type(self) -> ColumnElement[str]:
        return func.json_type(self._document, self._path, type_=Text())

    def _value(self) -> ColumnElement[Any]:
        return func.json_extract(self._document, self._path)


class _SqliteEntry(_SqliteJson):
    """A row of `json_each`, which knows its type; only objects are JSON text again."""

    def __init__(self, entries: Any) -> None:
        super().__init__(case((entries.c.type == "object", entries.c.value)))
        self._row = entries

    def _type(self) -> ColumnElement[str]:
        return type_coerce(self._row.c.type, Text)

    def _value(self) -> ColumnElement[Any]:
        found: ColumnElement[Any] = self._row.c.value
        return found


class _Sqlite(Dialect):
    def document(self, stored: ColumnElement[Any]) -> Json:
        return _SqliteJson(type_coerce(stored, Text) if isinstance(stored.type, JSON) else stored)

    def by_code_points(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text  # SQLite's default collation compares bytes, and UTF-8 sorts like code points

    def unindexed(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return unindexed(value)

    def _position(self, text: ColumnElement[str], part: ColumnElement[str]) -> ColumnElement[int]:
        return func.instr(text, part)


class _PostgresJson(Json):
    """A value of type `jsonb`."""

    def __init__(self, value: ColumnElement[Any]) -> None:
        self._value = value

    def at(self, steps: Sequence[str]) -> Json:
        return _PostgresJson(self._value.op("#>", return_type=JSONB())(cast(list(steps), ARRAY(Text))))

    def any_entry(self, meets: Callable[[Json], ColumnElement[bool]]) -> ColumnElement[bool]:
        entries = self._entries().table_valued(column("value", JSONB)).render_derived()
        return select(literal(1)).select_from(entries).where(meets(_PostgresJson(entries.c.value))).exists()

    def any_key(self, meets: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
        keys = func.jsonb_object_keys(self._value).table_valued(column("key", Text)).render_derived()
        return select(literal(1)).select_from(keys).where(meets(keys.c.key)).exists()

    def preferred(self, read: Callable[[Json], ColumnElement[Any]]) -> ColumnElement[Any]:
        entries = self._entries().table_valued(column("value", JSONB), with_ordinality="place").render_derived()
        entry = _PostgresJson(entries.c.value)
        primary = func.coalesce(entry.at(["primary"]).boolean(), 0)
        chosen = select(read(entry)).select_from(entries).order_by(primary.desc(), entries.c.place).limit(1)
        return chosen.scalar_subquery()

    def present(self) -> ColumnElement[bool]:
        return self._value.is_not(None)

    def text(self) -> ColumnElement[str]:
        return case((self._kind() == "string", self._plain()))

    def number(self) -> ColumnElement[Any]:
        return case((self._kind() == "number", cast(self._plain(), Numeric)))

    def boolean(self) -> ColumnElement[int]:
        return case((self._kind() == "boolean", cast(self._plain() == "true", Integer)))

    def _entries(self) -> Any:
        # The function fails on what is no list.
        return func.jsonb_array_elements(case((self._kind() == "array", self._value)))

    def _kind(self) -> ColumnElement[str]:
        return func.jsonb_typeof(self._value, type_=Text())

    def _plain(self) -> ColumnElement[str]:
        return self._value.op("#>>", return_type=Text())(cast([], ARRAY(Text)))


class _Postgres(Dialect):
    works_out_skipped = True

    def document(self, stored: ColumnElement[Any]) -> Json:
        return _PostgresJson(type_coerce(stored, JSONB))

    def by_code_points(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return collate(text, "C")

    def unindexed(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return value  # it has statistics

    def _position(self, text: ColumnElement[str], part: ColumnElement[str]) -> ColumnElement[int]:
        return func.strpos(text, part)


DIALECTS: dict[str, Dialect] = {"sqlite": _Sqlite(), "postgresql": _Postgres()}

"""The few JSON expressions that filters need, in the words of SQLite and of PostgreSQL."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Text,
    and_,
    cast,
    collate,
    column,
    func,
    literal,
    not_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class JsonSql(ABC):
    """Expressions over a JSON value. None of them is ever null: a missing value makes a condition false."""

    @abstractmethod
    def at(self, document: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
        """The value below `document` at these keys."""

    @abstractmethod
    def any_of(
        self,
        array: ColumnElement[Any],
        name: str,
        meets: Callable[[ColumnElement[Any]], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        """That some element of `array` meets a condition; `name` is the element's alias, unique in the statement."""

    @abstractmethod
    def present(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        """That there is a value. (Nothing empty is ever stored.)"""

    @abstractmethod
    def equals(self, value: ColumnElement[Any], wanted: bool) -> ColumnElement[bool]:
        """That the value is this boolean."""

    @abstractmethod
    def compares_number(self, value: ColumnElement[Any], op: str, wanted: float) -> ColumnElement[bool]:
        """That the value is a number and compares like this."""

    @abstractmethod
    def compares_text(self, value: ColumnElement[Any], op: str, wanted: str) -> ColumnElement[bool]:
        """That the value is a text and compares like this, by code points."""

    @abstractmethod
    def ends_with(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        """That `text` ends with `wanted`, which is not empty."""

    @abstractmethod
    def contains(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        """That `wanted` stands somewhere in `text`."""

    @abstractmethod
    def ordered(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """`text` so that it sorts by code points."""

    def text_condition(self, text: ColumnElement[Any], op: str, wanted: str) -> ColumnElement[bool]:
        """That a text column compares like this; false where it is null."""
        if op == "eq":
            condition = text == wanted
        elif op == "sw":
            condition = func.substr(text, 1, len(wanted)) == wanted
        elif op == "ew":
            condition = self.ends_with(text, wanted) if wanted else true()
        elif op == "co":
            condition = self.contains(text, wanted)
        else:
            condition = _ORDER[op](self.ordered(text), wanted)
        return and_(text.is_not(None), condition)


class SqliteJson(JsonSql):
    """SQLite's JSON functions over JSON text. A value is kept as a pair (document, path) until it is compared."""

    def at(self, document: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
        return type_coerce(func.json_extract(_plain(document), _sqlite_path(steps)), Text)

    def any_of(
        self,
        array: ColumnElement[Any],
        name: str,
        meets: Callable[[ColumnElement[Any]], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        entries = func.json_each(array).table_valued("value", name=name)
        return select(literal(1)).select_from(entries).where(meets(type_coerce(entries.c.value, Text))).exists()

    def present(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        return value.is_not(None)

    def equals(self, value: ColumnElement[Any], wanted: bool) -> ColumnElement[bool]:
        # json_extract gives a boolean as 1 or 0.
        return and_(value.is_not(None), func.typeof(value) == "integer", value == literal(int(wanted)))

    def compares_number(self, value: ColumnElement[Any], op: str, wanted: float) -> ColumnElement[bool]:
        if op not in _ORDER:
            return not_(true())
        return and_(func.typeof(value).in_(("integer", "real")), _ORDER[op](value, literal(wanted)))

    def compares_text(self, value: ColumnElement[Any], op: str, wanted: str) -> ColumnElement[bool]:
        return and_(func.typeof(value) == "text", self.text_condition(value, op, wanted))

    def ends_with(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        return func.substr(text, -len(wanted)) == wanted

    def contains(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        return func.instr(text, wanted) > 0

    def ordered(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return text  # SQLite's default collation compares bytes, and UTF-8 sorts like code points


class PostgresJson(JsonSql):
    """PostgreSQL's operators over `jsonb`."""

    def at(self, document: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
        return type_coerce(document, JSONB).op("#>", return_type=JSONB())(cast(list(steps), ARRAY(Text)))

    def any_of(
        self,
        array: ColumnElement[Any],
        name: str,
        meets: Callable[[ColumnElement[Any]], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        entries = func.jsonb_array_elements(array).table_valued(column("value", JSONB), name=name)
        return select(literal(1)).select_from(entries).where(meets(entries.c.value)).exists()

    def present(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        return value.is_not(None)

    def equals(self, value: ColumnElement[Any], wanted: bool) -> ColumnElement[bool]:
        return func.coalesce(value == _jsonb(wanted), False)

    def compares_number(self, value: ColumnElement[Any], op: str, wanted: float) -> ColumnElement[bool]:
        if op not in _ORDER:
            return not_(true())
        # jsonb orders numbers among themselves by value.
        return and_(_kind(value) == "number", _ORDER[op](value, _jsonb(wanted)))

    def compares_text(self, value: ColumnElement[Any], op: str, wanted: str) -> ColumnElement[bool]:
        text = value.op("#>>", return_type=Text())(cast([], ARRAY(Text)))
        return and_(_kind(value) == "string", self.text_condition(text, op, wanted))

    def ends_with(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        return func.right(text, len(wanted)) == wanted

    def contains(self, text: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
        return func.strpos(text, wanted) > 0

    def ordered(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(text, "C")


DIALECTS: dict[str, JsonSql] = {"sqlite": SqliteJson(), "postgresql": PostgresJson()}


def _kind(value: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(func.jsonb_typeof(value), "")


def _jsonb(value: Any) -> ColumnElement[Any]:
    return cast(literal(orjson.dumps(value).decode(), Text), JSONB)


def _plain(document: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(document, Text) if isinstance(document.type, JSON) else document


def _sqlite_path(steps: Sequence[str]) -> str:
    return "$" + "".join(f'."{step}"' for step in steps)

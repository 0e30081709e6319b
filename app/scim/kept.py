"""How what filters and orders name is kept where it is no part of the document: in columns, or made by the server."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Integer, Text, and_, case, func, literal, or_, true
from sqlalchemy.types import TypeEngine

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.folding import fold
from app.attributes.moments import moment
from app.core.db import Timestamp
from app.scim.json_sql import Dialect, ordered
from app.scim.protocol.cursors import Kind
from app.scim.protocol.errors import invalid_filter
from app.scim.resources import Locations

_TAG = re.compile(r'(?:W/)?"?(\d{1,9})(?:-[0-9a-f]*)?"?')
_NO_REVISION = -1


@dataclass(frozen=True, slots=True)
class Context:
    """What conditions depend on besides the filter."""

    dialect: Dialect
    locations: Locations


@dataclass(frozen=True, slots=True)
class Operand:
    """The literal of a comparison. `value` tells its type alone, as one statement serves all literals of a type.

    `bind(type, convert)` is the parameter that gets `convert(literal)` when the statement is executed.
    """

    value: str | bool | int | float
    bind: Callable[[TypeEngine[Any], Callable[[Any], Any]], ColumnElement[Any]]

    def text(self, leaf: Attribute) -> ColumnElement[str]:
        """The literal as the text that values of `leaf` compare with: as it is, or folded."""
        return self.bind(Text(), str if leaf.case_exact else fold)


@dataclass(frozen=True, slots=True)
class SortValue:
    """What a resource is sorted by; null where it has no value, if it is `nullable`."""

    value: ColumnElement[Any]
    kind: Kind
    nullable: bool = True


class Kept(ABC):
    """A value that every resource of a kind has outside of its document, or may have."""

    indexed: bool = False
    """Whether few rows have the same value, and an index finds them."""

    @abstractmethod
    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        """That the value compares like this; without operand (`pr`) that there is one. Never null."""

    def sort_value(self, context: Context) -> SortValue:
        """What resources are sorted by. Raises LookupError for what has no order."""
        raise LookupError(f"{self} has no order")


@dataclass(frozen=True, eq=False)
class Texts(Kept):
    """A text column, already folded unless its attribute is `caseExact`."""

    column: ColumnElement[str]
    indexed: bool = False

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        if operand is None:
            return self.column.is_not(None)
        return context.dialect.compares(self.column, op, operand.text(leaf))

    def sort_value(self, context: Context) -> SortValue:
        nullable = not isinstance(self.column, Column) or bool(self.column.nullable)
        return SortValue(self.column, "text", nullable)


@dataclass(frozen=True, eq=False)
class Addresses(Kept):
    """The address of the resource whose id is in a column; of which type it is, the conditions tell."""

    column: ColumnElement[str]
    types: tuple[tuple[ResourceType, ColumnElement[bool]], ...]
    indexed: bool = False

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        if operand is None:
            return or_(*(holds for _, holds in self.types))
        wanted = operand.text(leaf)
        same = or_(
            *(
                and_(
                    holds,
                    context.dialect.compares(literal(context.locations.of(one, ""), Text) + self.column, op, wanted),
                )
                for one, holds in self.types
            )
        )
        # What the address ends in is for the index.
        return and_(self.column == operand.bind(Text(), _last_step), same) if op == "eq" else same

    def sort_value(self, context: Context) -> SortValue:
        return SortValue(self.column, "text", nullable=False)


@dataclass(frozen=True, eq=False)
class DocumentText(Kept):
    """A core attribute in the folded document of a row, which need not be there."""

    folded: ColumnElement[Any]
    name: str

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        text = context.dialect.document(self.folded).at([self.name]).text()
        return text.is_not(None) if operand is None else context.dialect.compares(text, op, operand.text(leaf))


@dataclass(frozen=True, eq=False)
class Constant(Kept):
    """The same text for all resources for which a condition holds, folded unless its attribute is `caseExact`."""

    text: str
    holds: ColumnElement[bool] | None = None

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        same = true() if operand is None else context.dialect.compares(literal(self.text, Text), op, operand.text(leaf))
        return same if self.holds is None else and_(self.holds, same)

    def sort_value(self, context: Context) -> SortValue:
        return SortValue(literal(self.text, Text), "text", nullable=False)


@dataclass(frozen=True, eq=False)
class AnyOf(Kept):
    """A value that is kept in one of several ways, depending on the row."""

    ways: tuple[Kept, ...]

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        return or_(*(way.compare(op, operand, leaf, context) for way in self.ways))


@dataclass(frozen=True, eq=False)
class Moments(Kept):
    """A column with a time."""

    column: ColumnElement[Any]

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        return true() if operand is None else ordered(self.column, op, operand.bind(Timestamp(), moment))

    def sort_value(self, context: Context) -> SortValue:
        return SortValue(self.column, "moment", nullable=False)


@dataclass(frozen=True, eq=False)
class Flags(Kept):
    """A boolean column."""

    column: ColumnElement[Any]

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        return true() if operand is None else self.column == operand.bind(Boolean(), bool)

    def sort_value(self, context: Context) -> SortValue:
        return SortValue(case((self.column, 1), else_=0), "number", nullable=False)


@dataclass(frozen=True, eq=False)
class Revisions(Kept):
    """The column that counts a resource's changes, shown as an entity tag.

    A literal is a tag or the revision in it: what a tag says of groups or members is not looked at, as for If-Match.
    """

    column: ColumnElement[Any]

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        if operand is None:
            return true()
        if op != "eq":
            raise invalid_filter(f"meta.version compares with eq and ne alone, not with {op}: versions have no order.")
        return self.column == operand.bind(Integer(), _revision)

    def sort_value(self, context: Context) -> SortValue:
        return SortValue(self.column, "number", nullable=False)


@dataclass(frozen=True, eq=False)
class SchemaUrns(Kept):
    """The URNs of a resource's schemas: its own, and those under which something stands in its document."""

    own: Constant
    folded: ColumnElement[Any]

    def compare(self, op: str, operand: Operand | None, leaf: Attribute, context: Context) -> ColumnElement[bool]:
        if operand is None:
            return true()
        wanted = operand.text(leaf)

        def same(key: ColumnElement[str]) -> ColumnElement[bool]:
            return and_(func.substr(key, 1, 4) == "urn:", context.dialect.compares(key, op, wanted))

        keys = context.dialect.document(self.folded)
        return or_(self.own.compare(op, operand, leaf, context), keys.any_key(same))

    def sort_value(self, context: Context) -> SortValue:
        return self.own.sort_value(context)


def _last_step(address: str) -> str:
    return address.rpartition("/")[2]


def _revision(text: str) -> int:
    tag = _TAG.fullmatch(text.strip())
    return int(tag[1]) if tag else _NO_REVISION

"""Orders as SQL: by any attribute, then by creation and id, so that no two share a place (RFC 7644 §3.4.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Text, bindparam, case, cast, func, tuple_
from sqlalchemy.types import TypeEngine

from app.attributes.definitions import Attribute
from app.attributes.paths import Path
from app.core.db import Timestamp
from app.scim.json_sql import Json
from app.scim.kept import Context, SortValue
from app.scim.protocol.cursors import Kind
from app.scim.protocol.errors import ScimError
from app.scim.searchable import Searchable
from app.scim.sql import kept_name, steps

LONGEST_KEY = 256
"""Characters of a text in a document by which it is sorted; a cursor carries them, and has to fit into a URL."""

_KINDS: dict[str, Kind] = {"boolean": "number", "integer": "number", "decimal": "number"}
_TYPES: dict[Kind, TypeEngine[Any]] = {"text": Text(), "number": Float(53), "moment": Timestamp()}


@dataclass(frozen=True, slots=True)
class Key:
    """One column that resources are sorted by, never null."""

    column: ColumnElement[Any]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Order:
    """Where each resource stands: by all keys ascending, or by all descending."""

    keys: tuple[Key, ...]
    descending: bool

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What kinds of value the keys are."""
        return tuple(key.kind for key in self.keys)

    def by(self) -> list[ColumnElement[Any]]:
        """What ORDER BY says."""
        return [key.column.desc() if self.descending else key.column.asc() for key in self.keys]

    def beyond(self) -> ColumnElement[bool]:
        """That a row stands behind the one whose keys are the parameters `key_0`, `key_1` and so on."""
        here = tuple_(*(key.column for key in self.keys))
        there = tuple_(*(bindparam(f"key_{place}", type_=_TYPES[key.kind]) for place, key in enumerate(self.keys)))
        return here < there if self.descending else here > there


def check_sortable(path: Path) -> Path:
    """The path down to the value that is sorted by. Raises ScimError invalidPath for what has no order."""
    leaf = path.sub or path.attribute
    if path.where is not None:
        raise unsortable(path.text, "brackets select nothing here; of several values the primary or first one counts")
    if path.urn is None and path.attribute.name in {"groups", "members"}:
        raise unsortable(path.text, "memberships have no order")
    if path.whole_extension:
        raise unsortable(path.text, "it names an extension; name one of its attributes")
    if leaf.type == "complex":
        value = leaf.sub("value")
        if value is None:
            raise unsortable(path.text, f"it has parts; name one, such as {path.text}.{leaf.sub_attributes[0].name}")
        return check_sortable(Path(path.urn, path.attribute, None, value, f"{path.text}.value"))
    if leaf.type == "binary":
        raise unsortable(path.text, "binary values have no order")
    return path


def unsortable(text: str, reason: str) -> ScimError:
    """400: resources cannot be sorted by `text`."""
    return ScimError(400, "invalidPath", f"sortBy cannot be {text!r}: {reason}.")


def order(
    path: Path | None,
    searchable: Searchable,
    context: Context,
    *,
    descending: bool = False,
    uniform: bool = False,
    few: bool = False,
) -> Order:
    """The order by the attribute at `path` (of `check_sortable`), by creation alone without one.

    Who has no value comes last, or first when descending. Several kinds sorted as one list must be `uniform`: then
    the keys are of the same types for each of them. Where there are `few` rows, no index helps to sort them.
    """
    table = searchable.table
    chosen = _keys(path, searchable, context, uniform=uniform) if path is not None else ()
    keys = [*chosen, Key(table.c.created_at, "moment"), Key(table.c.id, "text")]
    if few:
        keys[0] = Key(context.dialect.unindexed(keys[0].column), keys[0].kind)
    return Order(tuple(keys), descending)


def _keys(path: Path, searchable: Searchable, context: Context, *, uniform: bool) -> tuple[Key, ...]:
    leaf = path.sub or path.attribute
    kept = searchable.kept.get(kept_name(path)) if path.urn is None else None
    if kept is not None:
        return _sorted(kept.sort_value(context), context, uniform=uniform)
    value = context.dialect.document(searchable.table.c.folded).at(steps(path))

    def part(entry: Json) -> Json:
        return entry.at([path.sub.name]) if path.sub else entry

    if not leaf.described:
        return _anything(part(value), context)
    if path.attribute.multi_valued:
        column = value.preferred(lambda entry: _read(part(entry), leaf))
    else:
        column = _read(part(value), leaf)
    return _sorted(SortValue(column, _KINDS.get(leaf.type, "text")), context, uniform=uniform)


def _read(value: Json, leaf: Attribute) -> ColumnElement[Any]:
    if leaf.type == "boolean":
        return value.boolean()
    return value.number() if _KINDS.get(leaf.type) == "number" else value.text()


def _sorted(found: SortValue, context: Context, *, uniform: bool) -> tuple[Key, ...]:
    """The keys of a value of known type: whether it is missing, if it can be, and the value."""
    if not found.nullable and (found.kind == "moment" or not uniform):
        column = context.dialect.by_code_points(found.value) if found.kind == "text" else found.value
        return (Key(column, found.kind),)
    missing = case((found.value.is_(None), 1), else_=0)
    return Key(missing, "number"), _key(found.value, found.kind, context)


def _anything(value: Json, context: Context) -> tuple[Key, ...]:
    """The keys of a value whose type no schema tells: booleans before numbers before texts before what is neither."""
    boolean, number, text = value.boolean(), value.number(), value.text()
    rank = case((boolean.is_not(None), 0), (number.is_not(None), 1), (text.is_not(None), 2), else_=3)
    either = func.coalesce(cast(number, Float(53)), cast(boolean, Float(53)))
    return Key(rank, "number"), _key(either, "number", context), _key(text, "text", context)


def _key(value: ColumnElement[Any], kind: Kind, context: Context) -> Key:
    if kind == "text":
        shortened = func.coalesce(func.substr(value, 1, LONGEST_KEY), "", type_=Text())
        return Key(context.dialect.by_code_points(shortened), kind)
    return Key(func.coalesce(cast(value, Float(53)), 0.0, type_=Float(53)), kind)

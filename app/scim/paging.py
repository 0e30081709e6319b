"""Pages of a list: by index (RFC 7644 §3.4.2.4), or by cursors, which cost the same anywhere in the list (RFC 9865)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.unit_of_work import Reader
from app.scim.protocol.cursors import Kind, Position, decode, encode
from app.scim.protocol.queries import ListQuery

SKIP, MOST = bindparam("skip", type_=Integer()), bindparam("most", type_=Integer())
"""How many rows are not wanted, and how many are."""

Selection = Select[Any] | CompoundSelect[Any]


@dataclass(frozen=True, slots=True)
class Statements:
    """A list as statements, with SKIP and MOST as parameters besides their own."""

    by_index: Selection
    """From the row after SKIP rows on."""
    first: Selection
    """From the first row on, with the keys of each row as `key_0` and so on."""
    beyond: Selection
    """The same, behind the row whose keys are the parameters of these names."""
    total: Select[Any]
    kinds: tuple[Kind, ...]
    """Of the keys."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page, the size of the whole list, and how to go on, None after the last page or by index."""

    rows: Sequence[Row[Any]]
    total: int
    next_cursor: str | None = None


def page(
    reader: Reader, statements: Statements, parameters: Mapping[str, Any], query: ListQuery, endpoint: str
) -> Rows:
    """The page that `query` asks `endpoint` for. Raises ScimError invalidCursor."""
    if query.cursor is None:
        return _by_index(reader, statements, parameters, query)
    asked = (reader.organization_id, endpoint, query.filter, query.sort_by, str(query.descending))
    position = decode(query.cursor, asked, statements.kinds) if query.cursor else None
    return _by_cursor(reader, statements, parameters, query.count, position, asked)


def _by_index(reader: Reader, statements: Statements, parameters: Mapping[str, Any], query: ListQuery) -> Rows:
    skip, most = query.start_index - 1, query.count
    window = {**parameters, "skip": skip, "most": most}
    rows = reader.execute(statements.by_index, window).all() if most else []
    if len(rows) < most and (rows or not skip):
        return Rows(rows, skip + len(rows))
    return Rows(rows, _total(reader, statements, parameters))


def _by_cursor(
    reader: Reader,
    statements: Statements,
    parameters: Mapping[str, Any],
    count: int,
    position: Position | None,
    asked: Sequence[str | None],
) -> Rows:
    """A page behind `position`. One row more than it shows tells whether it is the last.

    The total is counted for the first page alone and carried by the cursors: counting anew would make reading a list
    cost what its length squared does.
    """
    if count == 0:
        return Rows([], position.total if position else _total(reader, statements, parameters))
    if position is None:
        rows = reader.execute(statements.first, {**parameters, "most": count + 1}).all()
    else:
        keys = {f"key_{place}": key for place, key in enumerate(position.keys)}
        rows = reader.execute(statements.beyond, {**parameters, **keys, "most": count + 1}).all()
    more = len(rows) > count
    total = len(rows) if position is None else position.total
    if more and position is None:
        total = _total(reader, statements, parameters)
    if not more:
        return Rows(rows, total)
    shown = rows[:count]
    last = tuple(getattr(shown[-1], f"key_{place}") for place in range(len(statements.kinds)))
    return Rows(shown, total, encode(Position(last, total), asked))


def _total(reader: Reader, statements: Statements, parameters: Mapping[str, Any]) -> int:
    counted: int = reader.execute(statements.total, parameters).scalar_one()
    return counted

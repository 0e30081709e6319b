"""Pages of long lists by place, not by number: a page costs the same at the beginning and after 100,000 rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_

from app.core.errors import Refused
from app.core.unit_of_work import Reader

PAGE = 50
_LONGEST_PLACE = 4096
_MOST_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: columns that are never null and that together name one row; all in one direction."""

    columns: Sequence[ColumnElement[Any]]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, in its order, and the places from which the list goes on; None at either end."""

    rows: list[Row[Any]]
    earlier: str | None
    later: str | None


def fetch(
    reader: Reader,
    statement: Select[Any],
    order: Order,
    place: str | None = None,
    *,
    size: int = PAGE,
    parameters: Mapping[str, Any] | None = None,
) -> Page:
    """One page of what `statement` selects: the first, or the one that begins at a `place` of another page.

    One query for `size` + 1 rows. Raises Refused for a place that no page named.
    """
    known = _parse(place, order.columns) if place else None
    backwards = known is not None and known[0]
    keys = [column.label(f"_place_{number}") for number, column in enumerate(order.columns)]
    wanted = statement.add_columns(*keys)
    values: dict[str, Any] = {**(parameters or {}), "_page": size + 1}
    downwards = order.descending != backwards
    if known is not None:
        wanted = wanted.where(_beyond(order.columns, downwards))
        values |= {f"_at_{number}": value for number, value in enumerate(known[1])}
    direction = [column.desc() if downwards else column.asc() for column in order.columns]
    found = list(reader.execute(wanted.order_by(*direction).limit(bindparam("_page")), values))
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    there_is_earlier = more if backwards else known is not None
    there_is_later = known is not None if backwards else more
    return Page(
        rows,
        _place(rows[0], len(keys), backwards=True) if rows and there_is_earlier else None,
        _place(rows[-1], len(keys), backwards=False) if rows and there_is_later else None,
    )


def _beyond(columns: Sequence[ColumnElement[Any]], downwards: bool) -> ColumnElement[bool]:
    """Whether a row comes after the place. Spelled out: not every database finds an index by a comparison of tuples."""
    bound = [bindparam(f"_at_{number}", type_=column.type) for number, column in enumerate(columns)]
    first = columns[0] <= bound[0] if downwards else columns[0] >= bound[0]
    steps = [
        and_(
            *(column == at for column, at in zip(columns[:depth], bound[:depth], strict=True)),
            columns[depth] < bound[depth] if downwards else columns[depth] > bound[depth],
        )
        for depth in range(len(columns))
    ]
    return and_(first, or_(*steps))


def _place(row: Row[Any], keys: int, *, backwards: bool) -> str:
    values = [_said(getattr(row, f"_place_{number}")) for number in range(keys)]
    return base64.urlsafe_b64encode(orjson.dumps([backwards, values])).rstrip(b"=").decode()


def _said(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _meant(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value


def _parse(place: str, columns: Sequence[ColumnElement[Any]]) -> tuple[bool, list[Any]]:
    """Whether the page lies before the place, and the values of the row there."""
    try:
        if len(place) > _LONGEST_PLACE:
            raise ValueError("longer than any place")  # noqa: TRY301
        backwards, values = orjson.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        found = [_meant(value) for value in values]
        fits = len(found) == len(columns) and all(map(_fits, found, columns))
        if not isinstance(backwards, bool) or not fits:
            raise ValueError("not what places are made of")  # noqa: TRY301
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise Refused("this place in the list is not known; begin at its first page", "at") from error
    return backwards, found


def _fits(value: Any, column: ColumnElement[Any]) -> bool:
    """Whether a row can have this value in this column."""
    if type(value) is not column.type.python_type:
        return False
    match value:
        case str():
            return "\0" not in value
        case datetime():
            return value.tzinfo is not None
        case int():
            return abs(value) <= _MOST_INTEGER
    return True

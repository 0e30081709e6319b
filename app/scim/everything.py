"""Resources of several kinds in one list (RFC 7644 §3.4.2.1): keys of all of them in order, then whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, UnaryExpression, asc, bindparam, desc, func, literal, select, union_all

from app.attributes.filters import Filter
from app.attributes.parsing import parse_filter
from app.attributes.paths import Path
from app.attributes.shapes import Shape, shape
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.scim.json_sql import DIALECTS
from app.scim.kept import Context
from app.scim.ordering import order
from app.scim.paging import MOST, SKIP, Statements, page
from app.scim.protocol.queries import ListQuery
from app.scim.resources import Locations
from app.scim.searching import KEPT_STATEMENTS, Page, Source, condition_of, labelled, sort_path
from app.scim.sql import Condition

Sources = tuple[Source[Any], ...]
ROOT = "/"
"""The endpoint of such lists, below the prefix."""


def find(reader: Reader, sources: Sources, query: ListQuery, locations: Locations) -> Page[tuple[Source[Any], Any]]:
    """The page of all kinds that `query` asks for: each record with its source.

    What only one kind has, the others have no value for. A statement for the keys, one more for each kind on the page.
    Raises ScimError (invalidCursor, invalidFilter, invalidPath for `sortBy`) and parsing.InvalidFilter.
    """
    kinds = tuple(source.searchable.resource_type for source in sources)
    others = [tuple(other for other in kinds if other is not kind) for kind in kinds]
    wanted: list[Filter | None] = [
        parse_filter(query.filter, kind, rest) if query.filter is not None else None
        for kind, rest in zip(kinds, others, strict=True)
    ]
    sort_by = tuple(sort_path(query.sort_by, kind, rest) for kind, rest in zip(kinds, others, strict=True))
    shapes = tuple(shape(one) if one is not None else None for one in wanted)
    context = Context(DIALECTS[reader.dialect], locations)
    statements, conditions = _statements(sources, shapes, sort_by, query.descending, context)
    parameters: dict[str, Any] = {}
    for condition, one in zip(conditions, wanted, strict=True):
        parameters.update(condition.parameters(one) if one is not None else {})
    found = page(reader, statements, parameters, query, ROOT)
    records: dict[str, tuple[Source[Any], Any]] = {}
    for place, source in enumerate(sources):
        ids = [row.id for row in found.rows if row.source == place]
        if ids:
            rows = reader.execute(_by_ids(source), {"ids": ids}).all()
            records.update((record.id, (source, record)) for record in source.records(reader, rows))
    # Who was deleted between two statements is not shown.
    shown = [records[row.id] for row in found.rows if row.id in records]
    return Page(shown, found.total, found.next_cursor)


@lru_cache(maxsize=KEPT_STATEMENTS)
def _statements(
    sources: Sources,
    shapes: Sequence[Shape | None],
    sort_by: Sequence[Path | None],
    descending: bool,
    context: Context,
) -> tuple[Statements, list[Condition]]:
    to_index, first, beyond, everyone, conditions = [], [], [], [], []
    for place, (source, shaped, path) in enumerate(zip(sources, shapes, sort_by, strict=True)):
        condition, chosen, _ = condition_of(source, shaped, context, f"operand_{place}")
        sorted_ = order(path, source.searchable, context, descending=descending, uniform=True)
        table = source.searchable.table
        keys = select(literal(place).label("source"), table.c.id, *labelled(sorted_)).where(*chosen)
        keys = keys.order_by(*sorted_.by())
        to_index.append(_part(keys.limit(SKIP + MOST)))
        first.append(_part(keys.limit(MOST)))
        beyond.append(_part(keys.where(sorted_.beyond()).limit(MOST)))
        everyone.append(select(table.c.id).where(*chosen))
        conditions.append(condition)
    direction = desc if descending else asc
    by: list[UnaryExpression[Any]] = [direction(f"key_{place}") for place in range(len(sorted_.keys))]
    statements = Statements(
        by_index=union_all(*to_index).order_by(*by).offset(SKIP).limit(MOST),
        first=union_all(*first).order_by(*by).limit(MOST),
        beyond=union_all(*beyond).order_by(*by).limit(MOST),
        total=select(func.count()).select_from(union_all(*everyone).subquery()),
        kinds=sorted_.kinds,
    )
    return statements, conditions


def _part(keys: Select[Any]) -> Select[Any]:
    """The first rows of one kind, as a part of the whole list: an index finds them, where one can."""
    return select(*keys.subquery().c)


@lru_cache
def _by_ids(source: Source[Any]) -> Select[Any]:
    table = source.searchable.table
    among = table.c.id.in_(bindparam("ids", expanding=True))
    return select(*source.columns, *source.derived.values()).where(table.c.organization_id == ORGANIZATION, among)

"""The users or the groups that a query asks for (RFC 7644 §3.4.2).

A statement is built once for each shape of filter and order and then kept: directories ask the same questions all day,
about somebody else each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, func, select, true

from app.attributes.definitions import ResourceType
from app.attributes.parsing import parse_filter, parse_path
from app.attributes.paths import InvalidPath, Path
from app.attributes.shapes import Shape, shape
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import groups, stored_users, users
from app.directory.groups import GroupRecord
from app.directory.stored_users import StoredUser
from app.directory.users import UserRecord
from app.scim import searchable
from app.scim.json_sql import DIALECTS
from app.scim.kept import Context
from app.scim.ordering import Order, check_sortable, order, unsortable
from app.scim.paging import MOST, SKIP, Statements, page
from app.scim.protocol.queries import ListQuery
from app.scim.resources import Locations
from app.scim.searchable import Searchable
from app.scim.sql import Condition, names_few, where

Record = TypeVar("Record")

KEPT_STATEMENTS = 512
"""Shapes for which statements are kept; a directory asks in a dozen."""


@dataclass(frozen=True, eq=False)
class Source(Generic[Record]):
    """Where records of one kind are found, and how rows become some."""

    searchable: Searchable
    columns: Sequence[ColumnElement[Any]]
    records: Callable[[Reader, Sequence[Row[Any]]], list[Record]]
    derived: Mapping[str, ColumnElement[Any]]
    """What an attribute is made of that stands in other tables, read only where the answer shows it."""


USERS = Source[UserRecord](searchable.USERS, users.COLUMNS, users.records, {"groups": users.GROUPS})
WHOLE_USERS = Source[StoredUser](USERS.searchable, stored_users.COLUMNS, stored_users.records, USERS.derived)
"""For answers that show all of them."""
GROUPS = Source[GroupRecord](searchable.GROUPS, groups.COLUMNS, groups.records, {})


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """Some of the matches in their order, how many there are in all, and the cursor to go on with, if there is one."""

    records: Sequence[Record]
    total: int
    next_cursor: str | None


def find(reader: Reader, source: Source[Record], query: ListQuery, locations: Locations) -> Page[Record]:
    """The page of one kind of resource that `query` asks for.

    Raises ScimError (invalidCursor, invalidFilter, invalidPath for `sortBy`) and parsing.InvalidFilter.
    """
    kind = source.searchable.resource_type
    wanted = parse_filter(query.filter, kind) if query.filter is not None else None
    sort_by = sort_path(query.sort_by, kind)
    context = Context(DIALECTS[reader.dialect], locations)
    shaped = shape(wanted) if wanted is not None else None
    derived = tuple(name for name in source.derived if query.projection.wants(name))
    prepared, condition = _statements(source, derived, shaped, sort_by, query.descending, context)
    parameters = condition.parameters(wanted) if wanted is not None else {}
    found = page(reader, prepared, parameters, query, kind.endpoint)
    return Page(source.records(reader, found.rows), found.total, found.next_cursor)


@lru_cache(maxsize=KEPT_STATEMENTS)
def _statements(
    source: Source[Any],
    derived: tuple[str, ...],
    shaped: Shape | None,
    sort_by: Path | None,
    descending: bool,
    context: Context,
) -> tuple[Statements, Condition]:
    """The statements for all filters of a shape, and what makes their parameters from a filter."""
    condition, chosen, few = condition_of(source, shaped, context, "operand")
    sorted_ = order(sort_by, source.searchable, context, descending=descending, few=few)
    columns = (*source.columns, *(source.derived[name] for name in derived))
    plain = select(*columns).where(*chosen).order_by(*sorted_.by())
    keyed = plain.add_columns(*labelled(sorted_)).limit(MOST)
    by_index = plain.offset(SKIP).limit(MOST)
    if derived and not few and context.dialect.works_out_skipped:  # the rows of the page are chosen first
        table = source.searchable.table
        on_page = by_index.with_only_columns(table.c.id, maintain_column_froms=True).correlate(None)
        by_index = select(*columns).where(table.c.organization_id == ORGANIZATION, table.c.id.in_(on_page))
        by_index = by_index.order_by(*sorted_.by())
    statements = Statements(
        by_index=by_index,
        first=keyed,
        beyond=keyed.where(sorted_.beyond()),
        total=select(func.count()).select_from(source.searchable.table).where(*chosen),
        kinds=sorted_.kinds,
    )
    return statements, condition


def condition_of(
    source: Source[Any], shaped: Shape | None, context: Context, prefix: str
) -> tuple[Condition, tuple[ColumnElement[bool], ...], bool]:
    """What a filter's shape selects; the same within the organization; whether it names few rows."""
    table = source.searchable.table
    if shaped is None:
        condition, few = Condition(true(), prefix), False
    else:
        condition = where(shaped.example, source.searchable, context, prefix)
        few = names_few(shaped.example, source.searchable)
    return condition, (table.c.organization_id == ORGANIZATION, condition.expression), few


def labelled(sorted_: Order) -> list[ColumnElement[Any]]:
    """The keys of an order as columns `key_0` and so on."""
    return [key.column.label(f"key_{place}") for place, key in enumerate(sorted_.keys)]


def sort_path(text: str | None, kind: ResourceType, others: tuple[ResourceType, ...] = ()) -> Path | None:
    """The path that `sortBy` names. Raises ScimError invalidPath for what is no attribute or has no order."""
    if text is None:
        return None
    try:
        return check_sortable(parse_path(text, kind, others))
    except InvalidPath as error:
        raise unsortable(error.path, error.reason) from error

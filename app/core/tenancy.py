"""The one place that keeps organizations apart: no statement runs unless each tenant table in it is scoped.

A table is a tenant table when it has a column `organization_id`. A selectable of it counts as scoped when that column
is compared for equality with `ORGANIZATION`, or with the `organization_id` of another selectable that is scoped.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from sqlalchemy import BinaryExpression, ColumnClause, Insert, Join, Select
from sqlalchemy.sql import operators, visitors

from app.core.db import ORGANIZATION

COLUMN = "organization_id"

_checked: WeakSet[Any] = WeakSet()


class Unscoped(RuntimeError):
    """A statement would read or write beyond its organization. A defect of the program, never of the input."""


def ensure_scoped(statement: Any) -> None:
    """Return when every tenant table in `statement` is scoped; raise Unscoped naming the first that is not."""
    if statement in _checked:
        return
    scoped: set[Any] = set()
    tied: list[set[Any]] = []
    used: dict[Any, str] = {}
    for element in visitors.iterate(statement):
        if isinstance(element, BinaryExpression) and element.operator is operators.eq:
            owned, is_bound = _compared(element)
            (scoped.update if is_bound else tied.append)(owned)
        elif isinstance(element, ColumnClause) and element.table is not None:
            used[element.table] = str(element.table)
        elif isinstance(element, Select):
            used.update((source, str(source)) for source in element.get_final_froms() if not isinstance(source, Join))
    target = getattr(statement, "table", None)
    if target is not None:
        used[target] = str(target)
    scoped = _spread(scoped, tied)
    for selectable, name in used.items():
        if _is_inserted(selectable, statement) or COLUMN not in getattr(selectable, "c", ()):
            continue
        if selectable not in scoped and not _is_derived(selectable):
            raise Unscoped(f"{name} is read or written without its organization")
    _checked.add(statement)


def _compared(comparison: BinaryExpression[Any]) -> tuple[set[Any], bool]:
    """The selectables whose organization `comparison` is about, and whether it is the one that is asked for."""
    sides = (comparison.left, comparison.right)
    owned = {
        side.table
        for side in sides
        if isinstance(side, ColumnClause) and side.name == COLUMN and side.table is not None
    }
    return owned, any(getattr(side, "key", None) == ORGANIZATION.key for side in sides)


def _spread(scoped: set[Any], tied: list[set[Any]]) -> set[Any]:
    """`scoped` and all that are tied to one of them, however far. What is derived has been judged by itself."""
    while grown := [
        pair for pair in tied if not pair <= scoped and any(one in scoped or _is_derived(one) for one in pair)
    ]:
        scoped = scoped.union(*grown)
    return scoped


def _is_inserted(selectable: Any, statement: Any) -> bool:
    """The table that rows are inserted into, or these rows in an upsert: they get their organization on the way in."""
    if not isinstance(statement, Insert):
        return False
    of_upsert = statement.select is None and getattr(selectable, "element", None) is statement.table
    return selectable is statement.table or of_upsert


def _is_derived(selectable: Any) -> bool:
    """A subquery or common table expression: the statement inside it is visited, and judged, as well."""
    return bool(getattr(selectable, "is_subquery", False) or selectable.__visit_name__ in {"cte", "subquery"})

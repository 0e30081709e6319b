"""Filters as SQL: one comparison table for columns, one for what only stands in the document.

Texts are compared in the `folded` document, where everything that is not `caseExact` is casefolded (RFC 7643 §2.2),
with operands folded the same way; so both databases agree with each other and with `attributes.matching`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, not_, or_, true

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.filters import And, Compare, Filter, Not, Or, Present, ValuePath
from app.attributes.folding import fold
from app.attributes.paths import Path
from app.scim.json_sql import JsonSql
from app.scim.protocol.errors import invalid_filter

Operand = str | bool | int | float | None


@dataclass(frozen=True)
class Searchable:
    """How one resource type is searched; what `columns` and `references` name is not looked for in the document."""

    resource_type: ResourceType
    table: Table
    columns: Mapping[str, ColumnElement[Any]]
    references: Mapping[str, Callable[[str], ColumnElement[bool]]]
    """Condition under which the resource refers to an id: `groups` of a user, `members` of a group."""
    any_reference: Mapping[str, Callable[[], ColumnElement[bool]]]


def where(node: Filter, searchable: Searchable, json: JsonSql) -> ColumnElement[bool]:
    """The condition that selects what `node` selects. Raises ScimError invalidFilter for what cannot be compared."""
    return _Translation(searchable, json).condition(node)


class _Translation:
    def __init__(self, searchable: Searchable, json: JsonSql) -> None:
        self._searchable = searchable
        self._json = json
        self._names = (f"entry_{number}" for number in itertools.count())

    def condition(self, node: Filter, entry: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
        """`node` about the resource, or about one `entry` of a multi-valued attribute."""
        match node:
            case And(terms):
                return and_(*(self.condition(term, entry) for term in terms))
            case Or(terms):
                return or_(*(self.condition(term, entry) for term in terms))
            case Not(term):
                return not_(self.condition(term, entry))
            case ValuePath(path, inner):
                return self._any_entry(path, inner, lambda _: true(), entry)
            case Present(path):
                return self._compare(path, "pr", None, entry)
            case Compare(path, op, value):
                return self._compare(path, op, value, entry)
        raise AssertionError(f"no such node: {node!r}")

    def _compare(self, path: Path, op: str, value: Operand, entry: ColumnElement[Any] | None) -> ColumnElement[bool]:
        if value is None and op in {"eq", "ne"}:
            present = self._compare(path, "pr", None, entry)
            return present if op == "ne" else not_(present)
        if op == "ne":
            # True as well where there is no value (RFC 7644 §3.4.2.2): the complement of `eq`.
            return not_(self._compare(path, "eq", value, entry))
        if entry is None and path.urn is None:
            special = self._special(path, op, value)
            if special is not None:
                return special
        leaf = path.sub or path.attribute

        def holds(value_of: ColumnElement[Any]) -> ColumnElement[bool]:
            return self._leaf(value_of, leaf, op, value)

        return self._any_entry(path, path.where, holds, entry)

    def _any_entry(
        self,
        path: Path,
        inner: Filter | None,
        holds: Callable[[ColumnElement[Any]], ColumnElement[bool]],
        entry: ColumnElement[Any] | None,
    ) -> ColumnElement[bool]:
        """That some entry of the attribute meets `inner`, and its value (or sub-attribute) `holds`."""
        if inner is not None and not path.attribute.described:
            raise invalid_filter(f"{path.text} has a shape that no schema describes, so its entries cannot be filtered")
        document = self._searchable.table.c.folded if entry is None else entry
        steps = [path.urn] if path.urn else []
        if path.attribute.name:
            steps.append(path.attribute.name)
        found = self._json.at(document, steps) if steps else document
        if not path.attribute.multi_valued:
            condition = holds(self._json.at(found, [path.sub.name]) if path.sub else found)
            return and_(self.condition(inner, found), condition) if inner else condition

        def meets(element: ColumnElement[Any]) -> ColumnElement[bool]:
            value = self._json.at(element, [path.sub.name]) if path.sub else element
            return and_(self.condition(inner, element), holds(value)) if inner else holds(value)

        return self._json.any_of(found, next(self._names), meets)

    def _leaf(self, value_of: ColumnElement[Any], leaf: Attribute, op: str, value: Operand) -> ColumnElement[bool]:
        if op == "pr":
            return self._json.present(value_of)
        if isinstance(value, bool) or leaf.type == "boolean":
            if op != "eq" or not isinstance(value, bool):
                raise invalid_filter(f"{leaf.name} is a boolean and compares with eq and ne alone")
            return self._json.equals(value_of, value)
        if isinstance(value, (int, float)):
            return self._json.compares_number(value_of, op, value)
        assert isinstance(value, str)
        return self._json.compares_text(value_of, op, value if leaf.case_exact else fold(value))

    def _special(self, path: Path, op: str, value: Operand) -> ColumnElement[bool] | None:
        """The condition on a column or another table, where the attribute is kept in one; None elsewhere."""
        name = path.attribute.name
        if name in self._searchable.references:
            return self._reference(path, op, value)
        if name == "meta":
            return self._meta(path, op, value)
        column = self._searchable.columns.get(name)
        if column is None:
            return None
        if op == "pr":
            return column.is_not(None)
        if isinstance(value, bool) or path.attribute.type == "boolean":
            if op != "eq" or not isinstance(value, bool):
                raise invalid_filter(f"{name} is a boolean and compares with eq and ne alone")
            return column.is_(value)
        if not isinstance(value, str):
            raise invalid_filter(f"{name} is a text and cannot be compared with {value!r}")
        return self._json.text_condition(column, op, value if path.attribute.case_exact else fold(value))

    def _reference(self, path: Path, op: str, value: Operand) -> ColumnElement[bool]:
        name = path.attribute.name
        if path.where is None and (path.sub is None or path.sub.name == "value"):
            if op == "pr":
                return self._searchable.any_reference[name]()
            if op == "eq" and isinstance(value, str):
                return self._searchable.references[name](value)
        raise invalid_filter(f"{name} can be compared by the id it refers to, with eq, ne and pr")

    def _meta(self, path: Path, op: str, value: Operand) -> ColumnElement[bool]:
        sub = path.sub.name if path.sub else ""
        if sub == "resourceType" and (op == "pr" or isinstance(value, str)):
            same = op == "pr" or value == self._searchable.resource_type.name
            if op in {"pr", "eq"}:
                return true() if same else false()
        column = {"created": "created_at", "lastModified": "modified_at"}.get(sub)
        if column is None:
            raise invalid_filter(f"meta.{sub} cannot be filtered; created, lastModified and resourceType can")
        if op == "pr":
            return true()
        return _compare_moment(self._searchable.table.c[column], f"meta.{sub}", op, value)


def _compare_moment(column: ColumnElement[Any], name: str, op: str, value: Operand) -> ColumnElement[bool]:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise invalid_filter(f"{name} compares with a time such as 2026-01-05T09:00:00Z, not {value!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    compare: Mapping[str, Callable[[], ColumnElement[bool]]] = {
        "eq": lambda: column == moment,
        "gt": lambda: column > moment,
        "ge": lambda: column >= moment,
        "lt": lambda: column < moment,
        "le": lambda: column <= moment,
    }
    if op not in compare:
        raise invalid_filter(f"{name} is a time and cannot be compared with {op}")
    return compare[op]()

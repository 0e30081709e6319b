"""Whether a document meets a filter, in memory (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from app.attributes.definitions import Attribute
from app.attributes.filters import And, Compare, Filter, Not, Or, Present, ValuePath
from app.attributes.folding import fold
from app.attributes.moments import moment
from app.attributes.paths import Path

Document = Mapping[str, Any]

_TEXTUAL: Mapping[str, Callable[[str, str], bool]] = {
    "co": lambda value, wanted: wanted in value,
    "sw": str.startswith,
    "ew": str.endswith,
}
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def matches(node: Filter, document: Document) -> bool:
    """Whether `document` meets the filter.

    Of several values one has to. Texts compare folded unless `caseExact`, times as moments. `ne` is the complement of
    `eq`, so it holds as well where there is no value; `not` is the complement of its term.
    """
    match node:
        case And(terms):
            return all(matches(term, document) for term in terms)
        case Or(terms):
            return any(matches(term, document) for term in terms)
        case Not(term):
            return not matches(term, document)
        case Present(path):
            return bool(values(document, path))
        case ValuePath(path, where):
            return any(isinstance(entry, dict) and matches(where, entry) for entry in entries(document, path))
        case Compare(path, "ne", wanted):
            return not _compares(document, path, "eq", wanted)
        case Compare(path, op, wanted):
            return _compares(document, path, op, wanted)


def entries(document: Document, path: Path) -> list[Any]:
    """The values of the path's attribute, one for a singular one; those that meet the path's value filter."""
    place: Any = document if path.urn is None else document.get(path.urn)
    if path.whole_extension:
        return [place] if place else []
    found = place.get(path.attribute.name) if isinstance(place, dict) else None
    listed = found if isinstance(found, list) else [found]
    where = path.where
    return [
        entry
        for entry in listed
        if entry not in (None, "", [], {}) and (where is None or (isinstance(entry, dict) and matches(where, entry)))
    ]


def values(document: Document, path: Path) -> list[Any]:
    """The values that `path` selects, in document order; whole entries where it names no sub-attribute."""
    listed = entries(document, path)
    if path.sub is None:
        return listed
    name = path.sub.name
    found = (entry.get(name) for entry in listed if isinstance(entry, dict))
    return [value for value in found if value not in (None, "", [], {})]


def _compares(document: Document, path: Path, op: str, wanted: Any) -> bool:
    found = values(document, path)
    if wanted is None:
        return not found
    leaf = path.sub or path.attribute
    return any(_holds(value, op, wanted, leaf) for value in found)


def _holds(value: Any, op: str, wanted: Any, leaf: Attribute) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return op == "eq" and value is wanted
    if isinstance(value, str) and isinstance(wanted, str):
        if leaf.type == "dateTime" and op in _ORDERED:
            return _ORDERED[op](moment(value), moment(wanted))
        if not leaf.case_exact:
            value, wanted = fold(value), fold(wanted)
        return _TEXTUAL[op](value, wanted) if op in _TEXTUAL else _ORDERED[op](value, wanted)
    if isinstance(value, (int, float)) and isinstance(wanted, (int, float)):
        return op in _ORDERED and _ORDERED[op](value, wanted)
    return False

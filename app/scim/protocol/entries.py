"""PATCH on the entries of a multi-valued attribute (RFC 7643 §2.4, RFC 7644 §3.5.2): entries in, other entries out."""

from __future__ import annotations

from typing import Any

from app.attributes.checks import checked, checked_entry, distinct, identity
from app.attributes.definitions import Attribute
from app.attributes.filters import And, Compare
from app.attributes.paths import Path
from app.scim.protocol.errors import no_target
from app.scim.protocol.operations import Document, Operation, merged, refuse_alterations, selects

_NOTHING_OF_ITS_OWN = frozenset({"type", "primary", "display"})
"""An entry with nothing but these left says nothing any more."""


def changed_entries(entries: list[Any], operation: Operation) -> list[Any]:
    """The entries after an operation on all of them, or on those that its path's filter selects; none is twice there.

    Raises ScimError (noTarget, mutability), attributes.checks.InvalidValue.
    """
    path = operation.path
    if path.where is not None or path.sub is not None:
        return distinct(_with_selected_changed(entries, operation))
    if operation.op == "add":
        return _with_added(entries, operation)
    return [] if operation.removes else _listed(operation)


def _listed(operation: Operation) -> list[Any]:
    attribute, value = operation.path.attribute, operation.value
    if attribute.described:
        return checked(attribute, value, operation.path.text) or []
    return value if isinstance(value, list) else [value]


def _with_added(entries: list[Any], operation: Operation) -> list[Any]:
    """An entry that is there already (same type and value) is not added again, but takes what is new."""
    path = operation.path
    after = {identity(entry): entry for entry in entries}
    new = {identity(entry): entry for entry in _listed(operation)}
    for key, entry in new.items():
        before = after.get(key)
        if isinstance(before, dict):
            after[key] = {**before, **entry}
            refuse_alterations(path.attribute, before, after[key], path.text)
        else:
            after[key] = entry
    told = [place for place, key in enumerate(after) if key in new and _is_primary(new[key])]
    return _with_one_primary(list(after.values()), entries, told)


def _with_selected_changed(entries: list[Any], operation: Operation) -> list[Any]:
    """The entries after a change to those that the path's filter selects, or to all when it has none.

    RFC 7644 §3.5.2.3 has a replace that selects none fail with noTarget. Entra sets the work address before there is
    one: where the filter is a chain of `eq`, the entry that it describes is created.
    """
    path = operation.path
    selected = [place for place, entry in enumerate(entries) if path.where is None or selects(path.where, entry)]
    after = list(entries)
    if not selected and not operation.removes:
        selected = [len(after)]
        after.append(_entry_described_by(path))
    for place in selected:
        after[place] = _changed(after[place], operation)
    if len(after) > len(entries) and path.where is not None and not selects(path.where, after[-1]):
        raise no_target(f"{path.text} selects nothing, and the value is not what it describes.")
    after = _with_one_primary(after, entries, selected)
    return [entry for place, entry in enumerate(after) if not _is_emptied(entry, entries[place : place + 1])]


def _changed(entry: Any, operation: Operation) -> Any:
    """One selected entry after the operation; None when it goes as a whole."""
    path, attribute, value = operation.path, operation.path.attribute, operation.value
    if path.sub is not None:
        return with_part_changed(entry, operation)
    if operation.removes:
        return None
    if isinstance(value, dict) or attribute.type == "complex":
        # RFC 7644 §3.5.2.3: "Sub-attributes that are not specified in the "value" parameter are left unchanged."
        return merged(entry if isinstance(entry, dict) else {}, attribute, value, path.text)
    return checked_entry(attribute, value, path.text) if attribute.described else value


def with_part_changed(whole: Any, operation: Operation) -> Document:
    """A complex value after an operation on the sub-attribute that its path names. Raises as `changed_entries`."""
    path = operation.path
    if path.sub is None or not isinstance(whole, dict):
        raise no_target(f"{path.text} selects nothing: {path.attribute.name} is a value without parts.")
    value = None if operation.removes else operation.value
    return merged(whole, path.attribute, {path.sub.name: value}, path.text.rpartition(".")[0])


def _entry_described_by(path: Path) -> Any:
    """The entry that an and-chain of `eq` describes. Raises ScimError noTarget for any other filter."""
    if path.where is None:
        return {}
    terms = path.where.terms if isinstance(path.where, And) else (path.where,)
    entry: Document = {}
    for term in terms:
        if not isinstance(term, Compare) or term.op != "eq" or term.value is None:
            raise no_target(f"{path.text} selects nothing, and does not say what to create.")
        entry[term.path.attribute.name] = term.value
    return merged({}, path.attribute, entry, path.text) if _has_parts(path.attribute) else entry["value"]


def _has_parts(attribute: Attribute) -> bool:
    return attribute.type == "complex" or not attribute.described


def _with_one_primary(after: list[Any], before: list[Any], changed: list[int]) -> list[Any]:
    """The entries when some at `changed` have just become primary: one of them is, and nobody else (RFC 7644 §3.5.2).

    Where a filter selected several, the one that was primary before, else the first.
    """
    primary = [place for place in changed if _is_primary(after[place])]
    there = [place for place in primary if place < len(before) and _is_primary(before[place])]
    if primary == there:
        return after
    chosen = (there or primary)[0]
    return [
        {**entry, "primary": False} if place != chosen and _is_primary(entry) else entry
        for place, entry in enumerate(after)
    ]


def _is_primary(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("primary") is True


def _is_emptied(entry: Any, before: list[Any]) -> bool:
    """Whether an entry is gone, or has lost what it said: nothing but its type and the like is left (Entra)."""
    if not entry or not isinstance(entry, dict):
        return entry in (None, {})
    if not entry.keys() <= _NOTHING_OF_ITS_OWN:
        return False
    return any(isinstance(one, dict) and not one.keys() <= _NOTHING_OF_ITS_OWN for one in before)

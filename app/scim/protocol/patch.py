"""PATCH on a document (RFC 7644 §3.5.2): a document and lawful operations in, another document out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.documents import EMPTY, checked, checked_entry, checked_name, plain
from app.attributes.filters import And, Compare, Filter
from app.attributes.matching import matches
from app.attributes.paths import Path
from app.scim.protocol.errors import invalid_value, mutability, no_target

Document = dict[str, Any]

_NEVER_CLEARED = frozenset({"active"})
"""Besides what is required: whether somebody is active is not a thing to be unsaid."""
_NOTHING_OF_ITS_OWN = frozenset({"type", "primary", "display"})
"""An entry with nothing but these left says nothing any more."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A lawful operation: `op` is add, replace or remove; every one has a path."""

    op: str
    path: Path
    value: Any = None


def apply(document: Mapping[str, Any], operations: Iterable[Operation], resource_type: ResourceType) -> Document:
    """`document` after all operations, in order; the one given is untouched.

    Where a path's filter selects no entry, one is created from it when it is a chain of `eq`: Entra sets the work
    address before there is one. Raises ScimError (noTarget, mutability, invalidValue) and
    attributes.documents.InvalidValue; then nothing has happened.
    """
    result = outcome(document, operations, resource_type)
    for attribute in resource_type.schema.attributes:
        if attribute.required and attribute.name not in result:
            raise invalid_value(attribute.name, "is required and cannot be removed")
    return result


def outcome(document: Mapping[str, Any], operations: Iterable[Operation], resource_type: ResourceType) -> Document:
    """The same for a document that need not be complete: what is required may be missing, before and after."""
    result: Document = _copied(document)
    for operation in operations:
        _apply(result, operation, resource_type)
    return result


def _apply(document: Document, operation: Operation, resource_type: ResourceType) -> None:
    path = operation.path
    leaf = path.sub or path.attribute
    if path.attribute.mutability == "readOnly" or leaf.mutability == "readOnly":
        raise mutability(path.text)
    if path.whole_extension:
        _change_extension(document, operation, resource_type)
        return
    place = document if path.urn is None else document.setdefault(path.urn, {})
    if path.attribute.multi_valued:
        _change_entries(place, operation)
    else:
        _change_single(place, operation)
    if path.attribute.name in _NEVER_CLEARED and path.urn is None and path.attribute.name not in place:
        raise invalid_value(path.attribute.name, "cannot be removed; send true or false")
    if path.urn is not None and not place:
        del document[path.urn]


def _change_extension(document: Document, operation: Operation, resource_type: ResourceType) -> None:
    """Everything under an extension's URN: values are merged into it, removing takes it away."""
    urn = operation.path.urn or ""
    if operation.op == "remove":
        document.pop(urn, None)
        return
    if not isinstance(operation.value, Mapping):
        raise invalid_value(urn, "must be an object with the extension's attributes")
    for name, value in operation.value.items():
        attribute = resource_type.attribute(name, urn) or Attribute(checked_name(urn, name), described=False)
        if attribute.mutability != "readOnly":
            path = Path(urn, attribute, text=f"{urn}:{attribute.name}")
            _apply(document, Operation("remove" if value in EMPTY else operation.op, path, value), resource_type)


def _change_single(place: Document, operation: Operation) -> None:
    path, attribute = operation.path, operation.path.attribute
    name = attribute.name
    if path.where is not None and not (name in place and matches(path.where, place[name])):
        if operation.op == "remove":
            return
        raise no_target(f"{path.text} selects nothing to {operation.op}.")
    if path.sub is not None:
        _change_part(place, operation)
    elif operation.op == "remove":
        place.pop(name, None)
    elif attribute.type == "complex":
        value = checked_entry(attribute, operation.value, path.text)
        # What refers to somebody is replaced as a whole: a new id beside the old `$ref` would name two people.
        place[name] = value if attribute.sub("value") else {**place.get(name, {}), **(value or {})}
    elif operation.op == "add" and isinstance(operation.value, list) and isinstance(place.get(name), list):
        # Only an extension that no schema here describes holds lists in what is singular otherwise.
        place[name] = [*place[name], *(one for one in _value(attribute, operation) if one not in place[name])]
    else:
        place[name] = _value(attribute, operation)
    if name in place and place[name] in EMPTY:
        del place[name]


def _change_part(place: Document, operation: Operation) -> None:
    name, sub = operation.path.attribute.name, operation.path.sub or operation.path.attribute
    # What no schema describes may hold something without parts; it gives way to the part.
    before = place[name] if isinstance(place.get(name), dict) else None
    if operation.op != "remove":
        value = _value(sub, operation)
        place[name] = {**(before or {}), sub.name: value}
        if value in EMPTY:
            del place[name][sub.name]
    elif before is not None:
        before.pop(sub.name, None)


def _value(attribute: Attribute, operation: Operation) -> Any:
    if not attribute.described:
        return plain(operation.value, operation.path.text)
    return checked(attribute, operation.value, operation.path.text)


def _change_entries(place: Document, operation: Operation) -> None:
    path = operation.path
    name = path.attribute.name
    entries: list[Any] = place.get(name, [])
    if path.where is None and path.sub is None:
        place[name] = _WHOLE[operation.op](entries, operation)
    else:
        place[name] = _change_selected(entries, operation)
    if not place[name]:
        del place[name]


def _added(entries: list[Any], operation: Operation) -> list[Any]:
    new = checked(operation.path.attribute, operation.value, operation.path.text) or []
    # In two steps, so that an entry that is there already (same type and value) is not added, but takes what is new.
    merged = [dict(entry) if isinstance(entry, dict) else entry for entry in entries]
    for entry in new:
        same = next((one for one in merged if _same(one, entry)), None)
        if same is None:
            merged.append(entry)
        elif isinstance(same, dict):
            same.update(entry)
        _demote_others(merged, same if same is not None else entry, entry)
    return merged


def _replaced(_entries: list[Any], operation: Operation) -> list[Any]:
    return checked(operation.path.attribute, operation.value, operation.path.text) or []


def _removed(_entries: list[Any], _operation: Operation) -> list[Any]:
    return []


_WHOLE: Mapping[str, Callable[[list[Any], Operation], list[Any]]] = {
    "add": _added,
    "replace": _replaced,
    "remove": _removed,
}


def _change_selected(entries: list[Any], operation: Operation) -> list[Any]:
    """The entries after a change to those that the path's filter selects, or to all when it has none."""
    path = operation.path
    selected = [place for place, entry in enumerate(entries) if path.where is None or _meets(path.where, entry)]
    if operation.op == "remove":
        if path.sub is None:
            return [entry for place, entry in enumerate(entries) if place not in selected]
        return _without_sub(entries, selected, path.sub.name)
    result = list(entries)
    if not selected:
        result.append(_entry_described_by(path.where, path))
        selected = [len(result) - 1]
    for place in selected:
        result[place] = changed = _changed_entry(result[place], operation)
        _demote_others(result, changed, changed if path.sub is None else {path.sub.name: changed[path.sub.name]})
    return result


def _changed_entry(entry: Mapping[str, Any], operation: Operation) -> Document:
    path = operation.path
    if path.sub is not None:
        return {**entry, path.sub.name: checked(path.sub, operation.value, path.text)}
    value = checked_entry(path.attribute, operation.value, path.text) or {}
    kept = entry if operation.op == "add" else {name: entry[name] for name in ("type",) if name in entry}
    return {**kept, **value}


def _without_sub(entries: list[Any], selected: list[int], name: str) -> list[Any]:
    result = []
    for place, entry in enumerate(entries):
        left = {key: value for key, value in entry.items() if key != name} if place in selected else entry
        if left is entry or left.keys() - _NOTHING_OF_ITS_OWN:
            result.append(left)
    return result


def _entry_described_by(where: Filter | None, path: Path) -> Document:
    """The entry that an and-chain of `eq` describes. Raises ScimError noTarget for any other filter."""
    terms = () if where is None else where.terms if isinstance(where, And) else (where,)
    entry: Document = {}
    for term in terms:
        if not isinstance(term, Compare) or term.op != "eq" or term.value is None:
            raise no_target(f"{path.text} selects nothing, and does not say what to create.")
        entry[term.path.attribute.name] = term.value
    return entry


def _demote_others(entries: list[Any], chosen: Any, said: Mapping[str, Any] | Any) -> None:
    """A new primary entry ends the old one's being so (RFC 7644 §3.5.2)."""
    if not (isinstance(said, Mapping) and said.get("primary") is True):
        return
    for place, entry in enumerate(entries):
        if entry is not chosen and isinstance(entry, Mapping) and entry.get("primary") is True:
            entries[place] = {**entry, "primary": False}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping) and "value" in other:
        return one.get("value") == other["value"] and one.get("type") == other.get("type")
    return bool(one == other)


def _meets(where: Filter, entry: Any) -> bool:
    return isinstance(entry, Mapping) and matches(where, entry)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value

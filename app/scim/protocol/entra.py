"""The PATCHes that directories send, turned into operations that RFC 7644 knows: one named rewrite per deviation.

Entra is the sender meant where none is named. How paths are spelled is in `spelling`, what values look like in
`values`. Rewrites know nothing of a resource's present state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from app.attributes.definitions import ResourceType
from app.attributes.filters import Compare, Or
from app.attributes.paths import InvalidPath, Path
from app.scim.protocol import spelling, values
from app.scim.protocol.errors import invalid_value
from app.scim.protocol.messages import RawOperation
from app.scim.protocol.operations import Operation

_NAME = re.compile(r"[A-Za-z$][\w$.-]*")


def rewrite(operations: Iterable[RawOperation], resource_type: ResourceType) -> tuple[Operation, ...]:
    """Lawful operations that do what was meant. Operations on attributes that nobody knows are left out: the same
    PATCH may disable somebody. Raises ScimError, attributes.paths.InvalidPath.
    """
    lawful = []
    for raw in operations:
        for path, value in _wishes(raw, resource_type):
            operation = Operation(raw.op, path, value)
            # Members are read in every shape by `protocol.members`.
            for deviation in () if _is_members(path) else REWRITES:
                operation = deviation(operation)
            lawful.append(operation)
    return tuple(lawful)


# --- before the path is known -------------------------------------------------------------------------------------


def _wishes(raw: RawOperation, resource_type: ResourceType) -> Iterator[tuple[Path, Any]]:
    """What an operation wants to change, and the value for it.

    Which schemas a resource has follows from what it holds: `schemas` is no wish.
    """
    if raw.path is not None:
        path = spelling.known_path(raw.path, resource_type)
        if path is not None and not _is_schemas(path):
            yield path, raw.value
        return
    for key, value in keys_as_paths(attributes_as_json_in_a_text(raw), resource_type):
        try:
            path = spelling.known_path(key, resource_type)
        except InvalidPath:
            continue  # a key that is no path names nothing that anybody knows
        # An object repeats `id`, `meta`, `groups` and the like from what was read; only a path asks to change them.
        if path is not None and not _is_schemas(path) and "readOnly" not in _mutabilities(path):
            yield path, value


def attributes_as_json_in_a_text(raw: RawOperation) -> Mapping[str, Any]:
    """Keycloak: {"op": "replace", "value": '{"displayName": "Sales"}'} (JSON inside a text) → value {"displayName": …}.

    Without a path the value must be an object, then or now. Raises ScimError.
    """
    value = raw.value
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = None
    if not isinstance(value, dict):
        raise invalid_value("value", f"must be an object with attributes to {raw.op}, when there is no path")
    return value


def keys_as_paths(attributes: Mapping[str, Any], resource_type: ResourceType) -> Iterator[tuple[str, Any]]:
    """The keys of a value without path, each of which may be one: dotted, behind a URN, bracketed.

    {"name.familyName": "Lind", "urn:…:User:department": "Sales", "urn:…:User": {"division": "B7"}, "name": {…}}
    → name.familyName, urn:…:User:department, urn:…:User:division, name. The core schema's object is as if its keys
    stood beside it.
    """
    for sent, value in attributes.items():
        key = spelling.lawful(sent, resource_type)
        urn = key.lower().startswith("urn:") and not spelling.names_an_attribute(key, resource_type)
        if not (urn and isinstance(value, dict)):
            yield key, value
        elif key.lower() == resource_type.schema.urn.lower():
            yield from value.items()
        else:
            for name, inner in value.items():
                yield (f"{key}:{name}", inner) if _NAME.fullmatch(name) else (key, {name: inner})


# --- once the path is known ---------------------------------------------------------------------------------------


def remove_of_listed_entries(operation: Operation) -> Operation:
    """remove emails, value [{"value": "a@b"}] → remove emails[value eq "a@b"]: those entries, not all.

    With a filter in the path the value adds nothing: remove emails[type eq "work"], value … → without the value.
    """
    path, value = operation.path, operation.value
    if operation.op != "remove" or value in (None, ""):
        return operation
    sub = path.attribute.sub("value")
    if path.where is not None or path.sub is not None or not path.attribute.multi_valued or sub is None:
        return Operation("remove", path)
    listed = value if isinstance(value, list) else [value]
    ids = [entry.get("value") if isinstance(entry, dict) else entry for entry in listed]
    terms = tuple(Compare(Path(None, sub, text=sub.name), "eq", one) for one in ids if isinstance(one, str))
    if not terms:
        # An empty list names nobody; taking it for everybody would lose data.
        return Operation("add", path, [])
    where = terms[0] if len(terms) == 1 else Or(terms)
    return Operation("remove", Path(path.urn, path.attribute, where, None, path.text))


def value_as_sent(operation: Operation) -> Operation:
    """add urn:…:User:manager, value "8c2e" → value {"value": "8c2e"}, and whatever else `values` knows."""
    path = operation.path
    if operation.op == "remove":
        return operation
    if path.where is not None and path.sub is None and path.attribute.multi_valued:
        return Operation(operation.op, path, values.lawful_entry(path.attribute, operation.value))
    return Operation(operation.op, path, values.lawful(path.sub or path.attribute, operation.value))


def nothing_as_removal(operation: Operation) -> Operation:
    """add or replace with "" → with null, which unassigns: how a directory says that there is no value any more."""
    return Operation(operation.op, operation.path, None) if operation.value == "" else operation


REWRITES: tuple[Callable[[Operation], Operation], ...] = (
    remove_of_listed_entries,
    value_as_sent,
    nothing_as_removal,  # last: what the others unwrap may turn out to be nothing
)


def _is_members(path: Path) -> bool:
    return path.urn is None and path.attribute.name == "members"


def _is_schemas(path: Path) -> bool:
    return path.urn is None and path.attribute.name == "schemas"


def _mutabilities(path: Path) -> tuple[str, ...]:
    return (path.attribute.mutability, path.sub.mutability) if path.sub else (path.attribute.mutability,)

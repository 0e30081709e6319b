"""What directories send that RFC 7644 does not know, turned into what it does: one named rewrite per deviation.

Entra is the sender meant where none is named. Rewrites know nothing of a resource's present state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from app.attributes.definitions import ENTERPRISE_USER, ResourceType
from app.attributes.documents import EMPTY
from app.attributes.filters import Compare, Or
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath, Path, UnknownAttribute
from app.scim.protocol.errors import invalid_value
from app.scim.protocol.messages import RawOperation
from app.scim.protocol.patch import Operation

_SERVERS_OWN = frozenset({"id", "meta", "schemas", "groups"})
_MEMBERS = "members"


def rewrite(operations: Iterable[RawOperation], resource_type: ResourceType) -> tuple[Operation, ...]:
    """Lawful operations that do what was meant. Operations on attributes that nobody knows are left out: the same
    PATCH may disable somebody. Raises ScimError, attributes.paths.InvalidPath.
    """
    lawful = []
    for raw in operations:
        for one in _with_paths(raw, resource_type):
            path = _known_path(one.path or "", resource_type)
            if path is None:
                continue
            operation = Operation(one.op, path, one.value)
            for deviation in REWRITES:
                operation = deviation(operation)
            lawful.append(operation)
    return tuple(lawful)


def rewrite_body(body: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """The body of a POST or PUT with dotted keys nested, the manager an object, roles read from their text.

    {"Manager.Value": "8c2e"} → {"urn:…:enterprise:2.0:User": {"manager": {"value": "8c2e"}}}
    """
    lawful: dict[str, Any] = {}
    for key, value in body.items():
        path = _compound_key(key, resource_type) if isinstance(key, str) else None
        if path is None:
            lawful[key] = value
            continue
        place = lawful.setdefault(path.urn, {}) if path.urn else lawful
        if path.sub is None:
            place[path.attribute.name] = value
        elif isinstance(place.setdefault(path.attribute.name, {}), dict):
            place[path.attribute.name][path.sub.name] = value
    for key in list(lawful):
        if key.lower() == ENTERPRISE_USER.lower() and isinstance(lawful[key], Mapping):
            lawful[key] = {
                name: _manager(value) if name.lower() == "manager" else value for name, value in lawful[key].items()
            }
        elif key.lower() == "roles" and isinstance(lawful[key], list):
            lawful[key] = [_role(entry) for entry in lawful[key]]
    return lawful


def _compound_key(key: str, resource_type: ResourceType) -> Path | None:
    """The path in a key that is one: dotted, or an attribute behind a URN, or the bare manager; None for plain keys."""
    plain = "." not in key if not key.lower().startswith("urn:") else resource_type.extension(key) is not None
    if plain and key.lower() != "manager":
        return None
    if key.lower().startswith("urn:") and not _describes_attribute(key, resource_type):
        return None
    try:
        return parse_path(_manager_path(key), resource_type)
    except InvalidPath:
        return None


def _describes_attribute(key: str, resource_type: ResourceType) -> bool:
    """Whether a URN goes on behind a known schema; an unknown URN as key is an extension with an object."""
    known = (resource_type.schema, *resource_type.extensions)
    return any(key.lower().startswith(f"{schema.urn.lower()}:") for schema in known)


# --- before the path is known -------------------------------------------------------------------------------------


def _with_paths(raw: RawOperation, resource_type: ResourceType) -> Iterator[RawOperation]:
    """An operation without path as one for each key of its value.

    {"op": "replace", "value": {"name.familyName": "Lind", "urn:…:User:department": "Sales", "name": {…}}}
    → replace name.familyName, replace urn:…:User:department, replace name. An extension's object becomes one for each
    attribute. `id`, `schemas` and `meta`, which some senders repeat, are no wishes.
    """
    if raw.path is not None:
        yield raw
        return
    if not isinstance(raw.value, Mapping):
        raise invalid_value("value", f"must be an object with attributes to {raw.op}, when there is no path")
    for key, value in raw.value.items():
        if key.lower() in _SERVERS_OWN:
            continue
        if (
            key.lower().startswith("urn:")
            and isinstance(value, Mapping)
            and not _describes_attribute(key, resource_type)
        ):
            if key.lower() == resource_type.schema.urn.lower():
                yield from _with_paths(RawOperation(raw.op, None, value), resource_type)
            else:
                yield from (RawOperation(raw.op, f"{key}:{name}", inner) for name, inner in value.items())
        else:
            yield RawOperation(raw.op, key, value)


def _known_path(text: str, resource_type: ResourceType) -> Path | None:
    try:
        return parse_path(_manager_path(text), resource_type)
    except UnknownAttribute:
        return None


def _manager_path(text: str) -> str:
    """path "manager" (or manager[value eq "8c2e"], manager.value) → the enterprise extension's manager."""
    head = text[:7].lower()
    return f"{ENTERPRISE_USER}:{text}" if head == "manager" and text[7:8] in {"", ".", "["} else text


# --- once the path is known ---------------------------------------------------------------------------------------


def remove_of_listed_entries(operation: Operation) -> Operation:
    """remove emails, value [{"value": "a@b"}] → remove emails[value eq "a@b"]: those entries, not all.

    With a filter in the path the value adds nothing: remove members[value eq "x"], value … → without the value.
    Members keep their list; `protocol.members` reads it.
    """
    path, value = operation.path, operation.value
    if operation.op != "remove" or value in (None, "") or _is_members(operation):
        return operation
    sub = path.attribute.sub("value")
    if path.where is not None or path.sub is not None or not path.attribute.multi_valued or sub is None:
        return Operation("remove", path)
    listed = value if isinstance(value, list) else [value]
    ids = [entry.get("value") if isinstance(entry, Mapping) else entry for entry in listed]
    terms = tuple(Compare(Path(None, sub, text=sub.name), "eq", one) for one in ids if isinstance(one, str))
    if not terms:
        # An empty list names nobody; taking it for everybody would lose data.
        return Operation("add", path, [])
    where = terms[0] if len(terms) == 1 else Or(terms)
    return Operation("remove", Path(path.urn, path.attribute, where, None, path.text))


def singular_value_in_a_list(operation: Operation) -> Operation:
    """replace title, value [{"value": "CFO"}] (or [{"$ref": null, "value": "CFO"}]) → value "CFO"."""
    value, leaf = operation.value, operation.path.sub or operation.path.attribute
    if leaf.multi_valued or operation.op == "remove":
        return operation
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if leaf.type != "complex" and leaf.described and isinstance(value, Mapping) and "value" in value:
        value = value["value"]
    return Operation(operation.op, operation.path, value)


def manager_as_text(operation: Operation) -> Operation:
    """replace urn:…:User:manager, value "8c2e" → value {"value": "8c2e"}; "" and {"value": ""} → nobody."""
    path = operation.path
    if (
        operation.op == "remove"
        or path.sub is not None
        or path.urn != ENTERPRISE_USER
        or path.attribute.name != "manager"
    ):
        return operation
    return Operation(operation.op, path, _manager(operation.value))


def plain_text_for_an_entry(operation: Operation) -> Operation:
    """add emails, value "a@b" → value [{"type": "work", "value": "a@b"}].

    With a filter in the path, which says the type itself → {"value": "a@b"}.
    """
    path, value = operation.path, operation.value
    entries = path.attribute.multi_valued and path.attribute.type == "complex" and path.sub is None
    if not entries or _is_members(operation) or operation.op == "remove":
        return operation
    listed = [_entry(one, path) for one in (value if isinstance(value, list) else [value])]
    if path.where is not None:
        return Operation(operation.op, path, listed[0] if listed else None)
    return Operation(operation.op, path, [one for one in listed if one not in EMPTY])


def role_as_json_in_a_text(operation: Operation) -> Operation:
    """add roles, value [{"value": '{"id": …, "value": "Editor", "displayName": "Editor"}'}] (JSON inside a text)

    → value [{"value": "Editor", "display": "Editor"}].
    """
    if operation.path.attribute.name != "roles" or not isinstance(operation.value, list):
        return operation
    return Operation(operation.op, operation.path, [_role(entry) for entry in operation.value])


def nothing_as_removal(operation: Operation) -> Operation:
    """add or replace with "", null, [] or {} → remove: how a directory says that there is no value any more.

    An empty list added to a multi-valued attribute adds nothing and removes nothing.
    """
    if operation.op == "remove" or operation.value not in EMPTY or _is_members(operation):
        return operation
    if operation.op == "add" and operation.value == [] and operation.path.attribute.multi_valued:
        return operation
    return Operation("remove", operation.path)


REWRITES: tuple[Callable[[Operation], Operation], ...] = (
    remove_of_listed_entries,
    singular_value_in_a_list,  # before manager_as_text, whose text may come in a list
    manager_as_text,
    role_as_json_in_a_text,
    plain_text_for_an_entry,
    nothing_as_removal,  # last: what the others unwrap may turn out to be nothing
)


def _is_members(operation: Operation) -> bool:
    return operation.path.urn is None and operation.path.attribute.name == _MEMBERS


def _manager(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        referred = next((inner for key, inner in value.items() if key.lower() == "value"), None)
        return value if referred not in EMPTY else None
    return {"value": value} if value not in EMPTY else None


def _entry(value: Any, path: Path) -> Any:
    """A plain text as the entry it stands for; of work, where the attribute knows that and no filter says otherwise."""
    if not isinstance(value, str) or value == "":
        return value
    kind = path.attribute.sub("type")
    if path.where is None and kind is not None and "work" in kind.canonical_values:
        return {"type": "work", "value": value}
    return {"value": value}


def _role(entry: Any) -> Any:
    text = entry.get("value") if isinstance(entry, Mapping) else None
    if not (isinstance(text, str) and text.startswith("{")):
        return entry
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return entry  # a role's value may begin like this and be just a text
    if not (isinstance(read, dict) and isinstance(read.get("value"), str)):
        return entry
    shown = {"display": read["displayName"]} if isinstance(read.get("displayName"), str) else {}
    return {**entry, "value": read["value"], **shown}

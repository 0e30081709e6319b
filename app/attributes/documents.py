"""SCIM documents as they are stored: names as published, nothing empty, nothing the server owns (RFC 7643 §2)."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as shortened
from typing import Any

import orjson

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.folding import fold
from app.attributes.matching import values
from app.attributes.paths import Path

MAX_DEPTH = 8
MAX_NAME = 255
MAX_TEXT = 64 * 1024
MAX_PICTURE = 2 * 1024 * 1024
"""Characters; a photo may come as a data URL."""

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What counts as no value (RFC 7643 §2.5); Entra's empty text means the same."""

_SERVERS_OWN = frozenset({"id", "meta", "schemas", "groups", "members"})
_BOOLEAN_WORDS = {"true": True, "false": False}
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


class InvalidValue(ValueError):
    """A value that an attribute cannot have; `path` names the attribute, `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}.")
        self.path = path
        self.reason = reason


def normalize(body: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """`body` as a document that may be stored.

    Names get their published case; what the server owns (id, meta, schemas, groups; members, which are kept
    elsewhere), other read-only values, unknown core attributes and everything empty are left out; whatever stands
    under an extension's URN is kept. Texts for booleans become booleans. Values are not altered otherwise. Raises
    InvalidValue.
    """
    document: dict[str, Any] = {}
    for key, value in body.items():
        if not isinstance(key, str):
            raise InvalidValue(str(key), "is no name of an attribute")
        if value in EMPTY or key.lower() in _SERVERS_OWN:
            continue
        if key.lower() == resource_type.schema.urn.lower():
            _put_core_object(document, key, value, resource_type)
        elif key.lower().startswith("urn:"):
            _put_extension(document, key, value, resource_type)
        else:
            _put_core(document, key, value, resource_type)
    return document


def _put_core_object(document: dict[str, Any], urn: str, value: Any, resource_type: ResourceType) -> None:
    """Core attributes that stand under the core schema's URN, as if it were an extension's."""
    if not isinstance(value, Mapping):
        raise InvalidValue(urn, f"must be an object, not {_kind(value)}")
    for name, inner in value.items():
        if name.lower() not in _SERVERS_OWN:
            _put_core(document, name, inner, resource_type)


def _put_core(document: dict[str, Any], name: str, value: Any, resource_type: ResourceType) -> None:
    attribute = resource_type.attribute(name)
    if attribute is not None and attribute.mutability != "readOnly":
        _put(document, attribute, checked(attribute, value, attribute.name))


def _put(document: dict[str, Any], attribute: Attribute, value: Any) -> None:
    if value not in EMPTY:
        document[attribute.name] = value


def _put_extension(document: dict[str, Any], urn: str, value: Any, resource_type: ResourceType) -> None:
    if not isinstance(value, Mapping):
        raise InvalidValue(urn, f"must be an object, not {_kind(value)}")
    extension = resource_type.extension(urn)
    urn = extension.urn if extension else _checked_text(urn, shortened(urn), MAX_NAME)
    kept: dict[str, Any] = dict(document.get(urn, {}))
    for name, inner in value.items():
        attribute = extension.attribute(name) if extension else None
        if attribute is None:
            found = plain(inner, f"{urn}:{checked_name(urn, name)}")
            if found not in EMPTY:
                kept[name] = found
        elif attribute.mutability != "readOnly":
            _put(kept, attribute, checked(attribute, inner, f"{urn}:{attribute.name}"))
    if kept:
        document[urn] = kept


def checked(attribute: Attribute, value: Any, path: str) -> Any:
    """`value` as `attribute` holds it, without what is empty in it (perhaps nothing is left). Raises InvalidValue.

    For a multi-valued attribute a single entry is a list of one.
    """
    if value in EMPTY:
        return None
    if attribute.multi_valued:
        listed = value if isinstance(value, list) else [value]
        entries = [checked_entry(attribute, entry, f"{path}[{place}]") for place, entry in enumerate(listed)]
        return _without_repeats([entry for entry in entries if entry not in EMPTY], path)
    return checked_entry(attribute, value, path)


def checked_entry(attribute: Attribute, value: Any, path: str) -> Any:
    """One value, or one entry of a multi-valued attribute. Raises InvalidValue."""
    if value in EMPTY:
        return None
    if attribute.type == "complex":
        return _checked_object(attribute, value, path)
    if attribute.type == "boolean":
        if isinstance(value, str):
            value = _BOOLEAN_WORDS.get(value.lower(), value)
        if not isinstance(value, bool):
            raise InvalidValue(path, f"must be true or false, not {shortened(value)}")
        return value
    if attribute.type in {"integer", "decimal"}:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidValue(path, f"must be a number, not {_kind(value)}")
        return value
    if not isinstance(value, str):
        raise InvalidValue(path, f"must be a text, not {_kind(value)}")
    return _checked_text(value, path, MAX_PICTURE if path.startswith("photos") else MAX_TEXT)


def checked_name(urn: str, name: str) -> str:
    """`name`, as an attribute that no schema describes may be called under an extension's URN. Raises InvalidValue."""
    return _checked_text(name, f"{urn}:{shortened(name)}", MAX_NAME)


def plain(value: Any, path: str, depth: int = 1) -> Any:
    """JSON of a shape that no schema describes, within limits, without what is empty in it. Raises InvalidValue."""
    if depth > MAX_DEPTH:
        raise InvalidValue(path, f"nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return _checked_text(value, path, MAX_TEXT)
    if isinstance(value, Mapping):
        found = {_checked_text(name, path, MAX_NAME): plain(inner, path, depth + 1) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner not in EMPTY}
    if isinstance(value, list):
        listed = [plain(inner, path, depth + 1) for inner in value]
        return [inner for inner in listed if inner not in EMPTY]
    return value


def folded(document: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """A copy of `document` in which every text that is not `caseExact` is folded, for comparing without case."""
    copy: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and key.startswith("urn:"):
            extension = resource_type.extension(key)
            copy[key] = {
                name: _folded(inner, extension.attribute(name) if extension else None) for name, inner in value.items()
            }
        else:
            copy[key] = _folded(value, resource_type.attribute(key))
    return copy


def read(document: Mapping[str, Any], path: Path) -> list[Any]:
    """The values that `path` selects, in document order, [] when there are none; whole entries as objects."""
    return values(document, path)


def _checked_object(attribute: Attribute, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidValue(path, f"must be an object, not {_kind(value)}")
    found: dict[str, Any] = {}
    for name, inner in value.items():
        sub = attribute.sub(name) if isinstance(name, str) else None
        if sub is None or sub.mutability == "readOnly":
            continue
        kept = checked(sub, inner, f"{path}.{sub.name}")
        if kept not in EMPTY:
            found[sub.name] = kept
    return found


def _checked_text(text: str, path: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidValue(path, f"is longer than {longest} characters")
    if "\0" in text:
        raise InvalidValue(path, "contains a NUL character, which cannot be stored")
    return text


def _without_repeats(entries: list[Any], path: str) -> list[Any]:
    """The entries without those whose type and value an earlier one has, or all of it where it has no value.

    Raises InvalidValue when more than one of them is the primary one.
    """
    first: dict[Any, Any] = {}
    for entry in entries:
        if isinstance(entry, dict) and "value" in entry:
            first.setdefault((entry.get("type"), entry["value"]), entry)
        else:
            first.setdefault(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS), entry)
    kept = list(first.values())
    if sum(isinstance(entry, dict) and entry.get("primary") is True for entry in kept) > 1:
        raise InvalidValue(path, "has more than one primary entry")
    return kept


def _folded(value: Any, attribute: Attribute | None) -> Any:
    if isinstance(value, str):
        return value if attribute is not None and attribute.case_exact else fold(value)
    if isinstance(value, list):
        return [_folded(entry, attribute) for entry in value]
    if isinstance(value, Mapping):
        return {name: _folded(inner, attribute.sub(name) if attribute else None) for name, inner in value.items()}
    return value


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)

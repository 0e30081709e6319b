"""SCIM documents as they are stored: names as published, nothing empty, nothing the server owns (RFC 7643 §2)."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as shortened
from typing import Any

import orjson

from app.attributes.checks import EMPTY, MAX_NAME, InvalidValue, checked, checked_name, checked_text, kind, plain
from app.attributes.definitions import Attribute, ResourceType
from app.attributes.folding import fold
from app.attributes.matching import values
from app.attributes.paths import Path

__all__ = ["EMPTY", "InvalidValue", "folded", "folded_value", "held", "normalize", "read", "same", "sorted_json"]

_KEPT_ELSEWHERE = "members"


def normalize(body: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """`body` as a document that may be stored.

    Names get their published case; read-only values (RFC 7644 §3.3), members, which are kept elsewhere, unknown core
    attributes and everything empty are left out; whatever stands under an extension's URN is kept. Texts for booleans
    become booleans. Values are not altered otherwise, and a normalized document stays as it is. Raises InvalidValue.
    """
    document: dict[str, Any] = {}
    for key, value in body.items():
        if not isinstance(key, str):
            raise InvalidValue(str(key), "is no name of an attribute")
        if value in EMPTY:
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
    if not isinstance(value, dict):
        raise InvalidValue(urn, f"must be an object, not {kind(value)}")
    for name, inner in value.items():
        _put_core(document, name, inner, resource_type)


def _put_core(document: dict[str, Any], name: str, value: Any, resource_type: ResourceType) -> None:
    attribute = resource_type.attribute(name)
    if attribute is not None and attribute.mutability != "readOnly" and attribute.name != _KEPT_ELSEWHERE:
        _put(document, attribute, checked(attribute, value, attribute.name))


def _put(document: dict[str, Any], attribute: Attribute, value: Any) -> None:
    if value not in EMPTY:
        document[attribute.name] = value


def _put_extension(document: dict[str, Any], urn: str, value: Any, resource_type: ResourceType) -> None:
    if not isinstance(value, dict):
        raise InvalidValue(urn, f"must be an object, not {kind(value)}")
    extension = resource_type.extension(urn)
    urn = extension.urn if extension else held(document, checked_text(urn, shortened(urn), MAX_NAME))
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


def held(place: Mapping[str, Any], name: str) -> str:
    """`name` as it is spelled in `place` already, where names are sent and not published; they ignore case (§2.1)."""
    if name in place:
        return name
    lowered = name.lower()
    return next((one for one in place if one.lower() == lowered), name)


def same(one: Any, other: Any) -> bool:
    """Whether two documents, or values in them, are the same JSON; in Python alone, true equals 1 and 1.0."""
    return bool(one == other) and sorted_json(one) == sorted_json(other)


def sorted_json(value: Any) -> bytes:
    """The JSON of a value, the same for the same value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def folded(document: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """A copy of `document` in which every text that is not `caseExact` is folded, for comparing without case."""
    copy: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict) and key.startswith("urn:"):
            extension = resource_type.extension(key)
            copy[key] = {
                name: folded_value(inner, extension.attribute(name) if extension else None)
                for name, inner in value.items()
            }
        else:
            copy[key] = folded_value(value, resource_type.attribute(key))
    return copy


def read(document: Mapping[str, Any], path: Path) -> list[Any]:
    """The values that `path` selects, in document order, [] when there are none; whole entries as objects."""
    return values(document, path)


def folded_value(value: Any, attribute: Attribute | None) -> Any:
    """The same for the value of one attribute, None standing for one that no schema describes."""
    if isinstance(value, str):
        return value if attribute is not None and attribute.case_exact else fold(value)
    if isinstance(value, list):
        return [folded_value(entry, attribute) for entry in value]
    if isinstance(value, dict):
        return {name: folded_value(inner, attribute.sub(name) if attribute else None) for name, inner in value.items()}
    return value

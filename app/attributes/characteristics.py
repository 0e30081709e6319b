"""What schemas demand of a whole document: required, immutable, and what a client cannot see (RFC 7643 §2.2, §7).

What they demand of one value is in `checks`. A demand is looked for in the documents that `/Schemas` publishes; a
resource type whose schemas make none costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.documents import folded_value, sorted_json
from app.attributes.paths import Path, canonical


def missing(document: Mapping[str, Any], resource_type: ResourceType) -> Path | None:
    """The first required attribute that `document` lacks, or required sub-attribute of something that it has.

    An extension's attributes are required where anything of the extension is there. What is read-only is the server's
    to provide.
    """
    for path in _paths(resource_type, _is_required):
        place = document if path.urn is None else document.get(path.urn)
        if place is None:
            continue
        value = place.get(path.attribute.name)
        if path.sub is None:
            if value is None:
                return path
        elif value is not None:
            entries = value if isinstance(value, list) else [value]
            if any(path.sub.name not in entry for entry in entries):
                return path
    return None


def altered(before: Mapping[str, Any], after: Mapping[str, Any], resource_type: ResourceType) -> Path | None:
    """The first immutable attribute, or part of a singular one, that had a value and has another one, or none, now.

    Texts compare as the attribute does, lists without order. Entries of a multi-valued attribute come and go; a change
    within one is seen by whoever makes it.
    """
    for path in _paths(resource_type, _is_immutable):
        value = _value(before, path)
        if value is not None and _comparable(path, value) != _comparable(path, _value(after, path)):
            return path
    return None


def with_what_stays(before: Mapping[str, Any], after: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """`after`, by which a client replaces `before`, with what it left out and did not mean to take away.

    That is what cannot be changed, and what no ordinary answer shows: a client has it from nowhere, and RFC 7644
    §3.5.1 lets a server take that into account.
    """
    whole = dict(after)
    for path in _paths(resource_type, _stays):
        value = _value(before, path)
        if value is None or _value(whole, path) is not None:
            continue
        place = whole
        if path.urn is not None:
            place = whole[path.urn] = dict(whole.get(path.urn, {}))
        name = path.attribute.name
        place[name] = value if path.sub is None else {**place.get(name, {}), path.sub.name: value}
    return whole


def _is_required(attribute: Attribute) -> bool:
    return attribute.required and attribute.mutability != "readOnly"


def _is_immutable(attribute: Attribute) -> bool:
    return attribute.mutability == "immutable"


def _stays(attribute: Attribute) -> bool:
    unseen = attribute.mutability == "writeOnly" or attribute.returned in {"never", "request"}
    return _is_immutable(attribute) or (unseen and attribute.mutability != "readOnly")


@cache
def _paths(resource_type: ResourceType, demand: Callable[[Attribute], bool]) -> tuple[Path, ...]:
    """The attributes that meet the demand, and the sub-attributes that do within one that does not.

    Of multi-valued attributes the sub-attributes count for `_is_required` alone: their entries have no identity that
    would last over a write.
    """
    return tuple(_found(resource_type, demand))


def _found(resource_type: ResourceType, demand: Callable[[Attribute], bool]) -> Iterator[Path]:
    core = (None, tuple(resource_type.attributes()))
    for urn, attributes in (core, *((one.urn, one.attributes) for one in resource_type.extensions)):
        for attribute in attributes:
            whole = demand(attribute)
            if whole:
                yield Path(urn, attribute, text=canonical(urn, attribute, None))
            if attribute.mutability == "readOnly" or (demand is not _is_required and (whole or attribute.multi_valued)):
                continue
            for sub in attribute.sub_attributes:
                if demand(sub):
                    yield Path(urn, attribute, None, sub, canonical(urn, attribute, sub))


def _value(document: Mapping[str, Any], path: Path) -> Any:
    place = document if path.urn is None else document.get(path.urn, {})
    value = place.get(path.attribute.name)
    return value if path.sub is None or value is None else value.get(path.sub.name)


def _comparable(path: Path, value: Any) -> Any:
    found = folded_value(value, path.sub or path.attribute)
    return sorted(map(sorted_json, found)) if isinstance(found, list) else found

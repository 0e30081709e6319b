"""Which attributes an answer shows: `attributes` and `excludedAttributes` (RFC 7644 §3.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.attributes.definitions import ResourceType
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath, Path

_ALWAYS = ("schemas", "id")


def project(
    resource: dict[str, Any], attributes: Sequence[str], excluded: Sequence[str], resource_type: ResourceType
) -> dict[str, Any]:
    """`resource` with the named attributes alone, or without the excluded ones; `schemas` and `id` stay in any case.

    Names may be sub-attributes and carry URNs, in any case; unknown ones mean nothing.
    """
    if attributes:
        return _only(resource, _paths(attributes, resource_type))
    if excluded:
        return _without(resource, _paths(excluded, resource_type))
    return resource


def wants(name: str, attributes: Sequence[str], excluded: Sequence[str]) -> bool:
    """Whether the answer shows any of the attribute `name`, so that it must be looked up at all."""
    lowered = name.lower()
    if attributes:
        return any(_head(one) == lowered for one in attributes)
    return lowered not in (one.rpartition(":")[2].lower() for one in excluded)


def _head(name: str) -> str:
    return name.rpartition(":")[2].partition(".")[0].lower()


def _paths(names: Sequence[str], resource_type: ResourceType) -> list[Path]:
    paths = []
    for name in names:
        try:
            paths.append(parse_path(name, resource_type))
        except InvalidPath:
            continue  # RFC 7644 §3.9 asks for nothing else: a name that means nothing selects nothing
    return paths


def _only(resource: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    shown = {name: resource[name] for name in _ALWAYS if name in resource}
    for path in paths:
        place, name = _place(path)
        source: Any = resource if place is None else resource.get(place, {})
        if name not in source:
            continue
        target = shown if place is None else shown.setdefault(place, {})
        if path.sub is None:
            target[name] = source[name]
        else:
            target[name] = _merged(target.get(name), _picked(source[name], path.sub.name))
    return {name: value for name, value in shown.items() if value != {}}


def _without(resource: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    shown = dict(resource)
    for path in paths:
        place, name = _place(path)
        if place is None and name in _ALWAYS:
            continue
        target = shown
        if place is not None:
            if place not in shown:
                continue
            target = shown[place] = dict(shown[place])
        if name not in target:
            continue
        if path.sub is None:
            del target[name]
        else:
            target[name] = _dropped(target[name], path.sub.name)
        if place is not None and not target:
            del shown[place]
    return shown


def _place(path: Path) -> tuple[str | None, str]:
    """The extension an attribute stands under, and its key there; a whole extension is a key of its own."""
    if path.whole_extension:
        return None, path.urn or ""
    return path.urn, path.attribute.name


def _picked(value: Any, sub: str) -> Any:
    if isinstance(value, list):
        return [_picked(entry, sub) for entry in value]
    return {sub: value[sub]} if sub in value else {}


def _dropped(value: Any, sub: str) -> Any:
    if isinstance(value, list):
        return [_dropped(entry, sub) for entry in value]
    return {name: inner for name, inner in value.items() if name != sub}


def _merged(shown: Any, picked: Any) -> Any:
    if shown is None:
        return picked
    if isinstance(picked, list):
        return [{**one, **other} for one, other in zip(shown, picked, strict=True)]
    return {**shown, **picked}

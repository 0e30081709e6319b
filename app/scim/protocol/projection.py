"""Which attributes an answer shows: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9, RFC 7643 §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.attributes.definitions import ResourceType
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath, Path


@dataclass(frozen=True, slots=True)
class Projection:
    """The names that a request asks for or does without, at most one of the two; names may carry URNs, in any case."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def wants(self, name: str) -> bool:
        """Whether the answer shows any of the core attribute `name`, so that it must be looked up at all."""
        lowered = name.lower()
        if self.attributes:
            return any(_head(one) == lowered for one in self.attributes)
        return lowered not in (one.rpartition(":")[2].lower() for one in self.excluded)

    def is_everything(self, resource_type: ResourceType) -> bool:
        """Whether `of` gives back any resource of this type as it is."""
        return self == EVERYTHING and not paths_returned(resource_type, "never", "request")

    def of(self, resource: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
        """`resource` with the named attributes alone, or without the excluded ones; unknown names mean nothing.

        What is always returned stays in any case, what never is goes, what is on request is there when it is named.
        """
        named = _paths(self.attributes, resource_type)
        hidden = [path for path in _paths(self.excluded, resource_type) if _returned(path) != "always"]
        texts = {path.text for path in named}
        hidden += [
            path
            for path in paths_returned(resource_type, "never", "request")
            if _returned(path) == "never" or path.text not in texts
        ]
        shown = _only(resource, named, resource_type) if self.attributes else resource
        return _without(shown, hidden) if hidden else shown


EVERYTHING = Projection()


@cache
def paths_returned(resource_type: ResourceType, *returned: str) -> tuple[Path, ...]:
    """The attributes and sub-attributes of a resource type whose `returned` is one of these."""
    return tuple(path for path in _every_path(resource_type) if _returned(path) in returned)


def _every_path(resource_type: ResourceType) -> Iterator[Path]:
    core = (None, tuple(resource_type.attributes()))
    for urn, attributes in (core, *((one.urn, one.attributes) for one in resource_type.extensions)):
        above = f"{urn}:" if urn else ""
        for attribute in attributes:
            yield Path(urn, attribute, text=f"{above}{attribute.name}")
            for sub in attribute.sub_attributes:
                yield Path(urn, attribute, None, sub, f"{above}{attribute.name}.{sub.name}")


def _head(name: str) -> str:
    return name.rpartition(":")[2].partition(".")[0].lower()


def _returned(path: Path) -> str:
    leaf = path.sub or path.attribute
    return "never" if leaf.mutability == "writeOnly" else leaf.returned


def _paths(names: Sequence[str], resource_type: ResourceType) -> list[Path]:
    paths = []
    for name in names:
        try:
            paths.append(parse_path(name, resource_type))
        except InvalidPath:
            continue  # RFC 7644 §3.9 asks for nothing else: a name that means nothing selects nothing
    return paths


def _only(resource: Mapping[str, Any], named: Sequence[Path], resource_type: ResourceType) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for path in (*paths_returned(resource_type, "always"), *named):
        place, name = _place(path)
        source: Any = resource if place is None else resource.get(place, {})
        if name not in source:
            continue
        target = shown if place is None else shown.setdefault(place, {})
        if path.sub is None:
            target[name] = source[name]
        else:
            target[name] = _merged(target.get(name), _picked(source[name], path.sub.name))
    return _without_empty(shown, named)


def _without(resource: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    shown = dict(resource)
    for path in paths:
        place, name = _place(path)
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
            if target[name] == {}:
                del target[name]
        if place is not None and not target:
            del shown[place]
    return _without_empty(shown, paths)


def _without_empty(shown: dict[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """What is left when parts of attributes are not shown: no object and no entry without any part."""
    for place in {path.urn for path in paths if path.urn in shown and path.sub is not None}:
        shown[place] = _filled(shown[place])
    return _filled(shown)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: [entry for entry in value if entry != {}] if isinstance(value, list) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value != {}}


def _place(path: Path) -> tuple[str | None, str]:
    """The extension an attribute stands under, and its key there; a whole extension is a key of its own."""
    if path.whole_extension:
        return None, path.urn or ""
    return path.urn, path.attribute.name


def _picked(value: Any, sub: str) -> Any:
    """The part `sub` of a value, or of each entry of a list; nothing of what has no parts, as in unknown extensions."""
    if isinstance(value, list):
        return [_picked(entry, sub) for entry in value]
    return {sub: value[sub]} if isinstance(value, Mapping) and sub in value else {}


def _dropped(value: Any, sub: str) -> Any:
    if isinstance(value, list):
        return [_dropped(entry, sub) for entry in value]
    return {name: inner for name, inner in value.items() if name != sub} if isinstance(value, Mapping) else value


def _merged(shown: Any, picked: Any) -> Any:
    if shown is None:
        return picked
    if isinstance(picked, list):
        return [_merged(one, other) for one, other in zip(shown, picked, strict=True)]
    return {**shown, **picked} if isinstance(shown, Mapping) else shown

"""Attribute paths (RFC 7644 §3.10 and the PATCH paths of §3.5.2), resolved against the schemas."""

from __future__ import annotations

from dataclasses import dataclass

from app.attributes.definitions import GROUP, USER, Attribute, ResourceType
from app.attributes.filters import Filter, written

MAX_SHOWN = 200
"""Characters of a path that an error repeats."""


class InvalidPath(ValueError):
    """A text that is no attribute path; `path` is the text, `reason` what is wrong with it."""

    def __init__(self, path: str, reason: str) -> None:
        shown = path if len(path) <= MAX_SHOWN else f"{path[:MAX_SHOWN]}…"
        super().__init__(f"{shown!r} is not an attribute path: {reason}")
        self.path = path
        self.reason = reason


class UnknownAttribute(InvalidPath):
    """A well-formed path to an attribute or sub-attribute that its schema does not have."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value stands: an attribute (of an extension), the entries of it that are meant, a sub-attribute of them.

    Inside a value filter, `attribute` is a sub-attribute of the entry. A whole extension is the attribute whose name
    is empty (`WHOLE`) under its `urn`.
    """

    urn: str | None
    attribute: Attribute
    where: Filter | None = None
    sub: Attribute | None = None
    text: str = ""
    """The path as text with the published names; it parses to the same path."""

    @property
    def whole_extension(self) -> bool:
        """Whether the path names an extension as a whole."""
        return self.attribute is WHOLE


WHOLE = Attribute("", "complex")
"""Stands for everything under an extension's URN."""

_EXTENSIONS_END_IN = frozenset(kind.name.lower() for kind in (USER, GROUP))


def resolve(text: str, urn: str | None, name: str, sub_name: str | None, resource_type: ResourceType) -> Path:
    """The path to an attribute and, perhaps, its sub-attribute.

    Attributes under an extension URN that no schema knows are taken as strings: what is not ours is kept as it comes.
    Raises UnknownAttribute for an attribute that the core schema does not have and for an unknown sub-attribute,
    InvalidPath for the core schema's bare URN.
    """
    if urn is not None and sub_name is None:
        whole = _whole_extension(f"{urn}:{name}", resource_type)
        if whole is not None:
            return Path(whole, WHOLE, text=whole)
    if urn is not None and urn.lower() == resource_type.schema.urn.lower():
        urn = None
    extension = resource_type.extension(urn) if urn is not None else None
    if extension is not None:
        urn = extension.urn
    attribute = resource_type.attribute(name, urn)
    if attribute is None:
        if urn is None:
            raise UnknownAttribute(text, f"{resource_type.name} has no attribute {name!r}")
        attribute = Attribute(name, described=False)
    sub = part_of(attribute, sub_name, text) if sub_name is not None else None
    return Path(urn, attribute, None, sub, canonical(urn, attribute, sub))


def _whole_extension(text: str, resource_type: ResourceType) -> str | None:
    """The URN in `text` when it is an extension's as a whole; None when an attribute stands at its end.

    Of unknown URNs those are whole that end as extensions of a resource do: urn:…:extension:cards:2.0:User.
    """
    if text.lower() == resource_type.schema.urn.lower():
        raise InvalidPath(text, "it names the core schema; name one of its attributes")
    known = resource_type.extension(text)
    if known is not None:
        return known.urn
    return text if text.rpartition(":")[2].lower() in _EXTENSIONS_END_IN else None


def part_of(attribute: Attribute, name: str, text: str) -> Attribute:
    """The sub-attribute of this name; `text` is the path that names it. Raises UnknownAttribute.

    What no schema describes may have any parts.
    """
    sub = attribute.sub(name) if attribute.described else Attribute(name, described=False)
    if sub is None:
        raise UnknownAttribute(text, f"{attribute.name or 'an extension'} has no sub-attribute {name!r}")
    return sub


def canonical(urn: str | None, attribute: Attribute, sub: Attribute | None, where: Filter | None = None) -> str:
    """The text of a path with the names as published."""
    text = f"{urn}:{attribute.name}" if urn and attribute.name else urn or attribute.name
    brackets = f"[{written(where)}]" if where is not None else ""
    return f"{text}{brackets}.{sub.name}" if sub else f"{text}{brackets}"

"""Attribute paths (RFC 7644 §3.10 and the PATCH paths of §3.5.2), resolved against the schemas."""

from __future__ import annotations

from dataclasses import dataclass

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.filters import Filter, written


class InvalidPath(ValueError):
    """A text that is no attribute path; `path` is the text, `reason` what is wrong with it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path!r} is not an attribute path: {reason}")
        self.path = path
        self.reason = reason


class UnknownAttribute(InvalidPath):
    """A well-formed path to an attribute that the core schema does not have."""


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


def resolve(text: str, urn: str | None, name: str, sub_name: str | None, resource_type: ResourceType) -> Path:
    """The path to an attribute and, perhaps, its sub-attribute.

    Attributes under an extension URN that no schema knows are taken as strings: what is not ours is kept as it comes.
    Raises UnknownAttribute for one that the core schema does not have, InvalidPath for an unknown sub-attribute.
    """
    if urn is not None and urn.lower() == resource_type.schema.urn.lower():
        urn = None
    extension = resource_type.extension(urn) if urn is not None else None
    if extension is not None:
        urn = extension.urn
    attribute = resource_type.attribute(name, urn)
    if attribute is None:
        if urn is None:
            raise UnknownAttribute(text, f"{resource_type.name} has no attribute {name!r}")
        subs = (Attribute(sub_name, described=False),) if sub_name else ()
        attribute = Attribute(name, sub_attributes=subs, described=False)
    sub = None
    if sub_name is not None:
        sub = attribute.sub(sub_name)
        if sub is None:
            raise UnknownAttribute(text, f"{attribute.name} has no sub-attribute {sub_name!r}")
    return Path(urn, attribute, None, sub, canonical(urn, attribute, sub))


def canonical(urn: str | None, attribute: Attribute, sub: Attribute | None, where: Filter | None = None) -> str:
    """The text of a path with the names as published."""
    text = f"{urn}:{attribute.name}" if urn and attribute.name else urn or attribute.name
    brackets = f"[{written(where)}]" if where is not None else ""
    return f"{text}{brackets}.{sub.name}" if sub else f"{text}{brackets}"

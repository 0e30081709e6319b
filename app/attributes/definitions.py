"""SCIM attribute definitions (RFC 7643 §7), read from the very documents that `/Schemas` publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LANYARD_USER = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute definition (RFC 7643 §7). Names are as published; look-ups ignore case."""

    name: str
    type: str = "string"
    """string, boolean, decimal, integer, dateTime, reference, binary or complex."""
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical_values: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    described: bool = True
    """False for an attribute of an extension that no schema here describes: it holds whatever is sent."""
    looked_up: bool = False
    """Whether resources are found by it, so that its values must fit into an index; so are all that are unique."""
    _subs: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_subs", {sub.name.lower(): sub for sub in self.sub_attributes})
        object.__setattr__(self, "looked_up", self.looked_up or self.uniqueness != "none")

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of this name, in any case; None when there is none."""
        return self._subs.get(name.lower())


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and its attributes; `document` is its JSON as published, without `schemas` and `meta`."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)
    _by_name: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {one.name.lower(): one for one in self.attributes})

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name, in any case; None when there is none."""
        return self._by_name.get(name.lower())


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """A kind of resource: its schema, the extensions it may carry, where it is served. Equal to itself alone."""

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()

    def extension(self, urn: str) -> Schema | None:
        """The known extension of this URN, in any case; None for an unknown one."""
        lowered = urn.lower()
        return next((one for one in self.extensions if one.urn.lower() == lowered), None)

    def attributes(self) -> Iterator[Attribute]:
        """The attributes of the core schema and those common to all resources, extensions aside."""
        yield from _COMMON.values()
        yield from self.schema.attributes

    def attribute(self, name: str, urn: str | None = None) -> Attribute | None:
        """The attribute of an extension (`urn`), or of the core schema and those common to all resources."""
        if urn is None:
            return self.schema.attribute(name) or _COMMON.get(name.lower())
        extension = self.extension(urn)
        return extension.attribute(name) if extension else None


def _attribute(document: Mapping[str, Any]) -> Attribute:
    return Attribute(
        name=document["name"],
        type=document["type"],
        multi_valued=document["multiValued"],
        required=document["required"],
        case_exact=document.get("caseExact", False),
        mutability=document["mutability"],
        returned=document["returned"],
        uniqueness=document.get("uniqueness", "none"),
        canonical_values=tuple(document.get("canonicalValues", ())),
        sub_attributes=tuple(_attribute(sub) for sub in document.get("subAttributes", ())),
    )


def schema(document: Mapping[str, Any]) -> Schema:
    """The schema that a document of RFC 7643 §7 describes. Raises KeyError for what such a document must have."""
    return Schema(
        urn=document["id"],
        name=document["name"],
        description=document["description"],
        attributes=tuple(_attribute(one) for one in document["attributes"]),
        document=document,
    )


def _load(name: str) -> Schema:
    return schema(json.loads(files(__package__).joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")))


def _read_only(name: str, type_: str = "string", *, case_exact: bool = True) -> Attribute:
    return Attribute(name, type_, case_exact=case_exact, mutability="readOnly")


_COMMON: Mapping[str, Attribute] = {
    one.name.lower(): one
    for one in (
        Attribute("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
        Attribute("externalId", case_exact=True, looked_up=True),
        # Which schemas a resource has follows from the attributes it holds, so the server says it.
        Attribute("schemas", "reference", multi_valued=True, case_exact=True, mutability="readOnly", returned="always"),
        Attribute(
            "meta",
            "complex",
            mutability="readOnly",
            sub_attributes=(
                _read_only("resourceType"),
                _read_only("created", "dateTime"),
                _read_only("lastModified", "dateTime"),
                _read_only("location", "reference"),
                _read_only("version"),
            ),
        ),
    )
}
"""What every resource has besides its schema (RFC 7643 §3.1)."""


def _without_what_is_not_kept(schema: Schema) -> Schema:
    """`schema` without what can only be written: a password is published, and to everything that reads, changes or
    compares documents it is an attribute that nobody knows.
    """
    return replace(schema, attributes=tuple(one for one in schema.attributes if one.mutability != "writeOnly"))


SCHEMAS = tuple(_without_what_is_not_kept(_load(name)) for name in ("user", "group", "enterprise_user", "lanyard_user"))
_user, _group, _enterprise, _lanyard = SCHEMAS

USER = ResourceType("User", "/Users", _user, (_enterprise, _lanyard))
GROUP = ResourceType("Group", "/Groups", _group)

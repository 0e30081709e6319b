"""Which SCIM attributes a person or a group is sent as: Entra's default mapping table, with what we recommend.

Recommended: `objectId` goes to `externalId` (by default `mailNickname` does, which is taken only for people without an
object id), `companyName` to the enterprise extension, values under `extension.` to Lanyard's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.rehearsal.directory import EXTENSION, Group, Person

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MICROSOFT_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LANYARD_USER = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"

Value = str | bool


@dataclass(frozen=True, slots=True)
class ScimPath:
    """Where in a resource one value stands, as Entra's attribute list names it.

    `entry` is the `type` of the entry of a multi-valued attribute: `emails[type eq "work"].value`.
    """

    attribute: str
    sub: str | None = None
    entry: str | None = None
    urn: str | None = None

    @property
    def text(self) -> str:
        """The path as a PATCH operation spells it."""
        where = "" if self.entry is None else f'[type eq "{self.entry}"]'
        sub = "" if self.sub is None else f".{self.sub}"
        urn = "" if self.urn is None else f"{self.urn}:"
        return f"{urn}{self.attribute}{where}{sub}"

    def read(self, resource: Mapping[str, Any]) -> Any:
        """The value in a resource that a server sent; None when there is none, or none of a usable shape."""
        holder: Any = resource if self.urn is None else resource.get(self.urn)
        value = holder.get(self.attribute) if isinstance(holder, dict) else None
        if self.entry is not None:
            value = _entry(value, self.entry)
        if self.sub is not None:
            value = value.get(self.sub) if isinstance(value, dict) else None
        return value

    def write(self, body: dict[str, Any], value: Value) -> None:
        """Put the value into a resource that is being built, with the objects that lead to it."""
        holder = body if self.urn is None else body.setdefault(self.urn, {})
        if self.entry is not None:
            entries = holder.setdefault(self.attribute, [])
            holder = _entry(entries, self.entry)
            if holder is None:
                holder = {"type": self.entry}
                entries.append(holder)
        elif self.sub is not None:
            holder = holder.setdefault(self.attribute, {})
        holder[self.sub or self.attribute] = value


Attributes = Mapping[ScimPath, Value]

USER_NAME = ScimPath("userName")
EXTERNAL_ID = ScimPath("externalId")
ACTIVE = ScimPath("active")
DISPLAY_NAME = ScimPath("displayName")
FORMATTED_NAME = ScimPath("name", "formatted")
MANAGER = ScimPath("manager", urn=ENTERPRISE_USER)
MANAGER_ID = ScimPath("manager", "value", urn=ENTERPRISE_USER)

USER_TABLE: tuple[tuple[str, ScimPath], ...] = (
    ("displayName", DISPLAY_NAME),
    ("jobTitle", ScimPath("title")),
    ("mail", ScimPath("emails", "value", "work")),
    ("preferredLanguage", ScimPath("preferredLanguage")),
    ("givenName", ScimPath("name", "givenName")),
    ("surname", ScimPath("name", "familyName")),
    ("physicalDeliveryOfficeName", ScimPath("addresses", "formatted", "work")),
    ("streetAddress", ScimPath("addresses", "streetAddress", "work")),
    ("city", ScimPath("addresses", "locality", "work")),
    ("state", ScimPath("addresses", "region", "work")),
    ("postalCode", ScimPath("addresses", "postalCode", "work")),
    ("country", ScimPath("addresses", "country", "work")),
    ("telephoneNumber", ScimPath("phoneNumbers", "value", "work")),
    ("mobile", ScimPath("phoneNumbers", "value", "mobile")),
    ("facsimileTelephoneNumber", ScimPath("phoneNumbers", "value", "fax")),
    ("employeeId", ScimPath("employeeNumber", urn=ENTERPRISE_USER)),
    ("department", ScimPath("department", urn=ENTERPRISE_USER)),
    ("companyName", ScimPath("organization", urn=ENTERPRISE_USER)),
)
"""Entra attribute → SCIM attribute, for those that are sent as they are."""


def user_attributes(person: Person) -> dict[ScimPath, Value]:
    """What Entra wants the target to hold of a person; nothing for values that Entra does not have."""
    values = person.values
    wanted: dict[ScimPath, Value] = {USER_NAME: user_name(person), ACTIVE: person.active}
    if anchor := values.get("objectId") or values.get("mailNickname"):
        wanted[EXTERNAL_ID] = anchor
    if parts := [values[key] for key in ("givenName", "surname") if key in values]:
        wanted[FORMATTED_NAME] = " ".join(parts)
    wanted |= {path: values[source] for source, path in USER_TABLE if source in values}
    for key, value in values.items():
        if key.startswith(EXTENSION):
            wanted[ScimPath(key[len(EXTENSION) :], urn=LANYARD_USER)] = value
    return wanted


def user_name(person: Person) -> str:
    """The userPrincipalName as Entra sends it.

    A guest's is turned back into the address it was made from: `eva_partner.example#EXT#@nordwind.onmicrosoft.com`
    becomes `eva@partner.example`. The name of somebody in the recycle bin has the object id in front, 32 hex digits.
    """
    local, guest, _ = person.name.partition("#EXT#")
    mailbox, underscore, domain = local.rpartition("_")
    name = f"{mailbox}@{domain}" if guest and underscore else person.name
    if person.deleted == "soft":
        return person.values.get("objectId", "").replace("-", "").lower() + name
    return name


def group_attributes(group: Group) -> dict[ScimPath, Value]:
    """What Entra wants the target to hold of a group, without the members."""
    wanted: dict[ScimPath, Value] = {DISPLAY_NAME: group.name}
    if "objectId" in group.values:
        wanted[EXTERNAL_ID] = group.values["objectId"]
    return wanted


def with_primaries(wanted: Attributes) -> dict[ScimPath, Value]:
    """The attributes of a create: the entries of type `work` are marked as primary."""
    entries = dict.fromkeys(path.attribute for path in wanted if path.entry == "work")
    return {**wanted, **{ScimPath(attribute, "primary", "work"): True for attribute in entries}}


def user_body(wanted: Attributes) -> dict[str, Any]:
    """The body of `POST /Users`, with what Entra adds: empty roles and a `meta`.

    Of the extensions, `schemas` lists only the enterprise one, as Entra does.
    """
    body: dict[str, Any] = {"schemas": [CORE_USER, ENTERPRISE_USER]}
    return _written(body, wanted) | {"roles": [], "meta": {"resourceType": "User"}}


def group_body(wanted: Attributes) -> dict[str, Any]:
    """The body of `POST /Groups`, with what Entra adds: a schema of Microsoft's own, no members yet, a `meta`."""
    body: dict[str, Any] = {"schemas": [CORE_GROUP, MICROSOFT_GROUP]}
    return _written(body, wanted) | {"members": [], "meta": {"resourceType": "Group"}}


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that the target lacks (`held` None) or holds otherwise."""

    path: ScimPath
    wanted: Value
    held: Any


def differences(wanted: Attributes, resource: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What a resource that a server sent holds otherwise than wanted. A boolean sent back as text is a difference."""
    return tuple(_differences(wanted, resource))


def _differences(wanted: Attributes, resource: Mapping[str, Any]) -> Iterator[Difference]:
    for path, value in wanted.items():
        held = path.read(resource)
        if type(held) is not type(value) or held != value:
            yield Difference(path, value, None if held == "" else held)


def _written(body: dict[str, Any], wanted: Attributes) -> dict[str, Any]:
    for path, value in wanted.items():
        path.write(body, value)
    return body


def _entry(entries: Any, kind: str) -> Any:
    """The first entry of that type; None when there is none."""
    if not isinstance(entries, list):
        return None
    return next(
        (entry for entry in entries if isinstance(entry, dict) and str(entry.get("type", "")).lower() == kind), None
    )

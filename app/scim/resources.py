"""Records as resources: the stored document with what the server adds (RFC 7643 §3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.attributes.definitions import GROUP, USER, ResourceType
from app.core.clock import rfc3339
from app.directory.groups import GroupRecord, Member
from app.directory.stored_users import StoredUser
from app.directory.users import UserRecord
from app.scim.protocol.etags import entity_tag

PREFIX = "/scim/v2"

Resource = dict[str, Any]


@dataclass(frozen=True)
class Locations:
    """Absolute addresses of resources, from the installation's public URL alone."""

    public_url: str

    def of(self, resource_type: ResourceType, resource_id: str) -> str:
        """The address of one resource."""
        return f"{self.public_url}{PREFIX}{resource_type.endpoint}/{resource_id}"

    def named(self, endpoint: str) -> str:
        """The address of an endpoint below the prefix, e.g. `/Schemas/urn:…`."""
        return f"{self.public_url}{PREFIX}{endpoint}"


def user_resource(user: UserRecord, locations: Locations, *, with_groups: bool = True) -> Resource:
    """The resource of a user; without their groups `meta.version` is of what is shown, as in lists."""
    return _resource(USER, user, _derived(user.groups if with_groups else (), locations), locations)


def written_user(user: StoredUser, locations: Locations) -> orjson.Fragment:
    """The same, as JSON, with the document as it is kept."""
    derived = _derived(user.groups, locations)
    extensions = _extensions(orjson.loads(user.document)) if '"urn:' in user.document else []
    head = orjson.dumps({"schemas": [USER.schema.urn, *extensions], "id": user.id})
    tail = orjson.dumps({**derived, "meta": _meta(USER, user, derived, locations)})
    return orjson.Fragment(b"%b,%b,%b" % (head[:-1], user.document.encode()[1:-1], tail[1:]))


def _derived(groups: Sequence[tuple[str, str]], locations: Locations) -> dict[str, list[Resource]]:
    listed = [
        {"value": group_id, "$ref": locations.of(GROUP, group_id), "display": name, "type": "direct"}
        for group_id, name in groups
    ]
    return {"groups": listed} if listed else {}


def group_resource(group: GroupRecord, members: Sequence[Member] | None, locations: Locations) -> Resource:
    """The resource of a group; `members` is None when they were not asked for."""
    listed = None if members is None else [_member(member, locations) for member in members]
    return _resource(GROUP, group, {} if listed is None else {"members": listed}, locations)


def _member(member: Member, locations: Locations) -> Resource:
    entry: Resource = {"value": member.id}
    if member.type is not None:
        kind = USER if member.type == "User" else GROUP
        entry["$ref"] = locations.of(kind, member.id)
        entry["type"] = member.type
    if member.display:
        entry["display"] = member.display
    return entry


def _resource(
    resource_type: ResourceType,
    record: UserRecord | GroupRecord,
    derived: Mapping[str, list[Resource]],
    locations: Locations,
) -> Resource:
    return {
        "schemas": [resource_type.schema.urn, *_extensions(record.document)],
        "id": record.id,
        **record.document,
        **derived,
        "meta": _meta(resource_type, record, derived, locations),
    }


def _extensions(document: Mapping[str, Any]) -> list[str]:
    # An extension is listed only when something of it is there; its attributes stand under its URN.
    return [key for key in document if key.startswith("urn:")]


def _meta(
    resource_type: ResourceType,
    record: UserRecord | GroupRecord | StoredUser,
    derived: Mapping[str, list[Resource]],
    locations: Locations,
) -> Resource:
    return {
        "resourceType": resource_type.name,
        "created": rfc3339(record.created_at),
        "lastModified": rfc3339(record.modified_at),
        "location": locations.of(resource_type, record.id),
        "version": entity_tag(record.version, list(derived.values())),
    }

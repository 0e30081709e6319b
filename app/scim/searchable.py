"""How users and groups are searched: what stands in columns and in other tables instead of the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Table, literal, select, true

from app.attributes.definitions import GROUP, USER, ResourceType
from app.directory.tables import memberships, scim_groups, scim_users
from app.scim.kept import Addresses, AnyOf, Constant, DocumentText, Flags, Kept, Moments, Revisions, SchemaUrns, Texts


@dataclass(frozen=True, eq=False)
class Relation:
    """A multi-valued attribute whose entries are memberships; `parts` are its sub-attributes."""

    table: Table
    """Whose attribute it is."""
    entries: tuple[ColumnElement[bool], ...]
    """What makes a membership an entry of a row of `table`."""
    parts: Mapping[str, Kept]
    joined: FromClause
    """Memberships with what parts other than `value` are read from."""

    def any_entry(self, condition: ColumnElement[bool], parts: set[str]) -> ColumnElement[bool]:
        """That some entry meets a condition on these parts. What they do not need is not joined."""
        source = memberships if parts <= {"value"} else self.joined
        found = select(literal(1)).select_from(source).where(*self.entries, condition)
        return found.correlate(self.table).exists()


@dataclass(frozen=True, eq=False)
class Searchable:
    """How one kind of resource is searched; what is named neither here nor there is looked for in the document."""

    resource_type: ResourceType
    table: Table
    kept: Mapping[str, Kept]
    """By `attribute` or `attribute.sub`, core attributes alone."""
    relations: Mapping[str, Relation]


def _common(resource_type: ResourceType, table: Table) -> dict[str, Kept]:
    """What all kinds have (RFC 7643 §3.1)."""
    return {
        "id": Texts(table.c.id, indexed=True),
        "externalId": Texts(table.c.external_id, indexed=True),
        "schemas": SchemaUrns(Constant(resource_type.schema.urn), table.c.folded),
        "meta": Constant(resource_type.name),  # there is one
        "meta.resourceType": Constant(resource_type.name),
        "meta.created": Moments(table.c.created_at),
        "meta.lastModified": Moments(table.c.modified_at),
        "meta.location": Addresses(table.c.id, ((resource_type, true()),), indexed=True),
        "meta.version": Revisions(table.c.version),
    }


_member_user = scim_users.alias("member_user")
_member_group = scim_groups.alias("member_group")

_GROUPS_OF_USER = Relation(
    table=scim_users,
    entries=(
        memberships.c.organization_id == scim_users.c.organization_id,
        memberships.c.member_id == scim_users.c.id,
    ),
    parts={
        "value": Texts(memberships.c.group_id),
        "$ref": Addresses(memberships.c.group_id, ((GROUP, true()),)),
        "display": Texts(scim_groups.c.display_name_key),
        "type": Constant("direct"),
    },
    joined=memberships.join(
        scim_groups,
        (scim_groups.c.organization_id == memberships.c.organization_id) & (scim_groups.c.id == memberships.c.group_id),
    ),
)

_is_user, _is_group = _member_user.c.id.is_not(None), _member_group.c.id.is_not(None)

_MEMBERS_OF_GROUP = Relation(
    table=scim_groups,
    entries=(
        memberships.c.organization_id == scim_groups.c.organization_id,
        memberships.c.group_id == scim_groups.c.id,
    ),
    parts={
        "value": Texts(memberships.c.member_id),
        "$ref": Addresses(memberships.c.member_id, ((USER, _is_user), (GROUP, _is_group))),
        "display": AnyOf((DocumentText(_member_user.c.folded, "displayName"), Texts(_member_group.c.display_name_key))),
        "type": AnyOf((Constant("user", _is_user), Constant("group", _is_group))),
    },
    joined=memberships.outerjoin(
        _member_user,
        (_member_user.c.organization_id == memberships.c.organization_id)
        & (_member_user.c.id == memberships.c.member_id),
    ).outerjoin(
        _member_group,
        (_member_group.c.organization_id == memberships.c.organization_id)
        & (_member_group.c.id == memberships.c.member_id),
    ),
)

USERS = Searchable(
    resource_type=USER,
    table=scim_users,
    kept={
        **_common(USER, scim_users),
        "userName": Texts(scim_users.c.user_name_key, indexed=True),
        "active": Flags(scim_users.c.active),
    },
    relations={"groups": _GROUPS_OF_USER},
)

GROUPS = Searchable(
    resource_type=GROUP,
    table=scim_groups,
    kept={
        **_common(GROUP, scim_groups),
        "displayName": Texts(scim_groups.c.display_name_key, indexed=True),
    },
    relations={"members": _MEMBERS_OF_GROUP},
)

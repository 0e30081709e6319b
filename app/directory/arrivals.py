"""What a directory that is being connected has brought so far: the first of everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.db import ORGANIZATION
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory.tables import memberships, scim_groups, scim_users

LOOKED_AT = 20
"""How many of the newest users say what is mapped to externalId."""

_FIRST_USER = (
    select(scim_users.c.person_id, scim_users.c.user_name, scim_users.c.created_at)
    .where(scim_users.c.organization_id == ORGANIZATION)
    .order_by(scim_users.c.created_at, scim_users.c.id)
    .limit(1)
)
_NEWEST_USERS = (
    select(scim_users.c.person_id, scim_users.c.user_name, scim_users.c.external_id)
    .where(scim_users.c.organization_id == ORGANIZATION)
    .order_by(scim_users.c.created_at.desc(), scim_users.c.id.desc())
    .limit(LOOKED_AT)
)
_FIRST_GROUP = (
    select(scim_groups.c.id, scim_groups.c.display_name, scim_groups.c.created_at)
    .where(scim_groups.c.organization_id == ORGANIZATION)
    .order_by(scim_groups.c.created_at, scim_groups.c.id)
    .limit(1)
)
_A_MEMBER = (
    select(memberships.c.created_at, scim_groups.c.id, scim_groups.c.display_name, scim_users.c.user_name)
    .join(
        scim_groups,
        (scim_groups.c.organization_id == memberships.c.organization_id) & (scim_groups.c.id == memberships.c.group_id),
    )
    .join(
        scim_users,
        (scim_users.c.organization_id == memberships.c.organization_id) & (scim_users.c.id == memberships.c.member_id),
    )
    .where(memberships.c.organization_id == ORGANIZATION)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something that has come: what it is called, the id of its page, and when it came."""

    name: str
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Membership(Arrived):
    """A member of a group, which `name` and `id` name."""

    member: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What the newest users have as externalId."""

    looked_at: int
    without: str | None
    """The user name of the newest one whose externalId is no object id; None when all are."""
    sent: str | None
    """What this one has instead; None for nothing."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The first user, named by person id, and the first group that are (still) there; a membership of a known user."""

    user: Arrived | None
    group: Arrived | None
    membership: Membership | None
    keys: Keys


def arrivals(reader: Reader) -> Arrivals:
    """What has come so far. Four queries of a few rows, each by an index."""
    user = reader.execute(_FIRST_USER).one_or_none()
    group = reader.execute(_FIRST_GROUP).one_or_none()
    member = reader.execute(_A_MEMBER).one_or_none()
    newest = reader.execute(_NEWEST_USERS).all()
    odd = next((row for row in newest if not is_guid(row.external_id or "")), None)
    return Arrivals(
        Arrived(user.user_name, user.person_id, user.created_at) if user else None,
        Arrived(group.display_name, group.id, group.created_at) if group else None,
        Membership(member.display_name, member.id, member.created_at, member.user_name) if member else None,
        Keys(len(newest), odd.user_name if odd else None, odd.external_id if odd else None),
    )

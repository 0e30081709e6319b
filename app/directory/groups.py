"""The directory's groups and who is in them. Members are rows: one more costs the same in a group of any size."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.attributes.definitions import GROUP
from app.attributes.documents import folded, same
from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.errors import Conflict, NotFound
from app.core.ids import is_guid, new_id
from app.core.unit_of_work import Reader, Transaction, violates
from app.directory import organizations
from app.directory.events import GroupNamed, GroupRemoved, PeopleChanged
from app.directory.tables import memberships, scim_groups, scim_users
from app.directory.users import changed_attributes

MEMBERS_CHANGED = "group.members"
"""The deed of a group whose members changed: how many were `added` and `removed`; `person` and `user_name` of the only
one, if it is a user."""

CHUNK = 500
"""Ids in one IN list; both databases take more, neither gets faster by it."""


@dataclass(frozen=True)
class GroupRecord:
    """A SCIM group as kept: its document (without members) and what the server adds."""

    id: str
    document: Mapping[str, Any]
    version: int
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True)
class Member:
    """An entry of a group: `type` is User or Group, None when the id names nothing (any more)."""

    id: str
    type: str | None
    display: str | None


COLUMNS = (
    scim_groups.c.id,
    scim_groups.c.document,
    scim_groups.c.version,
    scim_groups.c.created_at,
    scim_groups.c.modified_at,
)

_BY_ID = select(*COLUMNS).where(scim_groups.c.organization_id == ORGANIZATION, scim_groups.c.id == bindparam("group"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_INSERT = insert(scim_groups)
_UPDATE = update(scim_groups).where(
    scim_groups.c.organization_id == ORGANIZATION, scim_groups.c.id == bindparam("group")
)
_DELETE = delete(scim_groups).where(
    scim_groups.c.organization_id == ORGANIZATION, scim_groups.c.id == bindparam("group")
)
_IN_GROUP = (memberships.c.organization_id == ORGANIZATION, memberships.c.group_id == bindparam("group"))
_LISTED = memberships.c.member_id.in_(bindparam("listed", expanding=True))
_MEMBER_IDS = select(memberships.c.member_id).where(*_IN_GROUP)
_REMOVE_LISTED = delete(memberships).where(*_IN_GROUP, _LISTED).returning(memberships.c.member_id)
_ADD = {
    dialect: insert_(memberships).on_conflict_do_nothing().returning(memberships.c.member_id)
    for dialect, insert_ in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_REMOVE_ALL = delete(memberships).where(*_IN_GROUP)
_LEAVE_PARENTS = delete(memberships).where(
    memberships.c.organization_id == ORGANIZATION, memberships.c.member_id == bindparam("group")
)
_PEOPLE_AMONG = select(scim_users.c.person_id, scim_users.c.user_name).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(bindparam("listed", expanding=True))
)
_child = scim_groups.alias("child")
_MEMBERS = (
    select(
        memberships.c.group_id,
        memberships.c.member_id,
        scim_users.c.id.label("user_id"),
        scim_users.c.display_name.label("user_name"),
        _child.c.id.label("child_id"),
        _child.c.display_name.label("child_name"),
    )
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == memberships.c.organization_id) & (scim_users.c.id == memberships.c.member_id),
    )
    .outerjoin(
        _child,
        (_child.c.organization_id == memberships.c.organization_id) & (_child.c.id == memberships.c.member_id),
    )
    .where(
        memberships.c.organization_id == ORGANIZATION,
        memberships.c.group_id.in_(bindparam("groups", expanding=True)),
    )
    .order_by(memberships.c.group_id, memberships.c.created_at, memberships.c.member_id)
)


def records(_reader: Reader, rows: Sequence[Row[Any]]) -> list[GroupRecord]:
    """The records in rows of `COLUMNS`."""
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> GroupRecord:
    return GroupRecord(row.id, row.document, row.version, row.created_at, row.modified_at)


def find(reader: Reader, group_id: str) -> GroupRecord:
    """The group with this id. Raises NotFound."""
    return _one(reader, group_id, locked=False)


def lock(tx: Transaction, group_id: str) -> GroupRecord:
    """The group with this id, kept from other writers until the transaction ends. Raises NotFound."""
    return _one(tx, group_id, locked=True)


def create(
    tx: Transaction, document: Mapping[str, Any], members: Sequence[str] = (), *, group_id: str | None = None
) -> GroupRecord:
    """A new group with `document` (normalized, with `displayName`) and members.

    `group_id` is a new id of `core.ids`, made here when it is None. Raises Conflict(displayName).
    """
    group = GroupRecord(group_id or new_id(), document, 1, tx.now, tx.now)
    values = {"id": group.id, "version": 1, "created_at": tx.now, "modified_at": tx.now, **_columns(document)}
    try:
        tx.execute(_INSERT, values)
    except IntegrityError as error:
        raise _conflict(error, document["displayName"]) from error
    come = _added(tx, group.id, members)
    tx.audit("group.created", group.id)
    tx.emit(GroupNamed(group.id, document["displayName"], document.get("externalId")))
    _tell_people(tx, group.id, come=come)
    return group


def change(
    tx: Transaction,
    group: GroupRecord,
    document: Mapping[str, Any],
    *,
    keep: bool = True,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> GroupRecord:
    """`group` (locked) with another document and other members: those it has (if `keep`) and `add`, without `remove`.

    What is there already is not added again, what is not there is not missed; when nothing changes, nothing is
    written and version and time stay. Work grows with the lists given, and with the group only when `keep` is
    false. Raises Conflict(displayName).
    """
    gone = _removed(tx, group.id, keep, add, remove)
    come = _added(tx, group.id, add)
    changed = not same(document, group.document)
    if not changed and not gone and not come:
        return group
    after = GroupRecord(group.id, document, group.version + 1, group.created_at, tx.now)
    written = {"group": group.id, "version": after.version, "modified_at": tx.now}
    try:
        tx.execute(_UPDATE, written | (_columns(document) if changed else {}))
    except IntegrityError as error:
        raise _conflict(error, document["displayName"]) from error
    tx.audit(
        "group.changed",
        group.id,
        {
            "attributes": changed_attributes(group.document, document),
            "members_added": len(come),
            "members_removed": len(gone),
        },
    )
    if changed:
        tx.emit(GroupNamed(group.id, document["displayName"], document.get("externalId")))
    _tell_people(tx, group.id, come=come, gone=gone)
    return after


def remove(tx: Transaction, group: GroupRecord) -> None:
    """Delete `group` (locked). Its members stay users; only what the group gave them ends."""
    organizations.share(tx)
    members = [str(row.member_id) for row in tx.execute(_MEMBER_IDS, {"group": group.id})]
    tx.execute(_REMOVE_ALL, {"group": group.id})
    tx.execute(_LEAVE_PARENTS, {"group": group.id})
    tx.execute(_DELETE, {"group": group.id})
    tx.audit("group.deleted", group.id, {"name": group.document["displayName"]})
    tx.emit(GroupRemoved(group.id))
    _tell_people(tx, group.id, gone=members, is_there=False)


def members_of(reader: Reader, group_ids: Collection[str]) -> dict[str, list[Member]]:
    """For each of these groups that has members: they, in the order they came. One query."""
    found: dict[str, list[Member]] = {}
    if group_ids:
        for row in reader.execute(_MEMBERS, {"groups": list(group_ids)}):
            kind = "User" if row.user_id else "Group" if row.child_id else None
            display = row.user_name if row.user_id else row.child_name
            found.setdefault(row.group_id, []).append(Member(row.member_id, kind, display))
    return found


def _removed(tx: Transaction, group_id: str, keep: bool, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """Take out whom the change takes out; answers who really was in."""
    if not keep:
        staying = set(add)
        everybody = [str(row.member_id) for row in tx.execute(_MEMBER_IDS, {"group": group_id})]
        remove = [member for member in everybody if member not in staying]
    gone: list[str] = []
    for listed in _chunks(remove):
        gone.extend(tx.execute(_REMOVE_LISTED, {"group": group_id, "listed": listed}).scalars())
    return gone


def _added(tx: Transaction, group_id: str, add: Sequence[str]) -> list[str]:
    """Put in whom the change puts in; answers who really was not in before."""
    come: list[str] = []
    for listed in _chunks(list(dict.fromkeys(add))):
        rows = [{"group_id": group_id, "member_id": member_id, "created_at": tx.now} for member_id in listed]
        come.extend(tx.execute(_ADD[tx.dialect], rows if len(rows) > 1 else rows[0]).scalars())
    return come


def _tell_people(
    tx: Transaction, group_id: str, come: Sequence[str] = (), gone: Sequence[str] = (), *, is_there: bool = True
) -> None:
    """Have the persons behind those members looked at; note how many there are, and who it is if it is one."""
    found = [row for listed in _chunks([*come, *gone]) for row in tx.execute(_PEOPLE_AMONG, {"listed": listed})]
    detail: dict[str, Any] = {"added": len(come), "removed": len(gone)}
    if len(found) == 1:
        detail |= {"person": found[0].person_id, "user_name": found[0].user_name}
    tx.note(MEMBERS_CHANGED, group_id, detail)
    if found:
        tx.emit(PeopleChanged(tuple(row.person_id for row in found), group_id if is_there else None))


def take(tx: Transaction, group_id: str) -> None:
    """Have everybody else who changes this group, if it is there, wait for this transaction."""
    tx.execute(_BY_ID_LOCKED, {"group": group_id}).one_or_none()


def _one(reader: Reader, group_id: str, *, locked: bool) -> GroupRecord:
    statement = _BY_ID_LOCKED if locked else _BY_ID
    row = reader.execute(statement, {"group": group_id}).one_or_none() if is_guid(group_id) else None
    if row is None:
        raise NotFound(f"Group {group_id} not found.")
    return _record(row)


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "display_name": document["displayName"],
        "display_name_key": fold(document["displayName"]),
        "external_id": document.get("externalId"),
        "document": document,
        "folded": folded(document, GROUP),
    }


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _conflict(error: IntegrityError, display_name: str) -> Exception:
    if violates(error, "scim_groups", "display_name_key"):
        return Conflict("displayName", f"displayName {display_name!r} is already in use.")
    return error

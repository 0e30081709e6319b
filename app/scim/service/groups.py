"""Creating, replacing, patching and deleting groups as RFC 7644 §3.3-§3.6 says; members stay rows throughout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.attributes.definitions import GROUP
from app.core.unit_of_work import Transaction
from app.directory import groups
from app.directory.groups import GroupRecord
from app.scim.protocol import entra, members, patch
from app.scim.protocol.bodies import read_resource
from app.scim.protocol.messages import RawOperation


def create(tx: Transaction, body: Any) -> GroupRecord:
    """The new group that a POST's body describes, with its members. Raises ScimError, Conflict(displayName)."""
    return groups.create(tx, read_resource(body, GROUP), members.members_of(body) or ())


def replace(tx: Transaction, group_id: str, body: Any) -> GroupRecord:
    """The group after a PUT. A body without `members` keeps them, one with an empty list has none left.

    RFC 7644 §3.5.1 leaves it to the server what an absent attribute means; losing a group's members to a rename
    is what no sender wants. Raises ScimError, NotFound, Conflict.
    """
    document, listed = read_resource(body, GROUP), members.members_of(body)
    group = groups.lock(tx, group_id)
    return groups.change(tx, group, document, keep=listed is None, add=listed or ())


def modify(tx: Transaction, group_id: str, operations: Sequence[RawOperation]) -> GroupRecord:
    """The group after a PATCH: all operations in order, or none. Raises ScimError, NotFound, Conflict."""
    change, rest = members.split(entra.rewrite(operations, GROUP))
    group = groups.lock(tx, group_id)
    document = patch.apply(group.document, rest, GROUP) if rest else group.document
    if change is None:
        return groups.change(tx, group, document)
    return groups.change(tx, group, document, keep=change.keep, add=change.add, remove=change.remove)


def remove(tx: Transaction, group_id: str) -> None:
    """Delete the group; its members remain users. Raises NotFound."""
    groups.remove(tx, groups.lock(tx, group_id))

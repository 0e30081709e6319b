"""Creating, replacing, patching and deleting groups as RFC 7644 §3.3-§3.6 says; members stay rows throughout.

Bodies are read before a transaction begins: what is malformed never waits for the database, nor has it wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.attributes.definitions import GROUP
from app.core.unit_of_work import Transaction
from app.directory import groups
from app.directory.groups import GroupRecord
from app.scim.protocol import entra, members, patch
from app.scim.protocol.bodies import read_resource, replaced
from app.scim.protocol.messages import RawOperation


def creating(body: Any, group_id: str | None = None) -> Callable[[Transaction], GroupRecord]:
    """What makes the group that a POST's body describes, with its members.

    Raises ScimError, documents.InvalidValue; the function Conflict(displayName).
    """
    document, listed = read_resource(body, GROUP), members.members_of(body) or ()
    return lambda tx: groups.create(tx, document, listed, group_id=group_id)


def replacing(body: Any) -> Callable[[Transaction, GroupRecord], GroupRecord]:
    """What a PUT makes of a locked group. A body without `members` keeps them, one with an empty list has none left.

    RFC 7644 §3.5.1 leaves it to the server what an absent attribute means; losing a group's members to a rename is
    what no sender wants. Raises ScimError, documents.InvalidValue; the function Conflict(displayName).
    """
    document, listed = read_resource(body, GROUP), members.members_of(body)

    def replace(tx: Transaction, group: GroupRecord) -> GroupRecord:
        after = replaced(group.document, document, GROUP)
        return groups.change(tx, group, after, keep=listed is None, add=listed or ())

    return replace


def modifying(operations: Sequence[RawOperation]) -> Callable[[Transaction, GroupRecord], GroupRecord]:
    """What a PATCH makes of a locked group: all operations in order, or none.

    Raises ScimError, paths.InvalidPath; the function ScimError, documents.InvalidValue, Conflict(displayName).
    """
    change, rest = members.split(entra.rewrite(operations, GROUP))

    def modify(tx: Transaction, group: GroupRecord) -> GroupRecord:
        document = patch.apply(group.document, rest, GROUP) if rest else group.document
        if change is None:
            return groups.change(tx, group, document)
        return groups.change(tx, group, document, keep=change.keep, add=change.add, remove=change.remove)

    return modify

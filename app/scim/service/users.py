"""Creating, replacing, patching and deleting users as RFC 7644 §3.3-§3.6 says.

Bodies are read before a transaction begins: what is malformed never waits for the database, nor has it wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.attributes.definitions import USER
from app.core.unit_of_work import Transaction
from app.directory import users
from app.directory.users import UserRecord
from app.scim.protocol import entra, patch
from app.scim.protocol.bodies import read_resource, replaced
from app.scim.protocol.messages import RawOperation


def creating(body: Any, user_id: str | None = None) -> Callable[[Transaction], UserRecord]:
    """What makes the user that a POST's body describes.

    Raises ScimError, documents.InvalidValue; the function Conflict(userName).
    """
    document = read_resource(body, USER)
    return lambda tx: users.create(tx, document, user_id=user_id)


def replacing(body: Any) -> Callable[[Transaction, UserRecord], UserRecord]:
    """What a PUT makes of a locked user: what the body leaves out is gone, but `active`.

    A sender that replaces attributes and says nothing of `active` does not mean to bring a leaver back. Raises
    ScimError, documents.InvalidValue; the function Conflict(userName).
    """
    document = read_resource(body, USER)

    def replace(tx: Transaction, user: UserRecord) -> UserRecord:
        after = replaced(user.document, {"active": user.document["active"], **document}, USER)
        return users.replace_document(tx, user, after)

    return replace


def modifying(operations: Sequence[RawOperation]) -> Callable[[Transaction, UserRecord], UserRecord]:
    """What a PATCH makes of a locked user: all operations in order, or none.

    Raises ScimError, paths.InvalidPath; the function ScimError, documents.InvalidValue, Conflict(userName).
    """
    lawful = entra.rewrite(operations, USER)
    return lambda tx, user: users.replace_document(tx, user, patch.apply(user.document, lawful, USER))

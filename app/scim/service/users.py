"""Creating, replacing, patching and deleting users as RFC 7644 §3.3-§3.6 says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.attributes.definitions import USER
from app.core.unit_of_work import Transaction
from app.directory import users
from app.directory.users import UserRecord
from app.scim.protocol import entra, patch
from app.scim.protocol.bodies import read_resource
from app.scim.protocol.messages import RawOperation


def create(tx: Transaction, body: Any) -> UserRecord:
    """The new user that a POST's body describes. Raises ScimError, Conflict(userName)."""
    return users.create(tx, _document(body))


def replace(tx: Transaction, user_id: str, body: Any) -> UserRecord:
    """The user after a PUT: what the body leaves out is gone, but `active`. Raises ScimError, NotFound, Conflict."""
    document = _document(body)
    user = users.lock(tx, user_id)
    # A sender that replaces attributes and says nothing of `active` does not mean to bring a leaver back.
    return users.replace_document(tx, user, {"active": user.document["active"], **document})


def modify(tx: Transaction, user_id: str, operations: Sequence[RawOperation]) -> UserRecord:
    """The user after a PATCH: all operations in order, or none. Raises ScimError, NotFound, Conflict."""
    lawful = entra.rewrite(operations, USER)
    user = users.lock(tx, user_id)
    return users.replace_document(tx, user, patch.apply(user.document, lawful, USER))


def remove(tx: Transaction, user_id: str) -> None:
    """Delete the user. Raises NotFound."""
    users.remove(tx, users.lock(tx, user_id))


def _document(body: Any) -> Mapping[str, Any]:
    return read_resource(body, USER)

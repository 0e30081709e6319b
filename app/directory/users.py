"""The directory's users, one JSON document each, as they were pushed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.attributes.definitions import USER
from app.attributes.documents import folded, same
from app.attributes.folding import fold
from app.core.db import ORGANIZATION, arrays
from app.core.errors import Collision, Conflict, NotFound
from app.core.ids import is_guid, new_id
from app.core.unit_of_work import Reader, Transaction, violates
from app.directory import listed, organizations, origins, past_names, phones, pictures
from app.directory.events import DocumentMade, DocumentReplaced, PeopleChanged
from app.directory.people import adopt_key, directory_key, person_for_new_record
from app.directory.tables import memberships, scim_groups, scim_users


@dataclass(frozen=True)
class UserRecord:
    """A SCIM user as kept: its document (RFC 7643 names, as pushed) and what the server adds."""

    id: str
    person_id: str
    document: Mapping[str, Any]
    version: int
    created_at: datetime
    modified_at: datetime
    origins: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """Which request set each value (directory.origins); only of a locked record."""
    found_photo: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """The photo that was found elsewhere (directory.found_photos); only of a locked record."""
    stored: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The document as it is kept, without its pictures (directory.pictures)."""
    groups: Sequence[tuple[str, str]] = field(default=(), repr=False, compare=False)
    """(id, display name) of the groups that the user is in, by display name; empty where they were not asked for."""


COLUMNS = (
    scim_users.c.id,
    scim_users.c.person_id,
    scim_users.c.document,
    scim_users.c.version,
    scim_users.c.created_at,
    scim_users.c.modified_at,
)

GROUPS = (
    select(arrays(scim_groups.c.display_name_key, scim_groups.c.id, scim_groups.c.display_name))
    .select_from(memberships)
    .join(
        scim_groups,
        (scim_groups.c.organization_id == memberships.c.organization_id) & (scim_groups.c.id == memberships.c.group_id),
    )
    .where(
        memberships.c.organization_id == scim_users.c.organization_id,
        memberships.c.member_id == scim_users.c.id,
    )
    .scalar_subquery()
    .label("groups")
)
"""What `records` makes the groups of a record of; one column more of COLUMNS, from the same statement."""

_BY_ID = select(*COLUMNS, GROUPS).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.id == bindparam("user")
)
_NAMED = select(scim_users.c.person_id).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.user_name_key == bindparam("key")
)
_BY_ID_LOCKED = _BY_ID.add_columns(scim_users.c.origins, scim_users.c.found_photo).with_for_update()
_INSERT = insert(scim_users)
_UPDATE = update(scim_users).where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.id == bindparam("user"))
_DELETE = delete(scim_users).where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.id == bindparam("user"))
_LEAVE_GROUPS = delete(memberships).where(
    memberships.c.organization_id == ORGANIZATION, memberships.c.member_id == bindparam("user")
)


def records(reader: Reader, rows: Sequence[Row[Any]]) -> list[UserRecord]:
    """The records in rows of COLUMNS, with or without GROUPS; one query more where some have pictures."""
    documents = pictures.brought_back(reader, [row.document for row in rows])
    with_groups = bool(rows) and GROUPS.name in rows[0]._fields
    return [_record(row, document, with_groups) for row, document in zip(rows, documents, strict=True)]


def in_order(groups: Sequence[tuple[str, str, str]] | None) -> tuple[tuple[str, str], ...]:
    """(id, display name) of what GROUPS gives, by display name: by code points, not as a database would sort."""
    return tuple((group_id, name) for _, group_id, name in sorted(groups or ()))


def find(reader: Reader, user_id: str) -> UserRecord:
    """The user with this id. Raises NotFound."""
    return records(reader, [_row(reader, _BY_ID, user_id)])[0]


def person_named(reader: Reader, user_name: str) -> str:
    """The id of the person whose record has this user name, in any case. Raises NotFound."""
    row = reader.execute(_NAMED, {"key": fold(user_name)}).one_or_none()
    if row is None:
        raise NotFound(f"there is no user {user_name!r} in the directory")
    return str(row.person_id)


def lock(tx: Transaction, user_id: str) -> UserRecord:
    """The user with this id, kept from other writers until the transaction ends. Raises NotFound."""
    row = _row(tx, _BY_ID_LOCKED, user_id)
    [document] = pictures.brought_back(tx, [row.document])
    return _record(row, document, with_groups=True, origins=row.origins, found_photo=row.found_photo)


def create(tx: Transaction, document: Mapping[str, Any], *, user_id: str | None = None) -> UserRecord:
    """A new user with `document` (normalized, with `userName`); `active` is true unless it says otherwise.

    `user_id` is a new id of `core.ids`, made here when it is None. A departed person's immutable id makes the record
    theirs again. Raises Conflict(userName), and Refused for a telephone number (directory.phones).
    """
    settings = organizations.settings(tx)
    if settings.strict_phones:
        phones.refuse_doubtful(tx, {}, document)
    kept = {**document, "active": document.get("active", True)}
    key = directory_key(kept.get("externalId"), settings.external_id_is_permanent)
    stored, found = pictures.put_away(kept)
    person_id, is_new = person_for_new_record(tx, key, listed.of_document(stored))
    user = UserRecord(user_id or new_id(), person_id, kept, 1, tx.now, tx.now, stored=stored)
    values = {
        "id": user.id,
        "person_id": user.person_id,
        "version": 1,
        "created_at": tx.now,
        "origins": origins.after({}, stored, None, _setter(tx)),
        **_columns(tx, stored),
    }
    pictures.keep(tx, found)
    try:
        tx.execute(_INSERT, values)
    except IntegrityError as error:
        raise _conflict(error, kept["userName"]) from error
    tx.audit("user.created", user.id)
    tx.emit(DocumentMade(user.person_id, stored))
    if not is_new or user_id is not None:
        # Nobody can have named an id that is made here, so somebody new is in no group and has no card.
        tx.emit(PeopleChanged((user.person_id,)))
    return user


def replace_document(tx: Transaction, user: UserRecord, document: Mapping[str, Any]) -> UserRecord:
    """`user` (locked) with another document; the same document writes nothing and keeps version and time.

    Raises Conflict(userName), and Refused for a telephone number (directory.phones).
    """
    if same(document, user.document):
        return user
    phones.refuse_doubtful(tx, user.document, document)
    kept = {**document, "active": document.get("active", True)}
    stored, found = pictures.put_away(kept)
    after = replace(user, document=kept, stored=stored, version=user.version + 1, modified_at=tx.now)
    values = {
        "version": after.version,
        "origins": origins.after(user.stored, stored, user.origins, _setter(tx)),
        **_columns(tx, stored),
    }
    pictures.keep(tx, found)
    try:
        tx.execute(_UPDATE, {"user": user.id, **values})
    except IntegrityError as error:
        raise _conflict(error, kept["userName"]) from error
    past_names.keep(tx, user.person_id, user.document, kept)
    listed.follow(tx, user.person_id, user.stored, stored)
    if kept.get("externalId") != user.document.get("externalId"):
        permanent = organizations.settings(tx).external_id_is_permanent
        adopt_key(tx, user.person_id, directory_key(kept.get("externalId"), permanent))
    tx.audit("user.changed", user.id, {"attributes": changed_attributes(user.stored, stored)})
    tx.emit(DocumentReplaced(user.person_id, _shown(user), pictures.with_found(stored, user.found_photo), user.origins))
    if kept["active"] != user.document["active"]:
        tx.emit(PeopleChanged((user.person_id,)))
    return after


def remove(tx: Transaction, user: UserRecord) -> None:
    """Delete `user` (locked) and its memberships. The person remains, and so do their cards, paused."""
    organizations.share(tx)
    tx.execute(_LEAVE_GROUPS, {"user": user.id})
    tx.execute(_DELETE, {"user": user.id})
    past_names.keep(tx, user.person_id, user.document, None)
    listed.leave(tx, user.person_id)
    tx.audit("user.deleted", user.id)
    tx.emit(DocumentReplaced(user.person_id, _shown(user), None, user.origins))
    tx.emit(PeopleChanged((user.person_id,)))


def changed_attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The top-level keys (attributes, extension URNs) in which two documents differ, in order of name."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _record(row: Row[Any], document: Mapping[str, Any], with_groups: bool, **more: Any) -> UserRecord:
    return UserRecord(
        row.id,
        row.person_id,
        document,
        row.version,
        row.created_at,
        row.modified_at,
        stored=row.document,
        groups=in_order(row.groups) if with_groups else (),
        **more,
    )


def _row(reader: Reader, statement: Select[Any], user_id: str) -> Row[Any]:
    # What is not shaped like our ids is nobody's, and may hold characters that a database refuses.
    row = reader.execute(statement, {"user": user_id}).one_or_none() if is_guid(user_id) else None
    if row is None:
        raise NotFound(f"User {user_id} not found.")
    return row


def _shown(user: UserRecord) -> Mapping[str, Any]:
    return pictures.with_found(user.stored, user.found_photo)


def _setter(tx: Transaction) -> Mapping[str, Any]:
    return origins.request(tx.now, tx.request_id, tx.actor)


def _columns(tx: Transaction, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user_name": document["userName"],
        "user_name_key": fold(document["userName"]),
        "external_id": document.get("externalId"),
        "active": document["active"],
        "display_name": document.get("displayName"),
        "email": listed.mail_of(document),
        "document": document,
        "folded": folded(document, USER),
        "modified_at": tx.now,
    }


def _conflict(error: IntegrityError, user_name: str) -> Exception:
    if violates(error, "scim_users", "user_name_key"):
        return Conflict("userName", f"userName {user_name!r} is already in use.")
    if violates(error, "scim_users", "person_id"):
        return Collision("somebody who left was given two records at once; run again, the second finds the first")
    return error

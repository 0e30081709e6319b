"""Persons: who a pushed record is, now and when it comes back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.core.db import ORGANIZATION
from app.core.errors import Collision
from app.core.ids import is_guid, new_id
from app.core.unit_of_work import Transaction, violates
from app.directory import listed, organizations
from app.directory.listed import Listed
from app.directory.tables import past_user_names, people, provisioning_log, scim_users

_who = func.coalesce(people.c.merged_into, people.c.id)
_BY_KEY = (
    select(
        _who.label("id"),
        exists()
        .where(scim_users.c.organization_id == people.c.organization_id, scim_users.c.person_id == _who)
        .label("present"),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.directory_key == bindparam("key"))
    .with_for_update(read=True, key_share=True, of=people)  # as a record's foreign key will: waits for a merge
)

_INSERT = insert(people)
_SET_KEY = update(people).where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))

_TAKE = (
    select(people.c.id)
    .where(people.c.organization_id == ORGANIZATION, people.c.id.in_(bindparam("people", expanding=True)))
    .order_by(people.c.id)
    .with_for_update()
)
_MERGE = (
    update(people)
    .where(
        people.c.organization_id == ORGANIZATION,
        or_(people.c.id == bindparam("gone"), people.c.merged_into == bindparam("gone")),
    )
    .values(merged_into=bindparam("into"), name=None, called=None, listed=None, standing=None, changed_at=None)
)
_PASS_ON = tuple(
    update(table)
    .where(table.c.organization_id == ORGANIZATION, table.c.person_id == bindparam("gone"))
    .values(person_id=bindparam("into"))
    for table in (past_user_names, provisioning_log)
)


def directory_key(external_id: str | None, permanent: str | bool) -> str | None:
    """The immutable id that `external_id` is, or None when it is no such id.

    `permanent` is the organization's `external_id_is_permanent`: "auto" trusts what is shaped like a GUID (compared
    without case), True trusts any, False none.
    """
    if not external_id or permanent is False:
        return None
    if is_guid(external_id):
        return external_id.lower()
    return external_id if permanent is True else None


def person_for_new_record(tx: Transaction, key: str | None, standing: Listed) -> tuple[str, bool]:
    """The id of the person a new record belongs to: the departed one with this directory key, else a new one.

    And whether they are new. Lists show them as `standing` says.

    The key of somebody who was merged into another is the other's.

    While another record of that key is still there, the newcomer is somebody else and gets no key. A reused user
    name or e-mail address never makes two records the same person.
    """
    if key is not None:
        found = tx.execute(_BY_KEY, {"key": key}).one_or_none()
        if found is not None and not found.present:
            listed.rewrite(tx, found.id, standing)
            return str(found.id), False
        if found is not None:
            key = None
    person_id = new_id()
    try:
        row = {"id": person_id, "directory_key": key, "created_at": tx.now, "changed_at": tx.now}
        tx.execute(_INSERT, row | standing.columns())
    except IntegrityError as error:
        if violates(error, "people", "directory_key"):
            # The same person is being created next door: when that is done, this record finds them.
            raise Collision from error
        raise
    return person_id, True


def adopt_key(tx: Transaction, person_id: str, key: str | None) -> None:
    """Give the person the directory key their record now names, unless it is somebody else's."""
    if key is None or tx.execute(_BY_KEY, {"key": key}).one_or_none() is not None:
        return
    organizations.share(tx)  # PostgreSQL locks a row whose key changes as if it were deleted
    try:
        tx.execute(_SET_KEY, {"person": person_id, "directory_key": key})
    except IntegrityError as error:
        if violates(error, "people", "directory_key"):
            raise Collision from error
        raise


def take(tx: Transaction, person_ids: Collection[str]) -> None:
    """Have everybody who gives one of these persons a record, or looks at their cards, wait for this transaction."""
    tx.execute(_TAKE, {"people": sorted(person_ids)})


def merge(tx: Transaction, gone: str, into: str) -> None:
    """Have the person `gone`, without a record and taken, be the person `into`, under their directory key as well.

    Their past names and what the provisioning log says of them go over; cards are the caller's to pass on.
    """
    parties = {"gone": gone, "into": into}
    tx.execute(_MERGE, parties)
    for statement in _PASS_ON:
        tx.execute(statement, parties)

"""The user names that people had: kept with the person, however long the provisioning log is.

A name is a person's from the request that gives it to their record until the one that takes it away, by another name or
with the record. What Entra calls a record in its recycle bin is no name of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.ids import timed_id
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import past_user_names
from app.directory.tombstones import is_tombstone

NAME_LENGTH = 255
"""Characters of a user name by which people are found: an index takes no more."""


@dataclass(frozen=True, slots=True)
class PastName:
    """A user name, as it was sent last, and until when it was the person's."""

    user_name: str
    until: datetime


_INSERT = insert(past_user_names)
_OF_PERSON = (
    select(past_user_names.c.user_name, past_user_names.c.user_name_key, past_user_names.c.until)
    .where(past_user_names.c.organization_id == ORGANIZATION, past_user_names.c.person_id == bindparam("person"))
    .order_by(past_user_names.c.id.desc())
)


def keep(tx: Transaction, person_id: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> None:
    """Keep the user name of a record's document `before` when `after` (None: the record goes) has another.

    Another spelling in capitals and small letters is the same name (RFC 7643 §4.1.1).
    """
    name: str = before["userName"]
    if after is not None and fold(after["userName"]) == fold(name):
        return
    if is_tombstone(name) and not before["active"]:
        return
    tx.execute(
        _INSERT,
        {
            "id": timed_id(tx.now),
            "person_id": person_id,
            "user_name": name,
            "user_name_key": name_key(name),
            "until": tx.now,
            "request_id": tx.request_id,
        },
    )


def of_person(reader: Reader, person_id: str, user_name: str | None) -> tuple[PastName, ...]:
    """The names that the person had and has no more, each once, the latest first; `user_name` is the one they have."""
    found: dict[str, PastName] = {}
    for row in reader.execute(_OF_PERSON, {"person": person_id}):
        found.setdefault(row.user_name_key, PastName(row.user_name, row.until))
    if user_name is not None:
        found.pop(name_key(user_name), None)
    return tuple(found.values())


def name_key(user_name: str) -> str:
    """The form of a user name in which it is looked for."""
    return fold(user_name)[:NAME_LENGTH]

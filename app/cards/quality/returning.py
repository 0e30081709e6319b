"""People who may have left and come back: under the user name of before, but not as the same person. One query."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select, union_all

from app.cards.decision import DELETED
from app.cards.quality.subject import Finding
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import past_user_names, people, scim_users

_record = scim_users.alias("record")
_later = past_user_names.alias("later")
_RETURNED = (
    select(
        people.c.id,
        people.c.directory_key,
        past_user_names.c.until,
        scim_users.c.person_id,
        scim_users.c.user_name,
    )
    .select_from(past_user_names)
    .join(
        scim_users,
        (scim_users.c.organization_id == past_user_names.c.organization_id)
        & (scim_users.c.user_name_key == past_user_names.c.user_name_key)
        & (scim_users.c.person_id != past_user_names.c.person_id),
    )
    .join(
        people,
        (people.c.organization_id == past_user_names.c.organization_id) & (people.c.id == past_user_names.c.person_id),
    )
    .where(
        past_user_names.c.organization_id == ORGANIZATION,
        ~exists().where(
            _record.c.organization_id == past_user_names.c.organization_id,
            _record.c.person_id == past_user_names.c.person_id,
        ),
        ~exists().where(
            _later.c.organization_id == past_user_names.c.organization_id,
            _later.c.person_id == past_user_names.c.person_id,
            _later.c.id > past_user_names.c.id,
        ),
        exists().where(
            cards.c.organization_id == past_user_names.c.organization_id,
            cards.c.person_id == past_user_names.c.person_id,
            cards.c.state != DELETED,
        ),
    )
)
_OF_PERSON = union_all(
    _RETURNED.where(scim_users.c.person_id == bindparam("person")),
    _RETURNED.where(past_user_names.c.person_id == bindparam("person")),
)
_ALL_RETURNED = _RETURNED.order_by(scim_users.c.user_name_key, past_user_names.c.id)


@dataclass(frozen=True, slots=True)
class Returned:
    """Two persons who may be one: `gone` had the user name until then, whom the directory calls so now is `into`."""

    gone: str
    into: str
    user_name: str
    until: datetime


def of_person(reader: Reader, person_id: str) -> list[Returned]:
    """Who may be the same human as this person, who is one of the two. One query."""
    rows = reader.execute(_OF_PERSON, {"person": person_id})
    return [Returned(row.id, row.person_id, row.user_name, row.until) for row in rows]


def new_identity(reader: Reader, _marker: str) -> Iterator[Finding]:
    """People who have the last user name of somebody whom the directory deleted, and who has cards still."""
    rows = reader.execute(_ALL_RETURNED).all()
    slug = organizations.current(reader).slug if rows else ""
    for row in rows:
        gone, into = _argument(row.directory_key, row.id), _argument(row.user_name, row.person_id)
        yield Finding(
            "new-identity", row.user_name, None, None, "userName", row.user_name,
            f"Somebody who had this user name until {row.until:%Y-%m-%d} has left cards behind.",
            "If this is the same human under a new id, give them their cards back with"
            f" `lanyard people merge --org {slug} {gone} {into}`; if it is somebody else, do nothing.",
        )  # fmt: skip


def _argument(text: str | None, person_id: str) -> str:
    """What names the person on a command line that is pasted as it stands: `text` where no shell minds it."""
    plain = text is not None and shlex.quote(text) == text and not text.startswith("-")
    return text if text is not None and plain else person_id

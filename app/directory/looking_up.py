"""Finding people of the directory by what somebody types: the first few whose user name has it.

The user name alone, because its index is all that has to be read: a page may not wait for 100,000 records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import String, bindparam, select

from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory.tables import scim_users

MOST = 20


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the directory."""

    person_id: str
    user_name: str
    display_name: str | None
    active: bool


_COLUMNS = (scim_users.c.person_id, scim_users.c.user_name, scim_users.c.display_name, scim_users.c.active)
_PATTERN = bindparam("pattern", type_=String)
_FOUND = (
    select(*_COLUMNS)
    .where(
        scim_users.c.organization_id == ORGANIZATION,
        scim_users.c.user_name_key.like(_PATTERN, escape="\\"),
    )
    .order_by(scim_users.c.user_name_key)
    .limit(MOST)
)
_ONE = select(*_COLUMNS).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id == bindparam("person")
)


def find(reader: Reader, text: str) -> list[Somebody]:
    """The first MOST people whose user name contains `text`, in any case; by user name."""
    if not text:
        return []
    within = re.sub(r"([\\%_])", r"\\\1", fold(text))
    rows = reader.execute(_FOUND, {"pattern": f"%{within}%"})
    return [Somebody(row.person_id, row.user_name, row.display_name, row.active) for row in rows]


def one(reader: Reader, person_id: str) -> Somebody:
    """The person with this id, who has a record in the directory. Raises NotFound."""
    row = reader.execute(_ONE, {"person": person_id}).one_or_none() if is_guid(person_id) else None
    if row is None:
        raise NotFound("there is no such person in the directory")
    return Somebody(row.person_id, row.user_name, row.display_name, row.active)

"""Finding people of the directory by what somebody types: the first few who are listed with all its words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory.listed import words
from app.directory.tables import people, scim_users

MOST = 20


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the directory."""

    person_id: str
    user_name: str
    display_name: str | None
    active: bool


_COLUMNS = (scim_users.c.person_id, scim_users.c.user_name, scim_users.c.display_name, scim_users.c.active)
_NAMED = select(people.c.id).where(people.c.organization_id == ORGANIZATION, people.c.listed.is_not(None))
_OF = select(*_COLUMNS).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id.in_(bindparam("people", expanding=True))
)
_ONE = select(*_COLUMNS).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id == bindparam("person")
)


def find(reader: Reader, text: str) -> list[Somebody]:
    """The first MOST people in whose name, user name, e-mail or department all words of `text` are; by name."""
    wanted = words(text)
    if not wanted:
        return []
    within = func.instr if reader.dialect == "sqlite" else func.strpos
    named = _NAMED.where(*(within(people.c.listed, word) > 0 for word in wanted))
    ids = list(reader.execute(named.order_by(people.c.listed, people.c.id).limit(MOST)).scalars())
    found = {row.person_id: row for row in reader.execute(_OF, {"people": ids})}
    listed = [found[person_id] for person_id in ids if person_id in found]
    return [Somebody(row.person_id, row.user_name, row.display_name, row.active) for row in listed]


def one(reader: Reader, person_id: str) -> Somebody:
    """The person with this id, who has a record in the directory. Raises NotFound."""
    row = reader.execute(_ONE, {"person": person_id}).one_or_none() if is_guid(person_id) else None
    if row is None:
        raise NotFound("there is no such person in the directory")
    return Somebody(row.person_id, row.user_name, row.display_name, row.active)

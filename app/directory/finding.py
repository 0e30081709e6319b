"""Finding a person by what somebody calls them: a user name of now or before, the directory's id, or the person's own.

More than one person may have had a user name: nobody is chosen then, all are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, union

from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.errors import NotFound, Refused
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory.past_names import name_key
from app.directory.tables import past_user_names, people, scim_users

_LISTED = 8
"""People whom a refusal names: some senders create and delete the same user for ever."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was found."""

    id: str
    directory_key: str | None
    user_name: str | None
    """Of their record; None when the directory has deleted it, or never had one."""
    email: str | None
    """The address that somebody from outside the directory was invited by."""

    @property
    def handle(self) -> str:
        """What names this person and nobody else, in this and every other command."""
        return self.directory_key or self.id


_called = union(
    select(scim_users.c.person_id).where(
        scim_users.c.organization_id == ORGANIZATION, scim_users.c.user_name_key == bindparam("folded")
    ),
    select(past_user_names.c.person_id).where(
        past_user_names.c.organization_id == ORGANIZATION, past_user_names.c.user_name_key == bindparam("key")
    ),
    select(func.coalesce(people.c.merged_into, people.c.id)).where(
        people.c.organization_id == ORGANIZATION, people.c.directory_key == bindparam("handle")
    ),
    select(func.coalesce(people.c.merged_into, people.c.id)).where(
        people.c.organization_id == ORGANIZATION, people.c.id == bindparam("handle")
    ),
    select(func.coalesce(people.c.merged_into, people.c.id)).where(
        people.c.organization_id == ORGANIZATION, people.c.email_key == bindparam("folded")
    ),
).subquery("called")
_CALLED = (
    select(people.c.id, people.c.directory_key, people.c.email, scim_users.c.user_name)
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.id.in_(select(_called)))
    .order_by(people.c.created_at, people.c.id)
)


def one(reader: Reader, text: str) -> Person:
    """Whoever has the user name `text` now, else was invited as that, else the one who had it, or whose id it is.

    Raises NotFound, and Refused naming the people when several had it.
    """
    found = _all(reader, text)
    now = [person for person in found if _has_name(person, text)]
    invited = [person for person in found if person.email is not None and fold(person.email) == fold(text)]
    return _only([*now, *invited][:1] or found, text)


def departed(reader: Reader, text: str, successor: Person) -> Person:
    """The one person without a record who had the user name `text`, was invited as it, or whose id it is.

    That somebody else has the name now, `successor` apart, makes it doubtful who is meant. Raises NotFound, and Refused
    with the reason.
    """
    found = _all(reader, text)
    gone = [person for person in found if person.user_name is None]
    there = [person for person in found if person.user_name is not None and person.id != successor.id]
    if gone and any(_has_name(person, text) for person in there):
        raise _several(found, text)
    if gone:
        return _only(gone, text)
    if there:
        raise Refused(
            f"both are in the directory: {there[0].user_name!r} and {successor.user_name!r} are two people there"
        )
    if found:
        raise Refused(f"{text!r} and {successor.user_name!r} are the same person already")
    return _only(found, text)


def persons_named(reader: Reader, user_name: str) -> list[str]:
    """The ids of all persons who are or were called `user_name`."""
    return [person.id for person in _all(reader, user_name)]


def _all(reader: Reader, text: str) -> list[Person]:
    called = {
        "folded": fold(text),
        "key": name_key(text),
        "handle": text.lower() if is_guid(text) else text,
    }
    return [Person(row.id, row.directory_key, row.user_name, row.email) for row in reader.execute(_CALLED, called)]


def _has_name(person: Person, text: str) -> bool:
    return person.user_name is not None and fold(person.user_name) == fold(text)


def _only(found: Sequence[Person], text: str) -> Person:
    if not found:
        raise NotFound(f"nobody is called {text!r}, and nobody was")
    if len(found) > 1:
        raise _several(found, text)
    return found[0]


def _several(found: Sequence[Person], text: str) -> Refused:
    said = [f"{person.handle} ({person.user_name or person.email or 'deleted by the directory'})" for person in found]
    listed = ", ".join(said[:_LISTED])
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return Refused(f"{len(found)} people are or were called {text!r}: {listed}{more}; name one of them by this id")

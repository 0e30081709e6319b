"""Whom the log means by an actor: the name that people know, in place of an id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select

from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.directory.tables import people, scim_users

PERSON = "person:"
GONE = "somebody who has left"
_KINDS = {"token:": "token ", "client:": "OAuth client ", "visitor:": "", "invitation:": "invitation "}
_WHOLE = {"cli": "the command line", "system": "Lanyard itself", "provider": "the sign-in provider"}
_NAMES = (
    select(people.c.id, people.c.email, scim_users.c.user_name)
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.id.in_(bindparam("people", expanding=True)))
)


def names(reader: Reader, actors: Iterable[str | None]) -> Mapping[str | None, str]:
    """What to call each of these actors (`person:<id>`, `token:<name>`, `cli` …); None is not known. One query."""
    wanted = set(actors)
    ids = [actor.removeprefix(PERSON) for actor in wanted if actor is not None and actor.startswith(PERSON)]
    known: dict[str, str] = {}
    if ids:
        for row in reader.execute(_NAMES, {"people": sorted(ids)}):
            known[row.id] = row.user_name or row.email or GONE
    return {actor: _name(actor, known) for actor in wanted}


def of_person(reader: Reader, person_id: str) -> str:
    """What to call a person of the organization, in the directory or not. Raises NotFound."""
    row = reader.execute(_NAMES, {"people": [person_id]}).one_or_none()
    if row is None:
        raise NotFound("there is no such person")
    return str(row.user_name or row.email or GONE)


def _name(actor: str | None, known: Mapping[str, str]) -> str:
    if actor is None:
        return "not known"
    if actor.startswith(PERSON):
        return known.get(actor.removeprefix(PERSON), GONE)
    for kind, words in _KINDS.items():
        if actor.startswith(kind):
            return words + actor.removeprefix(kind)
    return _WHOLE.get(actor, actor)

"""Who holds which role: given here, or brought by a claim of the provider by whoever is signed in now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select, text

from app.auth.sign_in.roles import OWNER
from app.auth.sign_in.tables import roles, sessions
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory import person_search
from app.directory.tables import people, scim_users

PERSON, ROLE, SINCE = SORTS = ("person", "role", "since")
"""What the list of roles that were given here can be sorted by: whose, which, since when."""

EXPORTED = 1_000
"""Roles read at a time for a file."""
MOST_SESSIONS = 200
"""Sessions with roles that are looked at."""

_GIVEN = (
    select(
        roles.c.person_id,
        roles.c.role,
        roles.c.granted_at,
        roles.c.granted_by,
        scim_users.c.user_name,
        scim_users.c.display_name,
        scim_users.c.active,
        people.c.email,
    )
    .join(people, (people.c.organization_id == roles.c.organization_id) & (people.c.id == roles.c.person_id))
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == roles.c.organization_id) & (scim_users.c.person_id == roles.c.person_id),
    )
    .where(roles.c.organization_id == ORGANIZATION)
)
_CALLED: ColumnElement[str] = func.coalesce(people.c.listed, people.c.id, type_=people.c.listed.type)
_ORDERS = {
    PERSON: (_CALLED, roles.c.person_id, roles.c.role),
    ROLE: (roles.c.role, _CALLED, roles.c.person_id),
    SINCE: (roles.c.granted_at, roles.c.person_id, roles.c.role),
}
_OWNERS = (
    select(func.count())
    .select_from(roles)
    .join(
        scim_users,
        (scim_users.c.organization_id == roles.c.organization_id) & (scim_users.c.person_id == roles.c.person_id),
    )
    .where(
        roles.c.organization_id == ORGANIZATION,
        roles.c.role == OWNER,
        roles.c.person_id != bindparam("person"),
        scim_users.c.active,
    )
)
# As in the partial index: a parameter would not find it.
_WITH_ROLES = (
    select(
        sessions.c.person_id,
        sessions.c.who,
        sessions.c.roles,
        sessions.c.seen_at,
        sessions.c.issuer,
        sessions.c.expires_at,
    )
    .where(
        sessions.c.organization_id == ORGANIZATION,
        text("roles <> '[]'"),
    )
    .limit(MOST_SESSIONS)
)


@dataclass(frozen=True, slots=True)
class ByClaim:
    """Somebody who is signed in with roles that were not given here."""

    who: str
    person_id: str | None
    roles: tuple[str, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the roles that were given here a list shows."""

    search: str = ""
    """Words, each of which the holder's name, user name, e-mail address or department must have somewhere."""
    role: str | None = None


def given(
    reader: Reader,
    wanted: Wanted,
    sort: str = PERSON,
    place: str | None = None,
    *,
    descending: bool = False,
    size: int = paging.PAGE,
) -> Page:
    """A page of the roles that were given here: rows with `person_id`, `role`, `granted_at`, `granted_by` and what
    people call them. Raises Refused for a place that no page named."""
    statement: Select[Any] = _GIVEN
    if wanted.search:
        statement = statement.where(*person_search.by_words(reader.dialect, wanted.search))
    if wanted.role is not None:
        statement = statement.where(roles.c.role == bindparam("wanted"))
    parameters = {"wanted": wanted.role} if wanted.role is not None else None
    return paging.fetch(reader, statement, Order(_ORDERS[sort], descending), place, size=size, parameters=parameters)


def in_pages(reader: Reader, wanted: Wanted) -> Iterator[list[Row[Any]]]:
    """All of these roles, by person, EXPORTED of them at a time."""
    place = None
    while True:
        page = given(reader, wanted, PERSON, place, size=EXPORTED)
        yield page.rows
        place = page.later
        if place is None:
            return


def other_owners(reader: Reader, person_id: str) -> int:
    """How many active people besides this one are owners by a role that was given here."""
    return int(reader.execute(_OWNERS, {"person": person_id}).scalar_one())


def by_claim(reader: Reader, now: datetime) -> list[ByClaim]:
    """Who is signed in now with roles that the provider's claim brought, the last seen first; of MOST_SESSIONS."""
    listed = reader.execute(_WITH_ROLES).all()
    rows = [row for row in listed if row.issuer is not None and row.expires_at > now]
    known = [row.person_id for row in rows if row.person_id is not None]
    here: dict[str, set[str]] = {}
    if known:
        wanted = select(roles.c.person_id, roles.c.role).where(
            roles.c.organization_id == ORGANIZATION, roles.c.person_id.in_(bindparam("people", expanding=True))
        )
        for row in reader.execute(wanted, {"people": sorted(set(known))}):
            here.setdefault(row.person_id, set()).add(row.role)
    found: dict[tuple[str | None, str], ByClaim] = {}
    for row in sorted(rows, key=lambda row: row.seen_at):
        brought = tuple(sorted(set(row.roles) - here.get(row.person_id, set())))
        if brought:
            found[row.person_id, row.who] = ByClaim(row.who, row.person_id, brought, row.seen_at)
    return sorted(found.values(), key=lambda one: one.seen_at, reverse=True)

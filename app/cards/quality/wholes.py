"""Checks that look at the directory as a whole: one query each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select

from app.attributes.definitions import ENTERPRISE_USER
from app.cards import rule_book
from app.cards.quality.subject import Finding
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import memberships, scim_groups, scim_users

NUMBER = f"{ENTERPRISE_USER}:employeeNumber"
_NAMED = 3
"""Others that a sentence names; there may be thousands."""

_peopled = exists().where(
    memberships.c.organization_id == ORGANIZATION,
    memberships.c.group_id == scim_groups.c.id,
    scim_users.c.organization_id == memberships.c.organization_id,
    scim_users.c.id == memberships.c.member_id,
)
_EMPTY_GROUPS = (
    select(scim_groups.c.id, scim_groups.c.display_name)
    .where(scim_groups.c.organization_id == ORGANIZATION, ~_peopled)
    .order_by(scim_groups.c.display_name_key)
)
_people = (
    select(
        scim_users.c.user_name,
        func.lower(scim_users.c.email).label("mail"),
        scim_users.c.folded["displayName"].as_string().label("name"),
        scim_users.c.folded[(ENTERPRISE_USER, "employeeNumber")].as_string().label("number"),
    )
    .where(scim_users.c.organization_id == ORGANIZATION)
    .cte("people")
)


def _sharing(*keys: ColumnElement[Any]) -> Select[Any]:
    """People who have all `keys` in common with somebody else, next to each other."""
    said = [and_(key != "", key != bindparam("marker")) for key in keys]
    shared = select(*keys).where(*said).group_by(*keys).having(func.count() > 1).subquery()
    same = and_(*(shared.c[key.key or ""] == key for key in keys))
    return select(_people).join(shared, same).order_by(*keys, _people.c.user_name)


_SAME_MAIL = _sharing(_people.c.mail)
_SAME_NAME_AND_NUMBER = _sharing(_people.c.name, _people.c.number)


def empty_group(reader: Reader, _marker: str) -> Iterator[Finding]:
    """Groups without a person as a direct member, bound or not: Entra pushes only groups that somebody assigned."""
    rules = rule_book.read(reader)
    for row in reader.execute(_EMPTY_GROUPS):
        given = [rules.names[one.template_id] for one in rules.bounds if one.group_id == row.id]
        effect = f", so nobody gets a card of {' or '.join(given)} through it" if given else ""
        yield Finding(
            "empty-group", None, row.display_name, given[0] if len(given) == 1 else None, "members", None,
            f"The group has no person as a direct member{effect}.",
            "Add people to the group in Entra and see that they are in the app's scope: members of nested groups are"
            " not provisioned. Or take the group out of the app.",
        )  # fmt: skip


def duplicate_mail(reader: Reader, marker: str) -> Iterator[Finding]:
    """People with the same e-mail address, in any case."""
    for _, rows in groupby(reader.execute(_SAME_MAIL, {"marker": marker.lower()}), key=lambda row: row.mail):
        yield from _duplicates("duplicate-mail", "emails.value", list(rows), "mail", "e-mail address")


def duplicate_person(reader: Reader, marker: str) -> Iterator[Finding]:
    """People with the same display name, in any case, and the same employee number."""
    found = reader.execute(_SAME_NAME_AND_NUMBER, {"marker": marker.lower()})
    for _, rows in groupby(found, key=lambda row: (row.name, row.number)):
        yield from _duplicates("duplicate-person", NUMBER, list(rows), "number", "name and employee number")


def _duplicates(kind: str, field: str, rows: list[Any], column: str, what: str) -> Iterator[Finding]:
    for row in rows:
        others = [other.user_name for other in rows[: _NAMED + 1] if other is not row][:_NAMED]
        more = f" and {len(rows) - 1 - len(others)} more" if len(rows) - 1 > len(others) else ""
        yield Finding(
            kind, row.user_name, None, None, field, getattr(row, column),
            f"The same {what} as {', '.join(others)}{more}.",
            "If they are one human, delete the account that is not used in Entra; nothing is merged by itself. If"
            " they are not, correct the value, or take shared accounts out of the app's scope.",
        )  # fmt: skip

"""Whom and what lines of the audit log are about: the name that people know and its page, in place of an id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func, select

from app.cards.tables import cards, templates
from app.core.db import ORGANIZATION
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory.actors import GONE
from app.directory.tables import people, scim_groups, scim_users
from app.directory.tombstones import without_tombstone


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is about: what to call it, and the path of its page."""

    name: str
    path: str


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_CALLED = func.coalesce(scim_users.c.user_name, people.c.email, people.c.called).label("called")
_RECORD = (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id)
_PEOPLE = (
    select(people.c.id, scim_users.c.id.label("record"), _CALLED)
    .outerjoin(scim_users, _RECORD)
    .where(people.c.organization_id == ORGANIZATION)
)
_BY_PERSON = _PEOPLE.where(people.c.id.in_(_IDS))
_BY_RECORD = _PEOPLE.where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(_IDS))
_GROUPS = select(scim_groups.c.id, scim_groups.c.display_name).where(
    scim_groups.c.organization_id == ORGANIZATION, scim_groups.c.id.in_(_IDS)
)
_TEMPLATES = select(templates.c.id, templates.c.name).where(
    templates.c.organization_id == ORGANIZATION, templates.c.id.in_(_IDS)
)
_CARDS = (
    select(cards.c.id, cards.c.public_id, cards.c.person_id, templates.c.name.label("template"), _CALLED)
    .outerjoin(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .outerjoin(people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id))
    .outerjoin(scim_users, _RECORD)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id.in_(_IDS))
)


def named(reader: Reader, subjects: Iterable[str]) -> dict[str, Subject]:
    """Of these subjects those that are people (by themselves or their records), groups, templates and cards that are
    still there. Five queries by key at most, however many they are; none where there is no id among them."""
    ids = sorted({one for one in subjects if is_guid(one)})
    if not ids:
        return {}
    asked, found = {"ids": ids}, dict[str, Subject]()
    for statement, key in ((_BY_PERSON, "id"), (_BY_RECORD, "record")):
        for row in reader.execute(statement, asked):
            found[row._mapping[key]] = Subject(_called(row), f"/console/people/{row.id}")
    for row in reader.execute(_GROUPS, asked):
        found[row.id] = Subject(row.display_name, f"/console/groups/{row.id}")
    for row in reader.execute(_TEMPLATES, asked):
        found[row.id] = Subject(row.name, f"/console/templates/{row.id}")
    for row in reader.execute(_CARDS, asked):
        whose = "nobody" if row.person_id is None else _called(row)
        card = f"card of {whose}, {row.template}" if row.template else f"card of {whose}"
        found[row.id] = Subject(card, f"/console/cards/{row.public_id}")
    return found


def _called(row: Row[Any]) -> str:
    return without_tombstone(row.called) if row.called else GONE

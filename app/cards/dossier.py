"""Everything that is known of one person, as a page for an admin says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.cards import rule_book, why
from app.cards.quality import report, returning
from app.cards.quality.returning import Returned
from app.cards.quality.subject import Finding
from app.cards.why import Explanation
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.directory import finding, provisioning_log, users
from app.directory.provisioning_log import LoggedPush
from app.directory.tables import people, scim_users

PUSHES = 20
LONGEST = 200
"""Characters of a value of a document that are shown."""


@dataclass(frozen=True, slots=True)
class Record:
    """A person's record in the directory."""

    id: str
    """The SCIM `id`."""
    document: Mapping[str, Any]
    """As it was pushed, fit to be looked at: long values cut, photos named instead of shown."""
    version: int
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class GroupOfPerson:
    """A group of the person, and the templates that it is bound to."""

    id: str
    name: str
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person, with what the directory says, what they have, and what was done."""

    id: str
    name: str
    """What to call them."""
    standing: str
    """One of directory.listed.STANDINGS."""
    blocked_at: datetime | None
    created_at: datetime
    changed_at: datetime
    record: Record | None
    groups: tuple[GroupOfPerson, ...]
    explanation: Explanation
    pushes: tuple[LoggedPush, ...]
    findings: tuple[Finding, ...]
    returned: tuple[Returned, ...]
    """Who may be the same human under another identity."""


_PERSON = (
    select(
        people.c.id,
        people.c.name,
        people.c.called,
        people.c.standing,
        people.c.blocked_at,
        people.c.created_at,
        people.c.changed_at,
        scim_users.c.id.label("user_id"),
        scim_users.c.user_name,
        scim_users.c.document,
        scim_users.c.version,
        scim_users.c.created_at.label("pushed_at"),
        scim_users.c.modified_at,
    )
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))
)


def identify(reader: Reader, text: str) -> str:
    """The id of the person of whom this is the id (or was, before a merge), a user name or the directory's id.

    Raises NotFound, and Refused naming the people when several are meant.
    """
    if "\0" in text:
        raise NotFound("nobody is called that")
    return finding.one(reader, text).id


def of_person(reader: Reader, person_id: str, public_url: str) -> Dossier:
    """All of it about the person with this id. Some fifteen queries, none of which grows with the organization."""
    row = reader.execute(_PERSON, {"person": person_id}).one()
    explanation = why.explain(reader, person_id, public_url)
    return Dossier(
        id=row.id,
        name=explanation.display_name or row.user_name or explanation.invited_as or row.name or row.called,
        standing=row.standing,
        blocked_at=row.blocked_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        record=None
        if row.user_id is None
        else Record(row.user_id, presentable(row.document), row.version, row.pushed_at, row.modified_at),
        groups=() if row.user_id is None else _groups(reader, row.user_id),
        explanation=explanation,
        pushes=tuple(provisioning_log.latest_of(reader, person_id, PUSHES)),
        findings=tuple(report.of_person(reader, person_id)),
        returned=tuple(returning.of_person(reader, person_id)),
    )


def presentable(value: Any) -> Any:
    """A document, or a part of it, with long texts cut, and photos named instead of shown. Pure."""
    if isinstance(value, Mapping):
        return {key: _named(entry) if key == "photos" else presentable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [presentable(one) for one in value]
    return _cut(value)


def _named(photos: Any) -> Any:
    entries = photos if isinstance(photos, list) else [photos]
    return [
        {key: _photo(text) if key == "value" else presentable(text) for key, text in entry.items()}
        if isinstance(entry, Mapping)
        else _cut(entry)
        for entry in entries
    ]


def _photo(text: Any) -> Any:
    if isinstance(text, str) and not text.startswith(("https://", "http://")):
        return "(a picture that was pushed as data)"
    return _cut(text)


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}… ({len(value):,} characters)"
    return value


def _groups(reader: Reader, user_id: str) -> tuple[GroupOfPerson, ...]:
    rules = rule_book.read(reader)
    return tuple(
        GroupOfPerson(
            group_id,
            name,
            tuple(dict.fromkeys(rules.names[one.template_id] for one in rules.bounds if one.group_id == group_id)),
        )
        for group_id, name in users.find(reader, user_id).groups
    )

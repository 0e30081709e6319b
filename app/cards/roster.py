"""Everybody whom the directory has pushed, then who was invited from outside, with their cards, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select

from app.cards.decision import DELETED
from app.cards.names import said_name
from app.cards.tables import OLDEST_FIRST, cards, templates
from app.core.db import ORGANIZATION, Timestamp
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import people, scim_users

PAGE = 500
"""People read at a time."""


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person whose record is in the directory, or who was invited; `cards` are (template, state), oldest first."""

    user_name: str | None
    """None for somebody from outside the directory, who has `invited_as`."""
    external_id: str | None
    display_name: str | None
    active: bool
    created: datetime
    cards: tuple[tuple[str, str], ...]
    invited_as: str | None = None
    """The e-mail address they were invited by."""


_PEOPLE = (
    select(
        scim_users.c.id,
        scim_users.c.person_id,
        scim_users.c.user_name,
        scim_users.c.external_id,
        scim_users.c.display_name,
        scim_users.c.active,
        scim_users.c.created_at,
    )
    .where(
        scim_users.c.organization_id == ORGANIZATION,
        or_(
            scim_users.c.created_at > bindparam("created", type_=Timestamp),
            and_(scim_users.c.created_at == bindparam("created", type_=Timestamp), scim_users.c.id > bindparam("id")),
        ),
    )
    .order_by(scim_users.c.created_at, scim_users.c.id)
    .limit(bindparam("page"))
)
_OUTSIDERS = (
    select(people.c.id.label("person_id"), people.c.email, people.c.email_key, people.c.created_at)
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(
        people.c.organization_id == ORGANIZATION,
        people.c.email_key > bindparam("after"),
        scim_users.c.id.is_(None),
        people.c.merged_into.is_(None),
    )
    .order_by(people.c.email_key)
    .limit(bindparam("page"))
)
_CARDS = (
    select(cards.c.person_id, cards.c.state, templates.c.name)
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id.in_(bindparam("people", expanding=True)),
        cards.c.state != DELETED,
    )
    .order_by(*OLDEST_FIRST)
)


def every(reader: Reader, page: int = PAGE) -> Iterator[ListedPerson]:
    """The directory's people in the order they were pushed first, then invited ones by address.

    Two queries for `page` of them, one for all.
    """
    yield from _of_directory(reader, page)
    yield from _invited(reader, page)


def _of_directory(reader: Reader, page: int) -> Iterator[ListedPerson]:
    marker = organizations.settings(reader).clear_marker
    place: dict[str, Any] = {"created": datetime(1970, 1, 1, tzinfo=UTC), "id": "", "page": page}
    while True:
        rows = reader.execute(_PEOPLE, place).all()
        held = _cards_of(reader, rows)
        for row in rows:
            yield ListedPerson(
                user_name=row.user_name,
                external_id=row.external_id,
                display_name=said_name(row.display_name, marker),
                active=row.active,
                created=row.created_at,
                cards=tuple(held[row.person_id]),
            )
        if len(rows) < page:
            return
        place |= {"created": rows[-1].created_at, "id": rows[-1].id}


def _invited(reader: Reader, page: int) -> Iterator[ListedPerson]:
    place: dict[str, Any] = {"after": "", "page": page}
    while True:
        rows = reader.execute(_OUTSIDERS, place).all()
        held = _cards_of(reader, rows)
        for row in rows:
            yield ListedPerson(
                user_name=None,
                external_id=None,
                display_name=None,
                active=True,
                created=row.created_at,
                cards=tuple(held[row.person_id]),
                invited_as=row.email,
            )
        if len(rows) < page:
            return
        place["after"] = rows[-1].email_key


def _cards_of(reader: Reader, rows: Sequence[Row[Any]]) -> dict[str, list[tuple[str, str]]]:
    """The cards of each person in `rows`."""
    held: dict[str, list[tuple[str, str]]] = {row.person_id: [] for row in rows}
    for card in reader.execute(_CARDS, {"people": list(held)}) if held else ():
        held[card.person_id].append((card.name, card.state))
    return held

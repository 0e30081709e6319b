"""What another version of a template would show on real people, whether or not they have a card of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.cards import colleagues, lookup
from app.cards.chunks import chunks
from app.cards.colleagues import KnownManager
from app.cards.decision import DELETED, LIVE
from app.cards.layout import Layout
from app.cards.tables import cards
from app.cards.template_store import Template
from app.cards.values import manager_of
from app.cards.versioning.comparing import compared, shown
from app.cards.view import CardSource, Manager
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.directory import organizations, pictures, users
from app.directory.organizations import Organization
from app.directory.tables import scim_users

Managers = Mapping[str, KnownManager]

NO_CARD = "preview"
"""What stands for the public id of a card that is not there; no public id is so short."""
FEW = 5
"""How many holders are looked at when nobody is named."""


@dataclass(frozen=True, slots=True)
class PersonPreview:
    """One person: what the card shows and would show, as text by label."""

    person: str | None
    """The user name; None for a card without a person, or without a record of theirs."""
    public_id: str | None
    """The person's card of the template; None for somebody who has none, of whom nothing shows now."""
    before: dict[str, str]
    after: dict[str, str]


_OF_TEMPLATE = (
    select(*lookup.COLUMNS, cards.c.created_at, scim_users.c.user_name)
    .select_from(lookup.SOURCES)
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.template_id == bindparam("template"),
        cards.c.state != DELETED,
    )
)
_FIRST = _OF_TEMPLATE.order_by(cards.c.created_at, cards.c.id).limit(bindparam("few"))
_OF_PEOPLE = _OF_TEMPLATE.where(cards.c.person_id.in_(bindparam("people", expanding=True)))
# Whoever is found first: putting the cards of a large template into any order would look at all of them.
_SOMEBODY = (
    select(cards.c.person_id)
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.template_id == bindparam("template"),
        cards.c.state == LIVE,
        cards.c.person_id.is_not(None),
    )
    .limit(1)
)
_RECORDS = select(
    scim_users.c.person_id, scim_users.c.user_name, scim_users.c.document, scim_users.c.found_photo
).where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id.in_(bindparam("people", expanding=True)))


def preview(reader: Reader, before: Template, after: Template, user_names: Sequence[str]) -> list[PersonPreview]:
    """What the cards of `before` show and would show on `after`: of the people named, or of the first few holders.

    Somebody with several cards of the template is there once for each. Raises NotFound for a name that is nobody's.
    """
    organization = organizations.current(reader)
    if not user_names:
        rows = reader.execute(_FIRST, {"template": before.id, "few": FEW}).all()
        known = _managers(reader, rows, before, after, organization)
        return [_of_card(row, before, after, organization, known) for row in rows]
    wanted = list(dict.fromkeys(users.person_named(reader, name) for name in user_names))
    held: dict[str, list[Row[Any]]] = {person_id: [] for person_id in wanted}
    records: dict[str, Row[Any]] = {}
    for listed in chunks(wanted):
        for row in reader.execute(_OF_PEOPLE, {"template": before.id, "people": listed}):
            held[row.person_id].append(row)
        records |= {row.person_id: row for row in reader.execute(_RECORDS, {"people": listed})}
    shown = [*(row for of_theirs in held.values() for row in of_theirs), *records.values()]
    known = _managers(reader, shown, before, after, organization)
    found = []
    for person_id in wanted:
        of_theirs = sorted(held[person_id], key=lambda row: (row.created_at, row.public_id))
        found += [_of_card(row, before, after, organization, known) for row in of_theirs]
        if not of_theirs:
            found.append(_without_card(records[person_id], after, organization, known))
    return found


def some_holder(reader: Reader, template: Template) -> str | None:
    """A person with a live card of the template; None when nobody has one."""
    row = reader.execute(_SOMEBODY, {"template": template.id}).one_or_none()
    return None if row is None else row.person_id


def source_of(
    reader: Reader, template: Template, layout: Layout, person_id: str | None, made_up: Mapping[str, Any]
) -> CardSource:
    """What a card of the person is rendered from by `layout`, in place of the template's: the oldest they have of it,
    else one that is not there; of nobody, one of somebody whose record would be `made_up`.

    Raises NotFound for a person who has neither such a card nor a record.
    """
    organization = organizations.current(reader)
    after = replace(template, layout=layout)
    if person_id is None:
        return _imagined(made_up, after, organization, {})
    cards_of_it = reader.execute(_OF_PEOPLE, {"template": template.id, "people": [person_id]}).all()
    row = min(cards_of_it, key=lambda one: (one.created_at, one.public_id), default=None)
    if row is not None:
        known = _managers(reader, [row], template, after, organization)
        return replace(lookup.source(row, template.layout, organization.settings, known), layout=layout)
    record = reader.execute(_RECORDS, {"people": [person_id]}).one_or_none()
    if record is None:
        raise NotFound("this person is not in the directory any more")
    known = _managers(reader, [record], template, after, organization)
    return _imagined(_document(record), after, organization, known)


def _managers(
    reader: Reader, rows: Iterable[Row[Any]], before: Template, after: Template, organization: Organization
) -> Managers:
    shown = ((template.layout, row.document) for row in rows for template in (before, after))
    return colleagues.managers_shown(reader, shown, organization.settings)


def _of_card(
    row: Row[Any], before: Template, after: Template, organization: Organization, known: Managers
) -> PersonPreview:
    now, then = compared(lookup.source(row, before.layout, organization.settings, known), after.layout)
    return PersonPreview(row.user_name, row.public_id, now.values, then.values)


def _without_card(row: Row[Any], after: Template, organization: Organization, known: Managers) -> PersonPreview:
    return PersonPreview(row.user_name, None, {}, shown(_imagined(_document(row), after, organization, known)).values)


def _document(row: Row[Any]) -> Mapping[str, Any]:
    """The record's document with the photo that was found for it elsewhere."""
    return pictures.with_found(row.document, row.found_photo)


def _imagined(document: Mapping[str, Any], after: Template, organization: Organization, known: Managers) -> CardSource:
    """A card that somebody with this record does not have."""
    manager = known.get(manager_of(document) or "")
    return CardSource(
        public_id=NO_CARD,
        organization=organization.name,
        phone_region=organization.settings.phone_region,
        clear_marker=organization.settings.clear_marker,
        template=after.name,
        layout=after.layout,
        document=document,
        own={},
        once={},
        versions=(),
        revised=clock.now(),
        manager=manager.shown if manager else Manager(),
    )

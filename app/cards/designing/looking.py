"""A card as a template's form would make it, on somebody real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Row, bindparam, select

from app.attributes.definitions import ENTERPRISE_USER
from app.cards.faces import with_face
from app.cards.layout import Layout
from app.cards.rendering import render
from app.cards.template_store import Template
from app.cards.versioning import previewing
from app.cards.view import CardView
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import looking_up
from app.directory.looking_up import Somebody
from app.directory.tables import scim_users

FEW = 8
"""People that a search finds at most."""
MADE_UP = {
    "userName": "sam.sample@example.com",
    "displayName": "Sam Sample",
    "name": {"givenName": "Sam", "familyName": "Sample"},
    "title": "Head of Examples",
    "emails": [{"type": "work", "value": "sam.sample@example.com"}],
    "phoneNumbers": [{"type": "work", "value": "+41 44 555 01 00"}, {"type": "mobile", "value": "+41 79 555 01 00"}],
    "addresses": [
        {"type": "work", "streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich", "country": "CH"}
    ],
    ENTERPRISE_USER: {"department": "Samples"},
}
"""The record of somebody to look at while the directory has nobody."""
_PEOPLE = select(scim_users.c.person_id, scim_users.c.user_name, scim_users.c.display_name).where(
    scim_users.c.organization_id == ORGANIZATION
)
_ONE = _PEOPLE.where(scim_users.c.person_id == bindparam("person"))
_FIRST = _PEOPLE.order_by(scim_users.c.created_at, scim_users.c.id).limit(1)


def somebody(reader: Reader, template: Template, person_id: str | None) -> Row[tuple[str, str, str | None]] | None:
    """The person with this id, else somebody with a card of the template, else the first in the directory, else None.

    Rows have `person_id`, `user_name`, `display_name`.
    """
    row = reader.execute(_ONE, {"person": person_id}).one_or_none() if person_id else None
    if row is None and (holder := previewing.some_holder(reader, template)):
        row = reader.execute(_ONE, {"person": holder}).one_or_none()
    return row or reader.execute(_FIRST).one_or_none()


def found(reader: Reader, text: str) -> Sequence[Somebody]:
    """The first people in whose name, user name, e-mail or department all words of `text` are; nobody for nothing."""
    return looking_up.find(reader, text)[:FEW]


def view(
    reader: Reader, template: Template, name: str, layout: Layout, person_id: str | None, public_url: str
) -> CardView:
    """The card of this person as `template` would make it with this name and layout, with their own values if they have
    one of it; of nobody, that of a made-up person. Raises NotFound for a person with neither a card of it nor a record.
    """
    source = previewing.source_of(reader, template, layout, person_id, MADE_UP)
    return with_face(reader, render(replace(source, template=name, layout=layout), public_url))

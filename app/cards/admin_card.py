"""One card as an admin sees it: in whatever state, with what it shows and why it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from app.cards import colleagues, lookup, why
from app.cards.decision import DELETED, HELD, LIVE
from app.cards.faces import with_face
from app.cards.layout import Item, Layout
from app.cards.provenance import ExplainedValue, explained, origins_of_managers, photos_of
from app.cards.public_ids import read_public_id
from app.cards.rendering import render
from app.cards.tables import cards
from app.cards.view import CardSource, CardView
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import people, scim_users


@dataclass(frozen=True, slots=True)
class AdminCard:
    """A card that is not deleted. `because` says why it is there and in its state; `own` are the keys set on it."""

    id: str
    public_id: str
    person_id: str | None
    holder: str | None
    """The user name, or the address of somebody who was invited; None for nobody's card."""
    state: str
    paused_by_admin: bool
    template_id: str
    template: str
    created_at: datetime
    modified_at: datetime
    waiting_since: datetime | None
    claimed_at: datetime | None
    version: int
    items: tuple[Item, ...]
    own: frozenset[str]
    source: CardSource
    view: CardView
    values: dict[str, ExplainedValue]
    because: tuple[str, ...]


_ONE = (
    select(
        *lookup.COLUMNS,
        cards.c.id,
        cards.c.created_at,
        cards.c.paused_by_admin,
        cards.c.waiting_since,
        scim_users.c.user_name,
        scim_users.c.origins,
        people.c.email.label("invited_as"),
    )
    .select_from(
        lookup.SOURCES.outerjoin(
            people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id)
        )
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.public_id == bindparam("wanted"),
        cards.c.state != DELETED,
    )
)


def find(reader: Reader, text: str, public_url: str) -> AdminCard:
    """The card of this public id. A bounded number of queries. Raises NotFound."""
    public_id = read_public_id(text)
    row = None if public_id is None else reader.execute(_ONE, {"wanted": public_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such card; it may have been deleted")
    settings = organizations.settings(reader)
    layout = Layout.from_json(row.layout)
    known = colleagues.managers_shown(reader, [(layout, row.document)], settings)
    source = lookup.source(row, layout, settings, known)
    values = explained(
        row, source, public_url, row.origins, origins_of_managers(reader, [source]), photos_of(reader, [source])
    )
    return AdminCard(
        id=row.id,
        public_id=row.public_id,
        person_id=row.person_id,
        holder=row.user_name or row.invited_as,
        state=row.state,
        paused_by_admin=row.paused_by_admin,
        template_id=row.template_id,
        template=row.template_name,
        created_at=row.created_at,
        modified_at=row.modified_at,
        waiting_since=row.waiting_since,
        claimed_at=row.claimed_at,
        version=row.version,
        items=tuple(layout.items()),
        own=frozenset(row.own or {}),
        source=source,
        view=with_face(reader, render(source, public_url)),
        values=values,
        because=_because(reader, row.person_id, row.public_id, public_url),
    )


def face_of(reader: Reader, text: str, public_url: str) -> CardView | None:
    """What the card of this public id shows, for its photo or initials in lists; None unless it is up."""
    public_id = read_public_id(text)
    row = None if public_id is None else reader.execute(_ONE, {"wanted": public_id}).one_or_none()
    if row is None or row.state not in {LIVE, HELD}:
        return None
    source = lookup.source(row, Layout.from_json(row.layout), organizations.settings(reader), {})
    return with_face(reader, render(source, public_url))


def _because(reader: Reader, person_id: str | None, public_id: str, public_url: str) -> tuple[str, ...]:
    if person_id is None:
        return ("It was issued by hand, and is nobody's.",)
    found = why.explain(reader, person_id, public_url)
    return next((card.because for card in found.cards if card.id == public_id), ())

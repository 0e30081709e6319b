"""Who has no photo on their card, and why: of every live card whose template shows the directory's photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.cards import layouts, lookup
from app.cards.decision import LIVE
from app.cards.layout import PHOTO
from app.cards.rendering import render
from app.cards.tables import cards, templates
from app.cards.view import CardView
from app.core.db import ORGANIZATION
from app.core.ids import is_guid
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.settings import EVERYONE, OFF, SIGN_IN
from app.directory.tables import people, scim_users
from app.photos import keeping
from app.photos.graph.tables import graph_people
from app.photos.graph.taking import DENIED, HAS, NONE, REFUSED, SILENT
from app.photos.keeping import Photo

PREPARED, EMPTIED, UNKNOWN, NOT_ASKED = "waiting", "emptied", "unknown", "not-asked"
STATES = (HAS, NONE, REFUSED, DENIED, SILENT, NOT_ASKED, UNKNOWN, PREPARED, EMPTIED)
"""Has one; none in Graph; refused picture; Graph may not be asked; it did not answer; it was not asked yet; the
directory sends no object id to ask by; a photo is being prepared; the photo was emptied on the card."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Pictured:
    """Of one card whether it shows a photo, and why it shows none."""

    user_name: str
    card: str
    template: str
    state: str
    why: str | None
    asked_at: datetime | None
    """When Graph was asked about its person last."""


_CARDS = (
    select(
        *lookup.COLUMNS,
        cards.c.id,
        scim_users.c.user_name,
        people.c.directory_key,
        graph_people.c.state.label("in_graph"),
        graph_people.c.reason,
        graph_people.c.asked_at,
    )
    .select_from(
        lookup.SOURCES.join(
            people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id)
        ).outerjoin(
            graph_people,
            (graph_people.c.organization_id == scim_users.c.organization_id)
            & (graph_people.c.user_id == scim_users.c.id),
        )
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.id > bindparam("after"),
        cards.c.state == LIVE,
        scim_users.c.id.is_not(None),
        templates.c.layout[(PHOTO, "sync")].as_string() != "never",
    )
    .order_by(cards.c.id)
    .limit(bindparam("page"))
)


def every(reader: Reader, page: int = PAGE) -> Iterator[Pictured]:
    """Every such card. Two queries for `page` of them."""
    settings = organizations.settings(reader)
    after = ""
    while True:
        rows = reader.execute(_CARDS, {"after": after, "page": page}).all()
        known = layouts.of(reader, {(row.template_id, row.template_version) for row in rows})
        views = [render(lookup.source(row, known[row.template_id], settings, {}), "") for row in rows]
        photos = keeping.find(reader, [view.photo.text for view in views if view.photo is not None])
        for row, view in zip(rows, views, strict=True):
            photo = photos.get(view.photo.text) if view.photo is not None else None
            state, why = _judged(row, view, photo, settings.photos_from_graph)
            yield Pictured(row.user_name, row.public_id, row.template_name, state, why, row.asked_at)
        if len(rows) < page:
            return
        after = rows[-1].id


def _judged(row: Row[Any], view: CardView, photo: Photo | None, setting: str) -> tuple[str, str | None]:
    if photo is not None and photo.original is not None:
        return HAS, None
    if view.photo is not None:
        refusal = photo.refusal if photo is not None else None
        return (PREPARED, "It is being prepared.") if refusal is None else (REFUSED, refusal)
    if PHOTO in (row.own or {}):
        return EMPTIED, "It was emptied on the card."
    if row.in_graph not in {None, HAS}:
        return row.in_graph, f"{(row.reason or '').rstrip('.')}."
    if not is_guid(row.directory_key or ""):
        return UNKNOWN, "The directory sends no object id as externalId, so Microsoft Graph cannot be asked."
    return NOT_ASKED, _WAITS[setting]


_WAITS = {
    OFF: "Photos are not fetched from Microsoft Graph: the organization's photos_from_graph is off.",
    SIGN_IN: "They have not signed in since photos are fetched at sign-in.",
    EVERYONE: "Microsoft Graph was not asked about them yet.",
}

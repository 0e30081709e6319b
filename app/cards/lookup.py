"""Finding the card behind a public address with all that its page shows: one query, one more for some."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Row, bindparam, func, select

from app.cards import colleagues
from app.cards.colleagues import KnownManager
from app.cards.decision import HELD, LIVE, PAUSED
from app.cards.layout import Layout
from app.cards.public_ids import read_public_id
from app.cards.tables import card_aliases, cards, templates
from app.cards.values import first_values_of, manager_of, own_values_of
from app.cards.view import CardSource, LiveCard, Manager, PausedCard
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import pictures
from app.directory.settings import LeaverPage, OrganizationSettings
from app.directory.tables import organizations, scim_users

COLUMNS = (
    cards.c.public_id,
    cards.c.organization_id,
    cards.c.person_id,
    cards.c.state,
    cards.c.template_id,
    cards.c.own,
    cards.c.once,
    cards.c.claimed_at,
    cards.c.down_at,
    cards.c.version,
    cards.c.modified_at,
    templates.c.name.label("template_name"),
    templates.c.layout,
    templates.c.version.label("template_version"),
    templates.c.modified_at.label("template_modified_at"),
    func.coalesce(scim_users.c.document, cards.c.document, type_=cards.c.document.type).label("document"),
    scim_users.c.version.label("user_version"),
    scim_users.c.modified_at.label("user_modified_at"),
    scim_users.c.found_photo,
    organizations.c.name.label("organization_name"),
    organizations.c.settings,
)
SOURCES = (
    cards.join(organizations, organizations.c.id == cards.c.organization_id)
    .outerjoin(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == cards.c.organization_id) & (scim_users.c.person_id == cards.c.person_id),
    )
)
"""Cards with what they are shown from; `source` reads a row of `COLUMNS`."""

_BY_PUBLIC_ID = select(*COLUMNS).select_from(SOURCES).where(cards.c.public_id == bindparam("wanted"))
_ANY_LIVE = select(cards.c.id).where(cards.c.organization_id == ORGANIZATION, cards.c.state == LIVE).limit(1)
_BY_ALIAS = (
    select(*COLUMNS)
    .select_from(
        SOURCES.join(
            card_aliases,
            (card_aliases.c.organization_id == cards.c.organization_id) & (card_aliases.c.card_id == cards.c.id),
        )
    )
    .where(card_aliases.c.public_id == bindparam("wanted"))
)


def find(reader: Reader, text: str) -> LiveCard | PausedCard | None:
    """The card whose public id is `text`, in either case, of any organization; None when no address answers for it.

    That of a card that became one with another finds the other: its source then has another public id.

    Of a paused card nothing of the person leaves this function. Cards that wait for a seat, that were deleted, and
    in organizations that publish on claim those that nobody has claimed, are not there for the public.
    """
    public_id = read_public_id(text)
    row = None if public_id is None else _row(reader, public_id)
    if row is None or row.state not in {LIVE, HELD, PAUSED}:
        return None
    settings = OrganizationSettings.from_json(row.settings)
    if settings.publish == "on_claim" and row.claimed_at is None:
        return None
    layout = Layout.from_json(row.layout)
    if row.state == PAUSED:
        return _paused(reader.within(row.organization_id), row, layout.leaver or settings.leaver, settings)
    within = reader.within(row.organization_id)
    known = colleagues.managers_shown(within, [(layout, row.document)], settings)
    return LiveCard(source(row, layout, settings, known), row.organization_id)


def any_live(reader: Reader) -> bool:
    """Whether the organization has a live card. One query of a row."""
    return reader.execute(_ANY_LIVE).first() is not None


def _row(reader: Reader, public_id: str) -> Row[*tuple[Any, ...]] | None:
    wanted = {"wanted": public_id}
    row = reader.execute_across(_BY_PUBLIC_ID, wanted).one_or_none()
    return row if row is not None else reader.execute_across(_BY_ALIAS, wanted).one_or_none()


def _paused(reader: Reader, row: Row[*tuple[Any, ...]], page: LeaverPage, settings: OrganizationSettings) -> PausedCard:
    if page.show == "nothing" or _is_over(page, row.down_at or row.modified_at):
        return PausedCard(row.organization_name)
    colleague = colleagues.in_place_of(reader, row.person_id, row.document, page, settings)
    return PausedCard(row.organization_name, page.email, page.phone, colleague)


def _is_over(page: LeaverPage, down: datetime) -> bool:
    """Whether the page has offered somebody instead for long enough; after an admin's pause since the last change."""
    return page.days is not None and clock.now() >= down + timedelta(days=page.days)


def source(
    row: Row[*tuple[Any, ...]],
    layout: Layout,
    settings: OrganizationSettings,
    known: Mapping[str, KnownManager],
) -> CardSource:
    """What the card in a row of `COLUMNS` is rendered from; `known` are the managers that are shown (colleagues)."""
    manager = known.get(manager_of(row.document) or "") if known else None
    times = (
        row.modified_at,
        row.template_modified_at,
        row.user_modified_at,
        manager.revised if manager else None,
        datetime.fromisoformat(row.found_photo["at"]) if row.found_photo else None,
    )
    return CardSource(
        public_id=row.public_id,
        organization=row.organization_name,
        phone_region=settings.phone_region,
        clear_marker=settings.clear_marker,
        template=row.template_name,
        layout=layout,
        document=row.document and pictures.with_found(row.document, row.found_photo),
        own=own_values_of(row.own),
        once=first_values_of(row.once, row.template_id),
        versions=(row.version, row.template_version, row.user_version or 0, _stamp(row, manager)),
        revised=max(time for time in times if time is not None),
        manager=manager.shown if manager else Manager(),
    )


def _stamp(row: Row[*tuple[Any, ...]], manager: KnownManager | None) -> int:
    """Another number whenever the organization's name or settings or the manager, who are shown too, are others."""
    shown = [row.organization_name, row.settings, asdict(manager.shown) if manager else None]
    return zlib.crc32(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS))

"""Colleagues that a card names: its person's manager; of somebody who has left, the successor or the manager."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.attributes.folding import fold
from app.cards.chunks import chunks
from app.cards.decision import LIVE
from app.cards.layout import Layout
from app.cards.names import said_name
from app.cards.tables import OLDEST_FIRST, cards
from app.cards.values import manager_of
from app.cards.view import Colleague, Manager
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.settings import LeaverPage, OrganizationSettings
from app.directory.tables import scim_users

_ACTIVE = (
    select(scim_users.c.person_id, scim_users.c.display_name, cards.c.public_id)
    .outerjoin(
        cards,
        (cards.c.organization_id == scim_users.c.organization_id)
        & (cards.c.person_id == scim_users.c.person_id)
        & (cards.c.state == LIVE)
        & (bindparam("unclaimed") | cards.c.claimed_at.is_not(None)),
    )
    .where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.active)
    .order_by(*OLDEST_FIRST)
    .limit(1)
)
_MANAGERS = (
    select(
        scim_users.c.id,
        scim_users.c.active,
        scim_users.c.display_name,
        scim_users.c.modified_at,
        cards.c.public_id,
        cards.c.state,
        cards.c.claimed_at,
        cards.c.modified_at.label("card_modified_at"),
    )
    .outerjoin(
        cards,
        (cards.c.organization_id == scim_users.c.organization_id) & (cards.c.person_id == scim_users.c.person_id),
    )
    .where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(bindparam("wanted", expanding=True)))
    .order_by(*OLDEST_FIRST)
)
_NAMED = _ACTIVE.where(scim_users.c.user_name_key == bindparam("key"))
_WITH_ID = _ACTIVE.where(scim_users.c.id == bindparam("key"))


def in_place_of(
    reader: Reader,
    person_id: str | None,
    document: Mapping[str, Any] | None,
    page: LeaverPage,
    settings: OrganizationSettings,
) -> Colleague | None:
    """Whom the leaver page of a person with this record offers; None where the company's contact has to do.

    That is also where the successor or the manager is unknown, disabled, without a display name, or the person. One
    query at most.
    """
    if page.show == "successor" and page.successor:
        statement, key = _NAMED, fold(page.successor)
    elif page.show == "manager" and (manager := manager_of(document)):
        statement, key = _WITH_ID, manager
    else:
        return None
    row = reader.execute(statement, {"key": key, "unclaimed": settings.publish != "on_claim"}).one_or_none()
    name = said_name(row.display_name, settings.clear_marker) if row is not None else None
    return None if row is None or name is None or row.person_id == person_id else Colleague(name, row.public_id)


@dataclass(frozen=True, slots=True)
class KnownManager:
    """A manager whose record is here, and when record or cards changed last."""

    shown: Manager
    revised: datetime


def managers_shown(
    reader: Reader, sources: Iterable[tuple[Layout, Mapping[str, Any] | None]], settings: OrganizationSettings
) -> dict[str, KnownManager]:
    """The managers that cards with these layouts and documents show, by SCIM id; none for cards that show none.

    One query for a page of cards, none where no layout shows the manager.
    """
    return managers(reader, [manager_of(document) for layout, document in sources if layout.shows_manager], settings)


def managers(reader: Reader, wanted: Iterable[str | None], settings: OrganizationSettings) -> dict[str, KnownManager]:
    """Those of `wanted`, SCIM ids, whose record is here. One query for a page of people."""
    ids = sorted({manager for manager in wanted if manager is not None})
    found: dict[str, KnownManager] = {}
    for row in (row for listed in chunks(ids) for row in reader.execute(_MANAGERS, {"wanted": listed})):
        name = said_name(row.display_name, settings.clear_marker)
        before = found.get(row.id, KnownManager(Manager(name if row.active else None), row.modified_at))
        up = row.active and row.state == LIVE and (settings.publish != "on_claim" or row.claimed_at is not None)
        public_id = before.shown.public_id or (row.public_id if up else None)
        revised = max(before.revised, row.card_modified_at or row.modified_at)
        found[row.id] = KnownManager(replace(before.shown, public_id=public_id), revised)
    return found

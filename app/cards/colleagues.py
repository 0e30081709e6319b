"""Colleagues that a card names: the successor or the manager of somebody who has left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from app.attributes.definitions import ENTERPRISE_USER
from app.attributes.folding import fold
from app.cards.decision import LIVE
from app.cards.names import said_name
from app.cards.tables import cards
from app.cards.view import Colleague
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
    .order_by(cards.c.created_at, cards.c.id)
    .limit(1)
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
    elif page.show == "manager" and (manager := _manager_of(document)):
        statement, key = _WITH_ID, manager
    else:
        return None
    row = reader.execute(statement, {"key": key, "unclaimed": settings.publish != "on_claim"}).one_or_none()
    name = said_name(row.display_name, settings.clear_marker) if row is not None else None
    return None if row is None or name is None or row.person_id == person_id else Colleague(name, row.public_id)


def _manager_of(document: Mapping[str, Any] | None) -> str | None:
    """The SCIM id of the manager that a record names."""
    enterprise = (document or {}).get(ENTERPRISE_USER)
    manager = enterprise.get("manager") if isinstance(enterprise, Mapping) else None
    value = manager.get("value") if isinstance(manager, Mapping) else None
    return value if isinstance(value, str) else None

"""The list of invitations, as the console searches and filters it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func

from app.cards.invitations import CLAIMED, COLUMNS, EXPIRED, OPEN, REVOKED, Invitation, from_row
from app.cards.tables import invitations
from app.core import paging
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.ids import is_guid
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory.listed import words

STATES = (OPEN, CLAIMED, EXPIRED, REVOKED)

_NAMED = COLUMNS.where(invitations.c.organization_id == ORGANIZATION, invitations.c.id == bindparam("invitation"))


def page(
    reader: Reader,
    now: datetime,
    *,
    search: str = "",
    state: str | None = None,
    place: str | None = None,
    descending: bool = True,
) -> tuple[Page, list[Invitation]]:
    """One page of the invitations in `state` whose address has every word of `search`, by when they were made.

    Raises Refused for a place that is none.
    """
    within = func.instr if reader.dialect == "sqlite" else func.strpos
    wanted = COLUMNS.where(
        invitations.c.organization_id == ORGANIZATION,
        *(within(invitations.c.email_key, word) > 0 for word in words(search)),
        *(_in_state(state) if state is not None else ()),
    )
    order = Order((invitations.c.made_at, invitations.c.id), descending)
    found = paging.fetch(reader, wanted, order, place, parameters={"now": now})
    return found, [from_row(row) for row in found.rows]


def get(reader: Reader, invitation_id: str) -> Invitation:
    """The invitation that lists call this. Raises NotFound."""
    row = reader.execute(_NAMED, {"invitation": invitation_id}).one_or_none() if is_guid(invitation_id) else None
    if row is None:
        raise NotFound("there is no such invitation")
    return from_row(row)


def _in_state(state: str) -> list[ColumnElement[bool]]:
    """As Invitation.state has it, at the moment `now`."""
    unclaimed = invitations.c.claimed_at.is_(None)
    over = invitations.c.expires_at <= func.coalesce(
        invitations.c.revoked_at, bindparam("now", type_=invitations.c.expires_at.type)
    )
    conditions: dict[str, list[ColumnElement[bool]]] = {
        CLAIMED: [invitations.c.claimed_at.is_not(None)],
        EXPIRED: [unclaimed, over],
        OPEN: [unclaimed, ~over, invitations.c.revoked_at.is_(None)],
        REVOKED: [unclaimed, ~over, invitations.c.revoked_at.is_not(None)],
    }
    return conditions[state]

"""The brake on mass removal: whether cards that a directory takes down stay up until an admin says that they may go."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, distinct, exists, func, select, update

from app.cards.decision import HELD, PAUSED, SEATED, Wishes
from app.cards.tables import cards
from app.core.db import ORGANIZATION, Timestamp
from app.core.unit_of_work import Transaction
from app.directory.settings import Brake
from app.directory.tables import organizations

WINDOW = timedelta(hours=1)
"""Removals count together for this long, or since an admin last let some happen."""

_person = distinct(cards.c.person_id)
_other = cards.alias("other")
_seated_still = exists().where(
    _other.c.organization_id == ORGANIZATION,
    _other.c.person_id == cards.c.person_id,
    _other.c.state.in_(SEATED),
)
_has_fallen = (
    cards.c.organization_id == ORGANIZATION,
    cards.c.person_id.is_not(None),
    cards.c.down_at > bindparam("since", type_=Timestamp),
    cards.c.state.in_((PAUSED, HELD)),
)
_FALLEN = select(func.count(_person)).where(*_has_fallen)
_FALLEN_WITHOUT_A_SEAT = _FALLEN.where(~_seated_still)
_some_seated = (
    select(cards.c.person_id)
    .distinct()
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state.in_(SEATED), cards.c.person_id.is_not(None))
    .limit(bindparam("most"))
    .subquery("some_seated")
)
_SEATED_UP_TO = select(func.count()).select_from(_some_seated)

_RELEASE = update(organizations).where(organizations.c.id == ORGANIZATION).values(brake_released_at=bindparam("now"))


def release(tx: Transaction) -> None:
    """Start the count anew: what has come down until now, an admin has seen and let happen."""
    tx.execute(_RELEASE, {"now": tx.now})


def holds(tx: Transaction, wanted: Wishes, limits: Brake, released_at: datetime | None) -> bool:
    """Whether what `wanted` takes down stays up: with it, the removals of the last hour are above number and share.

    `limits` are the organization's, `released_at` is when an admin last let removals happen.

    Counted are persons who lost a live card to the directory and did not get it back; the share is of those who had
    one before. Work grows with these removals, not with the organization.
    """
    if not wanted.falling(tx.now):
        return False
    since = max(tx.now - WINDOW, released_at or tx.now - WINDOW)
    removed = tx.execute(_FALLEN, {"since": since}).scalar_one() + wanted.falling(since)
    if removed <= limits.people:
        return False
    if limits.percent == 0:
        return True
    enough = removed * 100 // limits.percent + 1
    before = tx.execute(_FALLEN_WITHOUT_A_SEAT, {"since": since}).scalar_one()
    before += tx.execute(_SEATED_UP_TO, {"most": enough}).scalar_one()
    return bool(removed * 100 > limits.percent * before)

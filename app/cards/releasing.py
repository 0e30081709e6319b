"""What an admin says to the cards that the brake holds: they may go, or they stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from app.cards import brake, by_hand, issuing
from app.cards.decision import HELD, HOLD, LIVE, PAUSED
from app.cards.issuing import AUDITED
from app.cards.tables import cards
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

_EVERY_HELD = select(cards.c.public_id).where(cards.c.organization_id == ORGANIZATION, cards.c.state == HELD)
_HELD_BY = (
    select(audit_log.c.subject, audit_log.c.at, audit_log.c.actor, audit_log.c.request_id)
    .where(
        audit_log.c.organization_id == ORGANIZATION,
        audit_log.c.subject.in_(bindparam("listed", expanding=True)),
        audit_log.c.action == AUDITED[HOLD],
    )
    .order_by(audit_log.c.id)
)
_CARD = update(cards).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
_WRITTEN: dict[str, Any] = {"modified_at": bindparam("now"), "version": cards.c.version + 1}
_LET_GO = _CARD.values(state=PAUSED, document=None, **_WRITTEN)
_KEEP_UP = _CARD.values(state=LIVE, kept=True, **_WRITTEN)


def approve(tx: Transaction, public_ids: Sequence[str] = ()) -> list[by_hand.Handled]:
    """Let held cards go, these or all: they are paused, and what was removed until now counts for the brake no more.

    Raises NotFound, and Refused for a card that is not held.
    """
    listed = _held(tx, public_ids)
    if listed:
        tx.execute(_LET_GO, [{"card": card.id, "now": tx.now} for card in listed])
        issuing.note_seats(tx, None)
        brake.release(tx)
    for card in listed:
        tx.audit("card.paused", card.id, {"person": card.person_id, "template": card.template_id, "brake": "approved"})
    issuing.reconcile(tx, {card.person_id for card in listed if card.person_id is not None})
    return listed


def reject(tx: Transaction, public_ids: Sequence[str] = ()) -> list[by_hand.Handled]:
    """Keep held cards up, these or all, against the directory, until it wants them again by itself.

    Raises NotFound, and Refused for a card that is not held.
    """
    listed = _held(tx, public_ids)
    if listed:
        tx.execute(_KEEP_UP, [{"card": card.id, "now": tx.now} for card in listed])
    for card in listed:
        tx.audit("card.kept", card.id, {"person": card.person_id, "template": card.template_id, "brake": "rejected"})
    return listed


def requests(reader: Reader, card_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """By which request each of these cards (internal ids) was held last: `at`, `actor` and `request_id` of its line.

    One query. What the audit log has forgotten is left out.
    """
    if not card_ids:
        return {}
    return {row.subject: row for row in reader.execute(_HELD_BY, {"listed": list(card_ids)})}


def _held(tx: Transaction, public_ids: Sequence[str]) -> list[by_hand.Handled]:
    wanted = public_ids or [row.public_id for row in tx.execute(_EVERY_HELD)]
    listed = by_hand.take(tx, wanted) if wanted else []
    for card in listed:
        if card.state != HELD:
            raise Refused(f"card {card.public_id} is not held; `lanyard brake list` shows the cards that are")
    return listed

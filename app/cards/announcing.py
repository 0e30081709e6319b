"""Telling new people that their card is ready, where their organization wants that."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, exists, select

from app.cards.chunks import chunks
from app.cards.decision import LIVE, SEATED, WAITING, Decision
from app.cards.tables import OLDEST_FIRST, cards
from app.core.db import ORGANIZATION
from app.core.mail import outbox
from app.core.mail.outbox import Mail
from app.core.mail.sending import Addressed
from app.core.secrets import Sealer
from app.core.settings import Settings
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations
from app.directory.announce import CARD_READY, card_ready
from app.directory.tables import scim_users

_here = (scim_users.c.organization_id == ORGANIZATION) & scim_users.c.active & scim_users.c.email.is_not(None)
_FIRST = (
    select(scim_users.c.person_id)
    .where(
        _here,
        scim_users.c.person_id.in_(bindparam("people", expanding=True)),
        ~exists().where(
            cards.c.organization_id == ORGANIZATION,
            cards.c.person_id == scim_users.c.person_id,
            cards.c.modified_at < bindparam("now"),
            cards.c.state != WAITING,
        ),
    )
    .order_by(scim_users.c.person_id)
)
_TOLD = (
    select(scim_users.c.email, cards.c.public_id)
    .join(
        cards,
        (cards.c.organization_id == scim_users.c.organization_id) & (cards.c.person_id == scim_users.c.person_id),
    )
    .where(_here, scim_users.c.person_id == bindparam("person"), cards.c.state.in_(SEATED))
    .order_by(*OLDEST_FIRST)
    .limit(1)
)


def announce(tx: Transaction, decision: Decision) -> None:
    """Have those told whose first card went live by this decision.

    Nobody is told twice: who had a card before is not new.
    """
    new = _whose_first_may_be_live(decision)
    if not new:
        return
    told = [
        row.person_id for listed in chunks(sorted(new)) for row in tx.execute(_FIRST, {"people": listed, "now": tx.now})
    ]
    outbox.put_about(tx, CARD_READY, told)


def _whose_first_may_be_live(decision: Decision) -> Collection[str]:
    live = {change.person_id for change in decision.changes if change.state == LIVE}
    known = {
        change.person_id for change in decision.changes if change.before is not None and change.before.state != WAITING
    }
    return live - known


def read(reader: Reader, settings: Settings, sealer: Sealer, mail: Mail) -> Addressed | None:
    """What a mail that was not sent says, with its links; None when that is known no more.

    Raises Refused when it was sealed with another key.
    """
    letter = mail.opened(sealer)
    if letter is not None:
        return Addressed(mail.recipient or "", letter)
    if mail.state == outbox.WAITING and mail.person_id is not None:
        return write(reader, settings, mail.person_id)
    return None


def write(reader: Reader, settings: Settings, person_id: str) -> Addressed | None:
    """The letter to the person, as things stand; None when they have left, or have no address or no live card."""
    row = reader.execute(_TOLD, {"person": person_id}).one_or_none()
    if row is None:
        return None
    organization = organizations.current(reader)
    public = organization.settings.publish == "on_issue"
    link = f"{settings.public_url}/c/{row.public_id}" if public else None
    return Addressed(row.email, card_ready(organization.name, link, f"{settings.public_url}/me"))

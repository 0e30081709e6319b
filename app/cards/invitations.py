"""Invitations: a link, for one person outside the directory and once, to a card of a template.

A link's token is 256 random bits, shown to whoever makes the invitation and kept as a digest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.attributes.folding import fold
from app.auth.credentials import digest, new_secret
from app.cards import links
from app.cards.decision import DELETED
from app.cards.layout import Item, Layout
from app.cards.tables import cards, invitations, templates
from app.cards.template_store import Template
from app.core.db import ORGANIZATION
from app.core.errors import Collision, NotFound, Refused
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction, violates
from app.directory import outsiders
from app.directory.tables import organizations

OPEN, CLAIMED, EXPIRED, REVOKED = "open", "claimed", "expired", "revoked"

DEFAULT_DAYS, MAX_DAYS = 14, 365
EMAIL_LENGTH = 254

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as it may be known to anybody who may know of it: everything but its token."""

    id: str
    organization_id: str
    organization: str
    """The organization's name."""
    email: str
    template: str
    layout: Layout
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None
    claimed_at: datetime | None
    card_id: str | None
    """The public id of the card it was claimed for; None before, and when that card is gone."""
    card_state: str | None

    def state(self, now: datetime) -> str:
        """OPEN, CLAIMED, EXPIRED or REVOKED; what ran out by itself stays EXPIRED."""
        if self.claimed_at is not None:
            return CLAIMED
        if self.expires_at <= (self.revoked_at or now):
            return EXPIRED
        return OPEN if self.revoked_at is None else REVOKED


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation, and its token, which nobody can look up again."""

    id: str
    email: str
    token: str
    expires_at: datetime
    replaced: bool
    """Whether an open invitation of this address to this template was revoked for it."""


COLUMNS: Select[Any] = select(
    invitations.c.id,
    invitations.c.organization_id,
    organizations.c.name.label("organization"),
    invitations.c.email,
    templates.c.name.label("template"),
    templates.c.layout,
    invitations.c.made_at,
    invitations.c.made_by,
    invitations.c.expires_at,
    invitations.c.revoked_at,
    invitations.c.claimed_at,
    cards.c.public_id.label("card_id"),
    cards.c.state.label("card_state"),
).select_from(
    invitations.join(organizations, organizations.c.id == invitations.c.organization_id)
    .join(
        templates,
        (templates.c.organization_id == invitations.c.organization_id) & (templates.c.id == invitations.c.template_id),
    )
    .outerjoin(
        cards,
        (cards.c.organization_id == invitations.c.organization_id)
        & (cards.c.id == invitations.c.card_id)
        & (cards.c.state != DELETED),
    )
)
_BY_DIGEST = COLUMNS.where(invitations.c.digest == bindparam("wanted"))
_EVERY = COLUMNS.where(invitations.c.organization_id == ORGANIZATION).order_by(invitations.c.made_at, invitations.c.id)
_LAST_TO = (
    COLUMNS.where(invitations.c.organization_id == ORGANIZATION, invitations.c.email_key == bindparam("key"))
    .order_by(invitations.c.made_at.desc(), invitations.c.id)
    .limit(1)
)
_OF_PERSON = (
    select(invitations.c.card_id, invitations.c.made_at, invitations.c.made_by, invitations.c.claimed_at)
    .where(invitations.c.organization_id == ORGANIZATION, invitations.c.person_id == bindparam("person"))
    .order_by(invitations.c.claimed_at, invitations.c.id)
)
_NAMED: Select[Any] = select(invitations).where(
    invitations.c.organization_id == ORGANIZATION, invitations.c.id == bindparam("invitation")
)
_NAMED_LOCKED = _NAMED.with_for_update()
_HAS_CARD = select(
    exists().where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.template_id == bindparam("template"),
        cards.c.state != DELETED,
    )
)
_PENDING = select(invitations.c.id, invitations.c.expires_at).where(
    invitations.c.organization_id == ORGANIZATION,
    invitations.c.email_key == bindparam("key"),
    invitations.c.template_id == bindparam("template"),
    invitations.c.claimed_at.is_(None),
    invitations.c.revoked_at.is_(None),
)
_UNCLAIMED = update(invitations).where(
    invitations.c.organization_id == ORGANIZATION,
    invitations.c.id == bindparam("invitation"),
    invitations.c.claimed_at.is_(None),
    invitations.c.revoked_at.is_(None),
)
_REVOKE = _UNCLAIMED.values(revoked_at=bindparam("now"))
_CLAIM = _UNCLAIMED.values(claimed_at=bindparam("now"), person_id=bindparam("person"), card_id=bindparam("card"))


def unfillable(layout: Layout) -> list[Item]:
    """The items that would stay empty on the card of somebody without a record: nobody may set them. Pure."""
    return [item for item in layout.items() if item.sync == "always" and not item.value]


def make(tx: Transaction, template: Template, email: str, *, days: int = DEFAULT_DAYS) -> Invited:
    """Invite whoever reads the mail of this address to a card of `template`, for `days`. No card is made yet.

    An open invitation of the same address to the same template is revoked: one link is valid at a time. Raises
    Refused for what is no address, for one that is in the directory or has such a card, for a template with items
    that nobody could fill, and for days out of bounds.
    """
    address = _address(email)
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"an invitation is valid for 1 to {MAX_DAYS} days, not {days}", "days")
    _ensure_fillable(template)
    _ensure_outside(tx, address, template)
    key, token = fold(address), new_secret()
    replaced = False
    for pending in tx.execute(_PENDING, {"key": key, "template": template.id}).all():
        tx.execute(_REVOKE, {"invitation": pending.id, "now": tx.now})
        replaced = replaced or pending.expires_at > tx.now
    invitation_id, expires_at = new_id(), tx.now + timedelta(days=days)
    row = {
        "id": invitation_id,
        "template_id": template.id,
        "email": address,
        "email_key": key,
        "digest": digest(token),
        "made_at": tx.now,
        "made_by": tx.actor,
        "expires_at": expires_at,
    }
    try:
        tx.execute(insert(invitations), row)
    except IntegrityError as error:
        if violates(error, "invitations", "email_key", "template_id"):
            raise Collision("the same person was invited at the same time") from error
        raise
    tx.audit("invitation.made", invitation_id, {"template": template.id, "days": days, "replaced": replaced})
    return Invited(invitation_id, address, token, expires_at, replaced)


def revoke(tx: Transaction, ids: Sequence[str]) -> None:
    """End these invitations: their links open nothing any more. Expired ones may be named too.

    Raises NotFound, and Refused for one that was claimed; nothing is changed then.
    """
    for invitation_id in dict.fromkeys(ids):
        row = tx.execute(_NAMED_LOCKED, {"invitation": invitation_id}).one_or_none()
        if row is None:
            raise NotFound(
                f"there is no invitation {invitation_id!r}; the list of invitations shows those that there are"
            )
        if row.claimed_at is not None:
            raise Refused(f"invitation {invitation_id} was claimed already; pause or delete its card instead")
        if row.revoked_at is None:
            tx.execute(_REVOKE, {"invitation": invitation_id, "now": tx.now})
            tx.audit("invitation.revoked", invitation_id, {"template": row.template_id})


def every(reader: Reader) -> list[Invitation]:
    """All invitations of the organization, oldest first."""
    return [from_row(row) for row in reader.execute(_EVERY)]


def last_to(reader: Reader, email: str) -> Invitation | None:
    """The newest invitation of this address, in any case; None when it was never invited."""
    row = reader.execute(_LAST_TO, {"key": fold(email)}).one_or_none()
    return None if row is None else from_row(row)


def find(reader: Reader, token: str) -> Invitation | None:
    """The invitation that `token` belongs to, of any organization and in any state; None when it is none's."""
    if not _TOKEN.fullmatch(token):
        return None
    row = reader.execute_across(_BY_DIGEST, {"wanted": digest(token)}).one_or_none()
    return None if row is None else from_row(row)


def lock(tx: Transaction, invitation_id: str) -> Row[Any]:
    """The row of an invitation, kept from others until the transaction ends. Raises NotFound."""
    row = tx.execute(_NAMED_LOCKED, {"invitation": invitation_id}).one_or_none()
    if row is None:
        raise NotFound("the invitation is gone")
    return row


def use(tx: Transaction, invitation_id: str, person_id: str, card_id: str) -> None:
    """Note who claimed an open invitation (locked), and with which card: it is claimed by nobody else."""
    tx.execute(_CLAIM, {"invitation": invitation_id, "now": tx.now, "person": person_id, "card": card_id})
    tx.audit("invitation.claimed", invitation_id, {"person": person_id, "card": card_id})


def of_person(reader: Reader, person_id: str) -> dict[str, Row[Any]]:
    """By card id, the invitation (`made_at`, `made_by`, `claimed_at`) with which the person claimed it."""
    return {row.card_id: row for row in reader.execute(_OF_PERSON, {"person": person_id})}


def _address(email: str) -> str:
    address = email.strip()
    if len(address) > EMAIL_LENGTH or not address.isprintable() or links.mail_link(address) is None:
        raise Refused(f"{email!r} is no e-mail address such as ines@nordwind.example", "email")
    return address


def _ensure_fillable(template: Template) -> None:
    labels = [item.label for item in unfillable(template.layout)]
    if labels:
        raise Refused(
            f"nobody from outside the directory can have a card of {template.name}: {_listed(labels)} would stay empty,"
            " because only the directory fills what is `always` synced; give the template a value there, or make it"
            " `unless_edited`, or choose another template",
            "template",
        )


def _ensure_outside(tx: Transaction, address: str, template: Template) -> None:
    user_name = outsiders.record_with(tx, address)
    if user_name is not None:
        raise Refused(
            f"{address} is in the directory as {user_name}: issue them a card of {template.name} instead",
            "email",
        )
    person_id = outsiders.find(tx, address)
    if person_id is not None and tx.execute(_HAS_CARD, {"person": person_id, "template": template.id}).scalar():
        raise Refused(f"{address} has a card of {template.name} already", "email")


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def from_row(row: Row[Any]) -> Invitation:
    """The invitation in a row of COLUMNS."""
    told = {one.name: row._mapping[one.name] for one in fields(Invitation)}
    return Invitation(**{**told, "layout": Layout.from_json(row.layout)})

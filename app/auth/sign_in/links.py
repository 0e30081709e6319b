"""Links that sign somebody in once: an owner, to set an organization up or to break the glass when nobody else can come
in; and people whom no directory knows, who get theirs by e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update

from app.auth.credentials import digest, new_secret
from app.auth.sign_in.tables import links
from app.core.clock import rfc3339
from app.core.db import ORGANIZATION
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory import outsiders
from app.directory.tables import people

VALID_MINUTES = 15
VALID = timedelta(minutes=VALID_MINUTES)
SET_UP, BREAK_GLASS, PERSON = "set-up", "break-glass", "person"
OWNERS = (SET_UP, BREAK_GLASS)
AGAIN_AFTER = timedelta(minutes=1)
"""How soon a person gets another link by e-mail."""
KEEP = timedelta(days=1)
"""How long it is known of a link that is over why it does not work."""

_BY_DIGEST = select(links.c.organization_id, links.c.kind).where(links.c.digest == bindparam("wanted"))
_HERE = (links.c.organization_id == ORGANIZATION, links.c.digest == bindparam("wanted"))
_FOUND = select(links).where(*_HERE).with_for_update()
_USE = update(links).where(*_HERE, links.c.used_at.is_(None)).values(used_at=bindparam("now"))
_UNUSED = (
    select(links)
    .where(
        links.c.organization_id == ORGANIZATION,
        links.c.person_id.is_(None),
        links.c.used_at.is_(None),
        links.c.expires_at > bindparam("now", type_=links.c.expires_at.type),
    )
    .order_by(links.c.made_at.desc(), links.c.digest)
)
_REVOKE = delete(links).where(*_HERE)
_LAST = select(func.max(links.c.made_at, type_=links.c.made_at.type)).where(
    links.c.organization_id == ORGANIZATION, links.c.person_id == bindparam("person")
)
_SWEEP = delete(links).where(links.c.organization_id == ORGANIZATION, links.c.expires_at < bindparam("before"))
_PERSON = (
    select(people.c.blocked_at)
    .where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Known:
    """A link that was made, whether or not it can still be used: of OWNERS or PERSON."""

    organization_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Unused:
    """An owner's link that still opens. `id` names it and does not open it."""

    id: str
    kind: str
    made_at: datetime
    made_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """A link that was just used up, and whose it was; None for an owner's."""

    kind: str
    person_id: str | None
    who: str
    """What to call the session."""


def create(tx: Transaction, kind: str) -> str:
    """The secret of a new link for an owner, shown by this call alone. It is loud in the audit log, made and used."""
    secret = _made(tx, kind, None)
    tx.audit(f"link.{kind}.made", kind, {"valid_minutes": VALID_MINUTES})
    return secret


def unused(reader: Reader, now: datetime) -> list[Unused]:
    """The owner's links that would open now, the newest first."""
    rows = reader.execute(_UNUSED, {"now": now})
    return [Unused(row.digest.hex(), row.kind, row.made_at, row.made_by, row.expires_at) for row in rows]


def revoke(tx: Transaction, link_id: str) -> Unused:
    """Have an owner's link open nothing any more, and tell which it was. Raises NotFound for one that is over."""
    link = next((one for one in unused(tx, tx.now) if one.id == link_id), None)
    if link is None:
        raise NotFound("there is no such link (any more): it was used, or its time is over")
    tx.execute(_REVOKE, {"wanted": bytes.fromhex(link.id)})
    tx.audit(f"link.{link.kind}.revoked", link.kind, {"made_by": link.made_by, "made_at": rfc3339(link.made_at)})
    return link


def for_person(tx: Transaction, person_id: str) -> str | None:
    """The secret of a new link for a person whom no directory knows.

    None when they got one a moment ago, and while an admin keeps them out.
    """
    if tx.execute(_PERSON, {"person": person_id}).scalar_one() is not None:  # two requests at once make one link
        return None
    last = tx.execute(_LAST, {"person": person_id}).scalar_one()
    if last is not None and tx.now - last < AGAIN_AFTER:
        return None
    secret = _made(tx, PERSON, person_id)
    tx.audit(f"link.{PERSON}.made", person_id, {"valid_minutes": VALID_MINUTES})
    return secret


def find(database: Database, secret: str) -> Known | None:
    """The link with this secret, of any organization; None when there is none."""
    with database.read(None) as reader:
        row = reader.execute_across(_BY_DIGEST, {"wanted": digest(secret)}).one_or_none()
    return None if row is None else Known(row.organization_id, row.kind)


def use(tx: Transaction, secret: str) -> Used:
    """Use the link up, and tell whose it is. Raises Refused, naming why, for one that opens nothing (any more)."""
    row = tx.execute(_FOUND, {"wanted": digest(secret)}).one_or_none()
    if row is None:
        raise Refused("This link is not known. Ask for a new one.")
    if row.used_at is not None:
        raise Refused("This link has been used; it works once. Ask for a new one.")
    if tx.now >= row.expires_at:
        raise Refused(f"This link is older than {VALID_MINUTES} minutes. Ask for a new one.")
    who = f"{row.kind} link" if row.person_id is None else outsiders.address_of(tx, row.person_id)
    if who is None:
        raise Refused("Your company's directory knows you by now: sign in with your work account.")
    if row.person_id is not None and tx.execute(_PERSON, {"person": row.person_id}).scalar_one() is not None:
        raise Refused("An admin of the organization has blocked this sign-in; ask them whether you may come in again.")
    tx.execute(_USE, {"wanted": digest(secret), "now": tx.now})
    tx.audit(f"link.{row.kind}.used", row.person_id or row.kind)
    return Used(row.kind, row.person_id, who)


def _made(tx: Transaction, kind: str, person_id: str | None) -> str:
    secret = new_secret()
    tx.execute(_SWEEP, {"before": tx.now - KEEP})
    row = {
        "digest": digest(secret),
        "kind": kind,
        "person_id": person_id,
        "made_at": tx.now,
        "made_by": tx.actor,
        "expires_at": tx.now + VALID,
    }
    tx.execute(insert(links), row)
    return secret

"""Links that sign an owner in once: to set an organization up, and to break the glass when nobody else can come in."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from app.auth.credentials import digest, new_secret
from app.auth.sign_in.tables import links
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Database, Transaction

VALID = timedelta(minutes=15)
SET_UP, BREAK_GLASS = "set-up", "break-glass"
KINDS = (SET_UP, BREAK_GLASS)

_BY_DIGEST = select(links.c.organization_id).where(links.c.digest == bindparam("wanted"))
_HERE = (links.c.organization_id == ORGANIZATION, links.c.digest == bindparam("wanted"))
_FOUND = select(links).where(*_HERE).with_for_update()
_USE = update(links).where(*_HERE, links.c.used_at.is_(None)).values(used_at=bindparam("now"))


def create(tx: Transaction, kind: str) -> str:
    """The secret of a new link, shown by this call alone. It is loud in the audit log, made and used."""
    secret = new_secret()
    tx.execute(
        insert(links),
        {
            "digest": digest(secret),
            "kind": kind,
            "made_at": tx.now,
            "made_by": tx.actor,
            "expires_at": tx.now + VALID,
        },
    )
    tx.audit(f"link.{kind}.made", kind, {"valid_minutes": int(VALID.total_seconds() // 60)})
    return secret


def organization_of(database: Database, secret: str) -> str | None:
    """The organization whose link this is, whether or not it can still be used; None when it is none."""
    with database.read(None) as reader:
        found: str | None = reader.execute_across(_BY_DIGEST, {"wanted": digest(secret)}).scalar_one_or_none()
    return found


def use(tx: Transaction, secret: str) -> str:
    """Use the link up, and tell its kind. Raises Refused, naming why, for one that is used or too old."""
    row = tx.execute(_FOUND, {"wanted": digest(secret)}).one_or_none()
    if row is None:
        raise Refused("This link is not known. Ask for a new one.")
    if row.used_at is not None:
        raise Refused("This link has been used; it works once. `lanyard admin-link` makes a new one.")
    if tx.now >= row.expires_at:
        raise Refused("This link is older than 15 minutes. `lanyard admin-link` makes a new one.")
    tx.execute(_USE, {"wanted": digest(secret), "now": tx.now})
    tx.audit(f"link.{row.kind}.used", row.kind)
    return str(row.kind)

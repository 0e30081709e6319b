"""API tokens: named, several valid at once, shown once, kept as a digest, found in one indexed look-up.

A token reads `lanyard_<lookup>_<secret>`: twelve characters that find the row, then 256 random bits that prove the
holder. The secret is random, not chosen, so one round of SHA-256 keeps it as safe as the bits are many.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from app.auth.tables import api_tokens
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import Conflict, NotFound, Refused
from app.core.ids import new_id
from app.core.unit_of_work import Database, Reader, Transaction

NAME_LENGTH = 128
MAX_DAYS = 3650
SHOW_USE_EVERY = timedelta(minutes=1)
"""How stale a token's last use may be: it is written at most once in this time, so that reads stay reads."""

_SHAPE = re.compile(r"lanyard_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODY = bytes(32)

_BY_LOOKUP = select(api_tokens).where(api_tokens.c.lookup == bindparam("half"))
_EVERY = (
    select(api_tokens)
    .where(api_tokens.c.organization_id == ORGANIZATION)
    .order_by(api_tokens.c.created_at, api_tokens.c.id)
)
_NAMED = _EVERY.where(api_tokens.c.name == bindparam("wanted"), api_tokens.c.revoked_at.is_(None))
_UPDATE = update(api_tokens).where(api_tokens.c.organization_id == ORGANIZATION, api_tokens.c.id == bindparam("token"))


@dataclass(frozen=True)
class Token:
    """What may be known of a token after it was shown."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


@dataclass(frozen=True)
class Bearer:
    """Who a valid token speaks for."""

    organization_id: str
    token_id: str
    token_name: str

    @property
    def actor(self) -> str:
        """The name under which the bearer's acts are recorded."""
        return f"token:{self.token_name}"


class Rejected(Exception):
    """A token that does not open anything; the text says why, as far as its holder may know."""


def create(tx: Transaction, name: str, *, expires_days: int | None = None) -> str:
    """A new token, shown by this call alone.

    Raises Refused for a malformed name or time, Conflict while a valid token bears the name.
    """
    if not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise Refused(f"a token's name is a text of 1 to {NAME_LENGTH} characters", "name")
    if expires_days is not None and not 1 <= expires_days <= MAX_DAYS:
        raise Refused(f"a token expires after 1 to {MAX_DAYS} days, not {expires_days}", "expires_days")
    if any(_token(row).state(tx.now) == "valid" for row in tx.execute(_NAMED, {"wanted": name})):
        raise Conflict("name", f"there is a valid token {name!r} already; revoke it or choose another name")
    lookup = secrets.token_hex(6)
    text = f"lanyard_{lookup}_{secrets.token_urlsafe(32)}"
    tx.execute(
        insert(api_tokens),
        {
            "id": new_id(),
            "name": name,
            "lookup": lookup,
            "digest": _digest(text),
            "created_at": tx.now,
            "expires_at": tx.now + timedelta(days=expires_days) if expires_days else None,
        },
    )
    tx.audit("token.created", name, {"expires_days": expires_days})
    return text


def revoke(tx: Transaction, name: str) -> None:
    """End every token of this name that is not revoked yet. Raises NotFound when there is none."""
    ended = [row.id for row in tx.execute(_NAMED, {"wanted": name})]
    if not ended:
        raise NotFound(f"there is no token {name!r} to revoke; `lanyard token list` shows those that there are")
    for token_id in ended:
        tx.execute(_UPDATE, {"token": token_id, "revoked_at": tx.now})
    tx.audit("token.revoked", name)


def every(reader: Reader) -> list[Token]:
    """All tokens of the organization, ended ones included, oldest first."""
    return [_token(row) for row in reader.execute(_EVERY)]


def authenticate(database: Database, text: str) -> Bearer:
    """Who `text` speaks for. One indexed look-up; the comparison takes the same time whatever differs.

    Raises Rejected for a text that is no token, an unknown, an expired and a revoked one.
    """
    shape = _SHAPE.fullmatch(text)
    with database.read(None) as reader:
        row = reader.execute_across(_BY_LOOKUP, {"half": shape[1] if shape else ""}).one_or_none()
    matches = hmac.compare_digest(_digest(text), row.digest if row is not None else _NOBODY)
    if row is None or not matches:
        raise Rejected("The bearer token is not known here.")
    token, now = _token(row), clock.now()
    state = token.state(now)
    if state != "valid":
        raise Rejected(f"The bearer token {token.name!r} is {state}.")
    if token.last_used_at is None or now - token.last_used_at >= SHOW_USE_EVERY:
        _note_use(database, row.organization_id, token.id)
    return Bearer(row.organization_id, token.id, token.name)


def _note_use(database: Database, organization_id: str, token_id: str) -> None:
    def work(tx: Transaction) -> None:
        tx.execute(_UPDATE, {"token": token_id, "last_used_at": tx.now})

    database.write(work, organization_id=organization_id, actor="system")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, row.created_at, row.expires_at, row.revoked_at, row.last_used_at)

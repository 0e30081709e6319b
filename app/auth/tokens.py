"""API tokens: named, several valid at once, shown once, kept as a digest, found in one indexed look-up.

Access tokens, which OAuth clients get for an hour or a few (auth.oauth), are rows of the same table: whoever reads a
request's token does not ask which kind it is.

A token reads `lanyard_<lookup>_<secret>`: twelve characters that find the row, then 256 random bits that prove the
holder.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.auth.credentials import NOBODY, check_name, digest, expiry, new_secret, state
from app.auth.tables import api_tokens
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import Conflict, NotFound, Refused
from app.core.ids import new_id
from app.core.unit_of_work import Database, Reader, Transaction

SWEEP_AT_ONCE = 100
KEEP_EXPIRED = timedelta(days=1)
"""How long an expired access token is remembered, so that its late use is answered with the reason."""

_SHAPE = re.compile(r"lanyard_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")

_BY_LOOKUP = select(
    api_tokens.c.organization_id,
    api_tokens.c.id,
    api_tokens.c.name,
    api_tokens.c.digest,
    api_tokens.c.client_id,
    api_tokens.c.expires_at,
    api_tokens.c.revoked_at,
).where(api_tokens.c.lookup == bindparam("half"))
_EVERY = (
    select(api_tokens)
    .where(api_tokens.c.organization_id == ORGANIZATION, api_tokens.c.client_id.is_(None))
    .order_by(api_tokens.c.created_at, api_tokens.c.id)
)
_ONE = _EVERY.where(api_tokens.c.id == bindparam("token"))
_NAMED = _EVERY.where(api_tokens.c.name == bindparam("wanted"), api_tokens.c.revoked_at.is_(None))
_UPDATE = update(api_tokens).where(api_tokens.c.organization_id == ORGANIZATION, api_tokens.c.id == bindparam("token"))
_END_ACCESS = update(api_tokens).where(
    api_tokens.c.organization_id == ORGANIZATION,
    api_tokens.c.client_id == bindparam("client"),
    api_tokens.c.revoked_at.is_(None),
)
_old = api_tokens.alias("old")
_SWEEP = delete(api_tokens).where(
    api_tokens.c.organization_id == ORGANIZATION,
    api_tokens.c.id.in_(
        select(_old.c.id)
        .where(
            _old.c.organization_id == ORGANIZATION,
            _old.c.client_id.is_not(None),
            _old.c.expires_at < bindparam("before"),
        )
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)  # two clients that sweep at once leave each other's rows alone
    ),
)


@dataclass(frozen=True)
class Token:
    """What may be known of a token after it was shown."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str | None = None
    """The actor; None for a token from before that was kept."""

    def state(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        return state(now, expires_at=self.expires_at, revoked_at=self.revoked_at)


@dataclass(frozen=True)
class Bearer:
    """Who a valid token speaks for."""

    organization_id: str
    token_id: str
    token_name: str
    client_id: str | None = None
    """The OAuth client that got this access token, whose name `token_name` then is; None for an organization's own."""

    @property
    def credential_id(self) -> str:
        """What lasts: the token, or the client whose access tokens come and go."""
        return self.client_id or self.token_id

    @property
    def actor(self) -> str:
        """The name under which the bearer's acts are recorded."""
        return f"{'client' if self.client_id else 'token'}:{self.token_name}"


class Rejected(Exception):
    """A token that does not open anything; the text says why, as far as its holder may know.

    `bearer` is whom it spoke for before it expired or was revoked; None for a token that is not known.
    """

    def __init__(self, reason: str, bearer: Bearer | None = None) -> None:
        super().__init__(reason)
        self.bearer = bearer


def create(tx: Transaction, name: str, *, expires_days: int | None = None) -> str:
    """A new token, shown by this call alone.

    Raises Refused for a malformed name or time, Conflict while a valid token bears the name.
    """
    check_name("a token", name)
    expires_at = expiry("a token", tx.now, expires_days)
    if any(_token(row).state(tx.now) == "valid" for row in tx.execute(_NAMED, {"wanted": name})):
        raise Conflict("name", f"there is a valid token {name!r} already; revoke it or choose another name")
    text = new_text()
    _insert(tx, text, name=name, client_id=None, expires_at=expires_at, created_by=tx.actor)
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


def revoke_one(tx: Transaction, token_id: str) -> Token:
    """End the token with this id, and tell which it was. Raises NotFound; Refused when it is over already."""
    token = find(tx, token_id)
    if token.state(tx.now) != "valid":
        raise Refused(f"the token {token.name!r} is {token.state(tx.now)} already; nothing can be sent with it")
    tx.execute(_UPDATE, {"token": token_id, "revoked_at": tx.now})
    tx.audit("token.revoked", token.name)
    return token


def new_text() -> str:
    """A new token's text of 64 characters. It opens nothing until it is kept."""
    return f"lanyard_{secrets.token_hex(6)}_{new_secret()}"


def keep_access_token(tx: Transaction, text: str, *, client_id: str, client_name: str, expires_at: datetime) -> None:
    """Have `text`, made by `new_text`, speak for an OAuth client until `expires_at`.

    Forgets old access tokens of the organization, at most SWEEP_AT_ONCE of them, so that they never pile up.
    """
    tx.execute(_SWEEP, {"before": tx.now - KEEP_EXPIRED})
    _insert(tx, text, name=client_name, client_id=client_id, expires_at=expires_at)


def end_access_tokens(tx: Transaction, client_id: str) -> None:
    """End all access tokens that an OAuth client holds."""
    tx.execute(_END_ACCESS, {"client": client_id, "revoked_at": tx.now})


def every(reader: Reader) -> list[Token]:
    """All tokens of the organization, ended ones included, oldest first; not the access tokens of OAuth clients."""
    return [_token(row) for row in reader.execute(_EVERY)]


def find(reader: Reader, token_id: str) -> Token:
    """The organization's token with this id, not an OAuth client's access token. Raises NotFound."""
    row = reader.execute(_ONE, {"token": token_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such token")
    return _token(row)


def authenticate(database: Database, text: str) -> Bearer:
    """Who `text` speaks for. One indexed look-up; the comparison takes the same time whatever differs.

    Raises Rejected for a text that is no token, an unknown, an expired and a revoked one.
    """
    with database.read(None) as reader:
        row = reader.execute_across(_BY_LOOKUP, {"half": _lookup(text)}).one_or_none()
    matches = hmac.compare_digest(digest(text), row.digest if row is not None else NOBODY)
    if row is None or not matches:
        raise Rejected("The bearer token is not known here.")
    bearer = Bearer(row.organization_id, row.id, row.name, row.client_id)
    standing = state(clock.now(), expires_at=row.expires_at, revoked_at=row.revoked_at)
    if standing != "valid":
        kind = "access token of the OAuth client" if row.client_id else "bearer token"
        raise Rejected(f"The {kind} {row.name!r} is {standing}.", bearer)
    return bearer


def _insert(
    tx: Transaction,
    text: str,
    *,
    name: str,
    client_id: str | None,
    expires_at: datetime | None,
    created_by: str | None = None,
) -> None:
    tx.execute(
        insert(api_tokens),
        {
            "id": new_id(),
            "name": name,
            "lookup": _lookup(text),
            "digest": digest(text),
            "client_id": client_id,
            "created_at": tx.now,
            "created_by": created_by,
            "expires_at": expires_at,
        },
    )


def _lookup(text: str) -> str:
    """The half of a token that finds it; empty for a text that is no token."""
    shape = _SHAPE.fullmatch(text)
    return shape[1] if shape else ""


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, row.created_at, row.expires_at, row.revoked_at, row.last_used_at, row.created_by)

"""OAuth clients: created, listed and revoked by the operator; found and granted access tokens at the token endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.auth import tokens
from app.auth.credentials import check_name, digest, expiry, new_secret, state
from app.auth.oauth.federation import Federation
from app.auth.tables import oauth_client_secrets as secrets_table
from app.auth.tables import oauth_clients as clients_table
from app.core.db import ORGANIZATION
from app.core.errors import Collision, Conflict, NotFound, Refused
from app.core.ids import new_id
from app.core.unit_of_work import Database, Reader, Transaction, violates

TOKEN_MINUTES = range(60, 361)
"""How long access tokens may live: what Microsoft asks of SCIM servers, one to six hours."""
MOST_SECRETS = 2
"""Secrets of a client that are valid at a time: one more than one, so that they can be changed without a gap."""

_c, _s = clients_table.c, secrets_table.c
_EVERY = select(clients_table).where(_c.organization_id == ORGANIZATION).order_by(_c.created_at, _c.id)
_NAMED = select(clients_table).where(
    _c.organization_id == ORGANIZATION, _c.name == bindparam("wanted"), _c.revoked_at.is_(None)
)
# Whoever changes a client or grants it a token locks its row first: what is revoked then stays without a token.
_NAMED_LOCKED = _NAMED.with_for_update(key_share=True)
_LOCKED = (
    select(_c.revoked_at)
    .where(_c.organization_id == ORGANIZATION, _c.id == bindparam("client"))
    .with_for_update(key_share=True)
)
_CHANGE = update(clients_table).where(_c.organization_id == ORGANIZATION, _c.id == bindparam("client"))
_SECRETS = select(secrets_table).where(_s.organization_id == ORGANIZATION).order_by(_s.created_at, _s.id)
_SECRETS_OF = _SECRETS.where(_s.client_id == bindparam("client"), _s.revoked_at.is_(None))
_CHANGE_SECRET = update(secrets_table).where(
    _s.organization_id == ORGANIZATION, _s.id == bindparam("secret"), _s.revoked_at.is_(None)
)
_END_SECRETS = update(secrets_table).where(
    _s.organization_id == ORGANIZATION, _s.client_id == bindparam("client"), _s.revoked_at.is_(None)
)
_BY_ID = (
    select(clients_table, _s.id.label("secret_id"), _s.digest, _s.expires_at)
    .outerjoin_from(
        clients_table,
        secrets_table,
        and_(_s.organization_id == _c.organization_id, _s.client_id == _c.id, _s.revoked_at.is_(None)),
    )
    .where(_c.id == bindparam("client"), _c.revoked_at.is_(None))
)


@dataclass(frozen=True)
class ClientSecret:
    """What may be known of a secret after it was shown."""

    id: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str | None = None

    def state(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        return state(now, expires_at=self.expires_at, revoked_at=self.revoked_at)


@dataclass(frozen=True)
class OAuthClient:
    """A client, without its secrets' texts. Either it has secrets or a federation."""

    id: str
    organization_id: str
    name: str
    token_minutes: int
    federation: Federation | None
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    secrets: tuple[ClientSecret, ...] = ()
    created_by: str | None = None

    @property
    def state(self) -> str:
        """`valid` or `revoked`."""
        return "valid" if self.revoked_at is None else "revoked"


@dataclass(frozen=True)
class Issued:
    """A client and its new secret, which is shown by this object alone."""

    client_id: str
    secret_id: str
    secret: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Candidate:
    """A client that somebody claims to be, with what its secrets that are not revoked are recognised by."""

    client: OAuthClient
    secrets: tuple[tuple[str, bytes, datetime | None], ...]
    """(id, digest, end) of each."""


def issue_secret(
    tx: Transaction, name: str, *, expires_days: int | None = None, token_minutes: int | None = None
) -> Issued:
    """A new secret of the client with this name, which is created when there is none.

    `token_minutes`, the lifetime of its access tokens, stays as it is when left out; at first it is an hour.
    Raises Refused for a malformed wish, Conflict for a client that is federated or has two valid secrets.
    """
    check_name("an OAuth client", name)
    expires_at = expiry("a client secret", tx.now, expires_days)
    client = tx.execute(_NAMED_LOCKED, {"wanted": name}).one_or_none()
    client_id = client.id if client is not None else _insert(tx, name, token_minutes, None)
    if client is not None:
        _ensure_room(tx, client)
        if token_minutes is not None:
            tx.execute(_CHANGE, {"client": client_id, "token_minutes": _checked_minutes(token_minutes)})
    issued = Issued(client_id, new_id(), f"lanyard_secret_{new_secret()}", expires_at)
    tx.execute(
        insert(secrets_table),
        {
            "id": issued.secret_id,
            "client_id": client_id,
            "digest": digest(issued.secret),
            "created_at": tx.now,
            "created_by": tx.actor,
            "expires_at": expires_at,
        },
    )
    tx.audit("oauth_client.secret_issued", name, {"secret": issued.secret_id, "expires_days": expires_days})
    return issued


def federate(tx: Transaction, name: str, federation: Federation, *, token_minutes: int | None = None) -> str:
    """The id of a new client that proves itself by assertions.

    Raises Refused for a malformed wish, Conflict while there is a client of this name.
    """
    check_name("an OAuth client", name)
    if tx.execute(_NAMED_LOCKED, {"wanted": name}).one_or_none() is not None:
        raise Conflict("name", f"there is an OAuth client {name!r} already; revoke it or choose another name")
    client_id = _insert(tx, name, token_minutes, federation)
    tx.audit("oauth_client.federated", name, {"issuer": federation.issuer, "subject": federation.subject})
    return client_id


def revoke(tx: Transaction, name: str) -> None:
    """End the client with this name: its secrets, and the access tokens it holds. Raises NotFound."""
    client = _named(tx, name)
    tx.execute(_CHANGE, {"client": client.id, "revoked_at": tx.now})
    tx.execute(_END_SECRETS, {"client": client.id, "revoked_at": tx.now})
    tokens.end_access_tokens(tx, client.id)
    tx.audit("oauth_client.revoked", name)


def revoke_secret(tx: Transaction, name: str, secret_id: str) -> None:
    """End one secret. Access tokens that were got with it live on until they expire: changing secrets leaves no gap.

    Raises NotFound when the client has no such secret that is not revoked yet.
    """
    client = _named(tx, name)
    if secret_id not in {row.id for row in tx.execute(_SECRETS_OF, {"client": client.id})}:
        raise NotFound(
            f"the OAuth client {name!r} has no secret {secret_id!r} to revoke; `oauth-client list` shows them"
        )
    tx.execute(_CHANGE_SECRET, {"secret": secret_id, "revoked_at": tx.now})
    tx.audit("oauth_client.secret_revoked", name, {"secret": secret_id})


def every(reader: Reader) -> list[OAuthClient]:
    """All clients of the organization with all their secrets, ended ones included, oldest first."""
    secrets: dict[str, list[ClientSecret]] = {}
    for row in reader.execute(_SECRETS):
        found = ClientSecret(row.id, row.created_at, row.expires_at, row.revoked_at, row.last_used_at, row.created_by)
        secrets.setdefault(row.client_id, []).append(found)
    return [_client(row, secrets.get(row.id, ())) for row in reader.execute(_EVERY)]


def find(database: Database, client_id: str) -> Candidate | None:
    """The client with this id, of whatever organization; None when there is none or it was revoked. One look-up."""
    with database.read(None) as reader:
        rows = reader.execute_across(_BY_ID, {"client": client_id}).all()
    if not rows:
        return None
    secrets = tuple((row.secret_id, row.digest, row.expires_at) for row in rows if row.secret_id is not None)
    return Candidate(_client(rows[0]), secrets)


def grant(tx: Transaction, client: OAuthClient, secret_id: str | None, access_token: str) -> None:
    """Have `access_token` speak for the client, which proved itself by `secret_id` or, without one, by an assertion.

    Raises NotFound when the client or the secret was revoked in the meantime.
    """
    row = tx.execute(_LOCKED, {"client": client.id}).one_or_none()
    if row is None or row.revoked_at is not None:
        raise NotFound("the OAuth client was revoked")
    if secret_id is not None:
        used = tx.execute(_CHANGE_SECRET, {"secret": secret_id, "last_used_at": tx.now})
        if used.rowcount == 0:
            raise NotFound("the client secret was revoked")
    tx.execute(_CHANGE, {"client": client.id, "last_used_at": tx.now})
    tokens.keep_access_token(
        tx,
        access_token,
        client_id=client.id,
        client_name=client.name,
        expires_at=tx.now + timedelta(minutes=client.token_minutes),
    )


def _insert(tx: Transaction, name: str, token_minutes: int | None, federation: Federation | None) -> str:
    client_id = new_id()
    row: dict[str, Any] = {
        "id": client_id,
        "name": name,
        "token_minutes": _checked_minutes(TOKEN_MINUTES.start if token_minutes is None else token_minutes),
        "created_at": tx.now,
        "created_by": tx.actor,
    }
    if federation is not None:
        row |= {
            "issuer": federation.issuer,
            "jwks_url": federation.jwks_url,
            "subject": federation.subject,
            "audiences": list(federation.audiences),
            "tenant_id": federation.tenant_id,
        }
    try:
        tx.execute(insert(clients_table), row)
    except IntegrityError as error:
        if violates(error, "oauth_clients", "name"):
            raise Collision("two OAuth clients of one name were created at once") from error
        raise
    return client_id


def _ensure_room(tx: Transaction, client: Row[Any]) -> None:
    """Raises Conflict unless the client may have one more secret."""
    if client.issuer is not None:
        raise Conflict("name", f"the OAuth client {client.name!r} is federated and has no secrets; choose another name")
    valid = [
        row.id
        for row in tx.execute(_SECRETS_OF, {"client": client.id})
        if state(tx.now, expires_at=row.expires_at, revoked_at=row.revoked_at) == "valid"
    ]
    if len(valid) >= MOST_SECRETS:
        raise Conflict(
            "name",
            f"the OAuth client {client.name!r} has {MOST_SECRETS} valid secrets already; revoke one first"
            f" (`lanyard oauth-client revoke --name … --secret {valid[0]}` ends the older one)",
        )


def _named(tx: Transaction, name: str) -> Row[Any]:
    client = tx.execute(_NAMED_LOCKED, {"wanted": name}).one_or_none()
    if client is None:
        raise NotFound(f"there is no OAuth client {name!r} to revoke; `oauth-client list` shows those that there are")
    return client


def _checked_minutes(minutes: int) -> int:
    if minutes not in TOKEN_MINUTES:
        raise Refused(
            f"access tokens live {TOKEN_MINUTES.start} to {TOKEN_MINUTES.stop - 1} minutes, not {minutes}",
            "token_minutes",
        )
    return minutes


def _client(row: Row[Any], secrets: Iterable[ClientSecret] = ()) -> OAuthClient:
    federation = None
    if row.issuer is not None:
        federation = Federation(row.issuer, row.jwks_url, row.subject, tuple(row.audiences), row.tenant_id)
    return OAuthClient(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        token_minutes=row.token_minutes,
        federation=federation,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        secrets=tuple(secrets),
        created_by=row.created_by,
    )

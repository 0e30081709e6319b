"""OAuth clients as an admin's pages speak of them: by id, and a new one is a new one."""

from __future__ import annotations

from app.auth.credentials import check_name
from app.auth.oauth import clients
from app.auth.oauth.clients import ClientSecret, Issued, OAuthClient
from app.core.errors import Conflict, NotFound
from app.core.unit_of_work import Reader, Transaction


def find(reader: Reader, client_id: str) -> OAuthClient:
    """The organization's client with this id that is not revoked. Raises NotFound."""
    found = next((one for one in clients.every(reader) if one.id == client_id and one.revoked_at is None), None)
    if found is None:
        raise NotFound("there is no such OAuth client (any more)")
    return found


def secret_of(client: OAuthClient, secret_id: str) -> ClientSecret:
    """The client's secret with this id that is not revoked. Raises NotFound."""
    found = next((one for one in client.secrets if one.id == secret_id and one.revoked_at is None), None)
    if found is None:
        raise NotFound(f"the OAuth client {client.name!r} has no such secret (any more)")
    return found


def create(tx: Transaction, name: str, *, expires_days: int | None, token_minutes: int | None) -> Issued:
    """A new client with its first secret. Raises Refused, and Conflict while there is a client of this name."""
    check_name("an OAuth client", name)
    if any(one.name == name and one.revoked_at is None for one in clients.every(tx)):
        raise Conflict("name", f"there is an OAuth client {name!r} already; give it another secret, or choose a name")
    return clients.issue_secret(tx, name, expires_days=expires_days, token_minutes=token_minutes)


def another_secret(tx: Transaction, client_id: str, *, expires_days: int | None) -> Issued:
    """A further secret of a client. Raises NotFound, Refused; Conflict when it has two already, or none by nature."""
    return clients.issue_secret(tx, find(tx, client_id).name, expires_days=expires_days)


def revoke(tx: Transaction, client_id: str) -> OAuthClient:
    """End the client with its secrets and access tokens, and tell which it was. Raises NotFound."""
    client = find(tx, client_id)
    clients.revoke(tx, client.name)
    return client


def revoke_secret(tx: Transaction, client_id: str, secret_id: str) -> OAuthClient:
    """End one secret of the client, and tell whose it was. Raises NotFound."""
    client = find(tx, client_id)
    clients.revoke_secret(tx, client.name, secret_of(client, secret_id).id)
    return client

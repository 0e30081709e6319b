"""OAuth clients: a new one with a secret or without any, another secret beside the first, the end of either."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, request

from app.auth.oauth import clients, managing
from app.auth.oauth.clients import Issued, OAuthClient
from app.auth.oauth.federation import federation
from app.auth.sign_in import asking
from app.console import notices, shell
from app.console.fields import days, number, optional, text
from app.console.sensitive import sensitive
from app.console.shell import BOTH
from app.console.tokens import LIFETIMES, SECTION
from app.core import clock
from app.core.errors import Conflict, Refused
from app.core.unit_of_work import Transaction
from app.web import scope, words

BACK = "/console/tokens"
SECRET, FEDERATED = "secret", "federated"


@sensitive
def new() -> Response:
    """GET: the form; POST: the client, with its secret on the only page that ever shows it."""
    if request.method == "GET":
        return _form({"name": request.args.get("name", ""), "kind": SECRET, "days": "730", "token_minutes": "60"}, {})
    said = {key: value.strip() for key, value in request.form.items()}
    try:
        if said.get("kind") == FEDERATED:
            return _made(text("name"), asking.write(_federated()), None)
        expires, minutes = days("days"), number("token_minutes", "the lifetime of access tokens")
        name = text("name")
        issued = asking.write(lambda tx: managing.create(tx, name, expires_days=expires, token_minutes=minutes))
    except (Refused, Conflict) as error:
        return _form(said, {error.field or "name": shell.sentence(str(error))})
    return _made(name, issued.client_id, issued)


def _federated() -> Callable[[Transaction], str]:
    """What makes the client without a secret that the form describes. Raises Refused."""
    name, minutes = text("name"), number("token_minutes", "the lifetime of access tokens")
    trusted = federation(
        tenant_id=optional("tenant"),
        subject=optional("subject"),
        audiences=[one for one in (optional("audience"),) if one is not None],
    )
    return lambda tx: clients.federate(tx, name, trusted, token_minutes=minutes)


@sensitive
def secret(client_id: str) -> Response:
    """GET: how long another secret is to be valid; POST: it, on the only page that ever shows it."""
    with shell.reading() as reader:
        client = managing.find(reader, client_id)
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            expires = days("days")
            issued = asking.write(lambda tx: managing.another_secret(tx, client_id, expires_days=expires))
            return _made(client.name, client.id, issued)
        except (Refused, Conflict) as error:
            errors = {"days": shell.sentence(str(error))}
    return shell.page(
        "clients/secret.html",
        title=f"Another secret for {client.name}",
        section=SECTION,
        status=422 if errors else 200,
        client=client,
        lifetimes=LIFETIMES,
        errors=errors,
        room=len(_valid(client)) < clients.MOST_SECRETS and client.federation is None,
    )


@sensitive
def revoke(client_id: str) -> Response:
    """GET: what stops; POST: it stops."""
    if request.method == "POST":
        ended = asking.write(lambda tx: managing.revoke(tx, client_id))
        return notices.go(BACK, f"{ended.name} is revoked. Requests with its access tokens are refused from now on.")
    with shell.reading() as reader:
        client = managing.find(reader, client_id)
    return shell.page(
        "confirm.html",
        title=f"Revoke the OAuth client {client.name}",
        section=SECTION,
        sentences=[
            f"Its secrets and every access token that {client.name} holds end at once: its next request is refused"
            " with 401. This cannot be taken back.",
            f"It got its last access token {words.ago(client.last_used_at) if client.last_used_at else 'never'}.",
            "Where Entra still uses it, its provisioning job goes into quarantine at the first refusal.",
        ],
        act="Revoke it",
        danger=True,
        to=f"/console/oauth-clients/{client.id}/revoke",
        back=BACK,
    )


@sensitive
def revoke_secret(client_id: str, secret_id: str) -> Response:
    """GET: what stops; POST: it stops."""
    if request.method == "POST":
        owner = asking.write(lambda tx: managing.revoke_secret(tx, client_id, secret_id))
        return notices.go(BACK, f"The secret of {owner.name} is revoked. No access token is given for it any more.")
    with shell.reading() as reader:
        client = managing.find(reader, client_id)
        one = managing.secret_of(client, secret_id)
    others = [other for other in _valid(client) if other != one.id]
    return shell.page(
        "confirm.html",
        title=f"Revoke a secret of {client.name}",
        section=SECTION,
        sentences=[
            f"The secret of {words.moment(one.created_at)} gets no access token any more. Those that it got already"
            f" work until they expire, within {client.token_minutes} minutes; if it has leaked, revoke the client as a"
            " whole.",
            f"It was used last {words.ago(one.last_used_at) if one.last_used_at else 'never'}.",
            "Another secret stays valid, so nothing is interrupted if Entra has that one."
            if others
            else "It is the only valid secret: the directory can push nothing at all until you make another one.",
        ],
        act="Revoke it",
        danger=True,
        to=f"/console/oauth-clients/{client.id}/secrets/{one.id}/revoke",
        back=BACK,
    )


def _valid(client: OAuthClient) -> list[str]:
    now = clock.now()
    return [one.id for one in client.secrets if one.state(now) == "valid"]


def _made(name: str, client_id: str, issued: Issued | None) -> Response:
    base = scope.settings().public_url
    return shell.page(
        "clients/made.html",
        title="Your OAuth client",
        section=SECTION,
        name=name,
        client_id=client_id,
        secret=issued.secret if issued is not None else None,
        tenant_url=f"{base}/scim/v2",
        token_url=f"{base}/oauth/token",
    )


def _form(said: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    return shell.page(
        "clients/new.html",
        title="New OAuth client",
        section=SECTION,
        status=422 if errors else 200,
        said=said,
        errors=errors,
        lifetimes=LIFETIMES,
    )


ROUTES: shell.Routes = (
    ("/oauth-clients/new", new, BOTH),
    ("/oauth-clients/<client_id>/secret", secret, BOTH),
    ("/oauth-clients/<client_id>/revoke", revoke, BOTH),
    ("/oauth-clients/<client_id>/secrets/<secret_id>/revoke", revoke_secret, BOTH),
)

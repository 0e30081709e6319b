"""`lanyard oauth-client`: create, list and revoke the OAuth clients that directories get access tokens with."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

import click

from app.auth import usage
from app.auth.oauth import clients
from app.auth.oauth.clients import OAuthClient
from app.auth.oauth.federation import federation
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    settings,
    shown,
    write,
)
from app.core import clock

name_option = click.option("--name", required=True, help="What the client is, such as Entra.")


@click.group("oauth-client", cls=Sentences)
def group() -> None:
    """OAuth clients of SCIM: short-lived access tokens instead of a long-lived one."""


@group.command("create")
@organization_option
@name_option
@click.option(
    "--expires-days", type=int, metavar="N", help="End the secret after N days; it does not expire otherwise."
)
@click.option("--token-minutes", type=int, metavar="N", help="How long access tokens live: 60 to 360, at first 60.")
@click.option("--federated-tenant", metavar="GUID", help="No secret: trust this Entra tenant (workload identity).")
@click.option("--federated-subject", metavar="SUBJECT", help="The subject (sub) of its assertions.")
@click.option(
    "--federated-audience", multiple=True, metavar="AUD", help="An accepted audience (aud); may be given several times."
)
@click.option("--federated-issuer", metavar="URL", help="The issuer (iss), where it is not Entra's public cloud.")
@click.option("--federated-jwks", metavar="URL", help="Where that issuer publishes its keys.")
@json_option
def create(
    slug: str,
    name: str,
    expires_days: int | None,
    token_minutes: int | None,
    federated_tenant: str | None,
    federated_subject: str | None,
    federated_audience: tuple[str, ...],
    federated_issuer: str | None,
    federated_jwks: str | None,
    as_json: bool,
) -> None:
    """Create a client and print its id and secret, this once; for a client that is there already, a second secret.

    With --federated-… options the client has no secret and proves itself by signed assertions.
    """
    if any((federated_tenant, federated_subject, federated_audience, federated_issuer, federated_jwks)):
        if expires_days is not None:
            raise click.UsageError("--expires-days is for a secret, and a federated client has none")
        trusted = federation(
            tenant_id=federated_tenant,
            subject=federated_subject,
            audiences=federated_audience,
            issuer=federated_issuer,
            jwks_url=federated_jwks,
        )
        client_id = write(slug, lambda tx: clients.federate(tx, name, trusted, token_minutes=token_minutes))
        made: dict[str, Any] = {"client_id": client_id}
    else:
        issued = write(
            slug,
            lambda tx: clients.issue_secret(tx, name, expires_days=expires_days, token_minutes=token_minutes),
        )
        made = {
            "client_id": issued.client_id,
            "client_secret": issued.secret,
            "secret_id": issued.secret_id,
            "expires": issued.expires_at,
        }
    token_url = f"{settings().public_url}/oauth/token"
    if as_json:
        print_json({**made, "token_url": token_url})
        return
    click.echo(f"client id: {made['client_id']}")
    if "client_secret" in made:
        click.echo(f"client secret: {made['client_secret']}")
    click.echo(f"Token endpoint: {token_url}", err=True)


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the clients and their secrets' ids, without the secrets; how often each was used to read today (UTC)."""
    now = clock.now()
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = clients.every(reader)
        reads = usage.reads_on(reader, now.date())
    if as_json:
        print_json([{**_described(client, now), "reads_today": reads.get(client.id, 0)} for client in found])
        return
    rows: list[tuple[str, ...]] = []
    for client in found:
        used = (shown(client.last_used_at), str(reads.get(client.id, 0)))
        rows.append((client.name, client.id, client.state, shown(client.created_at), "-", *used))
        rows.extend(
            ("  secret", one.id, one.state(now), *map(shown, (one.created_at, one.expires_at, one.last_used_at)), "")
            for one in client.secrets
        )
    print_table(("NAME", "ID", "STATE", "CREATED", "EXPIRES", "LAST USED", "READS TODAY"), rows)


@group.command("revoke")
@organization_option
@name_option
@click.option("--secret", "secret_id", metavar="ID", help="End this secret alone, as `oauth-client list` names it.")
def revoke(slug: str, name: str, secret_id: str | None) -> None:
    """End a client with its secrets and access tokens at once, or one of its secrets."""
    if secret_id is None:
        write(slug, lambda tx: clients.revoke(tx, name))
        click.echo(f"Revoked {name}. Requests with its access tokens are refused from now on.", err=True)
        return
    write(slug, lambda tx: clients.revoke_secret(tx, name, secret_id))
    click.echo(
        f"Revoked the secret. Access tokens that {name} got with it work until they expire; if the secret has leaked,"
        " revoke the client as a whole.",
        err=True,
    )


def _described(client: OAuthClient, now: datetime) -> dict[str, Any]:
    trusted = client.federation
    return {
        "name": client.name,
        "client_id": client.id,
        "state": client.state,
        "token_minutes": client.token_minutes,
        "created": client.created_at,
        "revoked": client.revoked_at,
        "last_used": client.last_used_at,
        "secrets": [
            {
                "id": secret.id,
                "state": secret.state(now),
                "created": secret.created_at,
                "expires": secret.expires_at,
                "revoked": secret.revoked_at,
                "last_used": secret.last_used_at,
            }
            for secret in client.secrets
        ],
        "federation": None
        if trusted is None
        else {
            "issuer": trusted.issuer,
            "jwks": trusted.jwks_url,
            "subject": trusted.subject,
            "audiences": list(trusted.audiences),
            "tenant": trusted.tenant_id,
        },
    }

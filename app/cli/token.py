"""`lanyard token`: create, list and revoke the tokens that directories push with."""

from __future__ import annotations

from contextlib import closing

import click

from app.auth import tokens, usage
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    shown,
    write,
)
from app.core import clock


@click.group("token", cls=Sentences)
def group() -> None:
    """Tokens for SCIM clients."""


@group.command("create")
@organization_option
@click.option("--name", required=True, help="What the token is for, such as Entra.")
@click.option("--expires-days", type=int, metavar="N", help="End the token after N days; it does not expire otherwise.")
def create(slug: str, name: str, expires_days: int | None) -> None:
    """Create a token and print it, this once."""
    click.echo(write(slug, lambda tx: tokens.create(tx, name, expires_days=expires_days)))


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the tokens, without their secrets: when each was used last, and how often to read today (UTC)."""
    now = clock.now()
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = tokens.every(reader)
        reads = usage.reads_on(reader, now.date())
    if as_json:
        print_json(
            [
                {
                    "name": token.name,
                    "state": token.state(now),
                    "created": token.created_at,
                    "expires": token.expires_at,
                    "revoked": token.revoked_at,
                    "last_used": token.last_used_at,
                    "reads_today": reads.get(token.id, 0),
                }
                for token in found
            ]
        )
        return
    print_table(
        ("NAME", "STATE", "CREATED", "EXPIRES", "LAST USED", "READS TODAY"),
        [
            (
                token.name,
                token.state(now),
                *map(shown, (token.created_at, token.expires_at, token.last_used_at)),
                str(reads.get(token.id, 0)),
            )
            for token in found
        ],
    )


@group.command("revoke")
@organization_option
@click.option("--name", required=True, help="The token's name.")
def revoke(slug: str, name: str) -> None:
    """End a token at once."""
    write(slug, lambda tx: tokens.revoke(tx, name))
    click.echo(f"Revoked {name}. Requests with it are refused from now on.", err=True)

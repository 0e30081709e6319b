"""`lanyard sso`, `lanyard role`, `lanyard admin-link`: how people sign in, and what they may do then."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

import click

from app.auth.keys import KeyStore
from app.auth.sign_in import links, provider, roles
from app.auth.sign_in.discovery import Discovery
from app.auth.sign_in.provider import Provider
from app.auth.sign_in.wanted import LONGEST
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    sealer,
    settings,
    write,
)
from app.core.errors import NotFound
from app.directory import users


@click.group("sso", cls=Sentences)
def group() -> None:
    """How people of an organization sign in."""


@group.command("set")
@organization_option
@click.option("--issuer", required=True, metavar="URL", help="Entra: https://login.microsoftonline.com/<tenant>/v2.0")
@click.option("--client-id", required=True, metavar="ID", help="Entra: the application (client) id.")
@click.option("--client-secret-file", "secret", required=True, type=click.File("r"), metavar="FILE|-")
@click.option("--tenant-id", metavar="GUID", help="Entra: the directory (tenant) id.")
@click.option("--domain", "domains", multiple=True, metavar="NAME", help="E-mail domains by which people get here.")
@click.option("--role-claim", metavar="NAME", help="The claim of the ID token that lists roles; Entra: roles.")
@click.option("--role", "values", multiple=True, metavar="VALUE=ROLE", help="A value of the claim that means a role.")
def set_(
    slug: str,
    issuer: str,
    client_id: str,
    secret: TextIO,
    tenant_id: str | None,
    domains: tuple[str, ...],
    role_claim: str | None,
    values: tuple[str, ...],
) -> None:
    """Name the organization's OpenID provider, in place of the one before."""
    text = secret.read(LONGEST + 1).strip()
    write(
        slug,
        lambda tx: provider.set_(
            tx,
            sealer(),
            issuer=issuer,
            client_id=client_id,
            client_secret=text,
            tenant_id=tenant_id,
            role_claim=role_claim,
            role_values=_values(values),
            listed=domains,
        ),
    )
    base = settings().public_url
    click.echo(f"People sign in at {base}/login/{slug}. Register with the provider:", err=True)
    for what, path in _ADDRESSES:
        click.echo(f"  {what:<25} {base}{path.format(slug=slug)}", err=True)
    click.echo(f"Then: lanyard sso test --org {slug}", err=True)


_ADDRESSES = (
    ("redirect URI", "/auth/callback/{slug}"),
    ("front-channel logout URL", "/auth/front-channel-logout/{slug}"),
    ("back-channel logout URL", "/auth/back-channel-logout/{slug}"),
    ("post-logout redirect URI", "/logout"),
)


@group.command("show")
@organization_option
@json_option
def show(slug: str, as_json: bool) -> None:
    """Show the provider; the client secret stays sealed."""
    found = _provider(slug)
    base = settings().public_url
    described = {
        "issuer": found.issuer,
        "client_id": found.client_id,
        "tenant_id": found.tenant_id,
        "role_claim": found.role_claim,
        "role_values": [f"{value}={role}" for value, role in found.role_values.items()],
        "domains": list(found.domains),
        "sign_in_url": f"{base}/login/{slug}",
        "redirect_uri": f"{base}/auth/callback/{slug}",
    }
    if as_json:
        print_json(described)
        return
    for key, value in described.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{key.replace('_', ' '):<13} {shown or '-'}")


@group.command("test")
@organization_option
def test(slug: str) -> None:
    """Ask the provider for its document and keys, as a sign-in does first, and open the client secret."""
    found = probe(slug)
    click.echo(f"{found.issuer} answers, its keys can be used, and the client secret is there.", err=True)
    click.echo(f"Whether it takes the client is seen by signing in: {settings().public_url}/login/{slug}", err=True)


def probe(slug: str) -> Provider:
    """The organization's provider, which has just answered with document and keys.

    Raises NotFound, Refused when the client secret cannot be opened, ProviderUnavailable, KeysUnavailable.
    """
    found = _provider(slug)
    with closing(open_database()) as database:
        found.client_secret(sealer(), find_organization(database, slug).id)
    metadata = Discovery().find(found.issuer, found.tenant_id)
    KeyStore().find(metadata, "any")
    return found


@click.group("role", cls=Sentences)
def role_group() -> None:
    """Roles in an organization's console."""


role_argument = click.argument("role", type=click.Choice(roles.ROLES))
user_argument = click.argument("user_name", metavar="USERNAME")


@role_group.command("grant")
@organization_option
@user_argument
@role_argument
def grant(slug: str, user_name: str, role: str) -> None:
    """Give a person of the directory a role; their sessions end, so that they sign in with it."""
    if not write(slug, lambda tx: roles.grant(tx, users.person_named(tx, user_name), role)):
        click.echo(f"{user_name} is {role} already.", err=True)


@role_group.command("revoke")
@organization_option
@user_argument
@role_argument
def revoke(slug: str, user_name: str, role: str) -> None:
    """Take a role from a person; their sessions end."""
    if not write(slug, lambda tx: roles.revoke(tx, users.person_named(tx, user_name), role)):
        raise click.ClickException(f"{user_name} is not {role}")


@click.command("admin-link")
@organization_option
def admin_link(slug: str) -> None:
    """Print a link that signs its opener in as owner, once, within 15 minutes."""
    click.echo(link_url(write(slug, lambda tx: links.create(tx, links.BREAK_GLASS))))


def link_url(secret: str) -> str:
    """The address of a link's page."""
    return f"{settings().public_url}/setup/{secret}"


def _values(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        value, separator, role = one.rpartition("=")
        if not separator or not value:
            raise click.UsageError(f"--role {one!r} is not VALUE=ROLE, such as a group's object id and owner")
        found[value] = role
    return found


def _provider(slug: str) -> Provider:
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = provider.of_organization(reader)
    if found is None:
        raise NotFound(f"{slug} has no sign-in yet; `lanyard sso set` names its provider")
    return found

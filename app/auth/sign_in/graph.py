"""Tokens for Microsoft Graph: of whoever signs in, and of the application itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.auth.sign_in import flow, provider
from app.auth.sign_in.discovery import Discovery
from app.auth.sign_in.provider import Provider
from app.core import clock
from app.core.errors import NotFound
from app.core.secrets import Sealer
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.settings import OFF

SCOPE = "User.Read"
"""Lets the application read the profile of whoever signs in, their photo included. Where no resource is named, Entra
takes Microsoft Graph for it."""
LONGEST_TOKEN = 16 * 1024
MINUTES = 5
"""How long a token lasts that does not say so."""
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class GraphToken:
    """An access token for Graph, and when it ends."""

    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SealedToken:
    """The same, as it is kept."""

    sealed: str
    expires_at: datetime


def sealed(token: GraphToken, sealer: Sealer, person_id: str) -> SealedToken:
    """The token of this person, to be kept."""
    return SealedToken(sealer.seal(token.text, _purpose(person_id)), token.expires_at)


def opened(sealer: Sealer, text: str, person_id: str) -> str:
    """The token that was sealed for this person. Raises Refused when the installation's key was another one."""
    return sealer.open(text, _purpose(person_id))


def _purpose(person_id: str) -> str:
    return f"graph token of {person_id}"


def is_wanted(organization: Organization, configured: Provider) -> bool:
    """Whether a sign-in asks for a token as well: there is no Graph behind other providers than Entra."""
    return organization.settings.photos_from_graph != OFF and configured.tenant_id is not None


def token_in(answer: Mapping[str, Any]) -> GraphToken | None:
    """The access token in a token endpoint's answer; None where there is none that can be used."""
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TOKEN:
        return None
    lasts = timedelta(minutes=MINUTES)
    if isinstance(seconds, int | str) and str(seconds).isascii() and str(seconds).isdigit():
        lasts = min(timedelta(seconds=int(seconds)), LONGEST)
    return GraphToken(text, clock.now() + lasts)


def application_token(database: Database, sealer: Sealer, organization_id: str, graph_url: str) -> GraphToken:
    """A token of the organization's application, by its client id and secret (RFC 6749 §4.4).

    Raises NotFound when the organization has no Entra tenant to sign in at, Refused when the client secret cannot be
    opened, ProviderUnavailable, and ProviderSaysNo with the provider's error code.
    """
    with database.read(organization_id) as reader:
        configured = provider.of_organization(reader)
    if configured is None or configured.tenant_id is None:
        raise NotFound("There is no Entra tenant to ask: `lanyard sso set` names it, with --tenant-id.")
    secret = configured.client_secret(sealer, organization_id)
    metadata = Discovery().find(configured.issuer, configured.tenant_id)
    token = token_in(flow.client_credentials(configured, metadata, secret, f"{graph_url}/.default"))
    if token is None:
        raise flow.ProviderSaysNo("no access token")
    return token

"""What the pages need of an organization's provider, and what this process keeps of all providers."""

from __future__ import annotations

from typing import cast

from flask import current_app

from app.auth.keys import KeyStore
from app.auth.sign_in import provider
from app.auth.sign_in.discovery import Discovery, Metadata
from app.auth.sign_in.provider import Provider
from app.core.errors import NotFound
from app.core.rates import RateLimiter
from app.directory import organizations
from app.directory.organizations import Organization
from app.web import scope

ATTEMPTS_PER_SECOND = 20
"""What a process does in a second for one organization and one purpose: none takes another's turns."""


def install(extensions: dict[str, object]) -> None:
    """Make what this process keeps."""
    extensions["lanyard.discovery"] = Discovery()
    extensions["lanyard.provider_keys"] = KeyStore()
    extensions["lanyard.sign_in_rate"] = RateLimiter(ATTEMPTS_PER_SECOND)


def of(slug: str) -> tuple[Organization | None, Provider | None]:
    """The organization of this short name and its provider, as far as there are any."""
    try:
        with scope.database().read(None) as reader:
            organization = organizations.find(reader, slug)
            return organization, provider.of_organization(reader.within(organization.id))
    except NotFound:
        return None, None


def slug_of(organization_id: str) -> str | None:
    """The short name by which people of the organization sign in; None where it has no provider."""
    with scope.database().read(organization_id) as reader:
        return organizations.current(reader).slug if provider.of_organization(reader) is not None else None


def metadata(configured: Provider) -> Metadata:
    """What the provider says of itself. Raises ProviderUnavailable."""
    discovery = cast(Discovery, current_app.extensions["lanyard.discovery"])
    return discovery.find(configured.issuer, configured.tenant_id)


def keys() -> KeyStore:
    """The keys of all providers."""
    return cast(KeyStore, current_app.extensions["lanyard.provider_keys"])


def admit_one_more(organization: Organization, purpose: str) -> None:
    """Count one attempt at the organization's sign-in. Raises Throttled when there are too many in a second."""
    cast(RateLimiter, current_app.extensions["lanyard.sign_in_rate"]).admit(f"{organization.id} {purpose}")

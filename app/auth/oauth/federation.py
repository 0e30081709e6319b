"""Whom a client without a secret is trusted to be: issuer, keys, subject and audience of its assertions."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import Refused
from app.core.ids import is_guid

LONGEST = 1024
MOST_AUDIENCES = 8
_ENTRA = "https://login.microsoftonline.com"
_SCOPE_OF_ALL = "/.default"


@dataclass(frozen=True)
class Federation:
    """What an assertion must say. Every text is compared character by character."""

    issuer: str
    jwks_url: str
    """Where the issuer publishes its keys (RFC 7517): https, or http on this machine."""
    subject: str
    audiences: tuple[str, ...]
    """Any of these will do. None: the address of the token endpoint, as RFC 7523 §3 proposes."""
    tenant_id: str | None
    """The Entra tenant in lower case, where there is one: a `tid` in the assertion must be it."""


def federation(
    *,
    tenant_id: str | None,
    subject: str | None,
    audiences: Sequence[str] = (),
    issuer: str | None = None,
    jwks_url: str | None = None,
) -> Federation:
    """The federation that these wishes describe; an Entra tenant says issuer and keys by itself.

    Entra's portal shows the audience as `api://<id>/.default`, which is the scope Entra asks itself for; the assertion
    then says `api://<id>` or the bare id. Given that form, all three are accepted.
    Raises Refused naming what is missing or malformed.
    """
    tenant = _tenant(tenant_id)
    if tenant is not None:
        issuer = issuer or f"{_ENTRA}/{tenant}/v2.0"
        jwks_url = jwks_url or f"{_ENTRA}/{tenant}/discovery/v2.0/keys"
    if not issuer or not jwks_url:
        raise Refused(
            "a federated client needs an Entra tenant, or both an issuer and the address of its keys", "issuer"
        )
    if len(audiences) > MOST_AUDIENCES:
        raise Refused(f"a federated client has at most {MOST_AUDIENCES} audiences", "audience")
    accepted = dict.fromkeys(form for one in audiences for form in _forms(_text("audience", one)))
    return Federation(
        issuer=_address("issuer", issuer),
        jwks_url=_address("address of keys", jwks_url),
        subject=_text("subject", subject or ""),
        audiences=tuple(accepted),
        tenant_id=tenant,
    )


def _tenant(tenant_id: str | None) -> str | None:
    if tenant_id is not None and not is_guid(tenant_id):
        raise Refused(f"an Entra tenant is named by its GUID; {tenant_id!r} is none", "tenant")
    return tenant_id.lower() if tenant_id else None


def _forms(audience: str) -> tuple[str, ...]:
    app = audience.removeprefix("api://").removesuffix(_SCOPE_OF_ALL)
    return (audience, f"api://{app}", app) if audience == f"api://{app}{_SCOPE_OF_ALL}" else (audience,)


def _text(name: str, value: str) -> str:
    if not value or len(value) > LONGEST or not value.isprintable() or value != value.strip():
        raise Refused(f"a federated client's {name} is a text of 1 to {LONGEST} characters without outer spaces", name)
    return value


def _address(name: str, url: str) -> str:
    """`url`, when what is fetched from it or said by it can be trusted to come from there."""
    try:
        parts = urlsplit(_text(name, url))
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"the {name} {url!r} is not an address", name) from error
    if not host or parts.username is not None or parts.fragment:
        raise Refused(f"the {name} {url!r} is not an address such as {_ENTRA}/…", name)
    if not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))):
        raise Refused(f"the {name} {url!r} must be https; plain http is for this machine alone", name)
    return url


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

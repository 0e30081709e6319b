"""The OpenID provider of an organization, as its operator named it, and the domains by which people find it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.attributes.folding import fold
from app.auth.sign_in import roles, sessions
from app.auth.sign_in.tables import domains, providers
from app.core.db import ORGANIZATION
from app.core.errors import Conflict, Refused
from app.core.ids import is_guid
from app.core.secrets import Sealer
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory.tables import organizations

LONGEST = 1024
PURPOSE = "client secret of"
ENTRA = "login.microsoftonline.com"
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Provider:
    """An organization's provider. With a tenant its subjects are `oid`, without `sub`."""

    issuer: str
    client_id: str
    sealed_secret: str = field(repr=False)
    tenant_id: str | None
    role_claim: str | None
    role_values: Mapping[str, str] = field(default_factory=dict)
    """Values of the claim that stand for a role by another name, such as the object id of a group."""
    domains: tuple[str, ...] = ()

    def client_secret(self, sealer: Sealer, organization_id: str) -> str:
        """The secret that the provider gave its client. Raises Refused when the installation's key is another one."""
        return sealer.open(self.sealed_secret, f"{PURPOSE} {organization_id}")


_OF = select(providers).where(providers.c.organization_id == ORGANIZATION)
_DOMAINS = select(domains.c.domain).where(domains.c.organization_id == ORGANIZATION).order_by(domains.c.domain)
_FORGET = delete(providers).where(providers.c.organization_id == ORGANIZATION)
_FORGET_DOMAINS = delete(domains).where(domains.c.organization_id == ORGANIZATION)
_SLUGS = select(organizations.c.slug).join(providers, providers.c.organization_id == organizations.c.id)
_OF_DOMAIN = (
    select(organizations.c.slug)
    .join(domains, domains.c.organization_id == organizations.c.id)
    .where(domains.c.domain == bindparam("wanted"))
)


def of_organization(reader: Reader) -> Provider | None:
    """The organization's provider; None when none has been set."""
    row = reader.execute(_OF).one_or_none()
    if row is None:
        return None
    listed = tuple(reader.execute(_DOMAINS).scalars())
    return Provider(
        row.issuer, row.client_id, row.client_secret, row.tenant_id, row.role_claim, row.role_values or {}, listed
    )


def set_(
    tx: Transaction,
    sealer: Sealer,
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    tenant_id: str | None = None,
    role_claim: str | None = None,
    role_values: Mapping[str, str] | None = None,
    listed: Sequence[str] = (),
) -> Provider:
    """Make this the organization's provider. The secret is kept sealed.

    Sessions end that began at another one, or under other rules for roles.

    Raises Refused naming what is malformed, Conflict for a domain of another organization.
    """
    tenant = _tenant(tenant_id)
    address = _issuer(issuer, tenant)
    found = Provider(
        issuer=address,
        client_id=_text("client id", client_id),
        sealed_secret=sealer.seal(_text("client secret", client_secret), f"{PURPOSE} {tx.organization_id}"),
        tenant_id=tenant,
        role_claim=_text("role claim", role_claim) if role_claim is not None else None,
        role_values=_role_values(role_values or {}, role_claim),
        domains=tuple(sorted({_domain(name) for name in listed})),
    )
    before = of_organization(tx)
    if before is not None and _trusts(before) != _trusts(found):
        sessions.end_by_providers(tx, "the provider was changed")
    tx.execute(_FORGET)
    tx.execute(
        insert(providers),
        {
            "issuer": found.issuer,
            "client_id": found.client_id,
            "client_secret": found.sealed_secret,
            "tenant_id": found.tenant_id,
            "role_claim": found.role_claim,
            "role_values": dict(found.role_values) or None,
            "changed_at": tx.now,
        },
    )
    tx.execute(_FORGET_DOMAINS)
    for name in found.domains:
        try:
            tx.execute(insert(domains), {"domain": name})
        except IntegrityError as error:
            raise Conflict("domain", f"{name} is the domain of another organization") from error
    detail = {
        "client_id": found.client_id,
        "tenant_id": tenant,
        "role_claim": role_claim,
        "role_values": dict(found.role_values),
        "domains": list(found.domains),
    }
    tx.audit("sign_in.provider_set", found.issuer, detail)
    return found


def slugs(database: Database, limit: int = 2) -> list[str]:
    """The short names of organizations that people can sign in to, no more than `limit`."""
    with database.read(None) as reader:
        return list(reader.execute_across(_SLUGS.limit(limit)).scalars())


def slug_of_address(database: Database, email: str) -> str | None:
    """The organization that the domain of this e-mail address leads to; None when it leads to none."""
    name = fold(email.rpartition("@")[2].strip().rstrip("."))
    with database.read(None) as reader:
        found: str | None = reader.execute_across(_OF_DOMAIN, {"wanted": name}).scalar_one_or_none()
    return found


def is_acceptable(url: str) -> bool:
    """Whether `url` is https, or plain http on this machine, without user, query or fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username or parts.password or parts.fragment or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _trusts(one: Provider) -> tuple[object, ...]:
    """What decides who somebody is, and what they may do."""
    return one.issuer, one.client_id, one.tenant_id, one.role_claim, dict(one.role_values)


def _role_values(given: Mapping[str, str], role_claim: str | None) -> dict[str, str]:
    if given and role_claim is None:
        raise Refused(
            "values that stand for roles need the name of the claim that lists them: --role-claim", "role_claim"
        )
    for value, role in given.items():
        _text("role value", value)
        roles.check(role)
    return dict(given)


def _issuer(text: str, tenant: str | None) -> str:
    issuer = _text("issuer", text)
    parts = urlsplit(issuer) if is_acceptable(issuer) else None
    if parts is None or parts.query or " " in issuer:
        raise Refused(f"the issuer must be an https address (http only on this machine), not {issuer!r}", "issuer")
    if parts.hostname == ENTRA:
        if tenant is None:
            raise Refused("Entra's issuer needs the tenant's id as well: --tenant-id", "tenant_id")
        if issuer != f"https://{ENTRA}/{tenant}/v2.0":
            raise Refused(f"the issuer of this tenant is https://{ENTRA}/{tenant}/v2.0, not {issuer!r}", "issuer")
    return issuer


def _tenant(text: str | None) -> str | None:
    if text is None:
        return None
    if not is_guid(text):
        raise Refused(f"a tenant id is a GUID, not {text!r}", "tenant_id")
    return text.lower()


def _domain(text: str) -> str:
    name = fold(text.strip().removeprefix("@"))
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise Refused(f"{text!r} is no domain such as nordwind.example", "domain")
    return name


def _text(what: str, text: str) -> str:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise Refused(f"the {what} must be a text of 1 to {LONGEST} characters", what.replace(" ", "_"))
    return text

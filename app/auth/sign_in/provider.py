"""The OpenID provider of an organization, as its operator named it, and the domains by which people find it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.attributes.folding import fold
from app.auth.sign_in import sessions
from app.auth.sign_in.tables import domains, providers
from app.auth.sign_in.wanted import Wanted
from app.core.db import ORGANIZATION
from app.core.errors import Conflict, Refused
from app.core.secrets import Sealer
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory import organizations as directory
from app.directory.tables import organizations

PURPOSE = "client secret of"
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
    """Make this the organization's provider, found by these e-mail domains and no others.

    Sessions end that began at another one, or under other rules for roles.

    Raises Refused naming what is malformed, Conflict for a domain of another organization.
    """
    wanted = Wanted(issuer, client_id, client_secret, tenant_id, role_claim, role_values or {})
    for fault in wanted.faults():
        raise fault
    listed = sorted({_domain(name) for name in listed})
    directory.current(tx, lock=True)
    return put(tx, wanted, sealed(sealer, tx.organization_id, client_secret), of_organization(tx), listed)


def sealed(sealer: Sealer, organization_id: str, client_secret: str) -> str:
    """A client secret as it is kept."""
    return sealer.seal(client_secret, f"{PURPOSE} {organization_id}")


def put(
    tx: Transaction, wanted: Wanted, sealed_secret: str, before: Provider | None, listed: Sequence[str]
) -> Provider:
    """Write what was checked, in place of the provider `before`, and end the sessions that must end with it.

    Whoever calls this holds the organization. Raises Conflict for a domain of another organization.
    """
    found = Provider(
        wanted.issuer,
        wanted.client_id,
        sealed_secret,
        wanted.tenant_id,
        wanted.role_claim,
        dict(wanted.role_values),
        tuple(listed),
    )
    if before is not None and trusts(before) != trusts(found):
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
    _list(tx, found.domains)
    detail = {
        "before": None if before is None else _described(before),
        "after": _described(found),
        "secret_replaced": before is None or before.sealed_secret != found.sealed_secret,
    }
    tx.audit("sign_in.provider_set", found.issuer, detail)
    return found


def _described(found: Provider) -> dict[str, Any]:
    """What is no secret, as plain JSON."""
    return {
        "issuer": found.issuer,
        "client_id": found.client_id,
        "tenant_id": found.tenant_id,
        "role_claim": found.role_claim,
        "role_values": dict(found.role_values),
        "domains": list(found.domains),
    }


def slugs(database: Database, limit: int = 2) -> list[str]:
    """The short names of organizations that people can sign in to, no more than `limit`."""
    with database.read(None) as reader:
        return list(reader.execute_across(_SLUGS.limit(limit)).scalars())


def slug_of_address(database: Database, email: str) -> str | None:
    """The organization that the domain of this e-mail address leads to; None when it leads to none."""
    name = fold(email.rpartition("@")[2].strip().rstrip("."))
    if not _DOMAIN.fullmatch(name):
        return None
    with database.read(None) as reader:
        found: str | None = reader.execute_across(_OF_DOMAIN, {"wanted": name}).scalar_one_or_none()
    return found


def trusts(one: Provider | Wanted) -> tuple[object, ...]:
    """What decides who somebody is, and what they may do: another one ends the sessions that began under this one."""
    return one.issuer, one.client_id, one.tenant_id, one.role_claim, dict(one.role_values)


def _list(tx: Transaction, names: Iterable[str]) -> None:
    tx.execute(_FORGET_DOMAINS)
    for name in names:
        try:
            tx.execute(insert(domains), {"domain": name})
        except IntegrityError as error:
            raise Conflict("domain", f"{name} is the domain of another organization") from error


def _domain(text: str) -> str:
    name = fold(text.strip().removeprefix("@"))
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise Refused(f"{text!r} is no domain such as nordwind.example", "domain")
    return name

"""Changing an organization's provider as it was planned: only what differs, and the secret only where it is another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.auth.sign_in import provider
from app.auth.sign_in.provider import PURPOSE, Provider
from app.auth.sign_in.wanted import Wanted
from app.core.errors import Refused
from app.core.secrets import Sealer
from app.core.unit_of_work import Reader, Transaction

KEYS = ("issuer", "client_id", "tenant_id", "role_claim", "role_values")
"""What is no secret."""


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What becomes of an organization's provider; its e-mail domains stay."""

    before: Provider | None
    wanted: Wanted
    sealed_secret: str = field(repr=False)
    mark: str | None
    """Of a secret that is another than the one stored, the same for the same secret; None where that one stays."""

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What changes, as it was (None: not at all) and as it will be, without the secret."""
        pairs = {key: (_value(self.before, key), _value(self.wanted, key)) for key in KEYS}
        return {key: (before, after) for key, (before, after) in pairs.items() if before != after}

    @property
    def ends_sessions(self) -> bool:
        """Whether sessions end that began at the provider as it is."""
        return self.before is not None and provider.trusts(self.before) != provider.trusts(self.wanted)

    @property
    def empty(self) -> bool:
        """Whether everything is as it is wanted already."""
        return not self.changes and self.mark is None


def plan(reader: Reader, sealer: Sealer, wanted: Wanted) -> ProviderPlan:
    """What making `wanted` (which has no faults) the organization's provider would change; writes nothing.

    Raises Refused where there is no secret to go on with: the first provider brings one, and so does another issuer or
    client, since the one that is stored is nobody else's to be told.
    """
    before = provider.of_organization(reader)
    secret, purpose = wanted.client_secret, f"{PURPOSE} {reader.organization_id}"
    if secret is None:
        if before is None:
            raise Refused("sign-in is set up for the first time, so it needs the client's secret", "client_secret")
        if (before.issuer, before.client_id) != (wanted.issuer, wanted.client_id):
            raise Refused(
                "the secret that is stored belongs to another issuer or client, so this one needs its own",
                "client_secret",
            )
        return ProviderPlan(before, wanted, before.sealed_secret, None)
    if before is not None and _opened(before, sealer, reader.organization_id) == secret:
        return ProviderPlan(before, wanted, before.sealed_secret, None)
    sealed = provider.sealed(sealer, reader.organization_id, secret)
    return ProviderPlan(before, wanted, sealed, sealer.mark(secret, purpose))


def carry_out(tx: Transaction, planned: ProviderPlan) -> None:
    """Do what `plan` said, in the transaction that planned it and holds the organization; nothing where it is empty."""
    if not planned.empty:
        before = planned.before
        provider.put(tx, planned.wanted, planned.sealed_secret, before, before.domains if before else ())


def _opened(before: Provider, sealer: Sealer, organization_id: str) -> str | None:
    """The secret that is stored; None when it was sealed with another key, and is of no use to anybody."""
    try:
        return before.client_secret(sealer, organization_id)
    except Refused:
        return None


def _value(of: Provider | Wanted | None, key: str) -> Any:
    value = getattr(of, key, None)
    return dict(value) or None if key == "role_values" and value is not None else value

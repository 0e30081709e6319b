"""What an operator says of an organization's provider, and everything that may be wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.auth.sign_in import roles
from app.core.errors import Refused
from app.core.ids import is_guid

LONGEST = 1024
"""Characters of each text."""
ENTRA = "login.microsoftonline.com"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A provider as an operator names it; its tenant's id is in small letters."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    """None where the one that is stored stays."""
    tenant_id: str | None = None
    role_claim: str | None = None
    role_values: Mapping[str, str] = field(default_factory=dict)
    """Values of the claim that stand for a role by another name."""

    def __post_init__(self) -> None:
        """Write the tenant's id as tokens do."""
        if self.tenant_id is not None:
            object.__setattr__(self, "tenant_id", self.tenant_id.lower())

    def faults(self) -> Iterator[Refused]:
        """What is malformed, each with the key at fault: `role_values.VALUE` for the role of one value."""
        yield from self._texts()
        if self.tenant_id is not None and not is_guid(self.tenant_id):
            yield Refused(f"a tenant id is a GUID, not {self.tenant_id!r}", "tenant_id")
        else:
            yield from self._issuers()
        if self.role_values and self.role_claim is None:
            yield Refused("values that stand for roles need the name of the claim that lists them", "role_claim")
        for value, role in self.role_values.items():
            yield from _role(value, role)

    def _texts(self) -> Iterator[Refused]:
        for key in ("client_id", "client_secret", "role_claim"):
            text = getattr(self, key)
            if text is not None and not _is_text(text):
                yield _no_text(key.replace("_", " "), key)

    def _issuers(self) -> Iterator[Refused]:
        if not _is_text(self.issuer):
            yield _no_text("issuer", "issuer")
            return
        parts = urlsplit(self.issuer) if is_acceptable(self.issuer) else None
        if parts is None or parts.query or " " in self.issuer:
            reason = f"the issuer must be an https address (http only on this machine), not {self.issuer!r}"
            yield Refused(reason, "issuer")
        elif parts.hostname == ENTRA:
            if self.tenant_id is None:
                yield Refused("Entra's issuer needs the tenant's id as well", "tenant_id")
            elif self.issuer != (right := entra_issuer(self.tenant_id)):
                yield Refused(f"the issuer of this tenant is {right}, not {self.issuer!r}", "issuer")


def entra_issuer(tenant_id: str) -> str:
    """The issuer of Entra's tenant with this id, which is in small letters."""
    return f"https://{ENTRA}/{tenant_id}/v2.0"


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


def _role(value: str, role: str) -> Iterator[Refused]:
    key = f"role_values.{value}"
    if not _is_text(value):
        yield _no_text("role value", key)
    if role not in roles.ROLES:
        yield Refused(f"there is no role {role!r}; known are {', '.join(roles.ROLES)}", key)


def _is_text(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST and text.isprintable()


def _no_text(what: str, key: str) -> Refused:
    return Refused(f"the {what} must be a text of 1 to {LONGEST} characters", key)

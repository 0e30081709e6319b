"""What OpenID providers publish of themselves (OpenID Connect Discovery 1.0), kept for an hour."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from app.auth.keys import ALL_SECONDS, RETRY_AFTER, Unusable, download_json
from app.auth.sign_in.wanted import is_acceptable
from app.core import clock
from app.core.errors import LanyardError

FRESH = timedelta(hours=1)
USABLE = timedelta(days=1)
"""How long what is known is used while the provider does not answer."""
MOST_ISSUERS = 10_000

log = structlog.get_logger("lanyard.sign_in")


class ProviderUnavailable(LanyardError):
    """The provider does not answer as it should; the sentence says how. Signing in may work later."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider's document says of what sign-in uses. Its issuer is exactly the one asked for."""

    issuer: str
    jwks_url: str
    tenant_id: str | None
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    token_auth_methods: tuple[str, ...]
    names_itself: bool
    """Whether every answer says who it is from (RFC 9207)."""


class _Entry:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.known: tuple[Metadata, Any] | None = None
        self.failed: tuple[str, Any] | None = None


class Discovery:
    """The documents of all providers of this installation, one look at each an hour. Safe to share between threads."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str | None], _Entry] = {}
        self._opening = threading.Lock()

    def find(self, issuer: str, tenant_id: str | None) -> Metadata:
        """What the provider says of itself. Raises ProviderUnavailable. Must not be called within a transaction."""
        with self._opening:
            if len(self._entries) > MOST_ISSUERS:
                self._entries.clear()
            entry = self._entries.setdefault((issuer, tenant_id), _Entry())
        if entry.known is not None and clock.now() - entry.known[1] < FRESH:
            return entry.known[0]
        if entry.turn.acquire(timeout=ALL_SECONDS):
            try:
                _refresh(entry, issuer, tenant_id)
            finally:
                entry.turn.release()
        if entry.known is not None and clock.now() - entry.known[1] < USABLE:
            return entry.known[0]
        problem = entry.failed[0] if entry.failed else "it takes long"
        log.warning("provider unavailable", issuer=issuer, problem=problem)
        raise ProviderUnavailable(f"The sign-in service does not answer as it should: {problem}.")


def _refresh(entry: _Entry, issuer: str, tenant_id: str | None) -> None:
    now = clock.now()
    if entry.known is not None and now - entry.known[1] < FRESH:
        return  # another thread has just done it
    if entry.failed is not None and now - entry.failed[1] < RETRY_AFTER:
        return
    try:
        document = download_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration", "its discovery document")
        entry.known = metadata_of(document, issuer, tenant_id), clock.now()
        entry.failed = None
    except Unusable as error:
        entry.failed = str(error), clock.now()


def metadata_of(document: Any, issuer: str, tenant_id: str | None) -> Metadata:
    """What the document says. Raises Unusable when it speaks for another issuer, or lacks what sign-in needs."""
    if not isinstance(document, dict):
        raise Unusable("its discovery document is no JSON object")
    # OpenID Connect Discovery 1.0 §4.3: exactly the issuer it was fetched for.
    if document.get("issuer") != issuer:
        raise Unusable("its discovery document speaks for another issuer")
    methods = document.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        jwks_url=_address(document, "jwks_uri"),
        tenant_id=tenant_id,
        authorization_endpoint=_address(document, "authorization_endpoint"),
        token_endpoint=_address(document, "token_endpoint"),
        userinfo_endpoint=_optional(document, "userinfo_endpoint"),
        end_session_endpoint=_optional(document, "end_session_endpoint"),
        token_auth_methods=tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not is_acceptable(value):
        raise Unusable(f"its discovery document names no https address as {key}")
    return value


def _optional(document: dict[str, Any], key: str) -> str | None:
    return _address(document, key) if key in document else None

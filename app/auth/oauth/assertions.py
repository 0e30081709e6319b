"""Assertions: tokens by which an issuer says who a client is (RFC 7523 §3). Nothing in them is believed before the
signature is known to be the issuer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.auth.keys import KeyStore
from app.auth.oauth.federation import Federation
from app.auth.signed import Unsigned, Untimely, check_times, signed_claims

LIFETIME = timedelta(hours=24)
"""How far an assertion's end may lie ahead. Entra's live about an hour, those of managed identities up to a day."""

LONGEST = 8192
"""Characters; a token request has room for it and for what else it says."""

_SHOWN = 120


class AssertionRefused(Exception):
    """An assertion that proves nothing."""


class ClaimRefused(AssertionRefused):
    """An assertion that the issuer did sign and that says something else than it should; the text names the claim."""


def verify(assertion: str, federation: Federation, audiences: Sequence[str], keys: KeyStore) -> Mapping[str, Any]:
    """The claims of an assertion that was signed by the federation's issuer for one of `audiences` and holds now.

    Raises AssertionRefused, ClaimRefused once the signature is known to be right; keys.KeysUnavailable.
    """
    if len(assertion) > LONGEST:
        raise AssertionRefused("not a signed token in the compact form")
    try:
        claims = signed_claims(assertion, federation, keys)
    except Unsigned as error:
        raise AssertionRefused(str(error)) from error
    _check_parties(claims, federation, audiences)
    try:
        check_times(claims, LIFETIME)
    except Untimely as error:
        raise ClaimRefused(f"The assertion {error}.") from error
    return claims


def _check_parties(claims: Mapping[str, Any], federation: Federation, audiences: Sequence[str]) -> None:
    # Texts are compared with texts: a list that contains the right one is not the right one.
    if claims.get("iss") != federation.issuer:
        raise _not_expected("iss", claims)
    if claims.get("sub") != federation.subject:
        raise _not_expected("sub", claims)
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        [audience] = audience  # RFC 7519 §4.1.3: one audience may come alone or in a list
    if not isinstance(audience, str) or audience not in audiences:
        raise _not_expected("aud", claims)
    if federation.tenant_id is not None and claims.get("tid", federation.tenant_id) != federation.tenant_id:
        raise _not_expected("tid", claims)


def _not_expected(name: str, claims: Mapping[str, Any]) -> ClaimRefused:
    """Says what came, which its sender knows, and not what was expected."""
    if name not in claims:
        return ClaimRefused(f"The assertion has no {name}.")
    shown = str(claims[name])
    shown = f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown
    return ClaimRefused(f"The assertion's {name} is {shown}, which this client was not set up for.")

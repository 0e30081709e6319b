"""Assertions: tokens by which an issuer says who a client is (RFC 7523 §3). Nothing in them is believed before the
signature is known to be the issuer's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, Key

from app.auth.oauth.federation import Federation
from app.auth.oauth.keys import KeyStore
from app.core import clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures alone: nothing that a public key could be mistaken for the secret of, and never `none`."""
LONGEST = 8192
LEEWAY = timedelta(minutes=2)
"""How far the issuer's clock may be from ours."""
LIFETIME = timedelta(hours=24)
"""How far an assertion's end may lie ahead. Entra's live about an hour, those of managed identities up to a day."""

_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_SHOWN = 120


class AssertionRefused(Exception):
    """An assertion that proves nothing."""


class ClaimRefused(AssertionRefused):
    """An assertion that the issuer did sign and that says something else than it should; the text names the claim."""


def verify(assertion: str, federation: Federation, audiences: Sequence[str], keys: KeyStore) -> Mapping[str, Any]:
    """The claims of an assertion that was signed by the federation's issuer for one of `audiences` and holds now.

    Raises AssertionRefused, ClaimRefused once the signature is known to be right; keys.KeysUnavailable.
    """
    if len(assertion) > LONGEST or not _COMPACT.fullmatch(assertion):
        raise AssertionRefused("not a signed token in the compact form")

    def signing_key(token: GuestProtocol) -> Key:
        kid = token.headers().get("kid")
        key = keys.find(federation, kid) if kid else None
        if key is None:
            raise AssertionRefused("signed with no key of the issuer")
        return key

    # RFC 7515 §4: header parameters that are not understood are ignored, those in `crit` are not.
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        claims = jwt.decode(assertion, signing_key, registry=registry).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise AssertionRefused(str(error)) from error
    _check_parties(claims, federation, audiences)
    _check_times(claims)
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


def _check_times(claims: Mapping[str, Any]) -> None:
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    end = _moment(claims, "exp")
    if end is None:
        raise ClaimRefused("The assertion has no exp.")
    if end <= now - leeway:
        raise ClaimRefused("The assertion is expired.")
    if end > now + leeway + LIFETIME.total_seconds():
        raise ClaimRefused("The assertion is valid for longer than a day.")
    for name in ("nbf", "iat"):
        start = _moment(claims, name)
        if start is not None and start > now + leeway:
            raise ClaimRefused(f"The assertion is not valid yet: its {name} lies ahead.")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 §2); None when it is not there."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if type(value) is not int and not (isinstance(value, float) and math.isfinite(value)):
        raise ClaimRefused(f"The assertion's {name} is no time.")
    return value


def _not_expected(name: str, claims: Mapping[str, Any]) -> ClaimRefused:
    """Says what came, which its sender knows, and not what was expected."""
    if name not in claims:
        return ClaimRefused(f"The assertion has no {name}.")
    shown = str(claims[name])
    shown = f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown
    return ClaimRefused(f"The assertion's {name} is {shown}, which this client was not set up for.")

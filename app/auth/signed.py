"""Tokens that an issuer signed (RFC 7515, RFC 7519): nothing in them is believed before the signature is known to be
the issuer's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, Key

from app.auth.keys import KeySource, KeyStore
from app.core import clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures alone: nothing that a public key could be mistaken for the secret of, and never `none`."""
LONGEST = 16 * 1024
"""Entra lists up to 200 groups in a token: more than 10 KB."""
LEEWAY = timedelta(minutes=2)
"""How far the issuer's clock may be from ours."""

_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class Unsigned(Exception):
    """A token that its issuer did not sign; the text says what it is instead."""


class Untimely(Exception):
    """A token that does not hold now. The text goes on from "The token": "is expired"."""


def signed_claims(token: str, source: KeySource, keys: KeyStore) -> dict[str, Any]:
    """The claims of a token that `source` signed; which ones, and for whom, is still to be checked.

    Raises Unsigned; keys.KeysUnavailable. Must not be called within a transaction: it may wait for the key server.
    """
    if len(token) > LONGEST or not _COMPACT.fullmatch(token):
        raise Unsigned("not a signed token in the compact form")

    def signing_key(guest: GuestProtocol) -> Key:
        kid = guest.headers().get("kid")
        key = keys.find(source, kid) if isinstance(kid, str) and kid else None
        if key is None:
            raise Unsigned("signed with no key of the issuer")
        return key

    # RFC 7515 §4: header parameters that are not understood are ignored, those in `crit` are not.
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return dict(jwt.decode(token, signing_key, registry=registry).claims)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unsigned(str(error)) from error


def check_times(claims: Mapping[str, Any], lifetime: timedelta) -> None:
    """Return when the token holds now, give or take LEEWAY, and ends within `lifetime`. Raises Untimely."""
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    end = moment(claims, "exp")
    if end is None:
        raise Untimely("has no exp")
    if end <= now - leeway:
        raise Untimely("is expired")
    if end > now + leeway + lifetime.total_seconds():
        raise Untimely("is valid for longer than a day")
    for name in ("nbf", "iat"):
        start = moment(claims, name)
        if start is not None and start > now + leeway:
            raise Untimely(f"is not valid yet: its {name} lies ahead")


def moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 §2); None when it is not there. Raises Untimely for what is no time."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if type(value) is not int and not (isinstance(value, float) and math.isfinite(value)):
        raise Untimely(f"is not dated: its {name} is no time")
    return value

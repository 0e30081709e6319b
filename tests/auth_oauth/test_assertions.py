"""What an assertion may say and how it must be signed, checked against a real key server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from app.auth.keys import KeyStore
from app.auth.oauth.assertions import LONGEST, AssertionRefused, ClaimRefused, verify
from app.auth.oauth.federation import Federation
from app.auth.signed import LEEWAY
from tests.auth_oauth.issuer import (
    AUDIENCE,
    CURVE,
    GOOD,
    STRANGER,
    SUBJECT,
    TENANT,
    claims,
    hmac_with_public_key,
    key_server,
    part,
    signed,
    signed_raw,
)

Check = Callable[[str], Any]
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NOW = int(NOON.timestamp())
BEYOND = int(LEEWAY.total_seconds()) + 1
WITHIN = int(LEEWAY.total_seconds()) - 1
ISSUER = "https://login.microsoftonline.com/6f0c2f7e-1111-4222-8333-444455556666/v2.0"


@pytest.fixture(scope="module")
def check() -> Iterator[Check]:
    """Verifies an assertion as one of ISSUER's, whose keys are on loopback."""
    store = KeyStore()
    with key_server() as keys:
        trusted = Federation(ISSUER, keys.url, SUBJECT, (AUDIENCE,), TENANT)
        yield lambda assertion: verify(assertion, trusted, trusted.audiences, store)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({}, GOOD, id="what Entra sends"),
        pytest.param({}, CURVE, id="signed with an elliptic curve"),
        pytest.param({"aud": [AUDIENCE]}, GOOD, id="one audience in a list"),
        pytest.param({"tid": None}, GOOD, id="no tenant"),
        pytest.param({"nbf": None, "iat": None}, GOOD, id="an end alone"),
        pytest.param({"roles": ["x"], "azp": "y"}, GOOD, id="claims that are not asked for"),
        pytest.param({"exp": NOW - WITHIN}, GOOD, id="expired within the leeway"),
        pytest.param({"exp": NOW + 86_400 + WITHIN}, GOOD, id="a day to go"),
        pytest.param({"exp": NOW + 0.5}, GOOD, id="a time with a fraction"),
        pytest.param({"nbf": NOW + WITHIN, "iat": NOW + WITHIN}, GOOD, id="a clock that is a little ahead"),
    ],
)
def test_taken(check: Check, changes: dict[str, Any], key: Any) -> None:
    said = claims(ISSUER, **changes)

    assert check(signed(said, key)) == said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"iss": "https://sts.windows.net/x/"}, "iss is https://sts.windows.net/x/,", id="another issuer"),
        pytest.param({"iss": None}, "has no iss", id="no issuer"),
        pytest.param({"iss": [ISSUER]}, "iss is [", id="a list of issuers"),
        pytest.param({"iss": f"{ISSUER}/"}, "iss is", id="the issuer with a slash"),
        pytest.param({"sub": "somebody"}, "sub is somebody,", id="another subject"),
        pytest.param({"sub": None}, "has no sub", id="no subject"),
        pytest.param({"sub": [SUBJECT]}, "sub is [", id="a list of subjects"),
        pytest.param({"sub": {"a": SUBJECT}}, "sub is {", id="an object as subject"),
        pytest.param({"sub": SUBJECT.upper()}, "sub is", id="the subject in capitals"),
        pytest.param({"aud": AUDIENCE.removeprefix("api://")}, "aud is", id="an audience in a form that was not configured"),
        pytest.param({"aud": f"{AUDIENCE}/"}, "aud is", id="the audience with a slash"),
        pytest.param({"aud": None}, "has no aud", id="no audience"),
        pytest.param({"aud": [AUDIENCE, "api://other"]}, "aud is [", id="several audiences"),
        pytest.param({"aud": []}, "aud is []", id="an empty list of audiences"),
        pytest.param({"aud": [[AUDIENCE]]}, "aud is [[", id="a list in a list"),
        pytest.param({"tid": "00000000-1111-4222-8333-444455556666"}, "tid is 0000", id="another tenant"),
        pytest.param({"tid": [TENANT]}, "tid is [", id="a list of tenants"),
        pytest.param({"tid": [TENANT, "x"]}, "tid is [", id="a list with the tenant in it"),
        pytest.param({"tid": ""}, "tid is", id="an empty tenant"),
        pytest.param({"tid": 0}, "tid is 0", id="a number as tenant"),
        pytest.param({"exp": NOW - BEYOND}, "expired", id="expired"),
        pytest.param({"exp": 0}, "expired", id="expired long ago"),
        pytest.param({"exp": None}, "has no exp", id="without an end"),
        pytest.param({"exp": str(NOW + 60)}, "exp is no time", id="an end as text"),
        pytest.param({"exp": [NOW + 60]}, "exp is no time", id="a list of ends"),
        pytest.param({"exp": True}, "exp is no time", id="a boolean as end"),
        pytest.param({"exp": float("nan")}, "exp is no time", id="not a number"),
        pytest.param({"exp": float("inf")}, "exp is no time", id="an end at infinity"),
        pytest.param({"exp": NOW + 86_400 + BEYOND}, "longer than a day", id="an end too far ahead"),
        pytest.param({"exp": 10**400}, "longer than a day", id="an end beyond all floats"),
        pytest.param({"nbf": NOW + BEYOND}, "its nbf lies ahead", id="not valid yet"),
        pytest.param({"nbf": [NOW]}, "nbf is no time", id="a list of starts"),
        pytest.param({"iat": NOW + BEYOND}, "its iat lies ahead", id="issued in the future"),
        pytest.param({"iat": "now"}, "iat is no time", id="issued at a text"),
    ],
)  # fmt: skip
def test_signed_but_not_what_was_agreed(check: Check, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClaimRefused) as refused:
        check(signed(claims(ISSUER, **changes)))

    assert reason in str(refused.value)


@pytest.mark.parametrize("claim", ["tid", "nbf", "iat", "exp", "aud", "iss", "sub"])
def test_a_claim_that_is_null_is_not_one_that_is_left_out(check: Check, claim: str) -> None:
    with pytest.raises(ClaimRefused, match=claim):
        check(signed({**claims(ISSUER), claim: None}))


SAID = {"aud": AUDIENCE, "iss": ISSUER, "sub": SUBJECT, "exp": NOW + 3900}
RS256 = {"alg": "RS256", "kid": "good"}
HEADER, PAYLOAD, SIGNATURE = signed(SAID).split(".")
FORGED = {
    "no algorithm": f"{part({'alg': 'none', 'kid': 'good'})}.{PAYLOAD}.",
    "no algorithm, with a signature": f"{part({'alg': 'none', 'kid': 'good'})}.{PAYLOAD}.{SIGNATURE}",
    "no algorithm, in capitals": f"{part({'alg': 'NONE', 'kid': 'good'})}.{PAYLOAD}.{SIGNATURE}",
    "the public key as a shared secret": signed_raw({**RS256, "alg": "HS256"}, SAID, hmac_with_public_key),
    "a shared secret under another name": signed_raw(RS256, SAID, hmac_with_public_key),
    "a key of somebody else under the same id": signed(SAID, STRANGER),
    "a key in its own header": signed(SAID, STRANGER, jwk=STRANGER.as_dict(private=False)),
    "an unknown key": signed(SAID, kid="other"),
    "another key of the issuer": signed(SAID, kid="curve"),
    "another curve": signed_raw({"alg": "ES384", "kid": "curve"}, SAID),
    "no key id": signed(SAID, kid=None),
    "an empty key id": signed_raw({**RS256, "kid": ""}, SAID),
    "a list of key ids": signed_raw({**RS256, "kid": ["good"]}, SAID),
    "a list of algorithms": signed_raw({**RS256, "alg": ["RS256"]}, SAID),
    "no algorithm at all": signed_raw({"kid": "good"}, SAID),
    "a critical header that nobody knows": signed_raw({**RS256, "crit": ["x"], "x": 1}, SAID),
    "a payload that is not encoded": signed_raw({**RS256, "crit": ["b64"], "b64": False}, SAID),
    "a changed claim": f"{HEADER}.{part({**SAID, 'oid': 'x'})}.{SIGNATURE}",
    "a signature of something else": f"{HEADER}.{PAYLOAD}.{signed({**SAID, 'oid': 'x'}).split('.')[2]}",
    "a cut signature": f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-8]}",
    "two parts": f"{HEADER}.{PAYLOAD}",
    "five parts, as of an encrypted one": f"{HEADER}.{PAYLOAD}.{SIGNATURE}.e30.e30",
    "more than is read": signed({**SAID, "more": "x" * LONGEST}),
    "nothing": "",
    "no token at all": "x",
    "other characters": signed(SAID) + "ä",
    "a line break": signed(SAID) + "\n",
    "a header that is a text": signed_raw("alg", SAID),
    "a header that is a list": signed_raw(["alg"], SAID),
    "a header that is no JSON": signed_raw(b"{", SAID),
    "a header that is longer than any": signed_raw({**RS256, "x": "x" * 600}, SAID),
    "claims that are a list": signed_raw(RS256, []),
    "claims that are a text": signed_raw(RS256, "x"),
    "claims that are no JSON": signed_raw(RS256, b"{"),
    "claims that are no text": signed_raw(RS256, b"\xff"),
    "claims in a deep nest": signed_raw(RS256, b"[" * 5000),
    "a number of 5,000 digits": signed_raw(RS256, b'{"exp": ' + b"9" * 5000 + b"}"),
}


@pytest.mark.parametrize("assertion", FORGED.values(), ids=FORGED)
def test_forged(check: Check, assertion: str) -> None:
    with pytest.raises(AssertionRefused) as refused:
        check(assertion)

    assert type(refused.value) is AssertionRefused


def test_what_the_forged_ones_are_made_from_is_taken(check: Check) -> None:
    assert check(f"{HEADER}.{PAYLOAD}.{SIGNATURE}") == SAID
    assert check(signed_raw(RS256, SAID)) == SAID
    assert check(signed_raw({**RS256, "unknown": [1]}, SAID)) == SAID

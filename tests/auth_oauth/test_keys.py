"""Issuers' keys: fetched within limits, kept for a while, fetched once for all who ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import ECKey, RSAKey

from app.auth import keys as limits
from app.auth.keys import FETCH_EVERY, FRESH, MOST_BYTES, RETRY_AFTER, USABLE, KeyStore, KeysUnavailable
from app.auth.oauth.federation import Federation
from tests.auth_oauth.issuer import CURVE, GOOD, STRANGER, SUBJECT, KeyServer, key_set
from tests.support.server import free_port


@pytest.fixture
def store() -> KeyStore:
    return KeyStore()


def trusting(keys: KeyServer, **over: Any) -> Federation:
    """A federation with the issuer of `keys`."""
    said = {"issuer": keys.issuer, "jwks_url": keys.url, "subject": SUBJECT, "audiences": (), "tenant_id": None, **over}
    return Federation(**said)


def found(store: KeyStore, trusted: Federation, kid: str = "good") -> str | None:
    key = store.find(trusted, kid)
    return key.kid if key is not None else None


def test_keys_are_fetched_once_and_again_after_an_hour(store: KeyStore, keys: KeyServer) -> None:
    trusted = trusting(keys)
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        first = [found(store, trusted), found(store, trusted, "curve"), found(store, trusted)]
        asked_at_first = keys.asked
        now.shift(FRESH)
        later = found(store, trusted)

    assert first == ["good", "curve", "good"]
    assert (asked_at_first, later, keys.asked) == (1, "good", 2)


def test_a_key_that_is_not_known_yet_is_fetched_at_most_once_a_minute(store: KeyStore, keys: KeyServer) -> None:
    trusted = trusting(keys)
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        found(store, trusted)
        keys.body = key_set(GOOD, {**STRANGER.as_dict(private=False), "kid": "rotated"})
        at_once = [found(store, trusted, kid) for kid in ("rotated", "x", "y")]
        asked_at_once = keys.asked
        now.shift(FETCH_EVERY)
        in_a_minute = [found(store, trusted, kid) for kid in ("rotated", "x", "y")]

    assert (at_once, asked_at_once) == ([None, None, None], 1)
    assert (in_a_minute, keys.asked) == (["rotated", None, None], 2)


def test_a_key_that_was_withdrawn_is_not_believed_an_hour_later(store: KeyStore, keys: KeyServer) -> None:
    trusted = trusting(keys)
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        before = found(store, trusted, "curve")
        keys.body = key_set(GOOD)
        now.shift(FRESH)
        after = found(store, trusted, "curve")

    assert (before, after) == ("curve", None)


def test_while_the_key_server_is_away_known_keys_work_for_a_day(store: KeyStore, keys: KeyServer) -> None:
    trusted = trusting(keys)
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        found(store, trusted)
        keys.status = 503
        now.shift(USABLE - timedelta(seconds=1))
        still = found(store, trusted)
        with pytest.raises(KeysUnavailable, match="answers 503"):
            found(store, trusted, "unknown")
        now.shift(timedelta(seconds=2))
        with pytest.raises(KeysUnavailable, match="answers 503"):
            found(store, trusted)

    assert still == "good"


def test_after_a_failure_the_key_server_is_left_alone_for_a_moment(store: KeyStore, keys: KeyServer) -> None:
    trusted, keys.status = trusting(keys), 500
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        for _ in range(3):
            with pytest.raises(KeysUnavailable):
                found(store, trusted)
        keys.status = 200
        with pytest.raises(KeysUnavailable):
            found(store, trusted)
        asked = keys.asked
        now.shift(RETRY_AFTER)
        later = found(store, trusted)

    assert (asked, later, keys.asked) == (1, "good", 2)


def test_several_threads_that_ask_at_once_fetch_once(store: KeyStore, keys: KeyServer) -> None:
    trusted, keys.before = trusting(keys), threading.Event()
    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(found, store, trusted) for _ in range(8)]
        keys.before.set()
        answers = [one.result() for one in asking]

    assert answers == ["good"] * 8
    assert keys.asked == 1


def test_each_issuer_has_its_own_keys(store: KeyStore, keys: KeyServer) -> None:
    one, other = trusting(keys), trusting(keys, issuer="https://other.example")
    keys.body = key_set({**GOOD.as_dict(private=False), "issuer": keys.issuer}, CURVE)

    assert [found(store, one, kid) for kid in ("good", "curve")] == ["good", "curve"]
    assert [found(store, other, kid) for kid in ("good", "curve")] == [None, "curve"]
    assert keys.asked == 2


def redirecting(keys: KeyServer) -> None:
    keys.status, keys.headers = 302, {"Location": keys.url + "/elsewhere"}


def too_big(keys: KeyServer) -> None:
    keys.body = b" " * (MOST_BYTES + 1)


def no_json(keys: KeyServer) -> None:
    keys.body = b"<html>"


def no_key_set(keys: KeyServer) -> None:
    keys.body = b'{"keys": {"kty": "RSA"}}'


def a_list(keys: KeyServer) -> None:
    keys.body = b"[]"


def a_deep_nest(keys: KeyServer) -> None:
    keys.body = b"[" * 100_000


def compressed(keys: KeyServer) -> None:
    keys.headers, keys.body = {"Content-Encoding": "gzip"}, b"\x1f\x8b\x08" + b"\0" * 100


def no_usable_key(keys: KeyServer) -> None:
    keys.body = key_set(
        {**GOOD.as_dict(private=False), "use": "enc"},
        {"kty": "oct", "kid": "good", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "good"},
        {"kty": "RSA", "kid": "good", "n": 1, "e": []},
        {"kty": "EC", "kid": "good", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "AKP", "kid": "good", "alg": "ML-DSA-44"},
        {"kty": ["RSA"], "kid": "good"},
        {"kid": "good"},
        RSAKey(generate_private_key(65537, 1024), None, {"kid": "good"}).as_dict(private=False),
        {name: value for name, value in GOOD.as_dict(private=False).items() if name != "kid"},
        {**CURVE.as_dict(private=False), "kid": ["good"]},
    )


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(redirecting, "answers 302", id="it redirects"),
        pytest.param(too_big, f"more than {MOST_BYTES} bytes", id="it answers too much"),
        pytest.param(no_json, "no JSON", id="it answers a page"),
        pytest.param(a_deep_nest, "no JSON", id="it answers a deep nest"),
        pytest.param(compressed, "no JSON", id="it answers compressed"),
        pytest.param(no_key_set, "no key set", id="it answers other JSON"),
        pytest.param(a_list, "no key set", id="it answers a list"),
        pytest.param(no_usable_key, "no key that can be used", id="it has keys for other things"),
    ],
)
def test_what_is_no_key_set_is_not_taken_for_one(
    store: KeyStore, keys: KeyServer, spoil: Callable[[KeyServer], None], reason: str
) -> None:
    spoil(keys)

    with pytest.raises(KeysUnavailable, match=reason):
        found(store, trusting(keys))

    assert keys.asked == 1


def test_one_bad_key_does_not_spoil_the_others(store: KeyStore, keys: KeyServer) -> None:
    keys.body = key_set({"kty": "RSA", "kid": "bad"}, {"kty": "?"}, ECKey.generate_key("P-384", {"kid": "p384"}), GOOD)

    assert [found(store, trusting(keys), kid) for kid in ("bad", "p384", "good")] == [None, "p384", "good"]


def test_a_key_server_that_nobody_hears_of_is_away(store: KeyStore, keys: KeyServer) -> None:
    with pytest.raises(KeysUnavailable, match="cannot be reached"):
        found(store, trusting(keys, jwks_url=f"http://127.0.0.1:{free_port()}/keys"))


def test_a_key_server_that_does_not_answer_is_given_up(
    store: KeyStore, keys: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "READ_SECONDS", 0.1)
    keys.before = threading.Event()

    with pytest.raises(KeysUnavailable, match="takes long"):
        found(store, trusting(keys))
    keys.before.set()


def test_a_key_server_that_answers_byte_by_byte_is_given_up(
    store: KeyStore, keys: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ALL_SECONDS", 0.2)
    keys.pieces = 0.02  # each of them well within the time-out; all of them would take half a minute

    with pytest.raises(KeysUnavailable, match="takes long"):
        found(store, trusting(keys))

"""The keys that issuers sign tokens with: fetched within limits, kept for a while, fetched once for all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
import requests
import structlog
import urllib3
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey

from app.core import clock
from app.core.errors import LanyardError

FRESH = timedelta(hours=1)
"""How long keys are used without asking for them again."""
USABLE = timedelta(days=1)
"""How long they are used while the key server does not answer."""
FETCH_EVERY = timedelta(minutes=1)
"""The soonest that keys are fetched again, for a key that was not among them."""
RETRY_AFTER = timedelta(seconds=10)
"""The soonest that keys are fetched again after it failed."""
CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3, 3, 6
MOST_BYTES = 256 * 1024
RSA_BITS = 2048
"""Shorter RSA keys are not believed (RFC 7518 §3.3)."""
BASE64_BITS = 6
"""What a character of a key's number stands for."""


log = structlog.get_logger("lanyard.keys")


class KeySource(Protocol):
    """An issuer, where it publishes its keys (RFC 7517), and which Entra tenant it is, if it is one."""

    @property
    def issuer(self) -> str:
        """The issuer as its tokens name it."""

    @property
    def jwks_url(self) -> str:
        """The address of its keys: https, or http on this machine."""

    @property
    def tenant_id(self) -> str | None:
        """The Entra tenant in lower case."""


class KeysUnavailable(LanyardError):
    """An issuer's keys cannot be had at the moment; the same assertion may be taken later."""


class Unusable(Exception):
    """What came from an issuer's server cannot be used; the text says why, "its key server answers 500"."""


@dataclass(frozen=True)
class _Known:
    keys: Mapping[str, Key]
    fetched_at: datetime


class _Issuer:
    """What is known of one issuer's keys. `turn` is held by whoever fetches them."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.known: _Known | None = None
        self.tried_at: datetime | None = None
        self.problem: str | None = None

    def key(self, kid: str, longest: timedelta) -> Key | None:
        """The key of this id, among keys that were fetched at most `longest` ago."""
        known = self.known
        return known.keys.get(kid) if known is not None and clock.now() - known.fetched_at < longest else None

    def may_fetch(self) -> bool:
        """Whether the last attempt is long enough ago for another."""
        pause = FETCH_EVERY if self.problem is None else RETRY_AFTER
        return self.tried_at is None or clock.now() - self.tried_at >= pause


class KeyStore:
    """The keys of all issuers that clients of this installation are federated with. Safe to share between threads."""

    def __init__(self) -> None:
        self._issuers: dict[tuple[str, str], _Issuer] = {}
        self._opening = threading.Lock()

    def find(self, source: KeySource, kid: str) -> Key | None:
        """The issuer's key with this id; None when the issuer has no such key.

        Raises KeysUnavailable when that cannot be known because the key server does not answer as it should.
        Must not be called within a transaction: it may wait for the key server.
        """
        with self._opening:
            issuer = self._issuers.setdefault((source.issuer, source.jwks_url), _Issuer())
        if (key := issuer.key(kid, FRESH)) is not None:
            return key
        if issuer.turn.acquire(timeout=ALL_SECONDS):
            try:
                if issuer.may_fetch():  # else another thread has just done it
                    _refresh(issuer, source)
            finally:
                issuer.turn.release()
        if (key := issuer.key(kid, USABLE)) is not None:
            return key
        if issuer.known is None or issuer.problem is not None:
            problem = issuer.problem or "its key server takes long"
            log.warning("keys unavailable", issuer=source.issuer, problem=problem)
            raise KeysUnavailable(f"The issuer's keys cannot be had at the moment: {problem}. Try again later.")
        return None


def _refresh(issuer: _Issuer, source: KeySource) -> None:
    try:
        issuer.known = _Known(_fetch(source), clock.now())
        issuer.problem = None
    except Unusable as error:
        issuer.problem = str(error)
    finally:
        issuer.tried_at = clock.now()


def _fetch(source: KeySource) -> dict[str, Key]:
    """The issuer's keys for signatures, by id. Raises Unusable."""
    key_set = download_json(source.jwks_url, "its key server")
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(listed, list):
        raise Unusable("its key server answers no key set")
    keys: dict[str, Key] = {}
    for entry in listed:
        if isinstance(entry, dict) and isinstance(kid := entry.get("kid"), str) and _is_for(entry, source):
            key = _imported(entry)
            if key is not None:
                keys.setdefault(kid, key)
    if not keys:
        raise Unusable("its key server has no key that can be used")
    return keys


def download_json(url: str, server: str) -> Any:
    """What `url` answers, as JSON: at most MOST_BYTES, and itself, because a redirect may lead anywhere.

    Raises Unusable, which calls it `server`. Must not be called within a transaction.
    """
    try:
        return orjson.loads(_download(url, server))
    except orjson.JSONDecodeError as error:
        raise Unusable(f"{server} answers no JSON") from error


def _download(url: str, server: str) -> bytes:
    deadline = time.monotonic() + ALL_SECONDS
    body = bytearray()
    try:
        with requests.get(
            url,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                raise Unusable(f"{server} answers {response.status_code}")
            # By what has arrived, not by whole blocks: the time-out is for each piece, the deadline for all of them.
            while piece := response.raw.read1(MOST_BYTES, decode_content=False):
                body += piece
                if len(body) > MOST_BYTES:
                    raise Unusable(f"{server} answers more than {MOST_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise Unusable(f"{server} takes long")
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise Unusable(f"{server} takes long") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Unusable(f"{server} cannot be reached") from error
    return bytes(body)


def _is_for(entry: dict[str, Any], source: KeySource) -> bool:
    """Whether a key signs, and for this issuer: Microsoft says of each key whose it is, with the tenant left open."""
    issuer = entry.get("issuer", source.issuer)
    if isinstance(issuer, str) and source.tenant_id is not None:
        issuer = issuer.replace("{tenantid}", source.tenant_id)
    return bool(entry.get("use", "sig") == "sig" and issuer == source.issuer)


def _imported(entry: dict[str, Any]) -> Key | None:
    """The public key that `entry` describes; None for one that is not understood or too weak (RFC 7517 §5)."""
    kind = entry.get("kty")
    if kind not in (RSAKey.key_type, ECKey.key_type):
        return None
    if kind == RSAKey.key_type and len(str(entry.get("n", ""))) * BASE64_BITS < RSA_BITS:
        return None
    try:
        return JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError):
        return None

"""An issuer of assertions as Entra is one: a key pair, a key server on loopback, and forged tokens of every kind."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

TENANT = "6f0c2f7e-1111-4222-8333-444455556666"
SUBJECT = "d2f8ee76-c549-45b8-a143-f5b640669704"
AUDIENCE = "api://b5ba7a93-4452-4522-aeb4-a2b5da870c16"

GOOD = RSAKey.generate_key(2048, {"kid": "good", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "good"})
"""Somebody else's key that calls itself `good`."""


def key_set(*keys: RSAKey | ECKey | dict[str, Any]) -> bytes:
    """The keys as an issuer publishes them, without their private halves."""
    listed = [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]
    return json.dumps({"keys": listed}).encode()


@dataclass
class KeyServer:
    """What the key server answers, and how often it was asked."""

    port: int
    status: int = 200
    body: bytes = field(default_factory=lambda: key_set(GOOD, CURVE))
    headers: dict[str, str] = field(default_factory=dict)
    before: threading.Event | None = None
    """When there is one, answers wait for it."""
    pieces: float = 0.0
    """Seconds between two bytes of the body; all at once by default."""
    asked: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/{TENANT}/v2.0"


@contextmanager
def key_server() -> Iterator[KeyServer]:
    """A key server on loopback; ended afterwards."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            if state.before is not None:
                state.before.wait(10)
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                if state.pieces:
                    for byte in state.body:
                        self.wfile.write(bytes([byte]))
                        time.sleep(state.pieces)
                else:
                    self.wfile.write(state.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = KeyServer(http.server_address[1])
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield state
        finally:
            http.shutdown()
            thread.join()


def claims(issuer: str, **changes: Any) -> dict[str, Any]:
    """What Entra says in an assertion, with `changes`; None leaves a claim out."""
    now = int(time.time())
    said = {
        "aud": AUDIENCE,
        "iss": issuer,
        "iat": now,
        "nbf": now,
        "exp": now + 3900,
        "appid": "b5ba7a93-4452-4522-aeb4-a2b5da870c16",
        "oid": SUBJECT,
        "sub": SUBJECT,
        "tid": TENANT,
        "uti": "Xk3yXoBzKkaW5fF0v1QbAA",
        "ver": "2.0",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: RSAKey | ECKey = GOOD, **header: Any) -> str:
    """An assertion that says this, signed with `key`; `header` adds to or replaces what stands in its header."""
    given = {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": key.kid, **header}
    kept = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(kept, said, key, algorithms=[kept["alg"]])


def signed_raw(header: Any, payload: Any, sign: Callable[[bytes], bytes] | None = None) -> str:
    """A token of any header and payload, also such as no library makes; signed with GOOD by default."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{part((sign or _by_good)(text.encode()))}"


def hmac_with_public_key(data: bytes) -> bytes:
    """What a verifier computes that takes GOOD's public key for a shared secret."""
    return hmac.new(GOOD.as_pem(private=False), data, "sha256").digest()


def _by_good(data: bytes) -> bytes:
    assert GOOD.private_key is not None
    return GOOD.private_key.sign(data, PKCS1v15(), SHA256())


def part(content: Any) -> str:
    """One part of a token in the compact form."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""An OpenID provider on loopback that says whatever a test wants it to, true or forged."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.auth_oauth.issuer import CURVE, GOOD, TENANT, claims, key_set, signed

CLIENT, SECRET = "c0ffee00-0000-4000-8000-000000000001", "a secret of the client"
OBJECT = "8a520000-0000-4000-8000-000000000001"

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Provider:
    """What the provider answers, and what it was asked. `id_token` makes the token from the sign-in's nonce."""

    port: int
    path: str = f"/{TENANT}/v2.0"
    id_token: Callable[[str], str] = field(default=lambda nonce: "")
    nonce: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    token_headers: dict[str, str] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.origin}{self.path}"

    def says(self, **changes: Any) -> dict[str, Any]:
        """The claims of an honest ID token for this sign-in, with `changes`; None leaves one out."""
        honest = {"aud": CLIENT, "nonce": self.nonce, "oid": OBJECT, "sub": "pairwise-1", "appid": None, "uti": None}
        return claims(self.issuer, **{**honest, "preferred_username": "ines@nordwind.example", "sid": "s-1", **changes})

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for path, _, _ in self.asked]

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        """What the provider answers to a request."""
        if path == f"{self.path}/.well-known/openid-configuration":
            return _json(self._discovery())
        if path == "/keys":
            return 200, {}, key_set(GOOD, CURVE)
        if path == "/userinfo":
            return _json(self.userinfo or {})
        if path == "/token":
            said = {"access_token": "at", "token_type": "Bearer", "expires_in": 3600}
            if self.token_status == 200:
                said |= {"id_token": self.id_token(self.nonce), **self.token_answer}
            _status, headers, body = _json({key: value for key, value in said.items() if value is not None})
            return self.token_status, {**headers, **self.token_headers}, body
        return 404, {}, b""

    def _discovery(self) -> dict[str, Any]:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/keys",
            "userinfo_endpoint": f"{self.origin}/userinfo",
            "end_session_endpoint": f"{self.origin}/logout",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
            **self.metadata,
        }
        return {key: value for key, value in said.items() if value is not None}


def _json(content: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on loopback that is honest until it is told otherwise; ended afterwards."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer({key: values[0] for key, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            state.asked.append((path, form, dict(self.headers)))
            status, headers, body = state.answer(path, form)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Provider(http.server_address[1])
        state.id_token = lambda _nonce: signed(state.says())
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield state
        finally:
            http.shutdown()
            thread.join()

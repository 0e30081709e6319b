"""Lanyard as an operator starts it: `lanyard serve` in a process of its own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.engine import URL

from app.auth import tokens
from app.core.ids import new_id
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations
from app.wiring import HANDLERS

CHECKOUT = Path(__file__).resolve().parents[2]
LANYARD = [sys.executable, "-m", "tests.support.lanyard"]
START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and an organization on it with a token."""

    base_url: str
    token: str
    slug: str
    environment: dict[str, str]
    log: Path
    pid: int = 0
    """Its first process, whose children answer; 0 when that is not to be known."""

    @property
    def scim_url(self) -> str:
        """The tenant URL that a directory is given."""
        return f"{self.base_url}/scim/v2"

    def lanyard(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """What `lanyard …` prints on standard output; it must end with `code`."""
        return run_lanyard(self.environment, *arguments, code=code, stdin=stdin)


def start(environment: dict[str, str], *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """`lanyard …`, started; `streams` as subprocess takes them."""
    return subprocess.Popen([*LANYARD, *arguments], cwd=CHECKOUT, env=environment, **streams)


def run_lanyard(environment: dict[str, str], *arguments: str, code: int = 0, stdin: str = "") -> str:
    """What `lanyard …` prints on standard output; it must end with `code`."""
    done = subprocess.run(
        [*LANYARD, *arguments],
        cwd=CHECKOUT, env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, f"lanyard {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
    return done.stdout


@contextmanager
def running(
    database_url: URL, folder: Path, *, workers: int = 2, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server on `database_url` with the organization `nordwind`; ended afterwards, however the test ends.

    `more` is what its environment says besides.
    """
    environment = environment_of(database_url, folder, workers=workers) | dict(more or {})
    base_url = environment["LANYARD_PUBLIC_URL"]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = start(environment, "serve", stdout=output, stderr=output)
        try:
            _wait_until_ready(base_url, process, log)
            yield Server(base_url, _nordwind(database_url), "nordwind", environment, log, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _nordwind(database_url: URL) -> str:
    """A token of the organization, new with it: what two commands do, without the second that each takes to start."""
    organization_id = new_id()

    def work(tx: Transaction) -> str:
        organizations.create(tx, organization_id, "nordwind", name="Nordwind AG", phone_region="CH")
        return tokens.create(tx, "Entra")

    with closing(Database(database_url, HANDLERS)) as database:
        return database.write(work, organization_id=organization_id, actor="cli")


def environment_of(database_url: URL, folder: Path, *, workers: int = 2) -> dict[str, str]:
    """The whole environment of an installation that keeps its files in `folder` and listens at a free port.

    It does no background work by itself: tests that want some say `LANYARD_JOBS=on`.
    """
    port = free_port()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DATABASE_URL": database_url.render_as_string(hide_password=False),
        "LANYARD_DATA_DIR": str(folder),
        "LANYARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LANYARD_BIND": f"127.0.0.1:{port}",
        "LANYARD_WORKERS": str(workers),
        "LANYARD_JOBS": "off",
    }


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        try:
            if requests.get(f"{base_url}/readyz", timeout=2).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise AssertionError(f"the server was not ready in {START_SECONDS} s:\n{log.read_text()}")

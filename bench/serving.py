"""Servers in processes of their own, on loopback, as an operator starts them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.wire import Connection, request
from bench.worlds import World
from tests.support.server import CHECKOUT, LANYARD, environment_of

FLOORS = [sys.executable, "-m", "bench.floors"]
SERVE = [*LANYARD, "serve", "--no-migrate"]
SECONDS = 40


@dataclass(frozen=True)
class Serving:
    """A server that answers: where it is, and the processes whose work is its own and its database's."""

    base_url: str
    pid: int
    pids: list[int]


@contextmanager
def serving(made: World, command: list[str], ready: str, more: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """The server that `command` starts on a world's database, with two workers; ended afterwards.

    It is there once `ready` (a path) answers 200.
    """
    environment = environment_of(made.url, made.folder) | {"LANYARD_REQUESTS_PER_SECOND": "0"} | dict(more or {})
    base_url = environment["LANYARD_PUBLIC_URL"]
    with (made.folder / "server.log").open("ab") as output:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=output)  # noqa: S603 (our own)
        try:
            _wait_until(base_url, ready, process)
            yield Serving(base_url, process.pid, [process.pid, *made.database_pids])
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def log_of(made: World) -> Path:
    """Where the servers of a world write their log."""
    return made.folder / "server.log"


def _wait_until(base_url: str, ready: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while not _answers(base_url, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the server at {base_url} did not come up")
        time.sleep(0.05)


def _answers(base_url: str, path: str) -> bool:
    try:
        with Connection(base_url) as connection:
            return connection.send(request("GET", path)).status == 200
    except OSError:
        return False

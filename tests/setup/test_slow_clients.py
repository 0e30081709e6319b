"""Clients that do not go on: the threads of a server are not theirs for ever."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy.engine import URL

from app.console.files import _version
from app.web.server import STOPPING_SECONDS, Companion
from tests.support.server import CHECKOUT, environment_of

THREADS = 2
UNUSED_SECONDS = 6
"""After five, gunicorn's threads do not wait for a connection any more on which nothing comes."""
LARGE = "vendor/tabler-1.6.1/tabler.min.css"
HEAD = "{method} {path} HTTP/1.1\r\nHost: cards.example\r\n"


@contextmanager
def hasty(database_url: URL, folder: Path, *seconds: float) -> Iterator[str]:
    """A server with THREADS threads; ended afterwards."""
    environment = environment_of(database_url, folder, workers=1) | {"LANYARD_THREADS": str(THREADS)}
    command = [sys.executable, "-m", "tests.setup.hasty_server", *map(str, seconds)]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield environment["LANYARD_PUBLIC_URL"]
        finally:
            process.terminate()


def connected(base_url: str, text: str, *, room: int | None = None) -> socket.socket:
    """A connection on which `text` was sent, and `room` bytes at most are taken before somebody reads."""
    parts = urlsplit(base_url)
    connection = socket.socket()
    if room is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    connection.settimeout(30)
    connection.connect((parts.hostname, parts.port))
    connection.sendall(text.encode())
    return connection


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD.format(method="GET", path="/healthz"), id="half a head"),
        pytest.param(HEAD.format(method="POST", path="/nowhere") + "Content-Length: 9\r\n\r\nx", id="half a body"),
    ],
)
def test_those_who_send_half_a_request_are_let_go(database_url: URL, tmp_path: Path, text: str) -> None:
    with hasty(database_url, tmp_path, 2, 600) as base_url, ExitStack() as open_ones:
        slow = [open_ones.enter_context(connected(base_url, text)) for _ in range(2 * THREADS)]

        answer = requests.get(f"{base_url}/healthz", timeout=20)

        assert answer.status_code == 200
        assert all(b"HTTP/1.1 200" not in one.recv(1000) for one in slow)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_those_who_take_their_time_over_a_long_body_are_heard_out(database_url: URL, tmp_path: Path) -> None:
    with hasty(database_url, tmp_path, 3, 600) as base_url:
        parts = urlsplit(base_url)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as connection:
            connection.putrequest("POST", "/nowhere")
            connection.putheader("Content-Length", "2000000")
            connection.endheaders()
            for _ in range(10):
                connection.send(b"x" * 200_000)
                time.sleep(0.45)
            refused = connection.getresponse()
            refused.read()
            connection.request("GET", "/healthz")
            next_answer = connection.getresponse()

    assert (refused.status, next_answer.status) == (404, 200)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_stops_does_not_wait_for_those_who_have_sent_nothing(database_url: URL, tmp_path: Path) -> None:
    with ExitStack() as open_ones:
        with hasty(database_url, tmp_path, 60, 600) as base_url:
            open_ones.enter_context(connected(base_url, ""))
            time.sleep(UNUSED_SECONDS)
            begun = time.monotonic()

        assert time.monotonic() - begun < STOPPING_SECONDS / 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_those_who_do_not_take_their_answer_are_let_go(database_url: URL, tmp_path: Path) -> None:
    path = f"/console/files/{_version(LARGE)}/{LARGE}"
    asked = HEAD.format(method="GET", path=path) + "\r\n"

    with hasty(database_url, tmp_path, 1, 3) as base_url, ExitStack() as open_ones:
        for _ in range(2 * THREADS):
            open_ones.enter_context(connected(base_url, asked, room=2_000))

        answer = requests.get(base_url + path, timeout=20)

        assert (answer.status_code, len(answer.content) > 500_000) == (200, True)


def test_a_companion_that_cannot_be_started_does_not_end_the_server() -> None:
    asked = []

    def start() -> subprocess.Popen[bytes]:
        asked.append(True)
        return subprocess.Popen(["/nowhere/lanyard"])

    companion = Companion(start)
    companion.keep()
    companion.keep()
    companion.end()

    assert asked == [True]

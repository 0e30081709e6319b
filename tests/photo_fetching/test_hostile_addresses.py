"""Sixty addresses that should lead somewhere else than to a photo on the internet, pushed over HTTP to a running server.

The fetcher allows any host, at the canary's port as well, so that nothing but the rules on addresses keeps it away; names
resolve as whoever owns them would have it. Nobody reaches the canary, and all of them are told of alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from sqlalchemy.engine import make_url

from app.core import clock
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.photos.fetching import fetching_job, waiting
from app.photos.fetching.fetcher import NOT_FETCHED, Fetcher
from app.wiring import HANDLERS
from tests.photo_fetching.conftest import NAME
from tests.support.photo_server import HERE, Canary, PhotoServer, canary
from tests.support.server import Server

PORT = "PORT"
"""Stands for the canary's."""

WRITTEN = {
    "http": "http://127.0.0.1:PORT/",
    "http by name": "http://rebound.example:PORT/",
    "an IP address": "https://127.0.0.1:PORT/",
    "at the usual port": "https://127.0.0.1/",
    "short": "https://127.1:PORT/",
    "zero": "https://0:PORT/",
    "unspecified": "https://0.0.0.0:PORT/",
    "decimal": "https://2130706433:PORT/",
    "hexadecimal": "https://0x7f000001:PORT/",
    "hexadecimal parts": "https://0x7f.0.0.1:PORT/",
    "octal": "https://0177.0.0.1:PORT/",
    "octal, long": "https://00000177.0.0.01:PORT/",
    "with a dot": "https://127.0.0.1.:PORT/",
    "another of loopback": "https://127.255.255.254:PORT/",
    "IPv6": "https://[::1]:PORT/",
    "IPv6 in full": "https://[0:0:0:0:0:0:0:1]:PORT/",
    "mapped": "https://[::ffff:127.0.0.1]:PORT/",
    "mapped, in hexadecimal": "https://[::ffff:7f00:1]:PORT/",
    "compatible": "https://[::127.0.0.1]:PORT/",
    "NAT64": "https://[64:ff9b::7f00:1]:PORT/",
    "6to4": "https://[2002:7f00:1::]:PORT/",
    "a zone": "https://[::1%25lo]:PORT/",
    "localhost": "https://localhost:PORT/",
    "localhost with a dot": "https://localhost.:PORT/",
    "circles": "https://①②⑦.⓪.⓪.①:PORT/",
    "full width": "https://１２７.0.0.1:PORT/",
    "a dot of full width": "https://127。0。0。1:PORT/",
    "a soft hyphen": "https://local\u00adhost:PORT/",
    "a user": "https://photos.example@127.0.0.1:PORT/",
    "a user and a password": "https://photos.example:443@127.0.0.1:PORT/",
    "a backslash": r"https://photos.example\@127.0.0.1:PORT/",
    "backslashes": r"https:\\127.0.0.1:PORT\x",
    "a fragment": "https://127.0.0.1:PORT#@photos.example/",
    "a tab": "https://127.0.0\t.1:PORT/",
    "line breaks": "https://rebound.example:PORT/\r\nHost: 127.0.0.1\r\n",
    "one slash": "https:/127.0.0.1:PORT/",
    "percent signs": "https://%31%32%37.0.0.1:PORT/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "two hosts": "https://photos.example,127.0.0.1:PORT/",
}  # fmt: skip
RESOLVED = {
    "loopback": "127.0.0.1",
    "another of loopback": "127.0.0.53",
    "IPv6 loopback": "::1",
    "unspecified": "0.0.0.0",
    "IPv6 unspecified": "::",
    "mapped": "::ffff:127.0.0.1",
    "private": "10.0.0.1",
    "metadata": "169.254.169.254",
    "shared": "100.64.0.1",
    "NAT64": "64:ff9b::7f00:1",
    "6to4": "2002:7f00:1::1",
    "Teredo": "2001:0:7f00:1::1",
    "unique local": "fd00::1",
    "the internet and loopback": "93.184.216.34 127.0.0.1",
    "nothing": "",
    "no address": "localhost",
}
"""To what a name resolves."""
REDIRECTED = {
    "loopback": "https://127.0.0.1:PORT/",
    "IPv6 loopback": "https://[::1]:PORT/",
    "plain http": "http://127.0.0.1:PORT/",
    "a name of loopback": "https://at-loopback.example:PORT/",
    "another scheme": "gopher://127.0.0.1:PORT/_GET",
    "without a scheme": "//127.0.0.1:PORT/",
    "with a user": "https://photos.example@127.0.0.1:PORT/",
    "itself, without end": "/7",
}
"""Where an address at a server on the internet leads."""
REBINDING = "https://rebinding.example:PORT/"
"""A name that is on the internet when it is looked at first, and on loopback ever after."""


class Names:
    """Resolves names as their owners would have it."""

    def __init__(self) -> None:
        self._rebound = False
        self._found = {f"resolved{number}.example": texts.split() for number, texts in enumerate(RESOLVED.values())}

    def __call__(self, host: str, _port: int) -> list[str]:
        if host == "rebinding.example" and not self._rebound:
            self._rebound = True
            return [HERE]
        if host == NAME:
            return [HERE]
        found = self._found.get(host, ["127.0.0.1", "::1"])
        if not found:
            raise OSError("no such name")
        return found


def addresses(bird: Canary, photo_host: PhotoServer) -> dict[str, str]:
    """All of them by what they are."""
    home = f"https://{NAME}:{photo_host.server_port}"
    for number, location in enumerate(REDIRECTED.values()):
        photo_host.serve(f"/{number}", b"", 302, Location=location.replace(PORT, str(bird.port)))
    found = {
        **{f"written: {what}": text for what, text in WRITTEN.items()},
        **{f"resolved: {what}": f"https://resolved{number}.example:PORT/" for number, what in enumerate(RESOLVED)},
        **{f"redirected: {what}": f"{home}/{number}" for number, what in enumerate(REDIRECTED)},
        "rebinding": REBINDING,
    }
    return {what: text.replace(PORT, str(bird.port)) for what, text in found.items()}


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as found:
        yield found


def test_sixty_hostile_addresses_reach_nobody_and_are_told_of_alike(
    server: Server, bird: Canary, photo_host: PhotoServer, new_fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    hostile = addresses(bird, photo_host)
    allowed = {f"{name}:{bird.port}" for name in ("rebound.example", "rebinding.example", "at-loopback.example")}
    allowed |= {f"resolved{number}.example:{bird.port}" for number in range(len(RESOLVED))}
    fetcher = new_fetcher("*", *allowed, resolver=Names())
    with requests.Session() as directory:
        directory.headers["Authorization"] = f"Bearer {server.token}"
        pushed = {what: push(directory, server, number, text) for number, (what, text) in enumerate(hostile.items())}

    said = run_to_the_end(server, fetcher, tmp_path)

    assert len(hostile) >= 60
    assert {what: user["photos"][0]["value"] for what, user in pushed.items()} == hostile
    assert [line.rstrip(".").split(" ")[-1] for line in said] == ["off", "off", "off", "failed"]
    assert not any("," in line for line in said)
    assert bird.count() == 0
    assert findings(server) == {user["userName"]: NOT_FETCHED for user in pushed.values()}


def push(directory: requests.Session, server: Server, number: int, address: str) -> Any:
    """A person whose photo is at the address, as the server answers it."""
    body = {"userName": f"p{number}@nordwind.example", "photos": [{"type": "photo", "value": address}]}
    answer = directory.post(f"{server.scim_url}/Users", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.json()


def run_to_the_end(server: Server, fetcher: Fetcher, folder: Path) -> list[str]:
    """What the job says, run as often as it tries."""
    url = make_url(server.environment["DATABASE_URL"])
    working_settings = Settings(database_url=url, data_dir=folder)
    said = []
    with closing(Database(url, HANDLERS)) as database, time_machine.travel(clock.now(), tick=True) as traveller:
        for pause in (*waiting.AGAIN_AFTER, timedelta(0)):
            said.append(fetching_job.fetch(Working(database, working_settings, "run"), fetcher))
            traveller.shift(pause)
    return said


def findings(server: Server) -> dict[str, str]:
    """What data quality says of photos, by user name."""
    found = json.loads(server.lanyard("quality", "--org", "nordwind", "--json"))
    return {one["person"]: one["problem"] for one in found if one["kind"] == "photo"}

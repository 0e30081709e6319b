"""While something large holds up everybody who writes, whoever only looks is answered."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import requests
from sqlalchemy.engine import URL

from app.cards import issuing
from app.core.turns import PATIENCE_SECONDS
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations
from app.wiring import HANDLERS
from tests.support.server import Server, running

PUSHES = 12
THREADS = 4


def push(server: Server, number: int) -> requests.Response:
    return requests.post(
        f"{server.scim_url}/Users",
        json={"userName": f"p{number}@nordwind.example"},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=60,
    )


def seconds_for_a_page(server: Server) -> float:
    begun = time.monotonic()
    assert requests.get(f"{server.base_url}/c/{'a' * 26}", timeout=60).status_code == 404
    return time.monotonic() - begun


def test_cards_are_shown_while_pushes_wait(database_url: URL, tmp_path: Path) -> None:
    held, released = Event(), Event()

    def hold(tx: Transaction) -> None:
        issuing.hold_organization(tx)
        held.set()
        released.wait(60)

    with running(database_url, tmp_path, workers=1, more={"LANYARD_THREADS": str(THREADS)}) as server, closing(
        Database(database_url, HANDLERS)
    ) as database, ThreadPoolExecutor(PUSHES + 1) as pool:  # fmt: skip
        with database.read(None) as reader:
            [nordwind] = organizations.every(reader)
        pool.submit(database.write, hold, organization_id=nordwind.id, actor="cli")
        held.wait(10)
        pushes = [pool.submit(push, server, number) for number in range(PUSHES)]
        time.sleep(1)

        waited = [seconds_for_a_page(server) for _ in range(3)]
        released.set()
        answers = [one.result() for one in pushes]

    assert waited[0] < PATIENCE_SECONDS + 5
    assert max(waited[1:]) < PATIENCE_SECONDS
    assert Counter(one.status_code for one in answers) == Counter({201: THREADS - 2, 503: PUSHES - THREADS + 2})
    assert {one.headers.get("Retry-After") is not None for one in answers if one.status_code == 503} == {True}

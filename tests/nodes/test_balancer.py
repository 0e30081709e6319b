"""Nodes come and go under load: who goes in order fails nobody, who is killed takes along what was in its hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from app.core.unit_of_work import Database
from tests.jobs.conftest import wait_until
from tests.nodes.conftest import Site
from tests.nodes.visitors import SECONDS, Directory, Visitor
from tests.sign_in.openid import OBJECT
from tests.storms.kill_clients import Place, provisioning
from tests.storms.kill_judge import assert_whole
from tests.storms.kill_place import prepared
from tests.support.effort import effort

SEED = 20261127
CLIENTS = 4
ROUNDS = effort(1, 10)
TAKEN = effort(1, 2)
"""How many of the nodes are taken away, one after the other."""
LOAD_SECONDS = 1.5


@pytest.fixture
def place(site: Site, database: Database, tmp_path: Path) -> Iterator[Place]:
    """An organization of its own, that is pushed to through the balancer."""
    with prepared(f"storm-{time.monotonic_ns()}", site.lanyard, site.front, database, tmp_path) as made:
        yield made


@dataclass
class Reader:
    """Somebody who signs in through the balancer again and again; `failed` is what they got that nobody should."""

    site: Site
    stopped: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)
    count: int = 0

    def look(self) -> None:
        """Sign in and look who is there, until it is enough."""
        while not self.stopped.is_set():
            visitor = Visitor(self.site)
            try:
                back = visitor.sign_in()
                if back.status_code != 303 or not visitor.is_in():
                    self.failed.append(f"not signed in: {back.status_code}")
            except (AssertionError, requests.RequestException) as error:
                self.failed.append(repr(error))
            self.count += 1
            visitor.close()


@contextmanager
def reading(site: Site) -> Iterator[Reader]:
    """One person signs in again and again, meanwhile."""
    name = f"ines.{time.monotonic_ns()}@nordwind.example"
    pushing = Directory(site.front, site.token)
    user_id = pushing.create("/Users", userName=name, externalId=OBJECT, displayName="Ines Jones")
    made = Reader(site)
    thread = threading.Thread(target=made.look)
    thread.start()
    try:
        yield made
    finally:
        made.stopped.set()
        thread.join(timeout=2 * SECONDS)
        pushing.send("DELETE", f"/Users/{user_id}")


def answering(site: Site) -> list[bool]:
    """Whether the balancer takes each node: told apart by what their logs say of requests."""

    def requests_of(log: Path) -> int:
        return log.read_text().count('"route":"/c/<card_id>"')

    before = [requests_of(node.log) for node in site.nodes]
    for _ in range(4):
        requests.get(f"{site.front}/c/nobody", timeout=SECONDS)
    return [requests_of(node.log) > count for node, count in zip(site.nodes, before, strict=True)]


def test_a_node_that_is_stopped_in_order_fails_no_request(site: Site, place: Place, database: Database) -> None:
    with reading(site) as reader, provisioning(place, CLIENTS, SEED):
        codes = []
        for _ in range(ROUNDS):
            for node in site.nodes[:TAKEN]:
                time.sleep(LOAD_SECONDS)
                codes.append(node.stop())
                time.sleep(LOAD_SECONDS)
                node.start()
                wait_until(lambda: answering(site) == [True, True], "both are taken again")
        time.sleep(LOAD_SECONDS)

    print(place.told(), f"{reader.count} sign-ins")
    assert set(codes) == {0}
    assert (place.wrong, dict(place.lost)) == ([], {})
    assert place.statuses.keys() <= {200, 201, 204, 410}
    assert reader.failed == []
    assert_whole(place, database, site.settings)


def test_a_node_that_is_killed_fails_what_was_in_its_hands_and_nothing_else(
    site: Site, place: Place, database: Database
) -> None:
    with reading(site) as reader, provisioning(place, CLIENTS, SEED):
        kills = 0
        for _ in range(ROUNDS):
            for node in site.nodes[:TAKEN]:
                time.sleep(LOAD_SECONDS)
                node.kill(workers=True)
                kills += 1
                time.sleep(LOAD_SECONDS)
                node.start()
                wait_until(lambda: answering(site) == [True, True], "both are taken again")
        time.sleep(LOAD_SECONDS)

    print(place.told(), place.wrong, f"{reader.count} sign-ins", reader.failed)
    assert {wrong.split(": ")[1][:3] for wrong in place.wrong} <= {"502"}
    assert len(place.wrong) + place.lost.total() <= CLIENTS * kills
    assert len(reader.failed) <= kills
    assert_whole(place, database, site.settings)


def test_without_a_database_the_nodes_say_so_themselves(site: Site) -> None:
    asking = Directory(site.front, site.token)
    site.cluster.stop()
    try:
        wait_until(lambda: requests.get(f"{site.front}/readyz", timeout=SECONDS).status_code == 503, "all have noticed")
        time.sleep(3)  # so that the balancer has, too
        pushed = asking.send("POST", "/Users", {"userName": "nobody@nordwind.example"})
        page = requests.get(f"{site.front}/c/nobody", timeout=SECONDS)
    finally:
        site.cluster.start()
    wait_until(lambda: asking.send("GET", "/Users").status_code == 200, "it is back")

    assert_says_later(pushed, "The database cannot be reached")
    assert (page.status_code, int(page.headers["Retry-After"]) > 0) == (503, True)


def test_without_any_node_the_balancer_says_so_in_words_that_a_directory_can_read(site: Site) -> None:
    for node in site.nodes:
        node.kill(workers=True)
    try:
        asking = Directory(site.front, site.token)
        at_once = asking.send("GET", "/Users")
        wait_until(lambda: "json" in asking.send("GET", "/Users").headers["Content-Type"], "the balancer knows")
        pushed = asking.send("GET", "/Users")
        page = requests.get(f"{site.front}/c/nobody", timeout=SECONDS)
    finally:
        for node in site.nodes:
            node.start()
    wait_until(lambda: answering(site) == [True, True], "both are taken again")

    assert (at_once.status_code, int(at_once.headers["Retry-After"]) > 0) == (503, True)
    assert_says_later(pushed, "No node of Lanyard runs")
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")


def assert_says_later(answer: requests.Response, sentence: str) -> None:
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("application/scim+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["status"] == "503"
    assert answer.json()["detail"].startswith(sentence)

"""Card pages read a copy of the database, and never show what a push that was answered has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from app.core.migrating import migrate
from tests.conftest import missing
from tests.flows.test_database_away import ask
from tests.jobs.conftest import wait_until
from tests.nodes.visitors import Directory
from tests.support import postgres
from tests.support.postgres import REPLICA, Cluster, administer
from tests.support.server import Server, running

BEHIND = ("recovery_min_apply_delay=300ms", "hot_standby_feedback=on")
"""The copy shows everything this late: whoever does not wait for it is found out."""
FILE = """
templates: [{name: Everybody, general: {name: {sync: always}, title: {sync: always}}}]
bindings: [{group: Everybody, template: Everybody}]
"""
SECONDS = 30


@dataclass
class Copied:
    """A server whose card pages read a copy that is always late."""

    server: Server
    original: Cluster
    copy: Cluster
    copy_url: URL

    def in_use(self) -> int:
        """How many connections the server has to the copy."""
        engine = create_engine(self.copy.url)
        with engine.connect() as connection:
            asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
            found = int(connection.execute(asked, {"name": self.copy_url.database}).scalar_one())
        engine.dispose()
        return found


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    """It runs, with a group that gives cards."""
    folder = tmp_path_factory.mktemp("copied")
    try:
        with postgres.own_cluster() as original, postgres.replica(original, BEHIND) as copy:
            url = postgres.create_database(original.url)
            migrate(url)
            copy_url = copy.url.set(database=url.database)
            administer(original.url, f"ALTER SYSTEM SET synchronous_standby_names = '{REPLICA}'")
            administer(original.url, "SELECT pg_reload_conf()")
            more = {"LANYARD_READ_DATABASE_URL": copy_url.render_as_string(hide_password=False)}
            with running(url, folder, more=more) as server:
                (folder / "cards.yaml").write_text(FILE)
                server.lanyard("apply", str(folder / "cards.yaml"), "--org", server.slug)
                yield Copied(server, original, copy, copy_url)
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture(scope="module")
def directory(copied: Copied) -> Directory:
    return Directory(copied.server.base_url, copied.server.token)


@pytest.fixture(scope="module")
def ines(copied: Copied, directory: Directory) -> tuple[str, str]:
    """The id and the card's address of somebody."""
    user_id = directory.create("/Users", userName="ines@nordwind.example", displayName="Ines Jones")
    directory.create("/Groups", displayName="Everybody", members=[{"value": user_id}])
    cards: list[dict[str, Any]] = json.loads(
        copied.server.lanyard("cards", "list", "--org", copied.server.slug, "--json")
    )
    return user_id, cards[0]["url"]


def look(address: str) -> requests.Response:
    return requests.get(address, timeout=SECONDS)


def test_every_push_that_was_answered_shows_though_the_copy_is_late(
    copied: Copied, directory: Directory, ines: tuple[str, str]
) -> None:
    user_id, address = ines
    seen = []
    for number in range(4):
        directory.patch(f"/Users/{user_id}", "replace", "title", f"Title {number}")
        seen.append(f"Title {number}" in look(address).text)
        directory.patch(f"/Users/{user_id}", "replace", "active", False)
        seen.append(look(address).status_code == 410)
        directory.patch(f"/Users/{user_id}", "replace", "active", True)
        seen.append(look(address).status_code == 200)

    assert seen == [True] * 12
    assert copied.in_use() >= 1


def test_doctor_says_when_nobody_waits_for_the_copy(copied: Copied) -> None:
    well = copied.server.lanyard("doctor")
    administer(copied.original.url, "ALTER SYSTEM RESET synchronous_standby_names")
    administer(copied.original.url, "SELECT pg_reload_conf()")
    try:
        wait_until(lambda: "synchronous_standby_names" in said(copied), "it is seen")
    finally:
        administer(copied.original.url, f"ALTER SYSTEM SET synchronous_standby_names = '{REPLICA}'")
        administer(copied.original.url, "SELECT pg_reload_conf()")

    assert "postgresql answers" in well


def said(copied: Copied) -> str:
    return copied.server.lanyard("doctor", code=1)


def test_without_the_copy_pages_come_from_the_database_itself(copied: Copied, ines: tuple[str, str]) -> None:
    administer(copied.original.url, "ALTER SYSTEM RESET synchronous_standby_names")  # as an operator does then
    administer(copied.original.url, "SELECT pg_reload_conf()")
    copied.copy.stop()
    try:
        pages = [look(ines[1]).status_code for _ in range(12)]
        pushed = ask(copied.server, "POST", "/Users", {"userName": "ann@nordwind.example"})
    finally:
        copied.copy.start()

    assert pages == [200] * 12
    assert pushed.status_code == 201


def test_a_copy_that_is_back_is_not_read_before_it_is_waited_for(
    copied: Copied, directory: Directory, ines: tuple[str, str]
) -> None:
    user_id, address = ines
    wait_until(lambda: is_up(copied.copy), "the copy is back, and nobody waits for it")
    shown = []
    for _ in range(4):
        directory.patch(f"/Users/{user_id}", "replace", "active", False)
        shown.append(look(address).status_code)
        directory.patch(f"/Users/{user_id}", "replace", "active", True)
        shown.append(look(address).status_code)
    unread = copied.in_use()
    administer(copied.original.url, f"ALTER SYSTEM SET synchronous_standby_names = '{REPLICA}'")
    administer(copied.original.url, "SELECT pg_reload_conf()")

    wait_until(lambda: look(address).status_code == 200 and copied.in_use() > 0, "it is read again")

    assert shown == [410, 200] * 4
    assert unread == 0


def is_up(cluster: Cluster) -> bool:
    engine = create_engine(cluster.url)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()

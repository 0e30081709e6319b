"""Reads and last uses are counted and written by and by; old rows are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.auth.tables import token_use
from app.core.chores import Chores
from app.core.db import ORGANIZATION
from app.core.errors import Unavailable
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from app.scim import retention
from app.scim.protocol.queries import SEARCH_URN
from tests.cards.test_issuing import counted_statements
from tests.log.conftest import Log
from tests.support.client import Client
from tests.support.server import running


def counted(database: Database, organization: Organization) -> dict[str, int]:
    """How many reads of each kind were written."""
    columns = (token_use.c.kind, token_use.c.count.label("reads"))
    statement = select(*columns).where(token_use.c.organization_id == ORGANIZATION)
    with database.read(organization.id) as reader:
        return {row.kind: row.reads for row in reader.execute(statement)}


def written(app: Flask) -> None:
    """Have what was counted so far written, as at the end of the process."""
    app.extensions["lanyard.chores"].end()


def test_reads_are_counted_by_kind_and_written_together(
    app: Flask, client: Client, database: Database, organization: Organization
) -> None:
    user = client.create_user("ines@nordwind.example")["id"]
    for _ in range(2):
        client.get("/Users", filter='userName eq "ines@nordwind.example"')
        client.get(f"/Users/{user}")
        client.get("/Groups")
        client.get("/Schemas")
        client.get("/Users/nobody")
    written(app)
    client.get("/Schemas")
    written(app)

    assert counted(database, organization) == {"users.search": 2, "users.read": 2, "groups.search": 2, "schemas": 3}


def test_searches_are_counted_by_what_they_search(
    app: Flask, client: Client, database: Database, organization: Organization
) -> None:
    request = {"schemas": [SEARCH_URN]}
    client.get("")
    client.post("/.search", request)
    client.post("/Users/.search", request)
    client.post("/Users/.search", {})
    written(app)

    assert counted(database, organization) == {"search": 2, "users.search": 1}


def test_a_read_writes_nothing(app: Flask, client: Client) -> None:
    with counted_statements(app.extensions["lanyard.database"]) as statements:
        client.get("/Users")

    assert statements == []


def test_the_list_of_tokens_shows_last_use_and_reads_of_today(app: Flask, client: Client, log: Log) -> None:
    [before] = log.json("token", "list")
    used = datetime.now(UTC)
    client.get("/Users")
    client.get("/Groups")
    written(app)

    [after] = log.json("token", "list")

    assert (before["last_used"], before["reads_today"], after["reads_today"]) == (None, 0, 2)
    assert abs(datetime.fromisoformat(after["last_used"]) - used) < timedelta(minutes=1)
    assert log.run("token", "list").stdout.splitlines()[1].split()[-1] == "2"


def test_what_was_read_yesterday_is_not_read_today(app: Flask, client: Client, log: Log) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=1), tick=False):
        client.get("/Users")
    client.get("/Users")
    written(app)

    assert [token["reads_today"] for token in log.json("token", "list")] == [1]


def test_what_could_not_be_written_is_kept(
    app: Flask, client: Client, database: Database, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    client.get("/Users")
    with monkeypatch.context() as patched:
        patched.setattr(app.extensions["lanyard.database"], "write", away)
        written(app)
    client.get("/Users")
    written(app)

    assert counted(database, organization) == {"users.search": 2}


def test_counts_are_written_when_a_server_process_ends_by_and_by(
    new_database: Callable[[str], URL], tmp_path: Path
) -> None:
    url = new_database("sqlite")
    with running(url, tmp_path, workers=2) as server:
        for _ in range(20):
            requests.get(f"{server.scim_url}/Users", headers={"Authorization": f"Bearer {server.token}"})

    [token] = Log(url, "nordwind").json("token", "list")
    assert token["reads_today"] == 20


def test_rows_older_than_log_days_are_forgotten(
    client: Client, database: Database, organization: Organization, log: Log
) -> None:
    database.write(lambda tx: organizations.change(tx, {"log_days": 30}), organization_id=organization.id, actor="cli")
    now = datetime.now(UTC)
    for days, name in ((31, "old"), (29, "young")):
        with time_machine.travel(now - timedelta(days=days)):
            client.create_user(f"{name}@nordwind.example")
            client.get("/Users/nobody")

    retention.forget(database)

    assert log.sentences() == ["created young@nordwind.example", "reading a User refused: User nobody not found"]


def test_many_old_rows_are_forgotten_in_pieces(
    client: Client, database: Database, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 3)
    with time_machine.travel(datetime.now(UTC) - timedelta(days=91), tick=False):
        for number in range(7):
            client.create_user(f"user{number}@nordwind.example")
    client.create_user("young@nordwind.example")

    with counted_statements(database) as statements:
        retention.forget(database)

    assert log.sentences() == ["created young@nordwind.example"]
    assert sum(statement.startswith("DELETE FROM provisioning_log") for statement in statements) == 3


def test_old_counts_are_forgotten(app: Flask, client: Client, database: Database, organization: Organization) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=91), tick=False):
        client.get("/Schemas")
    client.get("/Users")
    written(app)

    retention.forget(database)

    assert counted(database, organization) == {"users.search": 1}


def test_a_chore_that_fails_is_done_again_and_does_not_keep_others_from_theirs() -> None:
    chores, turns = Chores(), []

    def fail() -> None:
        turns.append("fail")
        raise Unavailable("away")

    chores.every(3600, "fail", fail, at_end=True)
    chores.every(3600, "go on", lambda: turns.append("go on"), at_end=True)
    chores.wake()
    chores.end()
    chores.end()

    assert turns == ["fail", "go on"]


def test_chores_that_nobody_woke_are_not_done() -> None:
    chores, turns = Chores(), list[str]()
    chores.every(3600, "count", lambda: turns.append("count"), at_once=True, at_end=True)

    chores.end()

    assert turns == []

"""Another process holds the embedded database longer than anybody waits: pushes are told to try again, and then work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL
from werkzeug.test import TestResponse

from app.core import db
from app.core.errors import Unavailable
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.wiring import HANDLERS
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

WRITING = "BEGIN IMMEDIATE"
ALONE = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript(sys.argv[2])
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database_url(new_database: Callable[[str], URL], monkeypatch: pytest.MonkeyPatch) -> URL:
    """An embedded database for which nobody waits long."""
    monkeypatch.setattr(db, "SQLITE_BUSY_MS", 20)
    return new_database("sqlite")


@contextmanager
def locked(database_url: URL, how: str) -> Iterator[None]:
    """Another process holds the lock."""
    command = [sys.executable, "-c", LOCK, str(database_url.database), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            process.terminate()


def assert_is_told_to_try_again(response: TestResponse) -> None:
    assert_is_scim_error(response, 503, None)
    assert int(response.headers["Retry-After"]) >= 1


def test_a_write_is_told_to_try_again_and_reads_go_on(client: Client, database_url: URL) -> None:
    client.create_user("ann@nordwind.example")
    with locked(database_url, WRITING):
        read, refused = client.get("/Users"), client.post("/Users", {"userName": "bob@nordwind.example"})

    again = client.post("/Users", {"userName": "bob@nordwind.example"})

    assert_is_told_to_try_again(refused)
    assert (read.status_code, again.status_code) == (200, 201)


def test_everybody_is_told_to_try_again_when_nothing_can_be_read(
    app: Flask, database_url: URL, database: Database, client: Client
) -> None:
    database.close()
    with locked(database_url, ALONE):
        responses = [client.get("/Users"), client.get("/Schemas"), client.post("/Users", {"userName": "ann"})]

    again = client.post("/Users", {"userName": "ann"})

    for response in responses:
        assert_is_told_to_try_again(response)
    assert again.status_code == 201


def test_a_bulk_request_of_which_nothing_could_be_done_is_told_to_try_again(client: Client, database_url: URL) -> None:
    create = {"method": "POST", "path": "/Users", "bulkId": "ann", "data": {"userName": "ann"}}
    malformed = {"method": "POST", "path": "/Users", "bulkId": "bob", "data": {}}
    with locked(database_url, WRITING):
        refused = client.post("/Bulk", {"Operations": [malformed, create]})

    again = client.post("/Bulk", {"Operations": [malformed, create]})

    assert_is_told_to_try_again(refused)
    assert [one["status"] for one in again.get_json(force=True)["Operations"]] == ["400", "201"]


def test_a_folder_that_is_gone_for_a_while_is_a_database_that_is_away(
    app: Flask, client: Client, database_url: URL
) -> None:
    folder = Path(str(database_url.database)).parent
    app.extensions["lanyard.database"].close()
    folder.rename(folder.with_name("elsewhere"))
    responses = [client.get("/Users"), client.post("/Users", {"userName": "ann"})]

    folder.with_name("elsewhere").rename(folder)
    again = client.post("/Users", {"userName": "ann"})

    for response in responses:
        assert_is_told_to_try_again(response)
    assert again.status_code == 201


def test_whoever_finds_no_free_connection_is_told_to_try_again(
    database_url: URL, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "POOL_SIZE", 1)
    monkeypatch.setattr(db, "POOL_MOST", 2)
    monkeypatch.setattr(db, "POOL_SECONDS", 0.05)
    with (
        closing(Database(database_url, HANDLERS)) as narrow,
        narrow.read(organization.id),
        narrow.read(organization.id),
    ):

        def one_more() -> None:
            with narrow.read(organization.id):
                pass

        with pytest.raises(Unavailable, match="busy"):
            one_more()

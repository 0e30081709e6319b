"""The database goes away and comes back: pushes are told to try again, nothing is half done, nobody restarts anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy.engine import URL

from app.core.errors import Unavailable
from app.core.migrating import migrate
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations, users
from app.directory.organizations import Organization
from app.scim import searching
from app.scim.acting import prepare
from app.scim.bulk import Ways, carry_out
from app.scim.kinds import USERS
from app.scim.protocol.bulk import read_bulk
from app.scim.protocol.queries import ListQuery
from app.scim.resources import PREFIX, Locations
from tests.conftest import missing
from tests.support import postgres
from tests.support.client import Client
from tests.support.postgres import Cluster
from tests.support.server import Server, running

USER = {"userName": "ines@nordwind.example"}
FAST_BUT_LASTING = ("fsync=off", "full_page_writes=off")
"""What is committed outlives the server's processes, if not a power cut."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that these tests may stop and start."""
    try:
        with postgres.own_cluster(FAST_BUT_LASTING) as started:
            yield started
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> str:
    """The name of a migrated, empty database there."""
    url = postgres.create_database(cluster.url)
    migrate(url)
    return str(url.database)


@pytest.fixture
def database_url(cluster: Cluster, template: str) -> URL:
    """A database there for one test."""
    return postgres.create_database(cluster.url, template)


@contextmanager
def away(cluster: Cluster) -> Iterator[None]:
    """PostgreSQL is ended at once, and started again afterwards."""
    cluster.stop()
    try:
        yield
    finally:
        cluster.start()


@pytest.fixture
def every_route(app: Flask) -> list[tuple[str, str]]:
    """(method, path below the prefix) of everything under the prefix."""
    return [
        (method, re.sub("<[^>]+>", "x", rule.rule).removeprefix(PREFIX))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule.startswith(PREFIX)
    ]


def ask(server: Server, method: str, path: str, body: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {server.token}"}
    return requests.request(method, server.scim_url + path, json=body, headers=headers, timeout=30)


def assert_is_told_to_try_again(response: requests.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["Content-Type"] == "application/scim+json; charset=utf-8"
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert int(response.headers["Retry-After"]) >= 1


def test_signing_in_and_out_says_try_again_while_postgresql_is_away(
    cluster: Cluster, database_url: URL, tmp_path: Path
) -> None:
    asked = [
        ("GET", "/login"), ("GET", "/login/nordwind"), ("GET", "/auth/callback/nordwind?state=a&code=b"), ("GET", "/me"),
        ("GET", "/setup/x"), ("GET", "/login/link/x"), ("GET", "/logout"), ("GET", "/me/sessions"), ("GET", "/console"),
        ("GET", "/auth/front-channel-logout/nordwind"), ("POST", "/auth/back-channel-logout/nordwind"),
    ]  # fmt: skip
    cookies = {"lanyard_session": "a" * 43, "__Host-lanyard_session": "a" * 43}
    with running(database_url, tmp_path) as server, away(cluster):
        answers = {
            f"{method} {path}": requests.request(
                method, server.base_url + path, cookies=cookies, timeout=30, allow_redirects=False
            )
            for method, path in asked
        }

    assert {asked: one.status_code for asked, one in answers.items() if one.status_code == 500} == {}
    assert [one.status_code for one in answers.values()].count(503) > 4
    assert {one.headers.get("Retry-After") for one in answers.values() if one.status_code == 503} == {"5"}


def test_every_route_says_try_again_while_postgresql_is_away_and_works_when_it_is_back(
    cluster: Cluster, database_url: URL, every_route: list[tuple[str, str]], tmp_path: Path
) -> None:
    with running(database_url, tmp_path) as server:
        before = [ask(server, "GET", "/Users").status_code for _ in range(8)]
        with away(cluster):
            meanwhile = [ask(server, method, path, {}) for method, path in every_route]
        afterwards = [ask(server, "GET", "/Users").status_code for _ in range(8)]
        created = ask(server, "POST", "/Users", USER)

    assert set(before) == {200}
    assert len(meanwhile) > 20
    for response in meanwhile:
        assert_is_told_to_try_again(response)
    assert set(afterwards) == {200}
    assert created.status_code == 201


def test_nobody_notices_that_postgresql_was_restarted_while_nothing_was_asked(cluster: Cluster, client: Client) -> None:
    client.create_user("ann@nordwind.example")
    client.get("/Users")
    with away(cluster):
        pass

    read, written = client.get("/Users"), client.post("/Users", USER)

    assert (read.status_code, written.status_code) == (200, 201)


def at_the_first_statement(tx: Transaction, stop: Callable[[], None]) -> None:
    stop()
    users.create(tx, USER)


def between_statements(tx: Transaction, stop: Callable[[], None]) -> None:
    user = users.create(tx, USER)
    stop()
    users.replace_document(tx, user, {**USER, "title": "CFO"})


def before_the_audit_log(tx: Transaction, stop: Callable[[], None]) -> None:
    users.create(tx, USER)
    stop()


def before_the_commit(tx: Transaction, stop: Callable[[], None]) -> None:
    organizations.current(tx)
    stop()


@pytest.mark.parametrize("work", [at_the_first_statement, between_statements, before_the_audit_log, before_the_commit])
def test_a_transaction_that_loses_its_database_left_nothing_and_can_be_tried_again(
    cluster: Cluster,
    database: Database,
    organization: Organization,
    work: Callable[[Transaction, Callable[[], None]], None],
) -> None:
    with pytest.raises(Unavailable):
        database.write(lambda tx: work(tx, cluster.stop), organization_id=organization.id, actor="test")
    cluster.start()

    user = database.write(lambda tx: users.create(tx, USER), organization_id=organization.id, actor="test")

    with database.read(organization.id) as reader:
        assert users.find(reader, user.id).version == 1


def test_a_read_that_loses_its_database_can_be_tried_again(
    cluster: Cluster, database: Database, organization: Organization
) -> None:
    def read_twice() -> None:
        with database.read(organization.id) as reader:
            organizations.current(reader)
            cluster.stop()
            organizations.current(reader)

    with pytest.raises(Unavailable):
        read_twice()
    cluster.start()

    with database.read(organization.id) as reader:
        assert organizations.current(reader).slug == organization.slug


def test_of_a_bulk_request_that_loses_its_database_what_was_done_is_answered(
    cluster: Cluster, database: Database, organization: Organization
) -> None:
    names = ["ann", "bob", "cleo"]
    operations = [{"method": "POST", "path": "/Users", "bulkId": one, "data": {"userName": one}} for one in names]
    written: list[Callable[[Transaction], Any]] = []

    def write(work: Callable[[Transaction], Any]) -> Any:
        if written:
            cluster.stop()
        written.append(work)
        return database.write(work, organization_id=organization.id, actor="test")

    ways = Ways(write, lambda wish, _: prepare(wish, lambda *_: None), lambda *_: None)
    results = carry_out(read_bulk({"Operations": operations}, "https://x"), ways, Locations("https://x"))
    cluster.start()

    assert [(one["bulkId"], one["status"]) for one in results] == [("ann", "201"), ("bob", "503")]
    with database.read(organization.id) as reader:
        assert [
            one.document["userName"]
            for one in searching.find(reader, USERS.source, ListQuery(), Locations("https://x")).records
        ] == ["ann"]

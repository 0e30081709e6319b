"""The disk is full or fails: pushes are told to try again, reading goes on, and with room there is nothing to restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.engine import URL

from app.core.errors import Unavailable
from app.core.migrating import migrate
from app.core.unit_of_work import Database, Transaction
from app.directory import users
from app.directory.organizations import Organization
from tests.conftest import KINDS, missing
from tests.flows.test_database_away import ask, assert_is_told_to_try_again
from tests.support import postgres
from tests.support.disks import full, no_file_beyond, small_disk
from tests.support.processes import children
from tests.support.server import Server, running

MEGABYTES = 160
BEYOND = 16 * 1024
"""Every database is larger than that."""
MOST_WRITES = 2_000
"""Until what was reserved before is used up."""
FILE = """
templates: [{name: Everybody, general: {name: {sync: always}}}]
bindings: [{group: Everybody, template: Everybody}]
"""

_numbers = count(1)


@dataclass
class Place:
    """A server, and a way to leave its database no room."""

    server: Server
    no_room: Callable[[], AbstractContextManager[None]]
    sentence: str
    """What a push is told then."""


@contextmanager
def on_a_small_disk(kind: str, folder: Path) -> Iterator[Place]:
    """The database, or all of PostgreSQL but its log, on a disk of its own."""
    with small_disk(MEGABYTES) as disk:
        if kind == "sqlite":
            with running(URL.create("sqlite", database=str(disk / "lanyard.db")), folder) as server:
                yield Place(server, partial(full, disk), "The database has no room left on its disk")
            return
        with postgres.own_cluster(disk=disk) as cluster:
            url = postgres.create_database(cluster.url)
            migrate(url)
            with running(url, folder) as server:
                yield Place(server, partial(full, disk), "The database has no room left on its disk")


@contextmanager
def with_files_that_cannot_grow(folder: Path) -> Iterator[Place]:
    """An embedded database whose writes fail at the system: needs no right to mount anything."""
    quiet = {"LANYARD_LOG_LEVEL": "error"}  # its log is a file, too
    with running(URL.create("sqlite", database=str(folder / "lanyard.db")), folder, more=quiet) as server:
        yield Place(server, lambda: no_file_beyond(BEYOND, children(server.pid)), "The database cannot be reached")


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    **{f"{kind} on a full disk": partial(on_a_small_disk, kind) for kind in KINDS},
    "sqlite on a disk that fails": with_files_that_cannot_grow,
}


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server that can be left without room, in each way in turn."""
    try:
        with PLACES[request.param](tmp_path_factory.mktemp("place")) as made:
            yield made
    except PermissionError as error:
        pytest.skip(str(error))  # files that cannot grow are to be had everywhere
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture
def address(place: Place, tmp_path: Path) -> str:
    """The page of somebody's card."""
    (tmp_path / "cards.yaml").write_text(FILE)
    place.server.lanyard("apply", str(tmp_path / "cards.yaml"), "--org", place.server.slug)
    ines = create(place.server).json()["id"]
    members = {"displayName": "Everybody", "members": [{"value": ines}]}
    if ask(place.server, "POST", "/Groups", members).status_code == 409:
        [group] = ask(place.server, "GET", "/Groups").json()["Resources"]
        add = {"op": "add", "path": "members", "value": [{"value": ines}]}
        assert ask(place.server, "PATCH", f"/Groups/{group['id']}", {"Operations": [add]}).status_code == 204
    cards = json.loads(place.server.lanyard("cards", "list", "--org", place.server.slug, "--json"))
    return str(cards[-1]["url"])


def create(server: Server, name: str | None = None) -> requests.Response:
    return ask(server, "POST", "/Users", {"userName": name or f"p{next(_numbers)}@nordwind.example"})


def create_until_refused(server: Server) -> tuple[str, requests.Response]:
    """The first who could not be created, and the answer."""
    for _ in range(MOST_WRITES):
        name = f"p{next(_numbers)}@nordwind.example"
        answer = create(server, name)
        if answer.status_code != 201:
            return name, answer
    raise AssertionError("there was room all the time")


def people(server: Server, name: str) -> Any:
    return ask(server, "GET", f'/Users?filter=userName eq "{name}"').json()["totalResults"]


def test_a_push_that_finds_no_room_is_told_to_try_again_and_then_works(place: Place, address: str) -> None:
    with place.no_room():
        name, refused = create_until_refused(place.server)
        again = create(place.server, name)
        found = people(place.server, name)
        page = requests.get(address, timeout=10)
    afterwards = create(place.server, name)

    assert_is_told_to_try_again(refused)
    assert_is_told_to_try_again(again)
    assert refused.json()["detail"].startswith(place.sentence)
    assert (found, page.status_code) == (0, 200)
    assert afterwards.status_code == 201
    assert people(place.server, name) == 1
    assert "Traceback" not in place.server.log.read_text()


def test_changes_of_members_and_cards_are_whole_or_not_at_all_without_room(place: Place, address: str) -> None:
    [group] = ask(place.server, "GET", "/Groups").json()["Resources"]
    remove = {"Operations": [{"op": "remove", "path": "members"}]}
    with place.no_room():
        create_until_refused(place.server)
        refused = ask(place.server, "PATCH", f"/Groups/{group['id']}", remove)
        page = requests.get(address, timeout=10)
    afterwards = ask(place.server, "PATCH", f"/Groups/{group['id']}", remove)
    gone = requests.get(address, timeout=10)

    # What frees no room and needs little may still find some: then it is done, and the page is gone.
    assert (refused.status_code, page.status_code) in {(503, 200), (204, 410)}
    assert (afterwards.status_code, gone.status_code) == (204, 410)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        pytest.param("53100", "no room", id="disk full"),
        pytest.param("53200", "cannot be reached", id="out of memory"),
        pytest.param("53300", "cannot be reached", id="too many connections"),
        pytest.param("58030", "cannot be reached", id="I/O error"),
        pytest.param("57P02", "cannot be reached", id="another process crashed"),
        pytest.param("55P03", "holds up", id="lock_timeout"),
        pytest.param("57014", "holds up", id="statement_timeout"),
    ],
)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_postgresql_says_of_its_machine_is_no_fault_of_the_sender(
    database: Database, organization: Organization, state: str, meaning: str
) -> None:
    def work(tx: Transaction) -> None:
        users.create(tx, {"userName": "ann"})
        tx.execute_across(text(f"DO $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(Unavailable, match=meaning):
        database.write(work, organization_id=organization.id, actor="test")

    assert database.write(
        lambda tx: users.create(tx, {"userName": "ann"}), organization_id=organization.id, actor="test"
    )

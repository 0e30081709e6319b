"""Everything is killed while directories provision: what was acknowledged is there, and nothing by half."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.cards import repairing
from app.cards.tables import cards, templates
from app.core.db import ORGANIZATION
from app.core.errors import Unavailable
from app.core.jobs.running import Working
from app.core.migrating import migrate
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.tables import scim_users
from app.wiring import HANDLERS
from tests.conftest import KINDS, missing
from tests.storms import kill_judge
from tests.storms.kill_clients import ANSWER_SECONDS, GROUPS, Place, Provisioner
from tests.storms.kill_journal import Journal
from tests.support import postgres
from tests.support.effort import effort
from tests.support.nodes import Node
from tests.support.postgres import Cluster
from tests.support.server import environment_of, run_lanyard

SEED = 20261126
CLIENTS = 6
ROUNDS = effort(1, 20)
"""How often everything is killed that can be."""
FILE = "organization: {brake: {people: 1000000, percent: 100}}\ntemplates:\n" + "".join(
    f"  - {{name: {group!r}, general: {{name: {{sync: always}}, title: {{sync: always}}}}}}\n" for group in GROUPS
) + "bindings:\n" + "".join(f"  - {{group: {group!r}, template: {group!r}}}\n" for group in GROUPS)  # fmt: skip


@dataclass
class Installation:
    """A node on a database of its own, and the PostgreSQL under it, if it is that."""

    node: Node
    url: URL
    cluster: Cluster | None
    folder: Path

    def lanyard(self, *arguments: str) -> str:
        return run_lanyard(self.node.environment, *arguments)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[tuple[URL, Cluster | None]]:
    """A migrated database that outlives the death of every process, as it does where an operator has it."""
    if kind == "sqlite":
        url, cluster = URL.create("sqlite", database=str(folder / "lanyard.db")), None
        migrate(url)
        yield url, cluster
        return
    with postgres.own_cluster() as cluster:
        url = postgres.create_database(cluster.url)
        migrate(url)
        yield url, cluster


@pytest.fixture(params=KINDS)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """It runs, with an organization whose two groups each give a card."""
    try:
        with _database(request.param, tmp_path) as (url, cluster):
            node = Node(environment_of(url, tmp_path), tmp_path / "server.log")
            made = Installation(node, url, cluster, tmp_path)
            made.lanyard("org", "create", "nordwind")
            (tmp_path / "cards.yaml").write_text(FILE)
            made.lanyard("apply", str(tmp_path / "cards.yaml"), "--org", "nordwind")
            node.start()
            try:
                yield made
            finally:
                node.end()
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture
def database(installation: Installation) -> Iterator[Database]:
    """The database as the application sees it."""
    with closing(Database(installation.url, HANDLERS)) as opened:
        yield opened


@pytest.fixture
def organization_id(database: Database) -> str:
    with database.read(None) as reader:
        return organizations.every(reader)[0].id


_ADDRESS = (
    select(cards.c.public_id)
    .join(scim_users, (scim_users.c.organization_id == ORGANIZATION) & (scim_users.c.person_id == cards.c.person_id))
    .join(templates, (templates.c.organization_id == ORGANIZATION) & (templates.c.id == cards.c.template_id))
    .where(cards.c.organization_id == ORGANIZATION)
)


@pytest.fixture
def place(installation: Installation, database: Database, organization_id: str) -> Iterator[Place]:
    """Where everybody pushes to, with the two groups."""
    token = installation.lanyard("token", "create", "--org", "nordwind", "--name", "Entra").strip()
    groups = {}
    for group in GROUPS:
        made = requests.post(
            f"{installation.node.base_url}/scim/v2/Groups",
            json={"displayName": group}, headers={"Authorization": f"Bearer {token}"}, timeout=ANSWER_SECONDS,
        )  # fmt: skip
        groups[group] = made.json()["id"]

    def address_of(name: str, group: str) -> str | None:
        wanted = _ADDRESS.where(scim_users.c.user_name == name, templates.c.name == group)
        try:
            with database.read(organization_id) as reader:
                public_id = reader.execute(wanted).scalar_one_or_none()
        except Unavailable:
            return None
        return None if public_id is None else f"/c/{public_id}"

    journal = Journal(installation.folder / "journal")
    yield Place(installation.node.base_url, token, journal, groups, address_of)
    journal.close()


def kill_a_worker(installation: Installation, chosen: random.Random) -> None:
    os.kill(chosen.choice(installation.node.workers()), signal.SIGKILL)


def kill_all_workers(installation: Installation, _: random.Random) -> None:
    for worker in installation.node.workers():
        os.kill(worker, signal.SIGKILL)


def kill_the_master(installation: Installation, _: random.Random) -> None:
    installation.node.kill(workers=False)
    installation.node.start()


def kill_the_server(installation: Installation, _: random.Random) -> None:
    installation.node.kill(workers=True)
    installation.node.start()


def kill_postgresql(installation: Installation, _: random.Random) -> None:
    assert installation.cluster is not None
    installation.cluster.kill()
    installation.cluster.start()


def stop_postgresql_at_once(installation: Installation, chosen: random.Random) -> None:
    assert installation.cluster is not None
    installation.cluster.stop()
    time.sleep(chosen.uniform(0.5, 1.5))
    installation.cluster.start()


def kill_both(installation: Installation, chosen: random.Random) -> None:
    kill_a_worker(installation, chosen)
    kill_postgresql(installation, chosen)


Blow = Callable[[Installation, random.Random], None]
BLOWS: MappingProxyType[str, Sequence[Blow]] = MappingProxyType({
    "sqlite": (kill_a_worker, kill_all_workers, kill_the_master, kill_a_worker, kill_the_server, kill_all_workers),
    "postgresql": (
        kill_a_worker, kill_postgresql, kill_all_workers, kill_the_master,
        stop_postgresql_at_once, kill_the_server, kill_both,
    ),
})  # fmt: skip


def rage(installation: Installation, place: Place) -> None:
    """Have the clients provision while one thing after the other is killed, at times that the seed decides."""
    chosen = random.Random(SEED)
    clients = [threading.Thread(target=Provisioner(place, number, SEED).run) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for _ in range(ROUNDS):
            blows = list(BLOWS[installation.url.get_backend_name()])
            chosen.shuffle(blows)
            for blow in blows:
                time.sleep(chosen.uniform(0.7, 1.5))
                blow(installation, chosen)
        time.sleep(1)
    except BaseException:
        place.given_up.set()
        raise
    finally:
        place.stopped.set()
        for client in clients:
            client.join(timeout=2 * ANSWER_SECONDS)
    assert not any(client.is_alive() for client in clients)


def test_what_was_acknowledged_is_there_and_nothing_by_half(
    installation: Installation, place: Place, database: Database, organization_id: str
) -> None:
    rage(installation, place)

    asked, acknowledged = place.journal.asked(), place.journal.acknowledged()
    rows = kill_judge.logged(database, organization_id)
    done = {one.request_id for one in asked if one.request_id in rows}
    print(
        f"{len(asked)} writes, {len(acknowledged)} acknowledged, {len(done - acknowledged)} done unheard;"
        f" answers {dict(place.statuses)}, lost {dict(place.lost)}, pages {dict(place.looked)},"
        f" slowest {place.longest:.1f} s"
    )
    assert place.wrong == []
    assert place.statuses[503] > 0 or installation.cluster is None
    assert "Traceback" not in installation.node.log.read_text()

    # Each acknowledged write is in the log once; what is in the log is done as a whole, and nothing else is.
    assert len(acknowledged) > 100
    assert acknowledged <= done
    assert {rows[request_id] for request_id in done} == {1}
    should_be = kill_judge.expected(asked, done)
    is_ = kill_judge.found(database, organization_id, should_be.deeds.keys())
    assert is_.people == should_be.people
    assert is_.deeds == should_be.deeds

    # So do the cards: there is nothing to repair, and their pages say the same.
    repaired = repairing.repair(Working(database, Settings(installation.url, installation.folder), "judge"))
    assert repaired.startswith("0 cards")
    shown = {
        public_id: requests.get(f"{place.base_url}/c/{public_id}", timeout=ANSWER_SECONDS).status_code
        for public_id in kill_judge.addresses(database, organization_id)
    }
    assert shown == {
        public_id: 200 if state == "live" else 410
        for public_id, state in kill_judge.addresses(database, organization_id).items()
    }

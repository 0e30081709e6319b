"""Everything is killed while directories provision: what was acknowledged is there, and nothing by half."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy.engine import URL

from app.core.migrating import migrate
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.wiring import HANDLERS
from tests.conftest import KINDS, missing
from tests.jobs.conftest import wait_until
from tests.storms.kill_clients import Place, provisioning
from tests.storms.kill_judge import assert_whole
from tests.storms.kill_place import prepared
from tests.support import postgres
from tests.support.effort import effort
from tests.support.nodes import Node
from tests.support.postgres import Cluster
from tests.support.processes import is_alive
from tests.support.server import environment_of, run_lanyard

SEED = 20261126
CLIENTS = 6
ROUNDS = effort(1, 20)
"""How often everything is killed that can be."""


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
    """It runs, and is ended afterwards."""
    try:
        with _database(request.param, tmp_path) as (url, cluster):
            node = Node(environment_of(url, tmp_path), tmp_path / "server.log")
            made = Installation(node, url, cluster, tmp_path)
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
def place(installation: Installation, database: Database) -> Iterator[Place]:
    """Where everybody pushes to."""
    address = installation.node.base_url
    with prepared("nordwind", installation.lanyard, address, database, installation.folder) as made:
        yield made


def kill_a_worker(installation: Installation, chosen: random.Random) -> None:
    os.kill(chosen.choice(installation.node.workers()), signal.SIGKILL)


def kill_all_workers(installation: Installation, _: random.Random) -> None:
    for worker in installation.node.workers():
        os.kill(worker, signal.SIGKILL)


def kill_the_master(installation: Installation, _: random.Random) -> None:
    left = installation.node.workers()
    installation.node.kill(workers=False)
    installation.node.start()
    wait_until(lambda: not any(is_alive(worker) for worker in left), "its workers have ended by themselves")


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


def rage(installation: Installation) -> None:
    """Kill one thing after the other, at times that the seed decides."""
    chosen = random.Random(SEED)
    for _ in range(ROUNDS):
        blows = list(BLOWS[installation.url.get_backend_name()])
        chosen.shuffle(blows)
        for blow in blows:
            time.sleep(chosen.uniform(0.7, 1.5))
            blow(installation, chosen)
    time.sleep(1)


def test_what_was_acknowledged_is_there_and_nothing_by_half(
    installation: Installation, place: Place, database: Database
) -> None:
    with provisioning(place, CLIENTS, SEED):
        rage(installation)

    print(place.told())
    assert place.wrong == []
    assert place.statuses[503] > 0 or installation.cluster is None
    assert len(place.journal.acknowledged()) > 100
    assert "Traceback" not in installation.node.log.read_text()
    assert_whole(place, database, Settings(installation.url, installation.folder))

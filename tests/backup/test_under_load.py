"""A backup of a running server, to which a directory pushes meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from app.cards import repairing
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.wiring import HANDLERS
from tests.backup.conftest import Place
from tests.flows.test_push_to_card import CARDS, Directory
from tests.support.server import Server

PATIENCE_SECONDS = 60


class Pushing:
    """Hires one person after the other into the group that gives cards; notes whom the server has acknowledged."""

    def __init__(self, server: Server) -> None:
        self._directory = Directory(server)
        self._group = self._directory.create("Groups", {"displayName": "Cards - Sales"})
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._push)
        self.acknowledged: list[str] = []
        self.failure: BaseException | None = None

    def __enter__(self) -> Pushing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def wait_for(self, count: int) -> None:
        """Return when so many have been acknowledged."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.acknowledged) < count:
            assert self.failure is None
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _push(self) -> None:
        try:
            while not self._end.is_set():
                name = f"p{len(self.acknowledged)}@nordwind.example"
                user = self._directory.create("Users", {"userName": name, "displayName": name})
                self._directory.join(self._group, user)
                self.acknowledged.append(user)
        except BaseException as failure:
            self.failure = failure
            raise


def repaired(place: Place) -> str:
    """What the hourly repair says that it had to do."""
    settings = Settings(database_url=place.url, data_dir=place.folder)
    with closing(Database(place.url, HANDLERS)) as database:
        return repairing.repair(Working(database, settings, "run"))


def test_whoever_was_acknowledged_is_in_it_and_all_of_it_agrees(
    server: Server, empty: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    (folder / "cards.yaml").write_text(CARDS)
    server.lanyard("apply", str(folder / "cards.yaml"), "--org", "nordwind")

    with Pushing(server) as pushing:
        pushing.wait_for(30)
        before = list(pushing.acknowledged)
        server.lanyard("backup", str(folder / "nordwind.lanyard"))
        pushing.wait_for(len(pushing.acknowledged) + 10)
    counts = empty.json("restore", folder / "nordwind.lanyard")["tables"]

    rows = empty.rows()
    assert pushing.failure is None
    assert set(before) <= {row["id"] for row in rows["scim_users"]}
    assert set(before) <= {row["member_id"] for row in rows["memberships"]}
    assert len(before) <= counts["memberships"] == counts["cards"] < len(pushing.acknowledged)
    assert counts["people"] == counts["scim_users"] in {counts["memberships"], counts["memberships"] + 1}
    assert repaired(empty) == "0 cards were not what groups and bindings say."

"""`lanyard apply` is killed while it binds a large group: it has done everything or nothing, and goes on when asked again."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import URL

from app.cards.tables import bindings, cards, templates
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.ids import new_id
from app.core.unit_of_work import Database, Transaction
from app.directory import groups
from app.directory.organizations import Organization
from app.directory.tables import memberships, people, scim_users
from tests.support.server import environment_of, run_lanyard, start

MANY = 5_000
FILE = """
templates: [{name: Everybody}]
bindings: [{group: Everybody, template: Everybody}]
"""
MOMENTS = (0.0, 0.25, 0.5, 0.75, 0.95)
"""Parts of the time that the transaction takes: after each the process is killed once."""
PATIENCE_SECONDS = 60


class Installation:
    """A database with organizations of many people, and the command line in processes of its own."""

    def __init__(self, database: Database, url: URL, folder: Path) -> None:
        self.database = database
        self.environment = environment_of(url, folder)
        self.file = folder / "cards.yaml"
        self.file.write_text(FILE)
        self._url = url

    def fill(self, organization: Organization) -> None:
        """Put many people into a group of the organization."""
        self.database.write(_fill, organization_id=organization.id, actor="test")

    def apply(self, organization: Organization) -> Any:
        """The plan that was carried out."""
        arguments = ("apply", str(self.file), "--org", organization.slug, "--json")
        return json.loads(run_lanyard(self.environment, *arguments))

    def start(self, organization: Organization) -> Popen[bytes]:
        """The same, begun: the transaction is under way when this returns."""
        arguments = ("apply", str(self.file), "--org", organization.slug)
        process = start(self.environment, *arguments, stdout=DEVNULL, stderr=DEVNULL)
        _wait(lambda: self.is_busy() or process.poll() is not None)
        assert process.poll() is None
        return process

    def seconds(self, organization: Organization) -> float:
        """How long the transaction takes from when it can be seen until the process ends."""
        process = self.start(organization)
        begun = time.monotonic()
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
        return time.monotonic() - begun

    def is_busy(self) -> bool:
        """Whether a transaction that writes is under way."""
        if self._url.get_backend_name() == "sqlite":
            return _is_locked(str(self._url.database))
        with self.database.read(None) as reader:
            return bool(reader.execute_across(_WRITING).scalar_one())

    def found(self, organization: Organization) -> tuple[int, ...]:
        """How many templates, bindings, cards and audited cards there are."""
        counts = [
            select(func.count()).select_from(table).where(table.c.organization_id == ORGANIZATION)
            for table in (templates, bindings, cards)
        ]
        audited = select(func.count()).where(
            audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == "card.issued"
        )
        with self.database.read(organization.id) as reader:
            return tuple(reader.execute(count).scalar_one() for count in (*counts, audited))


_WRITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL")
NOTHING, EVERYTHING = (0, 0, 0, 0), (1, 1, MANY, MANY)


@pytest.fixture
def installation(database: Database, database_url: URL, tmp_path: Path) -> Installation:
    return Installation(database, database_url, tmp_path)


def test_a_killed_binding_has_done_nothing_or_all_and_goes_on(
    installation: Installation, new_organization: Callable[..., Organization]
) -> None:
    undisturbed, killed = new_organization("undisturbed"), new_organization("killed")
    for organization in (undisturbed, killed):
        installation.fill(organization)
    seconds = installation.seconds(undisturbed)

    left = []
    for moment in MOMENTS:
        process = installation.start(killed)
        time.sleep(moment * seconds)
        process.kill()
        process.wait(timeout=PATIENCE_SECONDS)
        _wait(lambda: not installation.is_busy())
        left.append(installation.found(killed))
        if left[-1] == EVERYTHING:
            break
    plans = [installation.apply(killed) for _ in range(2)]

    assert left[0] == NOTHING
    assert set(left) <= {NOTHING, EVERYTHING}
    assert installation.found(killed) == installation.found(undisturbed) == EVERYTHING
    done = 0 if left[-1] == EVERYTHING else MANY
    assert [len(plan["cards"]["create"]) for plan in plans] == [done, 0]
    assert plans[1]["cards"]["unchanged"] == MANY


def _fill(tx: Transaction) -> None:
    group = groups.create(tx, {"displayName": "Everybody"})
    ids = [(new_id(), new_id(), f"p{number}@nordwind.example") for number in range(MANY)]
    tx.execute(insert(people), [{"id": person, "created_at": tx.now} for person, _, _ in ids])
    tx.execute(
        insert(scim_users),
        [
            {
                "id": user,
                "person_id": person,
                "user_name": name,
                "user_name_key": name,
                "active": True,
                "document": {"userName": name, "displayName": name, "active": True},
                "folded": {},
                "version": 1,
                "created_at": tx.now,
                "modified_at": tx.now,
            }
            for person, user, name in ids
        ],
    )
    tx.execute(
        insert(memberships),
        [{"group_id": group.id, "member_id": user, "created_at": tx.now} for _, user, _ in ids],
    )


def _is_locked(path: str) -> bool:
    """Whether a SQLite database has a writer: nobody else gets the write lock then."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

"""What is acknowledged is on disk, and what is undone inside the database is done again."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from app.core import durability
from app.core.errors import Collision, Refused, Unavailable
from app.core.unit_of_work import ATTEMPTS, Database, Transaction
from app.directory import users
from app.directory.organizations import Organization
from app.wiring import HANDLERS
from tests.support.client import Client

FULL = 2
"""What SQLite calls `synchronous = FULL`: it waits for the disk at every commit."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_transaction_of_sqlite_waits_for_the_disk(database: Database, organization: Organization) -> None:
    def look(tx: Transaction) -> tuple[str, int]:
        return (
            tx.execute_across(text("PRAGMA journal_mode")).scalar_one(),
            tx.execute_across(text("PRAGMA synchronous")).scalar_one(),
        )

    found = database.write(look, organization_id=organization.id, actor="test")

    assert found == ("wal", FULL)
    durability.check(database, copied=False)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_postgresql_that_does_not_wait_for_its_disk_is_named(database: Database, database_url: URL) -> None:
    durability.check(database, copied=False)
    hasty = text(f'ALTER DATABASE "{database_url.database}" SET synchronous_commit = off')
    database.write(lambda tx: tx.execute_across(hasty), organization_id=None, actor="test")
    later = Database(database_url, HANDLERS)

    with pytest.raises(Refused, match="synchronous_commit is off"):
        durability.check(later, copied=False)
    later.close()


def collide(tx: Transaction, how: str) -> None:
    """Be undone by the database because of another transaction."""
    if how == "by our rules":
        raise Collision("two met")
    tx.execute_across(text(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{how}'; END $$"))


WAYS = [
    pytest.param("postgresql", "40P01", id="deadlock"),
    pytest.param("postgresql", "40001", id="serialization"),
    pytest.param("postgresql", "by our rules", id="by our rules on postgresql"),
    pytest.param("sqlite", "by our rules", id="by our rules on sqlite"),
]


@pytest.mark.parametrize(("database_url", "how"), WAYS, indirect=["database_url"])
def test_what_met_another_write_is_done_again_as_if_it_had_come_after_it(
    database: Database, organization: Organization, how: str
) -> None:
    attempts: list[str] = []

    def work(tx: Transaction) -> str:
        users.create(tx, {"userName": "ann"})
        attempts.append("begun")
        if len(attempts) < ATTEMPTS:
            collide(tx, how)
        return "done"

    done = database.write(work, organization_id=organization.id, actor="test")

    assert (done, len(attempts)) == ("done", ATTEMPTS)
    with database.read(organization.id) as reader:
        assert users.person_named(reader, "ann")


@pytest.mark.parametrize(("database_url", "how"), WAYS, indirect=["database_url"])
def test_what_meets_others_again_and_again_is_told_to_try_later_and_has_done_nothing(
    database: Database, organization: Organization, how: str, client: Client
) -> None:
    def work(tx: Transaction) -> None:
        users.create(tx, {"userName": "ann"})
        collide(tx, how)

    with pytest.raises(Unavailable, match="met inside the database"):
        database.write(work, organization_id=organization.id, actor="test")

    assert client.get("/Users", filter='userName eq "ann"').get_json(force=True)["totalResults"] == 0

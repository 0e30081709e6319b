"""A database with an organization of any number of people, made through the directory's own functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.engine import URL

from app.core.ids import new_id
from app.core.migrating import migrate
from app.core.unit_of_work import Database, Transaction
from app.directory import groups, organizations, users
from app.wiring import HANDLERS
from tests.support.postgres import own_cluster

BATCH = 1_000
"""People made in one transaction."""
JOINING = 10_000
"""Members who join in one."""

DURABLE = ("max_connections=50",)
"""PostgreSQL as it is installed: what it has acknowledged is on disk."""

GROUP = "Cards - Everybody"


@dataclass(frozen=True)
class World:
    """One organization, `bench`, whose people are all in the group GROUP."""

    database: Database
    organization_id: str
    url: URL
    folder: Path
    """Room for files, thrown away with the database."""
    database_pids: list[int]
    """The processes that do the database's work; none with SQLite, which works within the server."""

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        """What `work` returns, committed."""
        return self.database.write(work, organization_id=self.organization_id, actor="token:bench")


@contextmanager
def world(backend: str, people: int) -> Iterator[World]:
    """An organization of `people` people on a database of its own, thrown away afterwards.

    Raises FileNotFoundError when `backend` is `postgresql` and there is none to be had.
    """
    with TemporaryDirectory(prefix="lanyard-bench-") as folder, _database(backend, Path(folder)) as (url, pids):
        migrate(url)
        database = Database(url, HANDLERS)
        try:
            made = World(database, new_id(), url, Path(folder), pids)
            made.write(lambda tx: organizations.create(tx, made.organization_id, "bench"))
            _fill(made, people)
            yield made
        finally:
            database.close()


@contextmanager
def _database(backend: str, folder: Path) -> Iterator[tuple[URL, list[int]]]:
    if backend == "sqlite":
        yield URL.create("sqlite", database=str(folder / "lanyard.db")), []
        return
    with own_cluster(DURABLE) as cluster:
        yield cluster.url, [cluster.pid]


def _fill(made: World, people: int) -> None:
    ids: list[str] = []
    for first in range(0, people, BATCH):
        numbers = range(first, min(first + BATCH, people))

        def create(tx: Transaction, numbers: range = numbers) -> list[str]:
            return [users.create(tx, person(number)).id for number in numbers]

        ids += made.write(create)
    group = made.write(lambda tx: groups.create(tx, {"displayName": GROUP}, []))
    for first in range(0, people, JOINING):
        settle(made)  # PostgreSQL knows nothing of a table that a single transaction fills, and plans accordingly
        made.write(partial(join, group.id, ids[first : first + JOINING]))


def join(group_id: str, members: list[str], tx: Transaction) -> None:
    """Add these users to a group."""
    group = groups.lock(tx, group_id)
    groups.change(tx, group, group.document, add=members)


def settle(made: World) -> None:
    """What PostgreSQL does by itself within minutes."""
    if made.url.get_backend_name() == "postgresql":
        import psycopg  # noqa: PLC0415

        plain = made.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def person(number: int) -> dict[str, Any]:
    """The document of the person with this number, of the size that Entra's default mapping sends."""
    name = f"person{number:06}"
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": f"00000000-0000-4000-8000-{number:012x}",
        "userName": f"{name}@bench.example",
        "displayName": f"Given{number} Family{number % 997}",
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number % 997}"},
        "title": f"Engineer {number % 50}",
        "emails": [{"type": "work", "value": f"{name}@bench.example", "primary": True}],
        "phoneNumbers": [{"type": "mobile", "value": f"+4179{number % 10**7:07}"}],
        "preferredLanguage": "en-GB",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": f"Department {number % 200}"},
    }

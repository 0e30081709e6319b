"""That PostgreSQL looks things up when it knows, from its own statistics, that there are thousands.

It plans differently then: what it has counted makes it walk through an index in the hope of meeting what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from app.core.ids import new_id
from app.core.unit_of_work import Database
from app.directory import groups, organizations, users
from app.directory.organizations import Organization
from app.wiring import HANDLERS
from tests.cards.conftest import Company
from tests.scim.test_plans import ACTS, Directory, walks_of
from tests.scim.test_statements import statements
from tests.support import postgres
from tests.support.client import Client

PEOPLE = 1_500
FILLED = {"people", "scim_users", "memberships", "cards", "provisioning_log", "audit_log"}
"""Tables with a row for each of them, at least."""

EVERYBODY = """
templates: [{name: Everybody}, {name: Sales}]
bindings: [{group: "Cards - Everybody", template: Everybody}, {group: "Cards - Sales", template: Sales}]
"""


@pytest.fixture(scope="module")
def thousands(new_database: Callable[[str], URL], postgres_cluster: URL) -> Iterator[str]:
    """The name of a database with PEOPLE people, each with a card, that PostgreSQL has counted."""
    url = new_database("postgresql")
    with closing(Database(url, HANDLERS)) as database:
        nordwind = Company(database, new_id())
        nordwind.write(lambda tx: organizations.create(tx, nordwind.organization_id, "nordwind", seat_limit=PEOPLE + 3))
        ids = nordwind.write(lambda tx: [users.create(tx, person(number)).id for number in range(PEOPLE)])
        nordwind.write(lambda tx: groups.create(tx, {"displayName": "Cards - Everybody"}, ids))
        nordwind.apply(EVERYBODY)
    postgres.administer(url, "VACUUM ANALYZE")
    assert url.database is not None
    yield url.database
    postgres.drop_database(postgres_cluster, url)


@pytest.fixture
def database_url(thousands: str, postgres_cluster: URL) -> Iterator[URL]:
    """A copy of it for one test."""
    url = postgres.create_database(postgres_cluster, thousands)
    yield url
    postgres.drop_database(postgres_cluster, url)


@pytest.fixture
def organization(database: Database) -> Organization:
    """The organization that they belong to."""
    with database.read(None) as reader:
        return organizations.find(reader, "nordwind")


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    return Company(database, organization.id)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_the_hot_path_looks_things_up_among_thousands(
    client: Client, app: Flask, nordwind: Company, act: Callable[[Directory], Any]
) -> None:
    directory = Directory(client, app, nordwind, seats=None)

    with statements() as sent:
        act(directory)

    assert walks_of(nordwind, sent, tables=FILLED, pretend=False) == {}


def person(number: int) -> dict[str, Any]:
    name = f"person-{number}@nordwind.example"
    return {"userName": name, "externalId": f"somebody-{number}", "displayName": f"Person {number}"}

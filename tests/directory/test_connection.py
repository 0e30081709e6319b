"""Whether the directory is connected: never, probed, syncing, stale or failing, and what it did last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.auth import tokens
from app.core import clock
from app.core.unit_of_work import Database
from app.directory.arrivals import arrivals
from app.directory.connection import STALE_AFTER, Connection, connection
from app.directory.organizations import Organization
from tests.support.client import Client

OBJECT = "8a520000-0000-4000-8000-000000000001"


@pytest.fixture
def seen(app: Flask, database: Database, organization: Organization) -> Callable[..., Connection]:
    """The connection as it is seen some time from now, what was counted written."""

    def look(later: timedelta = timedelta()) -> Connection:
        app.extensions["lanyard.chores"].end()
        with database.read(organization.id) as reader:
            return connection(reader, clock.now() + later)

    return look


def test_nobody_has_come_yet(seen: Callable[..., Connection]) -> None:
    found = seen()

    assert (found.state, found.last_contact, found.last_asked) == ("never", None, None)


def test_a_test_of_the_connection_is_a_probe_whenever_it_was(client: Client, seen: Callable[..., Connection]) -> None:
    client.get("/Users", filter='userName eq "c1f0b0b2-6f0e-4b7e-8a51-2b8d0f1c9e77"')

    assert (seen().state, seen().last_asked) == ("probed", "looked for a user")
    assert seen(STALE_AFTER * 2).state == "probed"


def test_who_writes_syncs_until_they_stay_away(client: Client, seen: Callable[..., Connection]) -> None:
    client.create_user("ines@nordwind.example")

    now, later = seen(), seen(STALE_AFTER + timedelta(minutes=1))

    assert (now.state, later.state) == ("syncing", "stale")
    assert now.last_asked == "created ines@nordwind.example"
    assert now.last_push is not None


def test_one_object_that_is_refused_again_and_again_is_no_failure(
    client: Client, seen: Callable[..., Connection]
) -> None:
    for name in ("ines", "olaf", "nora", "mira"):
        client.create_user(f"{name}@nordwind.example")
    for _ in range(4):
        client.post("/Users", {"userName": "ines@nordwind.example"})

    assert seen().state == "syncing"


def test_most_of_what_is_sent_being_refused_is_a_failure(client: Client, seen: Callable[..., Connection]) -> None:
    client.create_user("ines@nordwind.example")
    for _ in range(5):
        client.post("/Users", {"userName": "ines@nordwind.example"})

    found = seen()

    assert (found.state, found.refused, found.looked_at) == ("failing", 5, 6)


def test_a_revoked_token_is_a_failure_until_another_one_comes(
    app: Flask,
    client: Client,
    database: Database,
    organization: Organization,
    new_token: Callable[..., str],
    seen: Callable[..., Connection],
) -> None:
    client.create_user("ines@nordwind.example")
    database.write(lambda tx: tokens.revoke(tx, "Entra"), organization_id=organization.id, actor="cli")
    client.get("/Users")
    refused = seen()
    Client(app, new_token(organization, "Entra 2027")).get("/Users")

    assert (refused.state, refused.credential_refused) == ("failing", True)
    assert seen().state == "syncing"


def test_what_another_organization_s_directory_does_is_not_seen(
    app: Flask,
    new_organization: Callable[..., Organization],
    new_token: Callable[..., str],
    seen: Callable[..., Connection],
) -> None:
    other = Client(app, new_token(new_organization("suedwind")))
    other.get("/Users")
    other.create_user("ines@suedwind.example")

    assert seen().state == "never"


def test_the_first_of_everything_is_told(client: Client, database: Database, organization: Organization) -> None:
    def told() -> Any:
        with database.read(organization.id) as reader:
            return arrivals(reader)

    before = told()
    ines = client.create_user("ines@nordwind.example", externalId=OBJECT)["id"]
    client.create_user("olaf@nordwind.example", externalId="olaf")
    client.create_group("Empty", "8a520000-0000-4000-8000-00000000ffff")
    client.create_group("Cards - Sales", ines)
    after = told()

    assert (before.user, before.group, before.membership, before.keys.looked_at) == (None, None, None, 0)
    assert (after.user.name, after.group.name) == ("ines@nordwind.example", "Empty")
    assert (after.membership.name, after.membership.member) == ("Cards - Sales", "ines@nordwind.example")
    assert (after.keys.without, after.keys.sent) == ("olaf@nordwind.example", "olaf")

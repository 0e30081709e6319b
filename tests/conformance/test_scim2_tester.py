"""The whole application before a public conformance suite that we did not write: inside one process, and over HTTP."""

from __future__ import annotations

import warnings
from typing import Any

from flask import Flask
from httpx2 import Client
from scim2_client import BaseSyncSCIMClient
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from app.directory.organizations import Organization
from tests.support.server import Server

CHECKS = 212
"""How many the suite made when it was last looked at; fewer would mean that it leaves something out."""

ACTIVE_STAYS = "Failed to remove attribute 'active': active cannot be removed; send true or false."
"""The check follows RFC 7644 §3.5.2.2, by which what was removed is unassigned. Here somebody is active or is not, and
nothing in between: RFC 7643 §4.1.1, "The definitive meaning of this attribute is determined by the service provider."
Unassigned could only mean the default, true, and bring a leaver's card back; so it is refused with `invalidValue`,
which is for what is "not compatible with the operation" (RFC 7644 §3.12), and the answer says what to send instead."""

REFUSED = [
    ("check_remove_attribute", "User", ACTIVE_STAYS),
]
"""Every check that does not pass: its title, what it was run on, what the server answers there and why it stays so."""


def judged(client: BaseSyncSCIMClient) -> tuple[int, list[tuple[str, str, str]]]:
    """How many checks there were, and those that did not pass, as in REFUSED."""
    client.discover()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the suite's own
        results = check_server(client)
    failed = [result for result in results if result.status is not Status.SUCCESS]
    return len(results), sorted((str(one.title), str(one.resource_type), str(one.reason)) for one in failed)


def test_every_check_passes_but_those_that_are_explained(
    app: Flask, organization: Organization, new_token: Any
) -> None:
    environ = {"HTTP_AUTHORIZATION": f"Bearer {new_token(organization)}"}

    count, failed = judged(WSGISCIMClient(app, base_url="https://cards.example/scim/v2", environ=environ))

    assert failed == REFUSED
    assert count >= CHECKS


def test_over_http_it_is_the_same(server: Server) -> None:
    with Client(base_url=server.scim_url, headers={"Authorization": f"Bearer {server.token}"}) as connection:
        count, failed = judged(SyncSCIMClient(connection))

    assert failed == REFUSED
    assert count >= CHECKS

"""The whole application before a public conformance suite that we did not write."""

from __future__ import annotations

import warnings
from typing import Any

from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from app.directory.organizations import Organization

NO_SEARCH = "There is no endpoint /scim/v2/.search."
"""RFC 7644 §3.4.3 is optional, and the server does not offer it yet."""

ACTIVE_STAYS = "Failed to remove attribute 'active': active cannot be removed; send true or false."
"""Unsaying whether somebody is active would leave open whether their cards are. RFC 7644 §3.5.2.2 lets a server refuse to
remove what it needs (`invalidValue`, §3.12: "a required value was missing")."""

REFUSED = [
    ("check_remove_attribute", "User", ACTIVE_STAYS),
    ("search_with_attributes", "Group", NO_SEARCH),
    ("search_with_attributes", "User", NO_SEARCH),
]
"""Every check that does not pass: its title, what it was run on, what the server answers there and why it stays so."""


def test_every_check_passes_but_those_that_are_explained(
    app: Flask, organization: Organization, new_token: Any
) -> None:
    environ = {"HTTP_AUTHORIZATION": f"Bearer {new_token(organization)}"}
    client = WSGISCIMClient(app, base_url="https://cards.example/scim/v2", environ=environ)
    client.discover()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the suite's own
        results = check_server(client)

    failed = [result for result in results if result.status is not Status.SUCCESS]
    assert len(results) > 200
    assert sorted((str(one.title), str(one.resource_type), str(one.reason)) for one in failed) == REFUSED

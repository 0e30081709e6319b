"""The whole application before a public conformance suite that we did not write."""

from __future__ import annotations

import warnings
from typing import Any

from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from app.directory.organizations import Organization

REFUSED = {
    # RFC 7644 §3.4.3 is optional, and the server does not offer it: it answers 404 there.
    "search_with_attributes": "There is no endpoint /scim/v2/.search",
    # To unsay whether somebody is active would leave open whether their cards are; RFC 7644 §3.5.2.2 lets a server
    # refuse to remove what it needs ("invalidValue", §3.12: "a required value was missing").
    "check_remove_attribute": "active cannot be removed",
}
"""Checks that do not pass, by title: what the server answers there, and why it stays so."""


def test_no_check_fails_but_the_two_that_are_explained(app: Flask, organization: Organization, new_token: Any) -> None:
    environ = {"HTTP_AUTHORIZATION": f"Bearer {new_token(organization)}"}
    client = WSGISCIMClient(app, base_url="https://cards.example/scim/v2", environ=environ)
    client.discover()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the suite's own
        results = check_server(client)

    failed = {
        str(result.title): result.reason for result in results if result.status in {Status.ERROR, Status.CRITICAL}
    }
    assert len(results) > 100
    assert failed.keys() == REFUSED.keys(), failed
    assert all(REFUSED[title] in str(reason) for title, reason in failed.items())

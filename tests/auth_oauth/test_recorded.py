"""What a client does with its access tokens is recorded under its name, and counted under it, however many there are."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.engine import URL

from app.auth.oauth.clients import Issued
from app.directory.organizations import Organization
from tests.auth_oauth.conftest import TokenEndpoint
from tests.log.conftest import Log
from tests.support.client import Client


def test_a_client_is_named_in_the_log_and_its_reads_are_counted_together(
    app: Flask, database_url: URL, organization: Organization, endpoint: TokenEndpoint, issued: Issued
) -> None:
    log = Log(database_url, organization.slug)
    for number in range(2):
        client = Client(app, endpoint.token(issued))
        client.create_user(f"user{number}@nordwind.example")
        client.get("/Users")
        client.get("/Users/nobody")
    app.extensions["lanyard.chores"].end()

    [listed] = log.json("oauth-client", "list")

    assert {row["actor"] for row in log.rows()} == {"client:Entra"}
    assert [row["status"] for row in log.rows()] == [201, 404, 201, 404]
    assert listed["reads_today"] == 2
    assert "READS TODAY" in log.run("oauth-client", "list").stdout

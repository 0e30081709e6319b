"""What tests of OAuth ask for: clients that are set up, and something that asks for tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.auth.oauth import clients
from app.auth.oauth.clients import Issued
from app.auth.oauth.federation import federation
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import AUDIENCE, SUBJECT, TENANT, KeyServer, key_server

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header that carries these credentials, which must be form-encoded already."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


class TokenEndpoint:
    """Asks for tokens as a directory does, and uses them."""

    def __init__(self, app: Flask) -> None:
        self._http = app.test_client(use_cookies=False)

    def ask(self, headers: dict[str, str] | None = None, /, **fields: str | None) -> TestResponse:
        """A token request with the grant and `fields`; None leaves one out."""
        form = {"grant_type": "client_credentials", **fields}
        given = {name: value for name, value in form.items() if value is not None}
        return self._http.post("/oauth/token", data=given, headers=headers)

    def by_secret(self, client_id: str, secret: str, **fields: str) -> TestResponse:
        """A token request with the credentials in the body."""
        return self.ask(client_id=client_id, client_secret=secret, **fields)

    def by_assertion(self, client_id: str, assertion: str, **fields: str) -> TestResponse:
        """A token request as Entra's workload identity federation sends it."""
        return self.ask(
            client_id=client_id,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion,
            scope="scim",
            **fields,
        )

    def token(self, issued: Issued) -> str:
        """An access token for a client with this secret."""
        response = self.by_secret(issued.client_id, issued.secret)
        assert response.status_code == 200, response.text
        token: str = response.get_json()["access_token"]
        return token

    def raw(self, method: str = "POST", path: str = "/oauth/token", **options: Any) -> TestResponse:
        """A request as it is."""
        return self._http.open(path, method=method, **options)

    def users(self, token: str) -> TestResponse:
        """GET /scim/v2/Users with the token."""
        return self._http.get("/scim/v2/Users", headers={"Authorization": f"Bearer {token}"})


def assert_is_oauth_error(response: TestResponse, status: int, error: str) -> None:
    """An answer as RFC 6749 §5.2 wants it, with a sentence in the characters that it allows."""
    body = response.get_json()
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert body["error"] == error
    assert set(body) == {"error", "error_description"}
    assert all(" " <= one <= "~" and one not in '"\\' for one in body["error_description"])
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


@pytest.fixture
def endpoint(app: Flask) -> TokenEndpoint:
    return TokenEndpoint(app)


@pytest.fixture
def new_client(database: Database) -> Callable[..., Issued]:
    """Makes a client with a secret, or gives the one that is there a second: new_client(organization, "Entra")."""

    def make(organization: Organization, name: str = "Entra", **options: Any) -> Issued:
        return database.write(
            lambda tx: clients.issue_secret(tx, name, **options), organization_id=organization.id, actor="cli"
        )

    return make


@pytest.fixture
def issued(new_client: Callable[..., Issued], organization: Organization) -> Issued:
    """The client `Entra` of `nordwind` and its secret."""
    return new_client(organization)


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with key_server() as server:
        yield server


@pytest.fixture
def new_federated(database: Database, organization: Organization, keys: KeyServer) -> Callable[..., str]:
    """Makes a client that is federated with the issuer of `keys`: its id."""

    def make(name: str = "Federated", *, tenant: str | None = TENANT, audiences: tuple[str, ...] = (AUDIENCE,)) -> str:
        trusted = federation(
            tenant_id=tenant, subject=SUBJECT, audiences=audiences, issuer=keys.issuer, jwks_url=keys.url
        )
        return database.write(
            lambda tx: clients.federate(tx, name, trusted), organization_id=organization.id, actor="cli"
        )

    return make

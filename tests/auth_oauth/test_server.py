"""A client that knows nothing of Lanyard gets tokens from the running server and uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from tests.auth_oauth.conftest import ASSERTION_TYPE
from tests.auth_oauth.issuer import AUDIENCE, SUBJECT, TENANT, KeyServer, claims, signed
from tests.support.server import Server

Created = tuple[str, str]


@pytest.fixture
def create(server: Server) -> Callable[[str], Created]:
    """Makes a client of the server's organization: its id and secret."""

    def run(name: str) -> Created:
        printed = server.lanyard("oauth-client", "create", "--org", server.slug, "--name", name)
        client_id, secret = (line.partition(": ")[2] for line in printed.splitlines())
        return client_id, secret

    return run


def session(server: Server, created: Created, method: str) -> Any:
    """An OAuth 2.0 client that asked the server where to get tokens, and got one."""
    found = requests.get(f"{server.base_url}/.well-known/oauth-authorization-server", timeout=5).json()
    client = OAuth2Session(*created, scope="scim", token_endpoint_auth_method=method)
    client.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    return client


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_an_independent_client_pushes_with_its_token_until_it_is_revoked(
    server: Server, create: Callable[[str], Created], method: str
) -> None:
    client = session(server, create(method), method)
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{method}@nordwind.example"}
    made = client.post(f"{server.scim_url}/Users", json=user)
    found = client.get(f"{server.scim_url}/Users", params={"filter": f'userName eq "{user["userName"]}"'})

    server.lanyard("oauth-client", "revoke", "--org", server.slug, "--name", method)
    afterwards = {client.get(f"{server.scim_url}/Users").status_code for _ in range(8)}  # by each of the workers

    assert made.status_code == 201
    assert [one["id"] for one in found.json()["Resources"]] == [made.json()["id"]]
    assert afterwards == {401}


def test_entra_pushes_with_workload_identity(server: Server, keys: KeyServer) -> None:
    printed = server.lanyard(
        "oauth-client", "create", "--org", server.slug, "--name", "federated", "--federated-tenant", TENANT,
        "--federated-subject", SUBJECT, "--federated-audience", AUDIENCE,
        "--federated-issuer", keys.issuer, "--federated-jwks", keys.url,
    )  # fmt: skip
    form = {
        "grant_type": "client_credentials",
        "client_id": printed.strip().removeprefix("client id: "),
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed(claims(keys.issuer)),
        "scope": "scim",
    }

    answer = requests.post(f"{server.base_url}/oauth/token", data=form, timeout=5).json()

    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert requests.get(f"{server.scim_url}/Users", headers=bearer, timeout=5).status_code == 200
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)

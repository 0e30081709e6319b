"""Where tokens are to be had is said where clients look for it, in absolute addresses of the public URL alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from flask import Flask
from sqlalchemy.engine import URL

from app import create_app
from app.core.settings import Settings
from tests.support.client import Client

WELL_KNOWN = "/.well-known/oauth-authorization-server"


@pytest.fixture
def database_url(new_database: Callable[[str], URL]) -> URL:
    """Of one kind: what is published does not depend on the database."""
    return new_database("sqlite")


@pytest.fixture
def app_below_a_path(database_url: URL, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(
        Settings(database_url=database_url, data_dir=tmp_path, public_url="https://nordwind.example/cards")
    )
    yield app
    app.extensions["lanyard.database"].close()


def test_the_metadata_names_the_token_endpoint_and_how_to_use_it(app: Flask) -> None:
    response = app.test_client().get(WELL_KNOWN, headers={"Host": "elsewhere.example"})

    published = response.get_json()
    AuthorizationServerMetadata(published).validate()
    assert published["issuer"] == "https://cards.example"
    assert published["token_endpoint"] == "https://cards.example/oauth/token"
    assert published["grant_types_supported"] == ["client_credentials"]
    assert set(published["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    }
    assert "RS256" in published["token_endpoint_auth_signing_alg_values_supported"]
    assert not {"none", "HS256"} & set(published["token_endpoint_auth_signing_alg_values_supported"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(get_well_known_url("https://nordwind.example/cards"), 200, id="where the RFC puts it"),
        pytest.param(WELL_KNOWN, 200, id="what a proxy that cuts the path off passes on"),
        pytest.param(f"{WELL_KNOWN}/other", 404, id="another issuer"),
        pytest.param(f"{WELL_KNOWN}/cards/more", 404, id="an issuer below"),
    ],
)
def test_below_a_path_it_is_found_in_both_places(app_below_a_path: Flask, path: str, status: int) -> None:
    response = app_below_a_path.test_client().get(path)

    assert response.status_code == status
    assert response.content_type == "application/json"
    if status == 200:
        assert response.get_json()["issuer"] == "https://nordwind.example/cards"
        assert response.get_json()["token_endpoint"] == "https://nordwind.example/cards/oauth/token"


def test_the_service_provider_config_names_both_ways_to_authenticate(client: Client) -> None:
    schemes = client.get("/ServiceProviderConfig").get_json(force=True)["authenticationSchemes"]

    assert {one["type"]: one.get("primary", False) for one in schemes} == {"oauthbearertoken": True, "oauth2": False}
    assert "https://cards.example/oauth/token" in schemes[1]["description"]


def test_the_deprecated_half_of_the_library_is_never_loaded() -> None:
    program = "import sys, app.cli, app.auth.oauth.endpoint; sys.exit('authlib.jose' in sys.modules)"

    assert subprocess.run([sys.executable, "-W", "error", "-c", program], check=False).returncode == 0

"""`lanyard sso`, `lanyard role`, `lanyard admin-link`, as operators run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from app.auth.sign_in import provider
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import TENANT
from tests.cards.test_cards_cli import Operator
from tests.support.client import Client

ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
ENTRA = ("--issuer", ISSUER, "--tenant-id", TENANT.upper(), "--client-id", "lanyard")
SECRET = "the secret that Entra showed"


@pytest.fixture
def operator(database_url: URL, tmp_path: Path, organization: Organization) -> Operator:
    return Operator(database_url, tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret.txt"
    path.write_text(f"{SECRET}\n")
    return str(path)


def test_what_was_set_is_shown_but_the_secret(operator: Operator, secret: str) -> None:
    group = "0d5c0000-0000-4000-8000-000000000001"
    options = ("--domain", "Nordwind.Example", "--role-claim", "groups", "--role", f"{group}=owner")
    done = operator.run("sso", "set", *ENTRA, "--client-secret-file", secret, *options)

    shown = operator.json("sso", "show")

    assert done.exit_code == 0
    assert "/auth/callback/nordwind" in done.stderr
    assert (shown["issuer"], shown["tenant_id"], shown["domains"]) == (ISSUER, TENANT, ["nordwind.example"])
    assert shown["role_values"] == [f"{group}=owner"]
    assert SECRET not in str(shown)


def test_the_secret_is_sealed_in_the_database(
    operator: Operator, secret: str, database: Database, organization: Organization
) -> None:
    operator.run("sso", "set", *ENTRA, "--client-secret-file", secret)

    with database.read(organization.id) as reader:
        found = provider.of_organization(reader)

    assert found is not None
    assert SECRET not in found.sealed_secret


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        pytest.param({"--issuer": "http://login.example"}, "must be an https address", id="plain http"),
        pytest.param({"--issuer": "https://login.microsoftonline.com/common/v2.0"}, "the issuer of this tenant is", id="common"),
        pytest.param({"--tenant-id": "nordwind"}, "a tenant id is a GUID", id="a tenant's name"),
        pytest.param({"--domain": "nordwind"}, "is no domain", id="half a domain"),
        pytest.param({"--role": "x=owner"}, "need the name of the claim", id="roles without a claim"),
        pytest.param({"--role": "x=king", "--role-claim": "roles"}, "there is no role 'king'", id="an unknown role"),
        pytest.param({"--client-id": " "}, "the client id must be", id="no client"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_and_nothing_is_set(
    operator: Operator, secret: str, over: dict[str, str], reason: str
) -> None:
    given = {**dict(zip(ENTRA[::2], ENTRA[1::2], strict=True)), "--client-secret-file": secret, **over}

    done = operator.run("sso", "set", *(part for pair in given.items() for part in pair))

    assert (done.exit_code, reason in done.stderr) == (1, True), done.stderr
    assert "has no sign-in yet" in operator.run("sso", "show").stderr


def test_a_domain_belongs_to_one_organization(
    operator: Operator, secret: str, new_organization: Callable[..., Organization], database: Database, app: Flask
) -> None:
    other = new_organization("other")
    wanted: dict[str, Any] = {"issuer": ISSUER, "client_id": "x", "client_secret": "y", "tenant_id": TENANT}
    database.write(
        lambda tx: provider.set_(tx, app.extensions["lanyard.sealer"], **wanted, listed=["nordwind.example"]),
        organization_id=other.id,
        actor="cli",
    )

    done = operator.run("sso", "set", *ENTRA, "--client-secret-file", secret, "--domain", "nordwind.example")

    assert done.exit_code == 1
    assert "is the domain of another organization" in done.stderr


def test_roles_are_given_and_taken(operator: Operator, client: Client) -> None:
    client.create_user("ines@nordwind.example")

    outcomes = [
        operator.run("role", what, "INES@nordwind.example", "auditor")
        for what in ("grant", "grant", "revoke", "revoke")
    ]

    assert [done.exit_code for done in outcomes] == [0, 0, 0, 1]
    assert "is auditor already" in outcomes[1].stderr
    assert "is not auditor" in outcomes[3].stderr


def test_the_admin_link_is_printed_alone_and_opens_the_door(operator: Operator, app: Flask) -> None:
    done = operator.run("admin-link")

    [link] = done.stdout.splitlines()
    path = "/setup/" + link.rpartition("/setup/")[2]
    assert app.test_client().post(path).status_code == 303

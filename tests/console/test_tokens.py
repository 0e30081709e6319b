"""Tokens and OAuth clients: made on a page that shows them once, listed without, revoked with a word of what stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth import tokens
from app.auth.oauth import clients
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.console.conftest import Admin, text_of
from tests.support.client import Client

TOKEN = re.compile(r'value="(lanyard_[0-9a-f]{12}_[A-Za-z0-9_-]{43})"')
SECRET = re.compile(r'value="(lanyard_secret_[A-Za-z0-9_-]{43})"')
TENANT = "6f0c0000-0000-4000-8000-000000000001"


def every(database: Database, organization: Organization) -> list[tokens.Token]:
    with database.read(organization.id) as reader:
        return tokens.every(reader)


def every_client(database: Database, organization: Organization) -> list[clients.OAuthClient]:
    with database.read(organization.id) as reader:
        return clients.every(reader)


def test_a_token_is_shown_once_and_opens_the_directory(app: Flask, owner: Admin) -> None:
    page = owner.post("/console/tokens/new", 200, name="Entra", days="365")
    [token] = TOKEN.findall(page.text)

    assert page.headers["Cache-Control"] == "no-store"
    assert Client(app, token).get("/Users").status_code == 200
    assert token not in owner.get("/console/tokens").text


def test_a_list_says_who_made_a_token_when_it_ends_and_when_it_was_used(
    app: Flask, owner: Admin, new_token: Callable[..., str], organization: Organization
) -> None:
    used = new_token(organization, "Entra", expires_days=20)
    owner.post("/console/tokens/new", 200, name="Entra 2027", days="")
    Client(app, used).get("/Users")
    app.extensions["lanyard.chores"].end()

    seen = text_of(owner.get("/console/tokens"))

    assert "Entra ends on" in seen
    assert "Entra just now 1 read today just now by the command line" in seen
    assert "Entra 2027 never just now by an-admin@nordwind.example never" in seen


def test_two_tokens_are_valid_at_once_and_the_old_one_is_revoked_with_a_word_of_what_is_left(
    app: Flask,
    owner: Admin,
    database: Database,
    new_token: Callable[..., str],
    organization: Organization,
    audited: Callable[[str], list[Any]],
) -> None:
    old = new_token(organization, "Entra")
    [new] = TOKEN.findall(owner.post("/console/tokens/new", 200, name="Entra 2027", days="365").text)
    [token_id] = [one.id for one in every(database, organization) if one.name == "Entra"]
    both = [Client(app, one).get("/Users").status_code for one in (old, new)]

    asked = text_of(owner.get(f"/console/tokens/{token_id}/revoke"))
    said = text_of(owner.follow(owner.post(f"/console/tokens/{token_id}/revoke")))

    assert both == [200, 200]
    assert "These stay valid: Entra 2027. None of them has been used yet" in asked
    assert "Entra is revoked" in said
    assert [Client(app, one).get("/Users").status_code for one in (old, new)] == [401, 200]
    assert [(line.subject, line.actor) for line in audited("token.revoked")] == [
        ("Entra", "visitor:an-admin@nordwind.example")
    ]


def test_revoking_the_only_token_says_that_nothing_can_be_pushed(
    owner: Admin, database: Database, new_token: Callable[..., str], organization: Organization
) -> None:
    new_token(organization)
    [token] = every(database, organization)

    assert "can push nothing at all" in text_of(owner.get(f"/console/tokens/{token.id}/revoke"))


def test_a_token_is_revoked_once(
    owner: Admin, database: Database, new_token: Callable[..., str], organization: Organization
) -> None:
    new_token(organization)
    [token] = every(database, organization)
    owner.post(f"/console/tokens/{token.id}/revoke")

    assert "revoked already" in text_of(owner.post(f"/console/tokens/{token.id}/revoke", 409))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"name": "", "days": "90"}, "name is a text of 1 to 128 characters", id="no name"),
        pytest.param({"name": "Entra", "days": "90"}, "here is a valid token", id="a name that is taken"),
        pytest.param({"name": "New", "days": "soon"}, "must be a whole number", id="no number of days"),
        pytest.param({"name": "New", "days": "99999"}, "1 to 3650 days", id="too long"),
    ],
)
def test_what_is_wrong_with_a_token_is_said_at_its_field(
    owner: Admin, new_token: Callable[..., str], organization: Organization, fields: dict[str, str], reason: str
) -> None:
    new_token(organization)

    page = owner.post("/console/tokens/new", 422, **fields)

    assert reason in text_of(page)
    assert 'aria-invalid="true"' in page.text


def test_a_client_with_a_secret_gets_access_tokens_with_what_the_page_shows(app: Flask, owner: Admin) -> None:
    page = owner.post("/console/oauth-clients/new", 200, name="Entra", kind="secret", days="730", token_minutes="60")
    [secret] = SECRET.findall(page.text)
    [client_id] = re.findall(r'id="client-id" type="text" readonly value="([^"]+)"', page.text)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = app.test_client().post("/oauth/token", data=form)

    assert answer.status_code == 200, answer.text
    assert secret not in owner.get("/console/tokens").text
    assert "Entra" in text_of(owner.get("/console/tokens"))


def test_secrets_are_changed_without_a_gap_two_at_a_time(
    owner: Admin, database: Database, organization: Organization
) -> None:
    owner.post("/console/oauth-clients/new", 200, name="Entra", kind="secret", days="", token_minutes="60")
    [client] = every_client(database, organization)
    at = f"/console/oauth-clients/{client.id}"
    owner.post(f"{at}/secret", 200, days="90")
    too_many = owner.post(f"{at}/secret", 422, days="90")
    asked = owner.get(f"{at}/secrets/{client.secrets[0].id}/revoke")
    owner.follow(owner.post(f"{at}/secrets/{client.secrets[0].id}/revoke"))

    assert "two valid secrets" in text_of(too_many)
    assert "Another secret stays valid" in text_of(asked)
    [client] = every_client(database, organization)
    assert [one.revoked_at is None for one in client.secrets] == [False, True]


def test_a_client_without_a_secret_is_made_of_what_entra_shows(
    owner: Admin, database: Database, organization: Organization
) -> None:
    wanted = {"tenant": TENANT, "subject": "d2f8", "audience": "api://b5ba/.default"}
    page = owner.post("/console/oauth-clients/new", 200, name="Entra", kind="federated", token_minutes="60", **wanted)

    [client] = every_client(database, organization)
    assert client.federation is not None
    assert client.federation.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert "Client secret" not in text_of(page)


def test_a_federation_without_a_tenant_is_refused_at_its_field(owner: Admin) -> None:
    page = owner.post("/console/oauth-clients/new", 422, name="Entra", kind="federated", token_minutes="60")

    assert "needs an Entra tenant" in text_of(page)


def test_a_revoked_client_is_over_with_all_it_holds(
    owner: Admin, database: Database, organization: Organization
) -> None:
    owner.post("/console/oauth-clients/new", 200, name="Entra", kind="secret", days="", token_minutes="60")
    [client] = every_client(database, organization)

    asked = text_of(owner.get(f"/console/oauth-clients/{client.id}/revoke"))
    owner.follow(owner.post(f"/console/oauth-clients/{client.id}/revoke"))

    assert "every access token that Entra holds end at once" in asked
    assert [one.state for one in every_client(database, organization)] == ["revoked"]


@pytest.mark.parametrize("role", ["directory-admin", "auditor"])
def test_who_may_only_look_sees_no_button(
    as_role: Callable[..., Admin], new_token: Callable[..., str], organization: Organization, role: str
) -> None:
    new_token(organization)
    admin = as_role(role)

    page = admin.get("/console/tokens")

    assert "Revoke" not in page.text
    assert "New token" not in page.text
    admin.get("/console/tokens/new", 403)
    admin.post("/console/tokens/new", 403, name="Mine")


@pytest.mark.parametrize("role", ["template-admin", "card-admin"])
def test_other_roles_do_not_see_tokens(as_role: Callable[..., Admin], role: str) -> None:
    as_role(role).get("/console/tokens", 403)


def test_another_organization_s_credentials_are_not_found(
    owner: Admin,
    database: Database,
    new_organization: Callable[..., Organization],
    new_token: Callable[..., str],
) -> None:
    other = new_organization("suedwind")
    new_token(other)
    [token] = every(database, other)
    issued = database.write(lambda tx: clients.issue_secret(tx, "Entra"), organization_id=other.id, actor="cli")

    for path in (
        f"/console/tokens/{token.id}/revoke",
        f"/console/oauth-clients/{issued.client_id}/secret",
        f"/console/oauth-clients/{issued.client_id}/revoke",
        f"/console/oauth-clients/{issued.client_id}/secrets/{issued.secret_id}/revoke",
    ):
        owner.get(path, 404)
        owner.post(path, 404, days="90")
    assert [one.revoked_at for one in every(database, other)] == [None]
    assert [one.revoked_at for one in every_client(database, other)] == [None]


def test_somebody_who_has_not_proved_lately_who_they_are_is_asked_to(as_role: Callable[..., Admin]) -> None:
    admin = as_role("owner", proved=False)

    admin.get("/console/tokens")

    assert "new link" in text_of(admin.get("/console/tokens/new", 401))
    assert "new link" in text_of(admin.post("/console/tokens/new", 401, name="Entra", days="90"))

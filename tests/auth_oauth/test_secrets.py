"""Client secrets: where they may stand in a request, how they are changed without a gap, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.auth.oauth import clients
from app.auth.oauth.clients import Issued
from app.auth.oauth.reading import read_credentials
from app.auth.tables import api_tokens, oauth_client_secrets
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.conftest import TokenEndpoint, assert_is_oauth_error, basic
from tests.support.client import Client

Sent = tuple[dict[str, str], dict[str, str | None]]


def in_header(issued: Issued) -> Sent:
    return basic(issued.client_id, issued.secret), {}


def in_header_encoded(issued: Issued) -> Sent:
    def every_character(text: str) -> str:
        return "".join(f"%{ord(one):02X}" for one in text)

    return basic(every_character(issued.client_id), every_character(issued.secret)), {}


def in_body(issued: Issued) -> Sent:
    return {}, {"client_id": issued.client_id, "client_secret": issued.secret}


def in_both(issued: Issued) -> Sent:
    return in_header(issued)[0], in_body(issued)[1]


def in_header_and_id_in_body(issued: Issued) -> Sent:
    return in_header(issued)[0], {"client_id": issued.client_id}


def in_body_beside_another_scheme(issued: Issued) -> Sent:
    return {"Authorization": "Bearer "}, in_body(issued)[1]


@pytest.mark.parametrize(
    "send", [in_header, in_header_encoded, in_body, in_both, in_header_and_id_in_body, in_body_beside_another_scheme]
)
def test_credentials_are_taken_wherever_directories_put_them(
    endpoint: TokenEndpoint, issued: Issued, send: Callable[[Issued], Sent]
) -> None:
    headers, fields = send(issued)

    response = endpoint.ask(headers, **fields, scope="scim")

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    answer = response.get_json()
    assert {**answer, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "scim",
    }
    assert len(answer["access_token"]) < 120
    assert endpoint.users(answer["access_token"]).status_code == 200


def refused(issued: Issued) -> dict[str, Sent]:
    client_id, secret = issued.client_id, issued.secret
    other = f"lanyard_secret_{'x' * 43}"
    return {
        "a wrong secret in the body": ({}, {"client_id": client_id, "client_secret": other}),
        "a wrong secret in the header": (basic(client_id, other), {}),
        "an unknown client in the body": (
            {},
            {"client_id": "6f0c2f7e-1111-4222-8333-444455556666", "client_secret": secret},
        ),
        "an unknown client in the header": (basic("6f0c2f7e-1111-4222-8333-444455556666", secret), {}),
        "a name instead of the id": ({}, {"client_id": "Entra", "client_secret": secret}),
        "a NUL character in the id": ({}, {"client_id": client_id + "\0", "client_secret": secret}),
        "a longer secret": ({}, {"client_id": client_id, "client_secret": secret + "x"}),
        "a secret of other characters": ({}, {"client_id": client_id, "client_secret": "Schlüssel\ud7ff"}),
        "the id in capitals": ({}, {"client_id": client_id.upper(), "client_secret": secret}),
    }


@pytest.mark.parametrize("case", refused(Issued("", "", "", None)))
def test_an_unknown_client_and_a_wrong_secret_get_the_same_answer(
    endpoint: TokenEndpoint, issued: Issued, case: str
) -> None:
    headers, fields = refused(issued)[case]

    response = endpoint.ask(headers, **fields)

    assert_is_oauth_error(response, 401, "invalid_client")
    assert response.headers["WWW-Authenticate"] == 'Basic realm="oauth"'
    assert response.get_json()["error_description"] == (
        "The client is not known here, or its credentials are not the right ones."
    )


def test_a_second_secret_is_valid_beside_the_first_and_takes_its_place_without_a_gap(
    database: Database, organization: Organization, endpoint: TokenEndpoint, new_client: Callable[..., Issued]
) -> None:
    first = new_client(organization)
    token_of_first = endpoint.token(first)
    second = new_client(organization)
    token_of_second = endpoint.token(second)
    both = endpoint.token(first)

    database.write(
        lambda tx: clients.revoke_secret(tx, "Entra", first.secret_id), organization_id=organization.id, actor="cli"
    )

    assert first.client_id == second.client_id
    assert_is_oauth_error(endpoint.by_secret(first.client_id, first.secret), 401, "invalid_client")
    assert endpoint.by_secret(second.client_id, second.secret).status_code == 200
    assert [endpoint.users(token).status_code for token in (token_of_first, token_of_second, both)] == [200, 200, 200]


def test_an_expired_secret_is_refused_and_only_its_holder_hears_why(
    organization: Organization, endpoint: TokenEndpoint, new_client: Callable[..., Issued]
) -> None:
    issued = new_client(organization, expires_days=365)

    with time_machine.travel(datetime.now(UTC) + timedelta(days=365, minutes=1), tick=False):
        expired = endpoint.by_secret(issued.client_id, issued.secret)
        wrong = endpoint.by_secret(issued.client_id, "x")

    assert_is_oauth_error(expired, 401, "invalid_client")
    assert "is expired" in expired.get_json()["error_description"]
    assert "expired" not in wrong.text


def test_an_access_token_ends_by_itself(
    organization: Organization, endpoint: TokenEndpoint, new_client: Callable[..., Issued]
) -> None:
    token = endpoint.token(new_client(organization, token_minutes=360))
    issued_at = datetime.now(UTC)

    with time_machine.travel(issued_at + timedelta(minutes=359), tick=False):
        before = endpoint.users(token)
    with time_machine.travel(issued_at + timedelta(minutes=361), tick=False):
        after = endpoint.users(token)

    assert before.status_code == 200
    assert after.status_code == 401
    assert after.headers["WWW-Authenticate"] == 'Bearer realm="scim"'
    assert "access token of the OAuth client 'Entra' is expired" in after.get_json(force=True)["detail"]


def test_revoking_a_client_ends_its_secrets_and_access_tokens_at_the_next_request(
    database: Database, organization: Organization, endpoint: TokenEndpoint, new_client: Callable[..., Issued]
) -> None:
    entra, okta = new_client(organization, "Entra"), new_client(organization, "Okta")
    of_entra, of_okta = endpoint.token(entra), endpoint.token(okta)

    database.write(lambda tx: clients.revoke(tx, "Entra"), organization_id=organization.id, actor="cli")

    assert endpoint.users(of_entra).status_code == 401
    assert endpoint.users(of_okta).status_code == 200
    assert_is_oauth_error(endpoint.by_secret(entra.client_id, entra.secret), 401, "invalid_client")


def test_a_name_is_free_again_after_its_client_was_revoked(
    database: Database, organization: Organization, endpoint: TokenEndpoint, new_client: Callable[..., Issued]
) -> None:
    old = new_client(organization)
    token = endpoint.token(old)
    database.write(lambda tx: clients.revoke(tx, "Entra"), organization_id=organization.id, actor="cli")

    new = new_client(organization)

    assert new.client_id != old.client_id
    assert endpoint.by_secret(new.client_id, new.secret).status_code == 200
    assert endpoint.users(token).status_code == 401


def test_an_access_token_reaches_its_own_organization_alone(
    app: Flask,
    endpoint: TokenEndpoint,
    new_organization: Callable[..., Organization],
    new_client: Callable[..., Issued],
) -> None:
    north, south = (Client(app, endpoint.token(new_client(new_organization(slug)))) for slug in ("north", "south"))
    ours = north.create_user("mira@nordwind.example")

    theirs = [south.get(f"/Users/{ours['id']}"), south.delete(f"/Users/{ours['id']}")]

    assert [response.status_code for response in theirs] == [404, 404]
    assert south.get("/Users").get_json(force=True)["totalResults"] == 0
    assert north.get(f"/Users/{ours['id']}").status_code == 200


def test_what_a_client_does_is_recorded_in_its_name(
    app: Flask, database: Database, organization: Organization, endpoint: TokenEndpoint, issued: Issued
) -> None:
    Client(app, endpoint.token(issued)).create_user("mira@nordwind.example")

    with database.read(organization.id) as reader:
        rows = reader.execute(
            select(audit_log.c.actor, audit_log.c.action).where(audit_log.c.organization_id == ORGANIZATION)
        ).all()
    assert ("client:Entra", "user.created") in {(row.actor, row.action) for row in rows}


def test_secrets_and_tokens_are_kept_as_digests_and_their_use_is_seen(
    database: Database, organization: Organization, endpoint: TokenEndpoint, issued: Issued
) -> None:
    def everything() -> list[Any]:
        with database.read(organization.id) as reader:
            return [
                tuple(row)
                for table in (api_tokens, oauth_client_secrets)
                for row in reader.execute(select(table).where(table.c.organization_id == ORGANIZATION))
            ]

    token = endpoint.token(issued)
    with database.read(organization.id) as reader:
        [client] = clients.every(reader)

    kept = repr(everything())
    assert issued.secret not in kept
    assert issued.secret.removeprefix("lanyard_secret_") not in kept
    assert token[-43:] not in kept
    assert client.last_used_at is not None
    assert client.secrets[0].last_used_at == client.last_used_at


def test_expired_access_tokens_are_swept_a_day_later_by_the_next_one(
    database: Database,
    organization: Organization,
    endpoint: TokenEndpoint,
    issued: Issued,
    new_token: Callable[..., str],
) -> None:
    new_token(organization, "expires", expires_days=1)
    for _ in range(3):
        endpoint.token(issued)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25, minutes=1), tick=False):
        endpoint.token(issued)

    with database.read(organization.id) as reader:
        left = reader.execute(
            select(api_tokens.c.client_id, func.count().label("number"))
            .where(api_tokens.c.organization_id == ORGANIZATION)
            .group_by(api_tokens.c.client_id)
        ).all()
    assert {row.client_id: row.number for row in left} == {None: 1, issued.client_id: 1}


@pytest.mark.parametrize("text", ["a b+c", "ä:%"])
def test_what_a_header_carries_is_form_decoded(text: str) -> None:
    header = basic(quote_plus(text), quote_plus(text))["Authorization"]

    credentials = read_credentials({}, header)

    assert (credentials.client_id, credentials.secret) == (text, text)

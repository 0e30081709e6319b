"""Assertions: Entra's are taken, forged ones of every kind are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.auth.oauth import clients
from app.auth.oauth.assertions import LONGEST
from app.auth.oauth.clients import Issued
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.conftest import TokenEndpoint, assert_is_oauth_error
from tests.auth_oauth.issuer import (
    AUDIENCE,
    GOOD,
    STRANGER,
    TENANT,
    KeyServer,
    claims,
    key_set,
    signed,
)
from tests.support.client import Client

NewFederated = Callable[..., str]


def test_an_assertion_gives_an_access_token_and_may_be_sent_again(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated
) -> None:
    client_id, assertion = new_federated(), signed(claims(keys.issuer))

    first, again = endpoint.by_assertion(client_id, assertion), endpoint.by_assertion(client_id, assertion)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json()["expires_in"] == 3600
    assert endpoint.users(first.get_json()["access_token"]).status_code == 200
    assert keys.asked == 1


@pytest.mark.parametrize(
    "audience",
    [AUDIENCE, AUDIENCE.removeprefix("api://"), f"{AUDIENCE}/.default"],
    ids=["uri", "bare id", "as in the portal"],
)
def test_every_form_of_the_audience_that_the_portal_shows_stands_for_is_taken(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated, audience: str
) -> None:
    client_id = new_federated(audiences=(f"{AUDIENCE}/.default",))

    assert endpoint.by_assertion(client_id, signed(claims(keys.issuer, aud=audience))).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda issuer: signed(claims(issuer), STRANGER), id="a key of somebody else under the same id"),
        pytest.param(lambda issuer: signed(claims(issuer), kid="other"), id="an unknown key"),
        pytest.param(lambda issuer: signed(claims(issuer, more="x" * LONGEST)), id="more than is read"),
        pytest.param(lambda issuer: "ä\n", id="no token at all"),
    ],
)
def test_a_forged_assertion_is_refused_in_the_words_of_any_wrong_credentials(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated, forge: Callable[[str], str]
) -> None:
    response = endpoint.by_assertion(new_federated(), forge(keys.issuer))

    assert_is_oauth_error(response, 401, "invalid_client")
    assert response.get_json()["error_description"].startswith("The client is not known here, or")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"sub": 'a"b\\c\u2028'}, "sub is a?b?c?, which", id="odd characters"),
        pytest.param({"sub": "x" * 2000}, f"{'x' * 120}?, which", id="a long text"),
        pytest.param({"tid": [TENANT]}, f"tid is ['{TENANT}'], which", id="a list"),
        pytest.param({"exp": 0}, "is expired", id="a time"),
    ],
)
def test_a_signed_assertion_that_says_something_else_is_refused_with_what_it_says(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated, changes: dict[str, Any], reason: str
) -> None:
    response = endpoint.by_assertion(new_federated(), signed(claims(keys.issuer, **changes)))

    assert_is_oauth_error(response, 401, "invalid_client")
    assert reason in response.get_json()["error_description"]


def test_an_assertion_proves_the_client_that_trusts_it_and_no_other(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated, issued: Issued
) -> None:
    federated, assertion = new_federated(), signed(claims(keys.issuer))

    answers = [
        endpoint.by_assertion(issued.client_id, assertion),
        endpoint.by_assertion("6f0c2f7e-1111-4222-8333-444455556666", assertion),
        endpoint.by_secret(federated, issued.secret),
    ]

    for response in answers:
        assert_is_oauth_error(response, 401, "invalid_client")
        assert response.get_json()["error_description"].startswith("The client is not known here, or")


def test_without_an_audience_the_token_endpoint_is_it(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated
) -> None:
    client_id = new_federated(audiences=())

    right = endpoint.by_assertion(client_id, signed(claims(keys.issuer, aud="https://cards.example/oauth/token")))
    wrong = endpoint.by_assertion(client_id, signed(claims(keys.issuer)))

    assert right.status_code == 200
    assert_is_oauth_error(wrong, 401, "invalid_client")


def test_revoking_a_federated_client_ends_it(
    database: Database,
    organization: Organization,
    endpoint: TokenEndpoint,
    keys: KeyServer,
    new_federated: NewFederated,
) -> None:
    client_id, assertion = new_federated(), signed(claims(keys.issuer))
    token = endpoint.by_assertion(client_id, assertion).get_json()["access_token"]

    database.write(lambda tx: clients.revoke(tx, "Federated"), organization_id=organization.id, actor="cli")

    assert endpoint.users(token).status_code == 401
    assert_is_oauth_error(endpoint.by_assertion(client_id, assertion), 401, "invalid_client")


def test_keys_that_cannot_be_had_are_said_so_and_had_again_later(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated
) -> None:
    client_id, keys.status = new_federated(), 500

    response = endpoint.by_assertion(client_id, signed(claims(keys.issuer)))

    assert_is_oauth_error(response, 503, "temporarily_unavailable")
    assert response.headers["Retry-After"] == "10"
    assert "answers 500" in response.get_json()["error_description"]


def test_nothing_is_held_up_while_a_key_server_is_slow(
    client: Client, endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated
) -> None:
    client_id, keys.before = new_federated(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(endpoint.by_assertion, client_id, signed(claims(keys.issuer)))
        while not keys.asked:
            time.sleep(0.01)
        meanwhile = client.post("/Users", {"userName": "mira@nordwind.example"})
        still_waiting = not waiting.done()
        keys.before.set()
        answer = waiting.result(10)

    assert (meanwhile.status_code, still_waiting) == (201, True)
    assert answer.status_code == 200


def test_keys_of_another_issuer_on_the_same_server_are_not_used(
    endpoint: TokenEndpoint, keys: KeyServer, new_federated: NewFederated
) -> None:
    mine = {**GOOD.as_dict(private=False), "issuer": keys.issuer.replace(TENANT, "{tenantid}")}
    other = {**STRANGER.as_dict(private=False), "kid": "other", "issuer": keys.issuer.replace(TENANT, "9188040d")}
    client_id, keys.body = new_federated(), key_set(other, mine)

    right = endpoint.by_assertion(client_id, signed(claims(keys.issuer)))
    wrong = endpoint.by_assertion(client_id, signed(claims(keys.issuer), STRANGER, kid="other"))

    assert right.status_code == 200
    assert_is_oauth_error(wrong, 401, "invalid_client")

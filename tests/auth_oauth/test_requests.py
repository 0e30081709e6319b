"""Whatever is wrong with a token request is answered in OAuth's words and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy.engine import URL
from structlog.testing import capture_logs

from app import create_app
from app.auth.oauth.clients import Issued
from app.auth.oauth.rates import MOST_KEYS, Rate
from app.auth.oauth.server import FAILURES_A_MINUTE, TOKENS_A_MINUTE
from app.core.settings import Settings
from app.directory.organizations import Organization
from app.web.guards import public
from tests.auth_oauth.conftest import ASSERTION_TYPE, TokenEndpoint, assert_is_oauth_error, basic

FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"
ID = "6f0c2f7e-1111-4222-8333-444455556666"


@pytest.fixture
def database_url(new_database: Callable[[str], URL]) -> URL:
    """Of one kind: what is wrong with a request does not depend on the database."""
    return new_database("sqlite")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error", "reason"),
    [
        pytest.param("", FORM, 400, "invalid_request", "grant_type is missing", id="nothing"),
        pytest.param("client_id=a&client_secret=b", FORM, 400, "invalid_request", "grant_type is missing", id="no grant"),
        pytest.param("grant_type=&client_id=a", FORM, 400, "invalid_request", "grant_type is missing", id="an empty grant"),
        pytest.param("grant_type=password&client_id=a", FORM, 400, "unsupported_grant_type", "client_credentials", id="another grant"),
        pytest.param("grant_type=%22%C3%A4%00", FORM, 400, "unsupported_grant_type", "client_credentials", id="a grant of odd characters"),
        pytest.param(GRANT, FORM, 401, "invalid_client", "Send the client id", id="no credentials"),
        pytest.param(f"{GRANT}&client_id={ID}", FORM, 401, "invalid_client", "Send the client id", id="an id alone"),
        pytest.param(f"{GRANT}&client_secret=b", FORM, 400, "invalid_request", "client_id is missing", id="a secret alone"),
        pytest.param(f"{GRANT}&{GRANT}&client_id=a&client_secret=b", FORM, 400, "invalid_request", "more than once", id="a parameter twice"),
        pytest.param(f"{GRANT}&client_id=a&client_id=b&client_secret=b", FORM, 400, "invalid_request", "more than once", id="two ids"),
        pytest.param(f"{GRANT}&client_id=%FF&client_secret=b", FORM, 400, "invalid_request", "no form", id="no UTF-8"),
        pytest.param(b"\xff\xfe", FORM, 400, "invalid_request", "no form", id="bytes that are no text"),
        pytest.param("&".join(f"a{n}=1" for n in range(33)), FORM, 400, "invalid_request", "no form", id="too many parameters"),
        pytest.param(f"{GRANT}&x={'x' * 17_000}", FORM, 413, "invalid_request", "Too Large", id="too much"),
        pytest.param('{"grant_type": "client_credentials"}', "application/json", 400, "invalid_request", FORM, id="JSON"),
        pytest.param(GRANT, None, 400, "invalid_request", FORM, id="no media type"),
        pytest.param(GRANT, "multipart/form-data; boundary=x", 400, "invalid_request", FORM, id="another form"),
        pytest.param(f"{GRANT}&client_id={ID}&client_assertion=a.b.c", FORM, 400, "invalid_request", ASSERTION_TYPE, id="an assertion without its type"),
        pytest.param(f"{GRANT}&client_id={ID}&client_assertion_type=x&client_assertion=a.b.c", FORM, 400, "invalid_request", ASSERTION_TYPE, id="an assertion of another type"),
        pytest.param(f"{GRANT}&client_id={ID}&client_assertion_type={ASSERTION_TYPE}", FORM, 400, "invalid_request", ASSERTION_TYPE, id="a type without assertion"),
        pytest.param(f"{GRANT}&client_assertion_type={ASSERTION_TYPE}&client_assertion=a.b.c", FORM, 400, "invalid_request", "client_id is missing", id="an assertion without id"),
        pytest.param(f"{GRANT}&client_id={ID}&client_secret=b&client_assertion_type={ASSERTION_TYPE}&client_assertion=a.b.c", FORM, 400, "invalid_request", "not both", id="secret and assertion"),
    ],
)  # fmt: skip
def test_refused(
    endpoint: TokenEndpoint, body: str | bytes, content_type: str | None, status: int, error: str, reason: str
) -> None:
    response = endpoint.raw(data=body, content_type=content_type)

    assert_is_oauth_error(response, status, error)
    assert reason in response.get_json()["error_description"]


def test_a_body_of_unknown_length_is_not_cut_but_refused(endpoint: TokenEndpoint, issued: Issued) -> None:
    form = f"{GRANT}&client_id={issued.client_id}&client_secret={issued.secret}&x={'x' * 16_384}".encode()
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    response = endpoint.raw(input_stream=BytesIO(form), content_type=FORM, environ_overrides=chunked)

    assert_is_oauth_error(response, 413, "invalid_request")


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Basic", id="nothing behind it"),
        pytest.param("Basic !!!", id="no base64"),
        pytest.param("Basic Y2xpZW50", id="no colon"),
        pytest.param("Basic Y2xpZW50Og==", id="an empty secret"),
        pytest.param("Basic OnNlY3JldA==", id="an empty id"),
        pytest.param("Basic /////w==", id="no UTF-8"),
        pytest.param("Basic JUZGOnNlY3JldA==", id="no UTF-8 when decoded"),
    ],
)
def test_a_header_that_carries_no_credentials_is_refused(endpoint: TokenEndpoint, issued: Issued, header: str) -> None:
    response = endpoint.ask({"Authorization": header}, client_id=issued.client_id, client_secret=issued.secret)

    assert_is_oauth_error(response, 401, "invalid_client")


@pytest.mark.parametrize("contradiction", [{"client_id": ID}, {"client_secret": "another"}])
def test_header_and_body_must_agree(
    endpoint: TokenEndpoint, issued: Issued, contradiction: dict[str, str | None]
) -> None:
    fields = {"client_id": issued.client_id, "client_secret": issued.secret, **contradiction}

    response = endpoint.ask(basic(issued.client_id, issued.secret), **fields)

    assert_is_oauth_error(response, 400, "invalid_request")
    assert "different credentials" in response.get_json()["error_description"]


def test_credentials_in_the_address_count_for_nothing(endpoint: TokenEndpoint, issued: Issued) -> None:
    query = {"client_id": issued.client_id, "client_secret": issued.secret, "grant_type": "client_credentials"}

    without_body = endpoint.raw(query_string=query, content_type=FORM)
    with_grant = endpoint.raw(query_string=query, data=GRANT, content_type=FORM)

    assert_is_oauth_error(without_body, 400, "invalid_request")
    assert_is_oauth_error(with_grant, 401, "invalid_client")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_is_answered(endpoint: TokenEndpoint, method: str) -> None:
    response = endpoint.raw(method)

    assert_is_oauth_error(response, 405, "invalid_request")
    assert response.headers["Allow"] == "POST"


def test_a_trailing_slash_loses_no_form(endpoint: TokenEndpoint, issued: Issued) -> None:
    form = {"grant_type": "client_credentials", "client_id": issued.client_id, "client_secret": issued.secret}

    assert endpoint.raw(path="/oauth/token/", data=form).status_code == 200


@pytest.mark.parametrize("scope", [None, "scim", "scim.readwrite", "api://x/.default offline_access", "SCIM"])
def test_any_scope_may_be_asked_for_and_the_answer_says_what_was_given(
    endpoint: TokenEndpoint, issued: Issued, scope: str | None
) -> None:
    response = endpoint.ask(client_id=issued.client_id, client_secret=issued.secret, scope=scope)

    assert response.status_code == 200
    assert response.get_json()["scope"] == "scim"


@pytest.mark.parametrize("scope", [" scim", "scim  scim", 'sc"im', "sc\\im", "scïm", "scim\n"])
def test_what_is_no_list_of_scopes_is_refused(endpoint: TokenEndpoint, issued: Issued, scope: str) -> None:
    response = endpoint.by_secret(issued.client_id, issued.secret, scope=scope)

    assert_is_oauth_error(response, 400, "invalid_scope")


def test_parameters_that_are_not_known_are_ignored(endpoint: TokenEndpoint, issued: Issued) -> None:
    response = endpoint.by_secret(issued.client_id, issued.secret, resource="https://x.example", empty="")

    assert response.status_code == 200


def test_a_client_that_asks_too_often_waits_and_another_does_not(
    endpoint: TokenEndpoint, organization: Organization, new_client: Callable[..., Issued]
) -> None:
    busy, other = new_client(organization, "busy"), new_client(organization, "other")
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        answers = [endpoint.by_secret(busy.client_id, busy.secret).status_code for _ in range(TOKENS_A_MINUTE)]
        limited = endpoint.by_secret(busy.client_id, busy.secret)
        elsewhere = endpoint.by_secret(other.client_id, other.secret)
        now.shift(timedelta(seconds=61))
        later = endpoint.by_secret(busy.client_id, busy.secret)

    assert set(answers) == {200}
    assert_is_oauth_error(limited, 429, "temporarily_unavailable")
    assert limited.headers["Retry-After"] == "60"
    assert (elsewhere.status_code, later.status_code) == (200, 200)


def test_who_tries_secrets_is_stopped_and_keeps_nobody_out(endpoint: TokenEndpoint, issued: Issued) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False):
        answers = [endpoint.by_secret(issued.client_id, "guess").status_code for _ in range(FAILURES_A_MINUTE + 5)]
        rightful = endpoint.by_secret(issued.client_id, issued.secret)

    assert answers == [401] * FAILURES_A_MINUTE + [429] * 5
    assert rightful.status_code == 200


def test_what_is_counted_does_not_grow_without_end() -> None:
    rate = Rate(1)

    first = [rate.wait("first") for _ in range(2)]
    for number in range(MOST_KEYS):
        rate.wait(str(number))

    assert first[0] == 0
    assert first[1] > 0
    assert rate.wait("first") == 0


@pytest.fixture
def new_app(database_url: URL, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes an application with other settings than usual."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        made.append(create_app(Settings(**{"database_url": database_url, "data_dir": tmp_path, **settings})))
        return made[-1]

    yield make
    for app in made:
        app.extensions["lanyard.database"].close()


@pytest.mark.parametrize(
    ("public_url", "status"),
    [("https://cards.example", 200), ("http://127.0.0.1:8000", 200), ("http://[::1]:8000", 200), ("http://cards.example", 400)],
)  # fmt: skip
def test_tokens_are_given_over_https_or_on_this_machine(
    new_app: Callable[..., Flask], issued: Issued, public_url: str, status: int
) -> None:
    endpoint = TokenEndpoint(new_app(public_url=public_url))

    response = endpoint.by_secret(issued.client_id, issued.secret)

    assert response.status_code == status
    if status == 400:
        assert_is_oauth_error(response, 400, "invalid_request")


def test_a_database_that_is_away_is_said_so(new_app: Callable[..., Flask]) -> None:
    away = new_app(database_url=URL.create("postgresql+psycopg", username="u", host="127.0.0.1", port=1, database="x"))

    response = TokenEndpoint(away).by_secret(ID, "secret")

    assert_is_oauth_error(response, 503, "temporarily_unavailable")
    assert response.headers["Retry-After"] == "10"


def test_what_nobody_foresaw_is_json_without_its_details(app: Flask, endpoint: TokenEndpoint) -> None:
    def broken() -> Any:
        raise RuntimeError("a secret")

    app.view_functions["oauth.token"] = public(broken)

    with capture_logs() as logged:
        response = endpoint.raw(data=GRANT, content_type=FORM)

    assert_is_oauth_error(response, 500, "server_error")
    assert "secret" not in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert "a secret" in str(logged)

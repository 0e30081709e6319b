"""What is refused leaves a row of its own, whatever else was rolled back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from structlog.testing import capture_logs

from app.auth import tokens
from app.auth.guards import organization_token
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.scim.protocol.errors import ScimError
from tests.log.conftest import Log
from tests.support.client import MEDIA_TYPE, Client

RETITLE = b'{"Operations": [{"op": "replace", "path": "title", "value": "CEO"}]}'


@pytest.mark.parametrize(
    ("method", "path", "data", "headers", "status", "scim_type", "sentence"),
    [
        pytest.param("POST", "/Users", b"{", {}, 400, "invalidSyntax", "creating a User refused: The body is not JSON", id="half a body"),
        pytest.param("POST", "/Users", b"x", {"Content_Type": "text/plain"}, 415, None, "creating a User refused: Send application/scim+json, not text/plain", id="another type"),
        pytest.param("POST", "/Users", b'{"userName": "INES@nordwind.example"}', {}, 409, "uniqueness", "creating INES@nordwind.example refused: userName 'INES@nordwind.example' is already in use", id="a taken name"),
        pytest.param("PATCH", "/Users/{ines}", RETITLE, {"If_Match": 'W/"9"'}, 412, None, "changing ines@nordwind.example refused: If-Match does not name the current version", id="another version"),
        pytest.param("PATCH", "/Users/{ines}", b'{"Operations": [{"op": "add", "path": "x[", "value": 1}]}', {}, 400, "invalidPath", "changing ines@nordwind.example refused: 'x[' is not an attribute path", id="no path"),
        pytest.param("DELETE", "/Groups/nobody", None, {}, 404, None, "deleting a Group refused: Group nobody not found", id="nothing to delete"),
        pytest.param("GET", "/Users/a%00b", None, {}, 404, None, "reading a User refused: User ab not found", id="an id that cannot be stored"),
        pytest.param("GET", "/Users?filter=shoeSize+eq+1", None, {}, 400, "invalidFilter", "GET /Users refused: ", id="a filter"),
        pytest.param("GET", "/Robots/7", None, {}, 404, None, "GET /Robots refused: There is no endpoint", id="no endpoint"),
        pytest.param("PATCH", "/Users", RETITLE, {}, 405, None, "PATCH /Users refused: PATCH is not supported", id="no method"),
        pytest.param("GET", "/Me", None, {}, 501, None, "GET /Me refused: The token speaks for an organization", id="nobody"),
    ],
)  # fmt: skip
def test_a_refused_request_leaves_one_row(
    client: Client,
    log: Log,
    method: str,
    path: str,
    data: bytes | None,
    headers: dict[str, str],
    status: int,
    scim_type: str | None,
    sentence: str,
) -> None:
    ines = client.create_user("ines@nordwind.example")["id"]

    answer = client.raw(method, path.format(ines=ines), data, **{"Content_Type": MEDIA_TYPE, **headers})

    [_, row] = log.rows()
    assert (answer.status_code, row["status"], row["scim_type"], row["method"]) == (status, status, scim_type, method)
    assert row["sentence"].startswith(sentence)
    assert (row["actor"], row["request_id"]) == ("token:Entra", answer.headers["X-Request-Id"])
    assert log.rows("--failed") == [row]


def test_what_a_refused_request_did_before_it_failed_is_not_there(client: Client, log: Log) -> None:
    client.create_user("ines@nordwind.example")
    ann = client.create_user("ann@nordwind.example")

    client.patch(
        f"/Users/{ann['id']}",
        {"op": "replace", "path": "title", "value": "CFO"},
        {"op": "replace", "path": "userName", "value": "ines@nordwind.example"},
    )

    assert log.sentences()[2:] == [
        "changing ann@nordwind.example refused: userName 'ines@nordwind.example' is already in use"
    ]
    assert client.get(f"/Users/{ann['id']}").get_json(force=True) == ann
    assert log.rows("--failed")[0]["body"]["Operations"][0] == {"op": "replace", "path": "title", "value": "CFO"}


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_a_token_that_has_ended_is_known_by_its_organization(
    app: Flask,
    database: Database,
    organization: Organization,
    new_token: Callable[..., str],
    log: Log,
    ended: str,
) -> None:
    token = new_token(organization, "Entra", expires_days=1)
    if ended == "revoked":
        database.write(lambda tx: tokens.revoke(tx, "Entra"), organization_id=organization.id, actor="cli")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=2 * (ended == "expired")), tick=False):
        answer = Client(app, token).get("/Users")

    [row] = log.rows()
    assert (answer.status_code, row["status"], row["actor"]) == (401, 401, "token:Entra")
    assert row["sentence"] == f"GET /Users refused: The bearer token 'Entra' is {ended}"


@pytest.mark.parametrize("token", ["lanyard_000000000000_" + "s3cr3t" * 7 + "x", ""])
def test_an_unknown_token_is_a_line_in_the_server_log_without_the_token(app: Flask, log: Log, token: str) -> None:
    with capture_logs() as lines:
        answer = Client(app, token).get("/Users")

    [line] = [line for line in lines if line["event"] == "no known token"]
    assert (answer.status_code, line["status"], line["id"]) == (401, 401, answer.headers["X-Request-Id"])
    assert "s3cr3t" not in str(lines)
    assert log.rows() == []


def test_another_organization_sees_nothing(
    client: Client, new_organization: Callable[..., Organization], log: Log
) -> None:
    new_organization("suedwind")
    client.create_user("ines@nordwind.example")
    client.get("/Users/nobody")

    other = Log(log.url, "suedwind")

    assert len(log.rows()) == 2
    assert other.rows() == other.rows("--user", "ines@nordwind.example") == other.rows("--failed") == []
    assert other.run("people", "why", "ines@nordwind.example").exit_code == 1


def failing(statement_start: str) -> Callable[..., Any]:
    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(statement_start):
            raise RuntimeError("the log cannot be written")

    return fail


def test_a_refusal_that_cannot_be_recorded_is_answered_all_the_same(app: Flask, client: Client, log: Log) -> None:
    engine = app.extensions["lanyard.database"]._writing
    event.listen(engine, "before_cursor_execute", failing("INSERT INTO provisioning_log"))

    with capture_logs() as lines:
        answer = client.get("/Users/nobody")

    assert answer.status_code == 404
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["a refusal was not recorded"]
    assert log.rows() == []


def test_a_write_that_cannot_be_recorded_does_not_happen(app: Flask, client: Client) -> None:
    engine = app.extensions["lanyard.database"]._writing
    event.listen(engine, "before_cursor_execute", failing("INSERT INTO provisioning_log"))

    answer = client.post("/Users", {"userName": "ines@nordwind.example"})

    assert answer.status_code == 500
    assert client.get("/Users").get_json(force=True)["totalResults"] == 0


def test_requests_that_are_too_many_are_one_row(app: Flask, client: Client, log: Log) -> None:
    @organization_token
    def refuse() -> None:
        raise ScimError(429, None, "Too many requests.")

    app.view_functions["scim.GET /Schemas"] = refuse  # type: ignore[assignment]

    answers = [client.get("/Schemas").status_code for _ in range(1_200)]
    app.extensions["lanyard.overload"].flush(app.extensions["lanyard.database"])

    [row] = log.rows()
    assert set(answers) == {429}
    assert (row["sentence"], row["status"], row["method"]) == ("1,200 requests refused: too many", 429, None)


def test_secrets_and_pictures_are_not_kept(client: Client, log: Log) -> None:
    body = {
        "userName": "ines@nordwind.example",
        "password": "open sesame",
        "photos": [{"type": "photo", "value": f"data:image/png;base64,{'A' * 164_000}"}],
    }

    client.post("/Users", body)
    client.post("/Users", body)

    rows = log.rows()
    assert [row["status"] for row in rows] == [201, 409]
    for row in rows:
        assert row["body"]["password"] == "[secret]"
        assert row["body"]["photos"] == [{"type": "photo", "value": "[photo, 123 kB]"}]
    assert "sesame" not in orjson.dumps(rows).decode()

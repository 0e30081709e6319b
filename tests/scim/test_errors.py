"""Whatever goes wrong under the prefix is answered in SCIM's words, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.auth import tokens
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.support.client import Client

JSON = "application/scim+json"


def assert_is_scim_error(response: TestResponse, status: int, scim_type: str | None) -> None:
    body = response.get_json(force=True)
    assert response.status_code == status
    assert response.content_type == "application/scim+json; charset=utf-8"
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type
    assert body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "scim_type", "reason"),
    [
        pytest.param("POST", "/Users", b"{", 400, "invalidSyntax", "not JSON", id="half an object"),
        pytest.param("POST", "/Users", b"", 400, "invalidSyntax", "no body", id="nothing"),
        pytest.param("POST", "/Users", b"[]", 400, "invalidSyntax", "must be a JSON object", id="a list"),
        pytest.param("POST", "/Users", b"null", 400, "invalidSyntax", "must be a JSON object", id="null"),
        pytest.param("POST", "/Users", b"\xff\xfe", 400, "invalidSyntax", "not JSON", id="no UTF-8"),
        pytest.param("POST", "/Users", b'{"userName": "\\ud800"}', 400, "invalidSyntax", "not JSON", id="half a character"),
        pytest.param("POST", "/Users", b"[" * 5000, 400, "invalidSyntax", "not JSON", id="a deep nest"),
        pytest.param("POST", "/Users", b"{}", 400, "invalidValue", "userName is required", id="no user name"),
        pytest.param("POST", "/Users", b'{"userName": ""}', 400, "invalidValue", "userName is required", id="an empty one"),
        pytest.param("POST", "/Users", b'{"userName": 7}', 400, "invalidValue", "userName must be a text", id="a number"),
        pytest.param("POST", "/Users", b'{"userName": "a\\u0000"}', 400, "invalidValue", "NUL", id="a NUL character"),
        pytest.param("POST", "/Users", b'{"userName": "a", "emails": 7}', 400, "invalidValue", "emails[0]", id="no list"),
        pytest.param("POST", "/Users", b'{"userName": "a", "active": "maybe"}', 400, "invalidValue", "active", id="no boolean"),
        pytest.param("POST", "/Groups", b"{}", 400, "invalidValue", "displayName is required", id="no display name"),
        pytest.param("POST", "/Groups", b'{"displayName": "a", "members": [{}]}', 400, "invalidValue", "members[0]", id="no member"),
        pytest.param("PATCH", "/Users/nobody", b'{"Operations": [{"op": "add", "path": "title", "value": "x"}]}', 404, None, "User nobody not found", id="PATCH of nobody"),
        pytest.param("PUT", "/Users/nobody", b'{"userName": "a"}', 404, None, "User nobody not found", id="PUT of nobody"),
        pytest.param("PATCH", "/Users/nobody", b'{"Operations": [{"op": "add", "path": "emails[", "value": "x"}]}', 400, "invalidPath", "emails[", id="no path"),
        pytest.param("GET", "/Users/nobody", None, 404, None, "User nobody not found", id="GET of nobody"),
        pytest.param("DELETE", "/Groups/nobody", None, 404, None, "Group nobody not found", id="DELETE of no group"),
        pytest.param("GET", "/Users/a%00b", None, 404, None, "not found", id="an id with a NUL character"),
        pytest.param("GET", "/Users?filter=userName+is+%22x%22", None, 400, "invalidFilter", "put together", id="no filter"),
        pytest.param("GET", "/Users?filter=", None, 400, "invalidFilter", "empty", id="an empty filter"),
        pytest.param("GET", "/Users?filter=shoeSize+eq+%2242%22", None, 400, "invalidFilter", "shoeSize", id="an unknown attribute"),
        pytest.param("GET", "/Users?filter=password+sw+%22a%22", None, 400, "invalidFilter", "password", id="a password"),
        pytest.param("GET", "/Users?filter=userName+eq+%22a%00b%22", None, 400, "invalidFilter", "", id="a NUL character in a filter"),
        pytest.param("GET", "/Users?filter=userName+eq+%22a%5Cu0000b%22", None, 400, "invalidFilter", "NUL", id="an escaped NUL character"),
        pytest.param("GET", "/Users?filter=id+eq+a%00b", None, 400, "invalidFilter", "cannot be read", id="a bare NUL character"),
        pytest.param("GET", "/Users?count=many", None, 400, "invalidValue", "count", id="no count"),
        pytest.param("GET", "/Users?attributes=id&excludedAttributes=name", None, 400, "invalidValue", "excludedAttributes", id="both"),
        pytest.param("GET", "/Schemas?filter=x", None, 403, None, "cannot be filtered", id="discovery with a filter"),
        pytest.param("GET", "/Schemas/urn:none", None, 404, None, "urn:none", id="no schema"),
        pytest.param("GET", "/ResourceTypes/Robot", None, 404, None, "Robot", id="no resource type"),
        pytest.param("GET", "/Robots", None, 404, None, "/scim/v2/Robots", id="no endpoint"),
        pytest.param("GET", "//Users", None, 404, None, "/scim/v2//Users", id="a slash too many"),
        pytest.param("DELETE", "", None, 405, None, "DELETE is not supported", id="no method of the root"),
        pytest.param("DELETE", "/Users", None, 405, None, "DELETE is not supported", id="no method"),
    ],
)  # fmt: skip
def test_refused(
    client: Client, method: str, path: str, data: bytes | None, status: int, scim_type: str | None, reason: str
) -> None:
    headers = {"Content_Type": JSON} if data is not None else {}

    response = client.raw(method, path, data, **headers)

    assert_is_scim_error(response, status, scim_type)
    assert reason in response.get_json(force=True)["detail"]
    assert client.get("/Users").get_json(force=True)["totalResults"] == 0


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_sent_as_something_else_is_refused(client: Client, media_type: str) -> None:
    response = client.raw("POST", "/Users", b'{"userName": "a"}', Content_Type=media_type)

    assert_is_scim_error(response, 415, None)
    assert media_type in response.text


@pytest.mark.parametrize("media_type", ["application/json", "application/scim+json; charset=utf-8", None])
def test_json_is_taken_by_whatever_lawful_name_it_comes(client: Client, media_type: str | None) -> None:
    headers = {"Content_Type": media_type} if media_type else {}

    response = client.raw("POST", "/Users", b'{"userName": "a"}', **headers)

    assert response.status_code == 201


def test_a_body_over_the_limit_is_refused(app: Flask, client: Client) -> None:
    body = b'{"userName": "a", "title": "' + b"x" * app.config["MAX_CONTENT_LENGTH"] + b'"}'

    response = client.raw("POST", "/Users", body, Content_Type=JSON)

    assert_is_scim_error(response, 413, None)


@pytest.mark.parametrize("excess", ["x", " "], ids=["of the object", "of blanks after it"])
def test_a_body_over_the_limit_in_chunks_is_refused(app: Flask, client: Client, excess: str) -> None:
    start, filling = b'{"userName": "a"', excess.encode() * app.config["MAX_CONTENT_LENGTH"]
    body = start + (b"}" + filling if excess == " " else b', "title": "' + filling + b'"}')

    response = client.in_chunks("POST", "/Users", body)

    assert_is_scim_error(response, 413, None)
    assert client.get("/Users").get_json(force=True)["totalResults"] == 0


@pytest.mark.parametrize("path", ["/scim", "/scim/", "/scim/Users", "/scim/v1/Users"])
def test_beside_the_prefix_nothing_is_answered_in_other_words(app: Flask, path: str) -> None:
    response = app.test_client().get(path)

    assert_is_scim_error(response, 404, None)
    assert "/scim/v2" in response.text


def test_a_method_that_is_not_supported_says_which_are(client: Client) -> None:
    response = client.raw("POST", "/Users/x", b"{}", Content_Type=JSON)

    assert_is_scim_error(response, 405, None)
    assert {"GET", "PUT", "PATCH", "DELETE"} <= set(response.headers["Allow"].split(", "))


def test_trailing_slashes_lose_no_body(client: Client) -> None:
    response = client.raw("POST", "/Users/", b'{"userName": "a"}', Content_Type=JSON)

    assert response.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer "}, id="an empty token"),
        pytest.param({"Authorization": "Bearer nonsense"}, id="no token of ours"),
        pytest.param({"Authorization": f"Bearer lanyard_{'0' * 12}_{'x' * 43}"}, id="a token that was never issued"),
        pytest.param({"Authorization": "Basic dXNlcjpwYXNz"}, id="another scheme"),
        pytest.param({"Authorization": "Bearer \xff\xfe"}, id="bytes that are no text"),
    ],
)
@pytest.mark.parametrize("path", ["/Users", "/Users/x", "/Groups", "/Schemas", "/ServiceProviderConfig"])
def test_without_a_valid_token_nothing_is_answered(app: Flask, headers: dict[str, str], path: str) -> None:
    response = app.test_client().get(f"/scim/v2{path}", headers=headers)

    assert_is_scim_error(response, 401, None)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_and_a_revoked_token_open_nothing_and_say_so(
    app: Flask, database: Database, organization: Organization, new_token: Callable[..., str]
) -> None:
    valid, revoked = new_token(organization, "valid"), new_token(organization, "revoked")
    expiring = new_token(organization, "expiring", expires_days=1)
    database.write(lambda tx: tokens.revoke(tx, "revoked"), organization_id=organization.id, actor="cli")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1), tick=False):
        answers = {
            name: app.test_client().get("/scim/v2/Users", headers={"Authorization": f"Bearer {token}"})
            for name, token in {"valid": valid, "revoked": revoked, "expiring": expiring}.items()
        }

    assert answers["valid"].status_code == 200
    assert_is_scim_error(answers["revoked"], 401, None)
    assert_is_scim_error(answers["expiring"], 401, None)
    assert "is revoked" in answers["revoked"].text
    assert "is expired" in answers["expiring"].text


def test_two_organizations_hold_the_same_name_and_never_see_each_other(
    app: Flask, new_organization: Callable[..., Organization], new_token: Callable[..., str]
) -> None:
    north, south = (Client(app, new_token(new_organization(slug))) for slug in ("north", "south"))
    ours, theirs = (client.create_user("mira@nordwind.example") for client in (north, south))
    our_group = north.create_group("Sales", ours["id"], theirs["id"])

    def reach(path: str) -> list[int]:
        operation = {"op": "add", "path": "title", "value": "x"}
        return [
            south.get(path).status_code,
            south.put(path, {"userName": "x", "displayName": "x"}).status_code,
            south.patch(path, operation).status_code,
            south.delete(path).status_code,
        ]

    assert reach(f"/Users/{ours['id']}") == [404, 404, 404, 404]
    assert reach(f"/Groups/{our_group['id']}") == [404, 404, 404, 404]
    assert south.get("/Groups").get_json(force=True)["totalResults"] == 0
    found = south.get("/Users", filter='userName eq "mira@nordwind.example"').get_json(force=True)
    assert [one["id"] for one in found["Resources"]] == [theirs["id"]]
    members = north.get(f"/Groups/{our_group['id']}").get_json(force=True)["members"]
    assert {one["value"]: one.get("type") for one in members} == {ours["id"]: "User", theirs["id"]: None}


def test_what_nobody_foresaw_is_a_scim_error_without_its_details(app: Flask, client: Client) -> None:
    def broken() -> Any:
        raise RuntimeError("a secret")

    app.view_functions["scim.GET /Users"] = broken

    with capture_logs() as logged:
        response = client.get("/Users")

    assert_is_scim_error(response, 500, None)
    assert "secret" not in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert [str(line["exc_info"]) for line in logged if "exc_info" in line] == ["a secret"]

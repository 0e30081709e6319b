"""Bulk requests over HTTP: what is done, what is refused, what is answered (RFC 7644 §3.7)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import BulkResponse
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.attributes.definitions import ENTERPRISE_USER
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ROOT = "https://cards.example/scim/v2"
NOBODY = "00000000-0000-4000-8000-000000000000"


def send(client: Client, *operations: dict[str, Any], **more: Any) -> TestResponse:
    return client.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": list(operations), **more})


def bulk(client: Client, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The results of the operations that were attempted."""
    response = send(client, *operations, **more)
    body = response.get_json(force=True)
    assert response.status_code == 200, body
    assert response.content_type == "application/scim+json; charset=utf-8"
    assert body["schemas"] == [BULK_RESPONSE]
    return list(body["Operations"])


def new_user(bulk_id: str, **attributes: Any) -> dict[str, Any]:
    data = {"userName": f"{bulk_id}@nordwind.example", **attributes}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def new_group(bulk_id: str, *members: str) -> dict[str, Any]:
    data = {"displayName": bulk_id, "members": [{"value": member} for member in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def patch(path: str, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"method": "PATCH", "path": path, "data": {"Operations": list(operations)}, **more}


def retitle(path: str, title: str = "CFO", **more: Any) -> dict[str, Any]:
    return patch(path, {"op": "replace", "path": "title", "value": title}, **more)


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def id_of(result: dict[str, Any]) -> str:
    return str(result["location"]).rpartition("/")[2]


def read(client: Client, result: dict[str, Any]) -> Any:
    """The resource that a result names."""
    response = client.get(result["location"].removeprefix(ROOT))
    assert response.status_code == 200
    return response.get_json(force=True)


def names(client: Client, endpoint: str, attribute: str) -> list[str]:
    return sorted(one[attribute] for one in client.get(endpoint).get_json(force=True)["Resources"])


def test_each_operation_does_what_a_request_of_its_own_would(client: Client) -> None:
    changed, replaced, gone = (client.create_user(f"{name}@nordwind.example") for name in ("ann", "bob", "cleo"))

    results = bulk(
        client,
        new_user("new", title="CEO"),
        retitle(f"/Users/{changed['id']}"),
        {"method": "PUT", "path": f"/Users/{replaced['id']}", "data": {"userName": "bobby@nordwind.example"}},
        {"method": "DELETE", "path": f"/Users/{gone['id']}"},
    )

    created = read(client, results[0])
    assert results == [
        {"method": "POST", "bulkId": "new", "location": created["meta"]["location"], "status": "201", "version": 'W/"1"'},
        {"method": "PATCH", "location": f"{ROOT}/Users/{changed['id']}", "status": "200", "version": 'W/"2"'},
        {"method": "PUT", "location": f"{ROOT}/Users/{replaced['id']}", "status": "200", "version": 'W/"2"'},
        {"method": "DELETE", "location": f"{ROOT}/Users/{gone['id']}", "status": "204"},
    ]  # fmt: skip
    assert created["title"] == "CEO"
    assert read(client, results[1])["title"] == "CFO"
    assert names(client, "/Users", "userName") == [
        "ann@nordwind.example",
        "bobby@nordwind.example",
        "new@nordwind.example",
    ]


def test_members_are_added_to_a_group_that_is_there(client: Client) -> None:
    group = client.create_group("Sales")
    add = {"op": "add", "path": "members", "value": [{"value": "bulkId:ann"}]}

    results = bulk(client, patch(f"/Groups/{group['id']}", add), new_user("ann"))

    assert statuses(results) == ["204", "201"]
    assert [one["value"] for one in read(client, results[0])["members"]] == [id_of(results[1])]


@pytest.mark.parametrize("path", ["Users/{}", "/scim/v2/Users/{}", ROOT + "/Users/{}"])
def test_paths_come_as_senders_write_them(client: Client, path: str) -> None:
    user = client.create_user("ann@nordwind.example")

    [result] = bulk(client, retitle(path.format(user["id"])))

    assert (result["status"], result["location"]) == ("200", user["meta"]["location"])


def test_a_reference_may_come_before_whom_it_refers_to(client: Client) -> None:
    boss = {ENTERPRISE_USER: {"manager": {"value": "bulkId:boss"}}}

    results = bulk(client, new_group("Sales", "bulkId:ann"), new_user("ann", **boss), new_user("boss"))

    group, ann, chief = (read(client, result) for result in results)
    assert [result["bulkId"] for result in results] == ["Sales", "ann", "boss"]
    assert group["members"] == [{"value": ann["id"], "$ref": ann["meta"]["location"], "type": "User"}]
    assert ann[ENTERPRISE_USER]["manager"]["value"] == chief["id"]


def test_groups_that_are_members_of_each_other_are_made_together(client: Client) -> None:
    results = bulk(client, new_group("A", "bulkId:B"), new_group("B", "bulkId:A"))

    first, second = (read(client, result) for result in results)
    assert statuses(results) == ["201", "201"]
    assert [(one["value"], one["type"]) for one in first["members"]] == [(second["id"], "Group")]
    assert [(one["value"], one["type"]) for one in second["members"]] == [(first["id"], "Group")]


def test_what_was_just_made_can_be_changed_and_deleted(client: Client) -> None:
    results = bulk(
        client,
        new_user("ann"),
        new_user("bob"),
        retitle("/Users/bulkId:ann", version='W/"1"'),
        {"method": "DELETE", "path": "/Users/bulkId:bob"},
    )

    assert statuses(results) == ["201", "201", "200", "204"]
    assert results[2]["location"] == results[0]["location"]
    assert read(client, results[0])["title"] == "CFO"
    assert names(client, "/Users", "userName") == ["ann@nordwind.example"]


def test_a_member_is_taken_out_by_a_path_that_refers_to_them(client: Client) -> None:
    take_out = patch("/Groups/bulkId:Sales", {"op": "remove", "path": 'members[value eq "bulkId:ann"]'})

    results = bulk(client, new_user("ann"), new_group("Sales", "bulkId:ann"), take_out)

    assert statuses(results) == ["201", "201", "204"]
    assert read(client, results[1])["members"] == []


@pytest.mark.parametrize(
    ("operation", "status", "scim_type", "reason"),
    [
        pytest.param({"method": "DELETE", "path": "/Robots/7"}, "404", None, "no endpoint /Robots/7", id="no endpoint"),
        pytest.param({"method": "DELETE", "path": "/Bulk"}, "404", None, "no endpoint /Bulk", id="bulk in bulk"),
        pytest.param({"method": "DELETE", "path": "/Users"}, "405", None, "DELETE is not supported", id="DELETE of all"),
        pytest.param({"method": "DELETE", "path": f"/Users/{NOBODY}"}, "404", None, "not found", id="nobody"),
        pytest.param({"method": "DELETE", "path": "/Users/7"}, "404", None, "User 7 not found", id="no id of ours"),
        pytest.param({"method": "PUT", "path": f"/Users/{NOBODY}"}, "400", "invalidSyntax", "JSON object", id="no data"),
        pytest.param({"method": "PATCH", "path": f"/Users/{NOBODY}", "data": {}}, "400", "invalidSyntax", "Operations", id="no PATCH"),
        pytest.param(retitle("/Users/bulkId:nobody"), "400", "invalidValue", "bulkId:nobody names no POST", id="a path to nobody"),
        pytest.param({"method": "POST", "path": "/Users", "data": {"userName": "x"}}, "400", "invalidValue", "bulkId is required", id="no bulkId"),
        pytest.param({"method": "POST", "path": "/Users/7", "bulkId": "x", "data": {"userName": "x"}}, "405", None, "POST is not supported", id="POST to an id"),
        pytest.param({"method": "POST", "path": "/Users", "bulkId": "x"}, "400", "invalidSyntax", "describes a User", id="POST without data"),
        pytest.param({"method": "POST", "path": "/Users", "bulkId": "x", "data": {}}, "400", "invalidValue", "userName is required", id="no user name"),
        pytest.param(new_user("ann"), "409", "uniqueness", "already in use", id="a name that is taken"),
        pytest.param(new_group("Sales", "bulkId:nobody"), "400", "invalidValue", "bulkId:nobody names no POST", id="a member who is nobody"),
    ],
)  # fmt: skip
def test_what_a_request_of_its_own_would_be_refused_for(
    client: Client, operation: dict[str, Any], status: str, scim_type: str | None, reason: str
) -> None:
    client.create_user("ann@nordwind.example")

    refused, done = bulk(client, operation, new_user("bob"))

    assert (refused["method"], refused.get("bulkId"), refused["status"]) == (
        operation["method"],
        operation.get("bulkId"),
        status,
    )
    assert (refused["response"]["status"], refused["response"].get("scimType")) == (status, scim_type)
    assert reason in refused["response"]["detail"]
    assert ("location" in refused) == (operation["method"] != "POST")
    assert done["status"] == "201"
    assert names(client, "/Users", "userName") == ["ann@nordwind.example", "bob@nordwind.example"]
    assert names(client, "/Groups", "displayName") == []


def test_a_change_of_another_version_is_not_made(client: Client) -> None:
    user = client.create_user("ann@nordwind.example")

    results = bulk(
        client,
        retitle(f"/Users/{user['id']}", "CEO", version=user["meta"]["version"]),
        retitle(f"/Users/{user['id']}", "CFO", version=user["meta"]["version"]),
        {"method": "DELETE", "path": f"/Users/{user['id']}", "version": user["meta"]["version"]},
    )

    assert statuses(results) == ["200", "412", "412"]
    assert read(client, results[0])["title"] == "CEO"


def test_whoever_refers_to_somebody_who_was_not_made_is_not_made_either(client: Client) -> None:
    client.create_user("ann@nordwind.example")

    results = bulk(client, new_group("Outer", "bulkId:Inner"), new_group("Inner", "bulkId:ann"), new_user("ann"))

    assert statuses(results) == ["409", "409", "409"]
    assert [result["response"].get("scimType") for result in results] == [None, None, "uniqueness"]
    assert "bulkId:Inner was not created" in results[0]["response"]["detail"]
    assert names(client, "/Groups", "displayName") == []


def test_a_circle_is_made_as_a_whole_or_not_at_all(client: Client) -> None:
    client.create_group("B")

    results = bulk(client, new_group("A", "bulkId:B"), new_group("B", "bulkId:A"), new_group("C"))

    assert statuses(results) == ["409", "409", "201"]
    assert "circle to Operations[1]" in results[0]["response"]["detail"]
    assert results[1]["response"]["scimType"] == "uniqueness"
    assert names(client, "/Groups", "displayName") == ["B", "C"]


@pytest.mark.parametrize(
    ("fail_on_errors", "attempted"),
    [
        pytest.param(None, ["201", "400", "201", "400", "201"], id="however many"),
        pytest.param(3, ["201", "400", "201", "400", "201"], id="more than there are"),
        pytest.param(2, ["201", "400", "201", "400"], id="after the second"),
        pytest.param(1, ["201", "400"], id="after the first"),
    ],
)
def test_after_so_many_errors_nothing_more_is_attempted(
    client: Client, fail_on_errors: int | None, attempted: list[str]
) -> None:
    operations = [new_user("a"), new_user("b", active="x"), new_user("c"), new_user("d", active="x"), new_user("e")]

    results = bulk(client, *operations, failOnErrors=fail_on_errors)

    done = [
        f"{operation['bulkId']}@nordwind.example"
        for operation, status in zip(operations, attempted, strict=False)
        if status == "201"
    ]
    assert statuses(results) == attempted
    assert names(client, "/Users", "userName") == done


@pytest.mark.parametrize(
    ("body", "status", "scim_type", "reason"),
    [
        pytest.param([], 400, "invalidSyntax", "JSON object", id="a list"),
        pytest.param({"Operations": [new_user("a"), new_user("a")]}, 400, "invalidSyntax", "bulkId 'a'", id="a bulkId twice"),
        pytest.param({"Operations": [new_user("a"), {"method": "GET", "path": "/Users"}]}, 400, "invalidSyntax", "GET", id="reading"),
        pytest.param({"Operations": [new_user(str(number)) for number in range(1001)]}, 413, None, "maxOperations (1000)", id="too many"),
    ],
)  # fmt: skip
def test_nothing_is_done_of_a_request_that_cannot_be_read(
    client: Client, body: Any, status: int, scim_type: str | None, reason: str
) -> None:
    response = client.post("/Bulk", body)

    assert_is_scim_error(response, status, scim_type)
    assert reason in response.get_json(force=True)["detail"]
    assert names(client, "/Users", "userName") == []


def test_what_nobody_foresaw_fails_its_operation_alone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr("app.directory.users.adopt_key", broken)

    with capture_logs() as logged:
        results = bulk(client, new_user("ann"), patch("/Users/bulkId:ann", {"op": "add", "path": "externalId", "value": "x"}), new_user("bob"))  # fmt: skip

    assert statuses(results) == ["201", "500", "201"]
    assert "secret" not in results[1]["response"]["detail"]
    assert [str(line["exc_info"]) for line in logged if "exc_info" in line] == ["a secret"]


def test_nobody_reaches_another_organization(client: Client, app: Flask, new_organization: Any, new_token: Any) -> None:
    theirs = Client(app, new_token(new_organization("south"))).create_user("ann@south.example")

    results = bulk(client, retitle(f"/Users/{theirs['id']}"), {"method": "DELETE", "path": f"/Users/{theirs['id']}"})

    assert statuses(results) == ["404", "404"]


def test_a_public_client_understands_it(app: Flask, organization: Any, new_token: Any) -> None:
    environ = {"HTTP_AUTHORIZATION": f"Bearer {new_token(organization)}"}
    client = WSGISCIMClient(app, base_url=ROOT, environ=environ)
    client.discover()
    operations = [
        new_group("Sales", "bulkId:ann"),
        new_user("ann"),
        {"method": "DELETE", "path": f"/Users/{NOBODY}"},
    ]

    answer = client.bulk({"schemas": [BULK_REQUEST], "Operations": operations})

    assert isinstance(answer, BulkResponse)
    assert [(one.method, one.bulk_id, one.status) for one in answer.operations or ()] == [
        ("POST", "Sales", 201),
        ("POST", "ann", 201),
        ("DELETE", None, 404),
    ]

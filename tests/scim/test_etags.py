"""Versions over HTTP: every resource has one, readers can ask whether it is the one they have, writers insist on it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

JSON = "application/scim+json"
RETITLE = b'{"Operations": [{"op": "replace", "path": "title", "value": "CFO"}]}'
RENAME = b'{"userName": "ines@nordwind.example", "title": "CFO"}'


def version(response: TestResponse) -> Any:
    body = response.get_json(force=True)
    assert body["meta"]["version"] == response.headers["ETag"]
    return response.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/Users", {"userName": "ines@nordwind.example"}), ("/Groups", {"displayName": "Sales"})],
)
def test_every_answer_with_a_resource_carries_its_version(client: Client, path: str, body: dict[str, Any]) -> None:
    created = client.post(path, body)
    address = f"{path}/{created.get_json(force=True)['id']}"

    read, listed = client.get(address), client.get(path)

    assert version(created) == version(read)
    assert listed.get_json(force=True)["Resources"][0]["meta"]["version"] == version(read)


def test_a_version_changes_with_the_resource_and_not_without_a_change(client: Client) -> None:
    user = client.create_user("ines@nordwind.example", title="CFO")
    address = f"/Users/{user['id']}"

    same = client.patch(address, {"op": "replace", "path": "title", "value": "CFO"})
    other = client.patch(address, {"op": "replace", "path": "title", "value": "CEO"})

    assert version(same) == user["meta"]["version"]
    assert version(other) != user["meta"]["version"]


@pytest.mark.parametrize("attributes", ["", "members", "displayName,members"])
def test_a_group_gets_another_version_with_each_member(client: Client, attributes: str) -> None:
    user, group = client.create_user("ines@nordwind.example"), client.create_group("Sales")
    before = client.get(f"/Groups/{group['id']}", attributes=attributes).headers["ETag"]

    client.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})

    assert client.get(f"/Groups/{group['id']}", attributes=attributes).headers["ETag"] != before


def test_reading_what_one_has_answers_304_without_a_body(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")

    response = client.raw("GET", f"/Users/{user['id']}", If_None_Match=user["meta"]["version"])

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == user["meta"]["version"]


def test_a_user_who_joined_a_group_is_not_what_one_has(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    client.create_group("Sales", user["id"])

    response = client.raw("GET", f"/Users/{user['id']}", If_None_Match=user["meta"]["version"])

    assert response.status_code == 200
    assert [group["display"] for group in response.get_json(force=True)["groups"]] == ["Sales"]


def test_joining_a_group_does_not_stand_in_the_way_of_a_writer(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    client.create_group("Sales", user["id"])

    response = client.raw("PATCH", f"/Users/{user['id']}", RETITLE, Content_Type=JSON, If_Match=user["meta"]["version"])

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", RETITLE), ("PUT", RENAME), ("DELETE", None)],
)
def test_a_write_for_another_version_changes_nothing(client: Client, method: str, body: bytes | None) -> None:
    user = client.create_user("ines@nordwind.example")
    address = f"/Users/{user['id']}"
    client.patch(address, {"op": "add", "path": "nickName", "value": "Ina"})
    before = client.get(address).get_json(force=True)

    response = client.raw(method, address, body, Content_Type=JSON, If_Match=user["meta"]["version"])

    assert_is_scim_error(response, 412, None)
    assert client.get(address).get_json(force=True) == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("tag", ["current", "*"])
def test_a_write_for_the_current_version_is_done(client: Client, method: str, tag: str) -> None:
    user = client.create_user("ines@nordwind.example")
    body = {"PATCH": RETITLE, "PUT": RENAME}.get(method)
    wanted = user["meta"]["version"] if tag == "current" else tag

    response = client.raw(method, f"/Users/{user['id']}", body, Content_Type=JSON, If_Match=wanted)

    assert response.status_code == (204 if method == "DELETE" else 200)


def test_a_member_is_added_to_the_version_of_the_group_that_was_read(client: Client) -> None:
    user, group = client.create_user("ines@nordwind.example"), client.create_group("Sales")
    add = b'{"Operations": [{"op": "add", "path": "members", "value": [{"value": "%s"}]}]}' % user["id"].encode()

    responses = [
        client.raw("PATCH", f"/Groups/{group['id']}", add, Content_Type=JSON, If_Match=group["meta"]["version"])
        for _ in range(2)
    ]

    assert [response.status_code for response in responses] == [204, 412]


def test_whoever_is_gone_is_not_found_whatever_version_is_asked_for(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    client.delete(f"/Users/{user['id']}")

    response = client.raw("PATCH", f"/Users/{user['id']}", RETITLE, Content_Type=JSON, If_Match="*")

    assert_is_scim_error(response, 404, None)

"""JumpCloud: "Identity Management using a Custom SCIM Integration" (jumpcloud.com/support), and what others reported
of its client: windmill-labs/windmill#7495, Infisical/infisical#2138, boxyhq/jackson's directory requests. Its support
article says what it needs (GET, POST, PUT or PATCH, DELETE of users and groups), not the bodies; those are assumed.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.sender import Sender

NAME = "lea.brunner@nordwind.example"
LEA: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "userName": NAME,
    "externalId": "64b1f0c2a9e8d7000112a4f3",
    "name": {"givenName": "Lea", "familyName": "Brunner"},
    "displayName": "Lea Brunner",
    "emails": [{"value": NAME, "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "+41 79 555 03 07", "type": "mobile"}],
    "addresses": [{"type": "work", "streetAddress": "Quaistrasse 4", "locality": "Zürich", "country": "CH"}],
    "active": True,
    "groups": [],
    ENTERPRISE_USER: {"employeeNumber": "10551", "department": "Finance"},
}
KEPT = {key: LEA[key] for key in LEA if key not in {"schemas", "groups"}}


@pytest.fixture
def jumpcloud(client: Client) -> Sender:
    return Sender(client, "application/json")


@pytest.fixture
def lea(jumpcloud: Sender) -> str:
    return jumpcloud.create("/Users", LEA)


def test_the_test_of_a_connection_makes_a_user_and_a_group_and_takes_them_away(jumpcloud: Sender) -> None:
    """Custom SCIM integration: a test user and group are created, changed, deactivated and deleted, or it fails."""
    name, group_name = "jumpcloud.test@nordwind.example", "JumpCloud test group"
    body = {**LEA, "userName": name, "emails": [{"value": name, "type": "work", "primary": True}]}

    listed = jumpcloud.get("/Users?startIndex=1&count=1")
    found = jumpcloud.find("/Users", f'userName eq "{name}"')
    user = jumpcloud.create("/Users", body)
    put = jumpcloud.put(f"/Users/{user}", {**body, "id": user, "displayName": "Test"})
    groups = jumpcloud.find("/Groups", f'displayName eq "{group_name}"')
    group = jumpcloud.create(
        "/Groups", {"schemas": [CORE_GROUP], "displayName": group_name, "members": [{"value": user}]}
    )
    with_user = jumpcloud.members(group)
    renamed = jumpcloud.put(
        f"/Groups/{group}",
        {"schemas": [CORE_GROUP], "id": group, "displayName": "Renamed", "members": [{"value": user}]},
    )
    suspended = jumpcloud.put(f"/Users/{user}", {**body, "id": user, "active": False})

    assert (listed.status, listed.body["totalResults"], found, groups) == (200, 0, [], [])
    assert (put.status, put.body["displayName"], with_user) == (200, "Test", {user})
    assert (renamed.status, renamed.body["displayName"], suspended.body["active"]) == (200, "Renamed", False)
    assert [jumpcloud.delete(path) for path in (f"/Groups/{group}", f"/Users/{user}")] == [(204, None), (204, None)]
    assert jumpcloud.find("/Users", f'userName eq "{name}"') == []


def test_a_user_reads_back_as_it_was_sent_and_is_found_by_what_identifies_it(jumpcloud: Sender, lea: str) -> None:
    by_name = jumpcloud.find("/Users", f'userName eq "{NAME}"')
    by_external_id = jumpcloud.find("/Users", f'externalId eq "{LEA["externalId"]}"')

    assert jumpcloud.read(f"/Users/{lea}") == KEPT
    assert [one["id"] for one in (*by_name, *by_external_id)] == [lea, lea]


def test_a_second_activation_meets_the_user_that_is_there(jumpcloud: Sender, lea: str) -> None:
    status, error = jumpcloud.post("/Users", LEA)

    assert (status, error["scimType"]) == (409, "uniqueness")
    assert jumpcloud.read(f"/Users/{lea}") == KEPT


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        pytest.param(
            [
                {"op": "replace", "path": "name.givenName", "value": "Léa"},
                {"op": "replace", "path": "name.familyName", "value": "Brunner-Roth"},
                {"op": "replace", "path": "active", "value": False},
            ],
            {"name": {"givenName": "Léa", "familyName": "Brunner-Roth"}, "active": False},
            id="an operation for each attribute",
        ),
        pytest.param([{"op": "replace", "value": {"active": False}}], {"active": False}, id="a suspension (jackson)"),
        pytest.param(
            [
                {"op": "add", "path": "companyName", "value": "Nordwind"},
                {"op": "replace", "value": {"active": False}},
            ],
            {"active": False},
            id="an attribute nobody knows beside a suspension (jackson)",
        ),
        pytest.param(
            [{"op": "replace", "path": "emails", "value": [{"value": "lea@nordwind.example", "type": "work", "primary": True}]}],
            {"emails": [{"value": "lea@nordwind.example", "type": "work", "primary": True}]},
            id="a list as a whole",
        ),
    ],
)  # fmt: skip
def test_a_change_sent_as_patch(
    jumpcloud: Sender, lea: str, operations: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    status, _ = jumpcloud.patch(f"/Users/{lea}", *operations)

    assert status == 200
    assert jumpcloud.read(f"/Users/{lea}") == {**KEPT, **changes}


def test_members_come_and_go_and_come_again(jumpcloud: Sender, lea: str) -> None:
    """Members as bare objects; the same one again (infisical#2138); removed by a list, or by a filter (windmill#7495)."""
    group = jumpcloud.create("/Groups", {"schemas": [CORE_GROUP], "displayName": "Cards - Finance", "members": []})
    add = {"op": "add", "path": "members", "value": [{"value": lea}]}

    seen = []
    for operation in (
        add,
        add,
        {"op": "remove", "path": "members", "value": [{"value": lea}]},
        add,
        {"op": "remove", "path": f'members[value eq "{lea}"]'},
        {"op": "remove", "path": f'members[value eq "{lea}"]'},
    ):
        assert jumpcloud.patch(f"/Groups/{group}", operation).status in {200, 204}
        seen.append(jumpcloud.members(group))

    assert seen == [{lea}, {lea}, set(), {lea}, set(), set()]

"""Okta: its SCIM 2.0 protocol reference (developer.okta.com, "SCIM 2.0 Protocol Reference"), its test suite for
Runscope and BlazeMeter ("Okta SCIM 2.0 spec test"), and what others reported of its client. Rows that name no source
are assumed: what the profile editor lets an administrator map.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.sender import Sender

NAME = "mira.okafor@nordwind.example"
MIRA: dict[str, Any] = {
    "schemas": [CORE_USER],
    "userName": NAME,
    "name": {"givenName": "Mira", "familyName": "Okafor"},
    "emails": [{"primary": True, "value": NAME, "type": "work"}],
    "displayName": "Mira Okafor",
    "locale": "de-CH",
    "externalId": "00uabc123def456ghi7",
    "groups": [],
    "password": "t0p-secret",
    "active": True,
}
KEPT = {key: MIRA[key] for key in MIRA if key not in {"schemas", "groups", "password"}}


@pytest.fixture
def okta(client: Client) -> Sender:
    return Sender(
        client,
        "application/scim+json; charset=utf-8",
        User_Agent="Okta SCIM Client 1.0.0",
        Accept="application/scim+json",
        Accept_Charset="utf-8",
    )


@pytest.fixture
def mira(okta: Sender) -> str:
    return okta.create("/Users", MIRA)


def test_an_assignment_looks_for_the_user_then_creates_it_and_is_told_it_whole(okta: Sender) -> None:
    """SCIM 2.0 reference, "Create users"."""
    found = okta.find("/Users", f'userName eq "{NAME}"', "&startIndex=1&count=100")
    status, created = okta.post("/Users", MIRA)

    assert (found, status) == ([], 201)
    assert created["schemas"] == [CORE_USER]
    assert KEPT.items() <= created.items()
    assert okta.read(f"/Users/{created['id']}") == KEPT
    assert [one["id"] for one in okta.find("/Users", f'userName eq "{NAME}"', "&startIndex=1&count=100")] == [
        created["id"]
    ]


def test_a_password_is_neither_kept_nor_shown(okta: Sender, mira: str) -> None:
    """SCIM 2.0 reference: sent when an account is created, and alone when it is synchronised."""
    status, patched = okta.patch(f"/Users/{mira}", {"op": "replace", "value": {"password": "an0ther-secret"}})

    assert (status, "password" in patched) == (200, False)
    assert "secret" not in str(okta.get(f"/Users/{mira}").body)


def test_a_profile_update_reads_the_user_and_puts_all_of_it_back(okta: Sender, mira: str) -> None:
    """SCIM 2.0 reference, "Update a specific user (PUT)": what was read, `id`, `meta` and `groups` included."""
    group = okta.create("/Groups", {"schemas": [CORE_GROUP], "displayName": "Sales", "members": [{"value": mira}]})
    read = okta.get(f"/Users/{mira}").body

    changed = {**read, "name": {**read["name"], "middleName": "Ada"}, "title": ""}
    status, replaced = okta.put(f"/Users/{mira}", changed)

    assert status == 200
    assert replaced["name"] == {"givenName": "Mira", "middleName": "Ada", "familyName": "Okafor"}
    assert okta.read(f"/Users/{mira}") == {**KEPT, "name": replaced["name"]}
    assert okta.members(group) == {mira}


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PATCH", id="an integration of the network: PATCH without path (reference; Metatavu/keycloak-scim-server#95)"),
        pytest.param("PUT", id="an integration made with the wizard: PUT of everything (reference)"),
    ],
)  # fmt: skip
def test_deactivating_and_reactivating(okta: Sender, mira: str, method: str) -> None:
    def set_active(active: bool) -> Any:
        if method == "PUT":
            return okta.put(f"/Users/{mira}", {**MIRA, "id": mira, "active": active})
        return okta.patch(f"/Users/{mira}", {"op": "replace", "value": {"active": active}})

    off, read, on = set_active(False), okta.read(f"/Users/{mira}"), set_active(True)

    assert (off.status, off.body["active"], read) == (200, False, {**KEPT, "active": False})
    assert (on.status, on.body["active"], on.body["id"]) == (200, True, mira)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param({"nickName": "", "title": "", "profileUrl": ""}, {}, id="attributes that are mapped and empty"),
        pytest.param({"phoneNumbers": [{"primary": True, "type": "work", "value": ""}]}, {}, id="a number that is empty"),
        pytest.param(
            {"phoneNumbers": [{"type": "mobile", "value": None}, {"type": "work", "value": "044 555 01 02"}]},
            {"phoneNumbers": [{"type": "work", "value": "044 555 01 02"}]},
            id="one number of two",
        ),
        pytest.param(
            {ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "00ub0ss", "displayName": "Ines Jones"}}},
            {ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "00ub0ss"}}},
            id="managerId and manager of its profile template; the name is the server's to show",
        ),
        pytest.param(
            {"entitlements": ["reader", "writer"], "roles": ["Editor"]},
            {"entitlements": [{"value": "reader"}, {"value": "writer"}], "roles": [{"value": "Editor"}]},
            id="an array of strings of the profile editor",
        ),
    ],
)  # fmt: skip
def test_a_profile_as_it_is_mapped(okta: Sender, sent: dict[str, Any], kept: dict[str, Any]) -> None:
    user = okta.create("/Users", {**MIRA, **sent})
    created = okta.read(f"/Users/{user}")
    status, _ = okta.put(f"/Users/{user}", {**MIRA, **sent, "id": user})

    assert created == {**KEPT, **kept}
    assert (status, okta.read(f"/Users/{user}")) == (200, created)


def test_a_push_of_a_group_member_by_member(okta: Sender, mira: str) -> None:
    """SCIM 2.0 reference, "Create groups", "Update a specific group name", "… membership", "Delete a specific group"."""
    noa = okta.create("/Users", {**MIRA, "userName": "noa@nordwind.example"})

    found = okta.find("/Groups", 'displayName eq "Sales"', "&startIndex=1&count=100")
    status, group = okta.post("/Groups", {"schemas": [CORE_GROUP], "displayName": "Sales", "members": []})
    path = f"/Groups/{group['id']}"
    changes = [
        okta.patch(path, {"op": "add", "path": "members", "value": [{"value": mira, "display": NAME}]}),
        okta.patch(path, {"op": "replace", "value": {"id": group["id"], "displayName": "Sales DACH"}}),
        okta.patch(
            path,
            {"op": "remove", "path": f'members[value eq "{mira}"]'},
            {"op": "add", "path": "members", "value": [{"value": noa, "display": "noa@nordwind.example"}]},
        ),
    ]

    assert (found, status, group["members"]) == ([], 201, [])
    assert all(change.status in {200, 204} for change in changes)
    assert (okta.read(path)["displayName"], okta.members(group["id"])) == ("Sales DACH", {noa})
    assert okta.delete(path) == (204, None)
    assert okta.get(path).status == 404
    assert okta.get(f"/Users/{noa}").status == 200


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param({"op": "replace", "path": "members", "value": [{"value": "noa", "display": "Noa"}]}, {"noa"}, id="push now (reference)"),
        pytest.param({"op": "replace", "path": "members", "value": []}, set(), id="push now of an empty group (SCIM-SDK#757)"),
        pytest.param({"op": "replace", "value": {"members": [], "id": "group", "displayName": "Sales"}}, set(), id="the same without path (scimgateway#113)"),
        pytest.param({"op": "replace", "value": {"id": "group", "displayName": "Sales"}}, {"mira"}, id="a rename, sent with every change of members (reference)"),
    ],
)  # fmt: skip
def test_a_push_of_a_whole_group(okta: Sender, mira: str, operation: dict[str, Any], expected: set[str]) -> None:
    ids = {"mira": mira, "noa": okta.create("/Users", {**MIRA, "userName": "noa@nordwind.example"})}
    group = okta.create("/Groups", {"displayName": "Sales", "members": [{"value": mira}]})
    if operation.get("path") == "members":
        operation = {**operation, "value": [{**one, "value": ids[one["value"]]} for one in operation["value"]]}

    status, _ = okta.patch(f"/Groups/{group}", operation)

    assert status in {200, 204}
    assert okta.members(group) == {ids[name] for name in expected}


def test_a_group_of_an_integration_made_with_the_wizard_is_put_whole(okta: Sender, mira: str) -> None:
    """SCIM 2.0 reference, "Update specific group membership": PUT."""
    group = okta.create("/Groups", {"schemas": [CORE_GROUP], "displayName": "Sales", "members": []})

    status, replaced = okta.put(
        f"/Groups/{group}",
        {"schemas": [CORE_GROUP], "id": group, "displayName": "Sales", "members": [{"value": mira, "display": NAME}]},
    )

    assert (status, replaced["displayName"], okta.members(group)) == (200, "Sales", {mira})


def test_an_import_reads_page_by_page_until_the_total(okta: Sender) -> None:
    """SCIM 2.0 reference, "Retrieve users": `startIndex` grows by `count`; figures are numbers, the order stays."""
    ids = [okta.create("/Users", {**MIRA, "userName": f"user{number}@nordwind.example"}) for number in range(5)]

    pages = [okta.get(f"/Users?startIndex={start}&count=2").body for start in (1, 3, 5)]
    again = okta.get("/Users?startIndex=1&count=100").body

    assert [one["id"] for page in pages for one in page["Resources"]] == ids
    assert [one["id"] for one in again["Resources"]] == ids
    assert [(page["totalResults"], page["startIndex"], page["itemsPerPage"]) for page in pages] == [
        (5, 1, 2),
        (5, 3, 2),
        (5, 5, 1),
    ]


def test_its_own_test_suite(okta: Sender, mira: str) -> None:
    """The suite for Runscope and BlazeMeter, its steps in their order."""
    listed = okta.get("/Users?count=1&startIndex=1").body
    one = okta.get(f"/Users/{listed['Resources'][0]['id']}").body
    by_name = okta.get("/Users?filter=userName%20eq%20%22nobody%40nordwind.example%22").body
    by_id = okta.get("/Users/010101001010101011001010101011")
    again = okta.post("/Users", {key: MIRA[key] for key in MIRA if key not in {"password", "groups"}})
    in_capitals = okta.find("/Users", f'userName eq "{NAME.upper()}"')
    groups = okta.get("/Groups").body

    assert listed["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert [type(listed[key]) for key in ("itemsPerPage", "startIndex", "totalResults")] == [int, int, int]
    assert (one["id"], one["userName"], one["active"]) == (mira, NAME, True)
    assert (one["name"], one["emails"][0]["value"]) == (MIRA["name"], NAME)
    assert (by_name["totalResults"], by_name["Resources"]) == (0, [])
    assert (by_id.status, by_id.body["status"], bool(by_id.body["detail"])) == (404, "404", True)
    assert (again.status, again.body["scimType"]) == (409, "uniqueness")
    assert [found["id"] for found in in_capitals] == [mira]
    assert (groups["totalResults"], groups["Resources"]) == (0, [])

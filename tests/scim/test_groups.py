"""Groups over the protocol, as Entra sends them (and reads them back)."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP
from tests.support.client import Client

MICROSOFTS_OWN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


@pytest.fixture
def people(client: Client) -> list[str]:
    """The ids of three users."""
    return [client.create_user(f"{name}@nordwind.example")["id"] for name in ("ann", "bob", "cleo")]


def member_ids(client: Client, group: dict[str, Any]) -> list[str]:
    return sorted(one["value"] for one in client.get(f"/Groups/{group['id']}").get_json(force=True)["members"])


def test_a_group_is_created_as_entra_sends_it(client: Client) -> None:
    response = client.post(
        "/Groups",
        {
            "schemas": [CORE_GROUP, MICROSOFTS_OWN],
            "externalId": "0d5c7f1e-2b34-4d0e-9c1a-6f2e3a4b5c6d",
            "displayName": "Field Sales",
            "members": [],
            "meta": {"resourceType": "Group"},
        },
    )

    group = response.get_json(force=True)
    assert response.status_code == 201
    assert response.headers["Location"] == group["meta"]["location"]
    assert group["schemas"] == [CORE_GROUP]
    assert (group["displayName"], group["externalId"], group["members"]) == (
        "Field Sales",
        "0d5c7f1e-2b34-4d0e-9c1a-6f2e3a4b5c6d",
        [],
    )


def test_members_are_left_out_of_every_answer_that_excludes_them(client: Client, people: list[str]) -> None:
    group = client.create_group("Sales", *people)

    by_id = client.get(f"/Groups/{group['id']}", excludedAttributes="members").get_json(force=True)
    by_name = client.get("/Groups", excludedAttributes="members", filter='displayName eq "SALES"').get_json(force=True)

    assert "members" not in by_id
    assert [set(one) for one in by_name["Resources"]] == [set(by_id)]


def test_members_say_who_they_are(client: Client, people: list[str]) -> None:
    inner = client.create_group("Inner")
    ann = client.get(f"/Users/{people[0]}").get_json(force=True)
    group = client.create_group("Outer", people[0], inner["id"], "nobody-any-more")

    members = client.get(f"/Groups/{group['id']}").get_json(force=True)["members"]

    assert {one["value"]: one for one in members} == {
        people[0]: {"value": people[0], "type": "User", "$ref": ann["meta"]["location"]},
        inner["id"]: {"value": inner["id"], "type": "Group", "$ref": inner["meta"]["location"], "display": "Inner"},
        "nobody-any-more": {"value": "nobody-any-more"},
    }


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        pytest.param([{"op": "Add", "path": "members", "value": [{"$ref": None, "value": 2}]}], [0, 1, 2], id="add"),
        pytest.param([{"op": "Add", "path": "members", "value": [{"value": 0}]}], [0, 1], id="add a member again"),
        pytest.param([{"op": "Remove", "path": "members", "value": [{"value": 0}]}], [1], id="remove by value"),
        pytest.param([{"op": "remove", "path": 'members[value eq "0"]'}], [1], id="remove by path"),
        pytest.param([{"op": "Remove", "path": "members", "value": [{"value": 2}]}], [0, 1], id="remove a stranger"),
        pytest.param([{"op": "Remove", "path": "members", "value": []}], [0, 1], id="remove nobody"),
        pytest.param([{"op": "Remove", "path": "members"}], [], id="remove everybody"),
        pytest.param([{"op": "replace", "path": "members", "value": [{"value": 2}]}], [2], id="replace"),
        pytest.param(
            [
                {"op": "add", "path": "members", "value": [{"value": 2}]},
                {"op": "remove", "path": 'members[value eq "0"]'},
                {"op": "replace", "value": {"displayName": "Renamed"}},
            ],
            [1, 2],
            id="add, remove and rename at once",
        ),
        pytest.param([{"op": "Replace", "path": "displayName", "value": "Renamed"}], [0, 1], id="a rename"),
        pytest.param([{"op": "replace", "value": {"id": "x", "displayName": "Renamed"}}], [0, 1], id="a merged rename"),
        pytest.param([{"op": "Add", "path": "externalId", "value": "x"}], [0, 1], id="another attribute"),
    ],
)
def test_members_after(client: Client, people: list[str], operations: list[dict[str, Any]], left: list[int]) -> None:
    group = client.create_group("Sales", *people[:2])

    response = client.patch(f"/Groups/{group['id']}", *(with_ids(one, people) for one in operations))

    assert (response.status_code, response.data) == (204, b"")
    assert member_ids(client, group) == sorted(people[place] for place in left)


def with_ids(operation: dict[str, Any], people: list[str]) -> dict[str, Any]:
    """The operation with ids where the table has places."""
    changed = dict(operation)
    if isinstance(changed.get("value"), list):
        changed["value"] = [{**entry, "value": people[entry["value"]]} for entry in changed["value"]]
    if '"0"' in changed.get("path", ""):
        changed["path"] = changed["path"].replace('"0"', f'"{people[0]}"')
    return changed


def test_a_bad_member_in_a_list_changes_nothing(client: Client, people: list[str]) -> None:
    group = client.create_group("Sales", people[0])

    response = client.patch(
        f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": [{"value": people[1]}, {"value": ""}]}
    )

    assert response.status_code == 400
    assert "members[1].value" in response.text
    assert member_ids(client, group) == [people[0]]


def test_a_change_of_members_is_a_change_of_the_group_and_none_is_none(client: Client, people: list[str]) -> None:
    group = client.create_group("Sales", people[0])

    def modified() -> str:
        return str(client.get(f"/Groups/{group['id']}").get_json(force=True)["meta"]["lastModified"])

    client.patch(f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": [{"value": people[0]}]})
    same = modified()
    client.patch(f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": [{"value": people[1]}]})

    assert same == group["meta"]["lastModified"]
    assert modified() > same


def test_a_name_in_another_case_is_taken(client: Client) -> None:
    client.create_group("Sales")
    other = client.create_group("Service")

    created = client.post("/Groups", {"displayName": "SALES"})
    renamed = client.patch(f"/Groups/{other['id']}", {"op": "Replace", "path": "displayName", "value": "sales"})

    assert [response.status_code for response in (created, renamed)] == [409, 409]
    assert created.get_json(force=True)["scimType"] == "uniqueness"


def test_a_replacement_without_members_keeps_them(client: Client, people: list[str]) -> None:
    group = client.create_group("Sales", *people)

    renamed = client.put(f"/Groups/{group['id']}", {"displayName": "Sales DACH"})
    kept = member_ids(client, group)
    emptied = client.put(f"/Groups/{group['id']}", {"displayName": "Sales DACH", "members": []})

    assert (renamed.status_code, kept) == (200, sorted(people))
    assert emptied.get_json(force=True)["members"] == []


def test_deleting_a_group_deletes_nobody(client: Client, people: list[str]) -> None:
    group = client.create_group("Sales", *people)

    deleted = client.delete(f"/Groups/{group['id']}")

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert client.get(f"/Groups/{group['id']}").status_code == 404
    assert client.get("/Users").get_json(force=True)["totalResults"] == len(people)


def test_a_patch_answers_the_group_when_attributes_are_asked_for(client: Client) -> None:
    group = client.create_group("Sales")
    body = b'{"Operations": [{"op": "replace", "path": "displayName", "value": "Service"}]}'

    response = client.raw(
        "PATCH", f"/Groups/{group['id']}?attributes=displayName", body, Content_Type="application/scim+json"
    )

    assert response.status_code == 200
    assert response.get_json(force=True)["displayName"] == "Service"

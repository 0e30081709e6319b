"""What a write does over HTTP: what changes nothing leaves no trace, what schemas demand is answered as RFC 7644 says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, GROUP, USER, Attribute, ResourceType
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

OTHER = "urn:example:schemas:extension:other:2.0:User"
INES: dict[str, Any] = {
    "externalId": "inovak",
    "name": {"givenName": "Ines", "familyName": "Novak"},
    "emails": [{"type": "work", "value": "ines@nordwind.example", "primary": True}, {"value": "i@home.example"}],
    "addresses": [{"type": "work", "locality": "Zürich"}],
    ENTERPRISE_USER: {"department": "Finance", "manager": {"value": "8c2e"}},
    OTHER: {"flag": 1, "list": ["a", "b"]},
}


def state(client: Client, address: str) -> tuple[Any, Any, Any]:
    resource = client.get(address).get_json(force=True)
    return resource["meta"]["version"], resource["meta"]["lastModified"], resource


def test_putting_back_what_was_read_changes_nothing(client: Client) -> None:
    user = client.create_user("ines@nordwind.example", **INES)
    group = client.create_group("Sales", user["id"], "nobody-any-more", externalId="g-1")
    addresses = [f"/Users/{user['id']}", f"/Groups/{group['id']}"]
    before = [state(client, address) for address in addresses]

    answers = [client.put(address, resource) for address, (_, _, resource) in zip(addresses, before, strict=True)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [state(client, address) for address in addresses] == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "externalId", "value": "inovak"},
        {"op": "replace", "path": "name", "value": {"givenName": "Ines"}},
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "ines@nordwind.example"}]},
        {"op": "replace", "path": 'emails[type eq "work"].primary', "value": "True"},
        {"op": "remove", "path": 'emails[type eq "fax"]'},
        {"op": "remove", "path": "title"},
        {"op": "replace", "path": "title", "value": ""},
        {"op": "add", "path": "shoeSize", "value": 42},
        {"op": "replace", "value": {ENTERPRISE_USER: {"manager": "8c2e"}, "id": "x", "meta": {}, "groups": []}},
        {"op": "add", "path": f"{OTHER}:list", "value": ["b"]},
        {"op": "replace", "value": {}},
    ],
    ids=str,
)
def test_a_patch_that_changes_nothing_leaves_version_and_time_alone(client: Client, operation: dict[str, Any]) -> None:
    address = f"/Users/{client.create_user('ines@nordwind.example', **INES)['id']}"
    before = state(client, address)

    answer = client.patch(address, operation)

    assert answer.status_code == 200
    assert state(client, address) == before


@pytest.mark.parametrize("name", ["add", "replace"])
def test_a_group_that_is_told_what_it_is_stays_as_it_is(client: Client, name: str) -> None:
    user = client.create_user("ines@nordwind.example")
    address = f"/Groups/{client.create_group('Sales', user['id'])['id']}"
    before = state(client, address)

    client.patch(
        address,
        {"op": name, "path": "members", "value": [{"value": user["id"]}]},
        {"op": name, "path": "displayName", "value": "Sales"},
        {"op": "remove", "path": 'members[value eq "stranger"]'},
    )

    assert state(client, address) == before


def test_a_change_and_its_reversal_are_two_versions_of_a_group(client: Client) -> None:
    address = f"/Groups/{client.create_group('Sales')['id']}"
    states = [state(client, address)]

    for name in ("Service", "Sales"):
        client.patch(address, {"op": "replace", "path": "displayName", "value": name})
        states.append(state(client, address))

    assert len({version for version, _, _ in states}) == 3
    assert states == sorted(states, key=lambda one: str(one[1]))


def test_true_is_not_the_number_one(client: Client) -> None:
    address = f"/Users/{client.create_user('ines@nordwind.example', **INES)['id']}"

    client.patch(address, {"op": "replace", "path": f"{OTHER}:flag", "value": True})

    assert client.get(address).get_json(force=True)[OTHER]["flag"] is True


def unique_attributes() -> Iterator[tuple[ResourceType, Attribute]]:
    """Everything that the published schemas call unique and that clients may write."""
    for kind in (USER, GROUP):
        for schema in (kind.schema, *kind.extensions):
            for one in schema.attributes:
                assert all(sub.uniqueness == "none" for sub in one.sub_attributes)
                if one.uniqueness != "none" and one.mutability != "readOnly":
                    yield kind, one


def test_what_schemas_call_unique_is_unique(client: Client) -> None:
    found = list(unique_attributes())

    assert found
    for kind, attribute in found:
        first, other = (client.post(kind.endpoint, {attribute.name: name}) for name in ("one", "two"))
        address = f"{kind.endpoint}/{other.get_json(force=True)['id']}"
        refused = [
            client.post(kind.endpoint, {attribute.name: "ONE"}),
            client.put(address, {attribute.name: "One"}),
            client.patch(address, {"op": "replace", "path": attribute.name, "value": "one"}),
        ]

        assert (first.status_code, other.status_code) == (201, 201)
        for response in refused:
            assert_is_scim_error(response, 409, "uniqueness")
            assert attribute.name in response.get_json(force=True)["detail"]
        assert client.get(address).get_json(force=True)[attribute.name] == "two"


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        pytest.param({"op": "remove", "path": "userName"}, "mutability", id="remove what is required"),
        pytest.param({"op": "replace", "path": "userName", "value": ""}, "invalidValue", id="empty what is required"),
        pytest.param({"op": "remove", "path": "active"}, "invalidValue", id="unsay whether somebody is active"),
        pytest.param({"op": "replace", "path": "id", "value": "x"}, "mutability", id="change the id"),
        pytest.param({"op": "remove", "path": "groups"}, "mutability", id="leave groups from the wrong end"),
        pytest.param({"op": "replace", "path": "emails[value co 1].type", "value": "x"}, "noTarget", id="no target"),
        pytest.param({"op": "remove"}, "noTarget", id="remove nothing"),
        pytest.param({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath", id="no path"),
        pytest.param({"op": "replace", "path": "title", "value": 5}, "invalidValue", id="no text"),
        pytest.param({"op": "replace", "path": "title"}, "invalidValue", id="no value"),
        pytest.param({"op": "swap", "path": "title"}, "invalidSyntax", id="no operation"),
    ],
)
def test_one_refused_operation_undoes_the_others(client: Client, operation: dict[str, Any], scim_type: str) -> None:
    address = f"/Users/{client.create_user('ines@nordwind.example', **INES)['id']}"
    before = state(client, address)

    answer = client.patch(address, {"op": "replace", "path": "nickName", "value": "Nes"}, operation)

    assert_is_scim_error(answer, 400, scim_type)
    assert state(client, address) == before


def test_a_part_of_a_member_cannot_be_taken_away_and_the_member_stays(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    address = f"/Groups/{client.create_group('Sales', user['id'])['id']}"
    before = state(client, address)

    for part in ("display", "type", "value", "$ref"):
        answer = client.patch(address, {"op": "remove", "path": f'members[value eq "{user["id"]}"].{part}'})
        assert_is_scim_error(answer, 400, "mutability")

    assert state(client, address) == before

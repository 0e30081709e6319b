"""An organization with `strict_phones` takes valid telephone numbers alone; any other keeps what it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from tests.support.client import Client

WORK = 'phoneNumbers[type eq "work"].value'
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def phones(text: str) -> dict[str, Any]:
    return {"phoneNumbers": [{"type": "work", "value": text}]}


@pytest.fixture
def strict(database: Database, organization: Organization) -> None:
    """Make the organization strict."""
    database.write(
        lambda tx: organizations.change(tx, {"strict_phones": True}), organization_id=organization.id, actor="cli"
    )


def post(client: Client, text: str) -> TestResponse:
    return client.post("/Users", {"userName": "ines@nordwind.example", **phones(text)})


def put(client: Client, text: str) -> TestResponse:
    user = client.create_user("ines@nordwind.example")
    return client.put(f"/Users/{user['id']}", {"userName": "ines@nordwind.example", **phones(text)})


def patch(client: Client, text: str) -> TestResponse:
    user = client.create_user("ines@nordwind.example")
    return client.patch(f"/Users/{user['id']}", {"op": "Add", "path": WORK, "value": text})


WAYS = [pytest.param(way, id=way.__name__.upper()) for way in (post, put, patch)]


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("way", WAYS)
def test_a_bad_number_is_refused_by_every_write(client: Client, way: Any) -> None:
    response = way(client, "tbd")

    error = response.get_json(force=True)
    assert (response.status_code, error["scimType"]) == (400, "invalidValue")
    assert error["detail"] == (
        f"{WORK} 'tbd' is no telephone number; this organization takes valid telephone numbers alone."
    )


@pytest.mark.usefixtures("strict")
def test_a_bad_number_is_refused_in_a_bulk_request_and_the_rest_is_done(client: Client) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": "ines@nordwind.example", **phones("tbd")}},
        {"method": "POST", "path": "/Users", "bulkId": "2", "data": {"userName": "ben@nordwind.example", **phones("+41 44 555 01 00")}},
    ]  # fmt: skip

    results = client.post("/Bulk", {"schemas": [BULK], "Operations": operations}).get_json(force=True)["Operations"]

    assert [result["status"] for result in results] == ["400", "201"]
    assert results[0]["response"]["scimType"] == "invalidValue"
    assert WORK in results[0]["response"]["detail"]


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("+41 44 555 01 00", id="international"),
        pytest.param("079 555 01 77", id="national, of the organization's region"),
        pytest.param("[[clear]]", id="the clear marker"),
    ],
)
def test_valid_numbers_and_the_clear_marker_are_taken(client: Client, way: Any, text: str) -> None:
    response = way(client, text)

    assert response.status_code in {200, 201}
    assert response.get_json(force=True)["phoneNumbers"][0]["value"] == text


@pytest.mark.parametrize("way", WAYS)
def test_without_strict_phones_a_bad_number_is_kept_as_it_came(client: Client, way: Any) -> None:
    response = way(client, "tbd")

    assert response.status_code in {200, 201}
    assert response.get_json(force=True)["phoneNumbers"][0]["value"] == "tbd"


def test_a_bad_number_from_before_stops_no_other_change(
    client: Client, database: Database, organization: Organization
) -> None:
    user = client.create_user("ines@nordwind.example", **phones("tbd"))
    database.write(
        lambda tx: organizations.change(tx, {"strict_phones": True}), organization_id=organization.id, actor="cli"
    )

    disabled = client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": False})
    worse = client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": WORK, "value": "later"})

    assert disabled.status_code == 200
    assert worse.status_code == 400
    assert client.get(f"/Users/{user['id']}").get_json(force=True)["phoneNumbers"][0]["value"] == "tbd"

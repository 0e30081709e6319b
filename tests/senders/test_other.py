"""What further directories and integrations are reported to send; each row names where."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.sender import Sender

SPEND = "urn:ietf:params:scim:schemas:extension:spend:2.0:User"
STATUS = "urn:ietf:params:scim:schemas:extension:facebook:accountstatusdetails:2.0:User"
NAME = "jan.huber@nordwind.example"
JAN: dict[str, Any] = {
    "userName": NAME,
    "name": {"givenName": "Jan", "familyName": "Huber"},
    "emails": [{"type": "work", "value": NAME, "primary": True}],
    "active": True,
}


@pytest.fixture
def sender(client: Client) -> Sender:
    return Sender(client, "application/json;charset=UTF-8", Accept="*/*")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param(
            {"emails": ["jan@home.example", {"type": "work", "value": NAME}]},
            {"emails": [{"value": "jan@home.example"}, {"type": "work", "value": NAME}]},
            id="WSO2: an address as a text beside one that says its type (wso2/product-is#21040)",
        ),
        pytest.param(
            {"emails": ["jan@home.example"]},
            {"emails": [{"type": "work", "value": "jan@home.example"}]},
            id="WSO2: addresses as texts alone (wso2/product-is#21040)",
        ),
        pytest.param(
            {ENTERPRISE_USER: {"department": "Sales", "manager": {"displayName": "Ines"}}, "urn:scim:wso2:schema": {"country": "CH"}},
            {ENTERPRISE_USER: {"department": "Sales"}, "urn:scim:wso2:schema": {"country": "CH"}},
            id="WSO2: a manager by name, an extension whose URN ends in no resource (wso2/product-is#21040)",
        ),
        pytest.param(
            {
                "name": [{"givenName": "Jan", "familyName": "Huber"}],
                "title": [{"value": "Buyer"}],
                ENTERPRISE_USER: {"department": [{"value": "1"}], "employeeNumber": [{"value": "727"}]},
            },
            {"title": "Buyer", ENTERPRISE_USER: {"department": "1", "employeeNumber": "727"}},
            id="Oracle Unified Directory: everything a list of one (docs.oracle.com, Create Entry)",
        ),
        pytest.param(
            {"emails": [{"type": "work", "primary": "true", "value": NAME}], "entitlements": [{"value": "profile"}]},
            {"emails": [{"type": "work", "primary": True, "value": NAME}], "entitlements": [{"value": "profile"}]},
            id="Salesforce: primary as a text (help.salesforce.com, Create Users with SCIM)",
        ),
        pytest.param(
            {
                "active": "true",
                "profileUrl": " ",
                "phoneNumbers": [{"value": "+41 44 555 06 01", "type": "work", "display": "+41 44 555 06 01", "primary": "true"}],
                STATUS: {"invited": "true", "claimed": "false"},
            },
            {
                "profileUrl": " ",
                "phoneNumbers": [{"value": "+41 44 555 06 01", "type": "work", "display": "+41 44 555 06 01", "primary": True}],
                STATUS: {"invited": "true", "claimed": "false"},
            },
            id="Saviynt: every boolean a text, extensions of others kept as they are (forums.saviynt.com)",
        ),
        pytest.param(
            {"locale": "de_ch", "timezone": "Europe/Zurich", "title": "CTO", ENTERPRISE_USER: {"organization": "Nordwind, AG"}},
            {"locale": "de_ch", "timezone": "Europe/Zurich", "title": "CTO", ENTERPRISE_USER: {"organization": "Nordwind, AG"}},
            id="Keycloak: a locale with an underscore (scim-for-keycloak#126)",
        ),
        pytest.param(
            {f"{ENTERPRISE_USER}.department": "Sales", "name.middleName": "Emil", 'addresses[type eq "work"].locality': "Bern"},
            {
                ENTERPRISE_USER: {"department": "Sales"},
                "name": {"givenName": "Jan", "familyName": "Huber", "middleName": "Emil"},
                "addresses": [{"type": "work", "locality": "Bern"}],
            },
            id="a mapping's paths as keys (zulip/zulip#39773, snipe-it#19115, in PATCH; assumed in POST)",
        ),
        pytest.param(
            {"urn:x:nordwind:2.0:User": {"a name with spaces": "1", "b": {"c": [1, None, ""]}}, "odd key.with dot": "x"},
            {"urn:x:nordwind:2.0:User": {"a name with spaces": "1", "b": {"c": [1]}}},
            id="an extension of others is kept, keys that name nothing are dropped (assumed)",
        ),
    ],
)  # fmt: skip
def test_a_body_of_post_and_put(sender: Sender, body: dict[str, Any], kept: dict[str, Any]) -> None:
    user = sender.create("/Users", {"schemas": [CORE_USER], **JAN, **body})
    created = sender.read(f"/Users/{user}")
    status, _ = sender.put(f"/Users/{user}", {"schemas": [CORE_USER], "id": user, **JAN, **body})

    assert created == {**JAN, **kept}
    assert (status, sender.read(f"/Users/{user}")) == (200, created)


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        pytest.param(
            [{"op": "replace", "value": '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"title":"Buyer"}'}],
            {"title": "Buyer"},
            id="Keycloak: the object as JSON in a text (scim-for-keycloak#133)",
        ),
        pytest.param(
            [
                {"op": "replace", "path": f"{ENTERPRISE_USER}:employeeNumber", "value": "67890"},
                {"op": "replace", "path": f"{SPEND}:locale", "value": "de_CH"},
                {"op": "replace", "path": "active", "value": True},
                {"op": "replace", "path": "name", "value": {"familyName": "Huber", "givenName": "Jan", "middleName": "", "middleInitial": "", "honorificPrefix": ""}},
                {"op": "replace", "path": "emails", "value": [{"verified": None, "type": "work", "value": NAME, "notifications": None}]},
            ],
            {
                ENTERPRISE_USER: {"employeeNumber": "67890"},
                SPEND: {"locale": "de_CH"},
                "emails": [{"type": "work", "value": NAME}],
            },
            id="MuleSoft: parts and entries with nothing in them (a public integration for Concur)",
        ),
        pytest.param(
            [{"op": "replace", "path": "emails.value", "value": "jan@nordwind.example"}],
            {"emails": [{"type": "work", "value": "jan@nordwind.example", "primary": True}]},
            id="an address without saying which (Metatavu/keycloak-scim-server#40)",
        ),
        pytest.param(
            [{"op": "replace", "path": "emails[primary eq true].value", "value": "jan@nordwind.example"}],
            {"emails": [{"type": "work", "value": "jan@nordwind.example", "primary": True}]},
            id="Rippling: the primary address (assumed, from the mapping its guides ask for)",
        ),
        pytest.param(
            [{"op": "add", "value": {"name.givenName": "Jon", "name.familyName": "Hub", "externalId": "abcd1234"}}],
            {"name": {"givenName": "Jon", "familyName": "Hub"}, "externalId": "abcd1234"},
            id="dotted keys of an add (canva.dev, Update individual attributes)",
        ),
        pytest.param(
            [{"op": "add", "path": "phoneNumbers", "value": {"type": "work", "value": "1234567890"}}],
            {"phoneNumbers": [{"type": "work", "value": "1234567890"}]},
            id="one entry without its list",
        ),
        pytest.param(
            [{"op": "add", "path": "schemas", "value": ["urn:x:nordwind:2.0:User"]}, {"op": "replace", "path": "title", "value": "Buyer"}],
            {"title": "Buyer"},
            id="schemas to be added: they follow from what is there (assumed)",
        ),
        pytest.param(
            [{"op": "replace", "value": {"odd key": "x", "meta": {}, "groups": [], "active": "False"}}],
            {"active": False},
            id="keys that name nothing do not keep a leaver active (better-auth/better-auth#10682)",
        ),
    ],
)  # fmt: skip
def test_a_change_by_patch(sender: Sender, operations: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    user = sender.create("/Users", {"schemas": [CORE_USER], **JAN})

    status, answered = sender.patch(f"/Users/{user}", *operations)

    assert status == 200, answered
    assert sender.read(f"/Users/{user}") == {**JAN, **changes}
    assert CORE_USER in answered["schemas"]


@pytest.fixture
def jan(sender: Sender) -> str:
    return sender.create("/Users", {"schemas": [CORE_USER], **JAN})


@pytest.fixture
def group(sender: Sender) -> str:
    return sender.create("/Groups", {"schemas": [CORE_GROUP], "displayName": "Sales", "externalId": "5f1c"})


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param({"op": "add", "value": {"members": [{"display": "PRIMARY/jan", "$ref": "https://other.example/Users/x", "value": "jan"}]}}, id="WSO2: without path, with a reference (wso2/product-is#5333)"),
        pytest.param({"op": "Add", "value": {"members": [{"$ref": None, "value": "jan"}]}}, id="KeySpider: without path, a reference of null (KeySpider/keyspider config)"),
        pytest.param({"op": "add", "path": "members", "value": [{"value": "jan"}]}, id="authentik: an operation for each member (its SCIM client)"),
        pytest.param({"name": "addMember", "op": "add", "path": "members", "value": [{"displayName": "x", "value": "jan"}]}, id="Microsoft's collection: names for operations (SCIMReferenceCode#20)"),
        pytest.param({"op": "replace", "path": f"{CORE_GROUP}:members", "value": [{"value": "jan", "type": "User"}]}, id="behind the core URN (assumed)"),
    ],
)  # fmt: skip
def test_a_member_is_added(sender: Sender, group: str, jan: str, operation: dict[str, Any]) -> None:
    listed = operation["value"]["members"] if isinstance(operation["value"], dict) else operation["value"]
    listed[0]["value"] = jan

    status, _ = sender.patch(f"/Groups/{group}", operation)

    assert status in {200, 204}
    assert sender.members(group) == {jan}


def test_authentik_repeats_the_whole_group_without_path_and_compares_members(
    sender: Sender, group: str, jan: str
) -> None:
    """goauthentik/authentik, authentik/providers/scim/clients: what it reads first, and its changes of a group."""
    config = sender.get("/ServiceProviderConfig").body
    repeated = {"schemas": [CORE_GROUP], "id": group, "externalId": "5f1c", "displayName": "Sales DACH"}

    renamed = sender.patch(f"/Groups/{group}", {"op": "replace", "value": repeated})
    added = sender.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": jan}]})
    with_jan = sender.members(group)
    removed = sender.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": [{"value": jan}]})

    assert config["patch"]["supported"] is config["filter"]["supported"] is True
    assert {renamed.status, added.status, removed.status} <= {200, 204}
    assert (with_jan, sender.members(group)) == ({jan}, set())
    assert sender.read(f"/Groups/{group}") == {"displayName": "Sales DACH", "externalId": "5f1c", "members": []}


def test_keycloak_renames_a_group_by_json_in_a_text_and_keeps_its_members(sender: Sender, group: str, jan: str) -> None:
    """scim-for-keycloak#172: that operation stands before those about members, and all are applied or none."""
    text = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"77","displayName":"example/sales"}'

    status, _ = sender.patch(
        f"/Groups/{group}",
        {"op": "replace", "value": text},
        {"op": "add", "path": "members", "value": [{"value": jan}]},
    )

    assert status in {200, 204}
    assert (sender.read(f"/Groups/{group}")["displayName"], sender.members(group)) == ("example/sales", {jan})


def test_keycloak_puts_a_group_without_saying_anything_of_members(sender: Sender, group: str, jan: str) -> None:
    """mitodl/keycloak-scim#134."""
    sender.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": jan}]})

    status, _ = sender.put(
        f"/Groups/{group}", {"schemas": [CORE_GROUP], "id": group, "externalId": "5f1c", "displayName": "foo2"}
    )

    assert (status, sender.members(group)) == (200, {jan})


@pytest.mark.parametrize("text", ["not JSON", '["a"]', "7", ""])
def test_a_text_that_is_no_object_is_refused(sender: Sender, jan: str, text: str) -> None:
    status, error = sender.patch(f"/Users/{jan}", {"op": "replace", "value": text})

    assert (status, error["scimType"]) == (400, "invalidValue")
    assert "must be an object with attributes to replace" in error["detail"]

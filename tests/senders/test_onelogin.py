"""OneLogin: its "SCIM Provisioner with SAML (SCIM v2 Enterprise)" connector, as captured in goauthentik/authentik#11249,
and as the libraries that serve it describe it (15five/django-scim2 adapters).

Its JSON comes from a template that the administrator writes; URNs of the drafts stand in the shipped one. Rows that
name no source are assumed: a template whose macros are filled in, or not.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER, LANYARD_USER
from tests.support.client import Client
from tests.support.sender import Sender

OLD_CORE, OLD_ENTERPRISE = "urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"
NAME = "noa.keller"
NOA: dict[str, Any] = {
    "schemas": [OLD_CORE, OLD_ENTERPRISE],
    "userName": NAME,
    "externalId": "218734412",
    "name": {"familyName": " Keller", "givenName": "Noa", "formatted": "Noa  Keller"},
    "displayName": "Noa Keller",
    "title": None,
    "emails": [{"value": "noa.keller@nordwind.example", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "+41 44 555 02 11", "type": "work"}],
    "active": True,
    OLD_ENTERPRISE: {"department": "Service", "manager": {"value": None}, "division": ""},
}
KEPT = {
    **{key: NOA[key] for key in NOA if key not in {"schemas", "title", OLD_ENTERPRISE}},
    ENTERPRISE_USER: {"department": "Service"},
}


@pytest.fixture
def onelogin(client: Client) -> Sender:
    return Sender(client, "application/scim+json", Accept="application/json")


@pytest.fixture
def noa(onelogin: Sender) -> str:
    return onelogin.create("/Users?", NOA)


def test_a_new_user_is_looked_for_with_a_query_that_ends_in_an_ampersand(onelogin: Sender) -> None:
    """authentik#11249: `filter=…&`, and a `?` behind every address."""
    path = f"/Users?filter=userName+eq+%22{NAME}%22&"

    before, user, after = onelogin.get(path), onelogin.create("/Users?", NOA), onelogin.get(path)

    assert (before.status, before.body["totalResults"]) == (200, 0)
    assert [one["id"] for one in after.body["Resources"]] == [user]


@pytest.mark.parametrize(
    "urn",
    [
        pytest.param(OLD_ENTERPRISE, id="of its template (authentik#11249)"),
        pytest.param("urn:scim:schemas:extension:enterprise:1.0", id="of SCIM 1.1"),
        pytest.param("urn:scim:schemas:extension:enterprise:2.0:User", id="of a draft"),
        pytest.param(ENTERPRISE_USER, id="of the RFC"),
    ],
)
def test_the_enterprise_extension_is_known_by_the_urns_it_had_before_the_rfc(onelogin: Sender, urn: str) -> None:
    body = {key: NOA[key] for key in NOA if key != OLD_ENTERPRISE}

    user = onelogin.create("/Users?", {**body, "schemas": [OLD_CORE, urn], urn: NOA[OLD_ENTERPRISE]})

    assert onelogin.read(f"/Users/{user}") == KEPT
    assert onelogin.get(f"/Users/{user}").body["schemas"] == [CORE_USER, ENTERPRISE_USER]


def test_an_update_puts_the_whole_template_again(onelogin: Sender, noa: str) -> None:
    """authentik#11249: PUT to `/Users/{id}?`."""
    changed = {**NOA, "title": "Head of Service", OLD_ENTERPRISE: {"department": "Service DACH"}}

    status, replaced = onelogin.put(f"/Users/{noa}?", changed)

    assert (status, replaced["id"]) == (200, noa)
    assert onelogin.read(f"/Users/{noa}") == {
        **KEPT,
        "title": "Head of Service",
        ENTERPRISE_USER: {"department": "Service DACH"},
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(
            {"emails": {"value": "noa@nordwind.example"}},
            {"emails": [{"value": "noa@nordwind.example"}]},
            id="emails as one object (django-scim2)",
        ),
        pytest.param(
            {"emails": [{"value": "noa@nordwind.example"}]},
            {"emails": [{"value": "noa@nordwind.example"}]},
            id="emails without type or primary",
        ),
        pytest.param({"phoneNumbers": [{"value": "", "type": "work"}]}, {"phoneNumbers": None}, id="a macro of nothing"),
        pytest.param({"nickName": None, "profileUrl": None, "locale": None}, {}, id="nulls for what is not set"),
        pytest.param(
            {"addresses": [{"type": "work", "streetAddress": "", "locality": None, "country": ""}]},
            {},
            id="an address of nothing",
        ),
        pytest.param({"active": "true"}, {"active": True}, id="a macro in quotes"),
        pytest.param(
            {OLD_CORE: {"nickName": "N"}, "userType": "Employee"},
            {"nickName": "N", "userType": "Employee"},
            id="core attributes under their old URN",
        ),
        pytest.param(
            {LANYARD_USER: {"pronouns": "they/them", "headline": None}},
            {LANYARD_USER: {"pronouns": "they/them"}},
            id="our extension in the template",
        ),
    ],
)  # fmt: skip
def test_a_template_as_it_is_filled_in(onelogin: Sender, sent: dict[str, Any], kept: dict[str, Any]) -> None:
    user = onelogin.create("/Users?", {**NOA, **sent})

    expected = {key: value for key, value in {**KEPT, **kept}.items() if value is not None}
    assert onelogin.read(f"/Users/{user}") == expected
    assert onelogin.put(f"/Users/{user}?", {**NOA, **sent}).status == 200
    assert onelogin.read(f"/Users/{user}") == expected


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param({"op": "replace", "path": "active", "value": False}, id="by path"),
        pytest.param({"op": "replace", "value": {"active": False}}, id="without path"),
        pytest.param({"op": "replace", "path": f"{OLD_CORE}:active", "value": "false"}, id="by the old URN"),
    ],
)
def test_suspending_leaves_the_rest_alone_and_deleting_deletes(
    onelogin: Sender, noa: str, operation: dict[str, Any]
) -> None:
    status, suspended = onelogin.patch(f"/Users/{noa}?", operation)

    assert (status, suspended["active"]) == (200, False)
    assert onelogin.read(f"/Users/{noa}") == {**KEPT, "active": False}
    assert onelogin.delete(f"/Users/{noa}?") == (204, None)
    assert onelogin.get(f"/Users/{noa}?").status == 404


def test_groups_are_made_when_rules_name_them_and_members_come_one_by_one(onelogin: Sender, noa: str) -> None:
    """authentik#11249: POST of the group, then a PATCH of it for each user."""
    known = onelogin.get("/Groups?startIndex=1&count=100&").body
    group = onelogin.create("/Groups?", {"schemas": [CORE_GROUP], "displayName": "Cards - Service"})

    added = onelogin.patch(f"/Groups/{group}?", {"op": "add", "path": "members", "value": [{"value": noa}]})
    with_noa = onelogin.members(group)
    again = onelogin.patch(f"/Groups/{group}?", {"op": "add", "path": "members", "value": [{"value": noa}]})
    removed = onelogin.patch(f"/Groups/{group}?", {"op": "remove", "path": f'members[value eq "{noa}"]'})

    assert known["Resources"] == []
    assert {added.status, again.status, removed.status} <= {200, 204}
    assert (with_noa, onelogin.members(group)) == ({noa}, set())


def test_a_patch_by_the_old_urn_reaches_the_enterprise_extension(onelogin: Sender, noa: str) -> None:
    """The paths that AzureAD/SCIMReferenceCode knows as obsolete: a dot behind the URN."""
    for urn, division in ((f"{OLD_ENTERPRISE}.", "B7"), ("urn:scim:schemas:extension:enterprise:1.0:", "B8")):
        status, _ = onelogin.patch(f"/Users/{noa}", {"op": "replace", "path": f"{urn}division", "value": division})

        assert status == 200
        assert onelogin.read(f"/Users/{noa}")[ENTERPRISE_USER] == {"department": "Service", "division": division}

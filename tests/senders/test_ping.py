"""PingOne and PingFederate: outbound SCIM provisioning (docs.pingidentity.com, "SCIM Provisioner": features, settings
reference, known issues and limitations; PingOne "SCIM filter expressions", "SCIM provisioning known limitations").

Users are changed by PUT; groups by PUT or, by setting, PATCH; all groups are read to find one.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.sender import Sender

CUSTOM = "urn:pingidentity:schemas:extension:nordwind:2.0:User"
NAME, MAIL = "eva.frei", "eva.frei@nordwind.example"
EVA: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "userName": NAME,
    "externalId": "eva-7f21",
    "name": {"givenName": "Eva", "familyName": "Frei", "formatted": "Eva Frei"},
    "displayName": "Eva Frei",
    "emails": [{"type": "work", "value": MAIL, "primary": True}],
    "phoneNumbers": [{"type": "work", "value": "+41 44 555 05 01", "primary": True}, {"type": "mobile", "value": "+41 79 555 05 02"}],
    "addresses": [{"type": "work", "streetAddress": "Quaistrasse 4", "locality": "Zürich", "postalCode": "8001", "country": "CH", "primary": True}],
    "title": "Counsel",
    "active": True,
    ENTERPRISE_USER: {"department": "Legal", "employeeNumber": "10610"},
}  # fmt: skip
KEPT = {key: EVA[key] for key in EVA if key != "schemas"}


@pytest.fixture
def ping(client: Client) -> Sender:
    return Sender(client, "application/json", Accept="application/json")


@pytest.fixture
def eva(ping: Sender) -> str:
    return ping.create("/Users", EVA)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(f'username Eq "{NAME}"', id="the default (filter expressions)"),
        pytest.param(f'userName eq "{NAME.upper()}"', id="in another case"),
        pytest.param('externalId eq "eva-7f21"', id="by externalId"),
        pytest.param(f'emails.value Eq "{MAIL}"', id="by workEmail"),
        pytest.param(f'emails Co "{MAIL}"', id="contains"),
        pytest.param('userName sw "eva."', id="starts with"),
        pytest.param(f'emails[type eq "work" and value eq "{MAIL}"]', id="by type and value"),
    ],
)
def test_a_user_is_found_by_the_filter_expression_that_the_administrator_chose(
    ping: Sender, eva: str, expression: str
) -> None:
    ping.create("/Users", {**EVA, "userName": "other", "externalId": "other", "emails": []})

    assert [one["id"] for one in ping.find("/Users", expression)] == [eva]


def test_a_user_is_created_changed_by_put_disabled_and_deleted(ping: Sender) -> None:
    """ "User and group management": provisioning, updates, deprovisioning."""
    user = ping.create("/Users", EVA)
    created = ping.read(f"/Users/{user}")
    changed = ping.put(f"/Users/{user}", {**EVA, "id": user, "title": "General counsel"})
    disabled = ping.put(f"/Users/{user}", {**EVA, "id": user, "active": False})

    assert created == KEPT
    assert (changed.status, changed.body["title"]) == (200, "General counsel")
    assert (disabled.status, ping.read(f"/Users/{user}")) == (200, {**KEPT, "active": False})
    assert ping.delete(f"/Users/{user}") == (204, None)


@pytest.mark.parametrize("media_type", ["application/json", "application/scim+json"])
def test_either_media_type_may_be_sent(client: Client, media_type: str) -> None:
    """Changelog 1.3: SCIM's own besides that of JSON."""
    ping = Sender(client, media_type, Accept=media_type)

    assert ping.read(f"/Users/{ping.create('/Users', EVA)}") == KEPT


def test_one_address_for_two_kinds_of_mail_is_primary_once(ping: Sender, eva: str) -> None:
    """Known limitations: without a private address, the same one fills both, and both are primary."""
    emails = [{"type": kind, "value": MAIL, "primary": True} for kind in ("work", "home")]

    status, replaced = ping.put(f"/Users/{eva}", {**EVA, "emails": emails})

    assert status == 200
    assert replaced["emails"] == [emails[0], {**emails[1], "primary": False}]
    assert (
        ping.read(f"/Users/{ping.create('/Users', {**EVA, 'userName': 'second', 'emails': emails})}")["emails"]
        == (replaced["emails"])
    )


def test_two_addresses_that_are_both_primary_remain_an_error(ping: Sender, eva: str) -> None:
    """RFC 7643 §2.4: one primary at most."""
    emails = [{"type": kind, "value": f"{kind}@nordwind.example", "primary": True} for kind in ("work", "home")]

    status, error = ping.put(f"/Users/{eva}", {**EVA, "emails": emails})

    assert (status, error["scimType"]) == (400, "invalidValue")
    assert "emails has more than one primary entry" in error["detail"]
    assert ping.read(f"/Users/{eva}") == KEPT


@pytest.mark.parametrize("deactivated", [False, "false"], ids=["a boolean", "a text"])
def test_a_user_who_is_disabled_may_be_provisioned(ping: Sender, deactivated: Any) -> None:
    """Settings reference, "Provision disabled users"."""
    user = ping.create("/Users", {**EVA, "active": deactivated})

    assert ping.read(f"/Users/{user}") == {**KEPT, "active": False}


def test_custom_attributes_come_under_a_urn_of_their_own(ping: Sender) -> None:
    """Changelog 1.5 and 1.9: custom attributes, custom schema URNs."""
    body = {
        **EVA,
        "schemas": [*EVA["schemas"], CUSTOM],
        CUSTOM: {"badge": "A-17", "floor": 3, "languages": ["de", "fr"]},
    }

    user = ping.create("/Users", body)
    created = ping.read(f"/Users/{user}")
    status, _ = ping.put(f"/Users/{user}", {**body, CUSTOM: {"badge": "A-18"}})

    assert created == {**KEPT, CUSTOM: {"badge": "A-17", "floor": 3, "languages": ["de", "fr"]}}
    assert (status, ping.read(f"/Users/{user}")) == (200, {**KEPT, CUSTOM: {"badge": "A-18"}})


@pytest.mark.parametrize("by", ["PUT", "PATCH"])
def test_groups_are_found_by_reading_them_all_and_members_follow(ping: Sender, eva: str, by: str) -> None:
    """ "Group filtering by retrieving all groups and finding a match"; settings reference, PATCH for group updates."""
    group = ping.create(
        "/Groups", {"schemas": [CORE_GROUP], "displayName": "Cards - Legal", "members": [{"value": eva}]}
    )
    second = ping.create("/Users", {**EVA, "userName": "second"})

    def change(name: str, *members: str) -> Any:
        listed = [{"value": one} for one in members]
        if by == "PUT":
            return ping.put(
                f"/Groups/{group}", {"schemas": [CORE_GROUP], "id": group, "displayName": name, "members": listed}
            )
        gone = ping.members(group) - set(members)
        return ping.patch(
            f"/Groups/{group}",
            {"op": "replace", "path": "displayName", "value": name},
            {"op": "add", "path": "members", "value": listed},
            *({"op": "remove", "path": f'members[value eq "{one}"]'} for one in sorted(gone)),
        )

    all_groups = ping.get("/Groups").body
    both, left = change("Cards - Legal DACH", eva, second), change("Cards - Legal DACH", second)

    assert [(one["id"], one["displayName"]) for one in all_groups["Resources"]] == [(group, "Cards - Legal")]
    assert {both.status, left.status} <= {200, 204}
    assert (ping.read(f"/Groups/{group}")["displayName"], ping.members(group)) == ("Cards - Legal DACH", {second})
    assert ping.delete(f"/Groups/{group}") == (204, None)


def test_an_expression_about_an_attribute_that_users_do_not_have_says_so(ping: Sender) -> None:
    """The example `email Co "%s"` of the filter expressions names no attribute of RFC 7643."""
    status, error = ping.get("/Users?filter=email%20Co%20%22eva%22")

    assert (status, error["scimType"], error["detail"]) == (400, "invalidFilter", "User has no attribute 'email'.")

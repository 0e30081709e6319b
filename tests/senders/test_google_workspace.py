"""Google Workspace: automated user provisioning of the admin console. It speaks to apps of Google's own list, with a
fixed set of attributes; users only. Its client is described in pond/scimitar#142 and in the set-up guides of apps that it
serves (support.google.com, "About automated user provisioning"). No public source shows its bodies: they are assumed,
in every form that a change can take.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.sender import Sender

NAME = "tim.vogel@nordwind.example"
TIM: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "userName": NAME,
    "externalId": "104882714490021457712",
    "name": {"givenName": "Tim", "familyName": "Vogel", "formatted": "Tim Vogel"},
    "displayName": "Tim Vogel",
    "emails": [{"value": NAME, "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "+41 44 555 04 21", "type": "work"}],
    "addresses": [{"type": "work", "formatted": "Quaistrasse 4, 8001 Zürich", "locality": "Zürich"}],
    "title": "Engineer",
    "active": True,
    ENTERPRISE_USER: {"department": "Engineering", "costCenter": "4711", "manager": {"value": "104882714490021457000"}},
}
KEPT = {key: TIM[key] for key in TIM if key != "schemas"}


@pytest.fixture
def google(client: Client) -> Sender:
    """scimitar#142: `application/json` on every request, those without a body included."""
    return Sender(client, "application/json", User_Agent="Google-Auto-Provisioning", Content_Type="application/json")


@pytest.fixture
def tim(google: Sender) -> str:
    return google.create("/Users", TIM)


@pytest.mark.parametrize(
    "path", ["/Users?count=1", "/Users?startIndex=1&count=1", "/ServiceProviderConfig", "/Schemas"]
)
def test_the_probe_of_a_connection_is_answered(google: Sender, path: str) -> None:
    assert google.get(path).status == 200


def test_a_user_is_looked_for_created_and_reads_back(google: Sender) -> None:
    before = google.find("/Users", f'userName eq "{NAME}"')
    user = google.create("/Users", TIM)
    after = google.find("/Users", f'userName eq "{NAME}"')

    assert (before, [one["id"] for one in after]) == ([], [user])
    assert google.read(f"/Users/{user}") == KEPT


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        pytest.param([{"op": "replace", "path": "active", "value": False}], {"active": False}, id="suspended, by path"),
        pytest.param([{"op": "replace", "value": {"active": False}}], {"active": False}, id="suspended, without path"),
        pytest.param(
            [{"op": "replace", "value": {"title": "Lead", "name": {"familyName": "Vogel-Roth"}}}],
            {"title": "Lead", "name": {**TIM["name"], "familyName": "Vogel-Roth"}},
            id="attributes that changed, without path",
        ),
        pytest.param(
            [{"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "Research"}],
            {ENTERPRISE_USER: {**TIM[ENTERPRISE_USER], "department": "Research"}},
            id="by URN",
        ),
        pytest.param(
            [{"op": "replace", "value": {ENTERPRISE_USER: {"department": "Research"}}}],
            {ENTERPRISE_USER: {**TIM[ENTERPRISE_USER], "department": "Research"}},
            id="an extension's object",
        ),
        pytest.param(
            [{"op": "replace", "value": {f"{ENTERPRISE_USER}.department": "Research"}}],
            {ENTERPRISE_USER: {**TIM[ENTERPRISE_USER], "department": "Research"}},
            id="by URN with a dot",
        ),
        pytest.param(
            [{"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+41 44 555 04 22"}],
            {"phoneNumbers": [{"value": "+41 44 555 04 22", "type": "work"}]},
            id="an entry by its type",
        ),
    ],
)
def test_a_change(google: Sender, tim: str, operations: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    status, answered = google.patch(f"/Users/{tim}", *operations)

    assert (status, answered["id"]) == (200, tim)
    assert google.read(f"/Users/{tim}") == {**KEPT, **changes}


def test_a_change_sent_as_put_replaces_everything(google: Sender, tim: str) -> None:
    changed = {key: TIM[key] for key in TIM if key not in {"addresses", ENTERPRISE_USER}}

    status, _ = google.put(f"/Users/{tim}", {**changed, "id": tim, "title": "Lead"})

    assert status == 200
    assert google.read(f"/Users/{tim}") == {
        **{key: KEPT[key] for key in KEPT if key not in {"addresses", ENTERPRISE_USER}},
        "title": "Lead",
    }


def test_deprovisioning_suspends_first_and_deletes_later(google: Sender, tim: str) -> None:
    """Deprovisioning of automated user provisioning: after the delays that the administrator sets."""
    suspended = google.patch(f"/Users/{tim}", {"op": "replace", "path": "active", "value": False})
    found = google.find("/Users", f'userName eq "{NAME}"')
    deleted = google.delete(f"/Users/{tim}")

    assert (suspended.status, [one["active"] for one in found]) == (200, [False])
    assert deleted == (204, None)
    assert google.get(f"/Users/{tim}").status == 404

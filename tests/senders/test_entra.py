"""Microsoft Entra ID: the provisioning service, in the dialect without flag and with `aadOptscim062020`, which differ in
PATCH alone ("SCIM 2.0 protocol compliance known issues"; both reach one server, even from one tenant).

Reads carry neither Content-Type nor User-Agent (MicrosoftDocs/azure-docs#94189); what is written carries the media type
of SCIM (azure-docs#12728). Shapes of single operations: tests/scim_protocol/test_patch_shapes.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER, LANYARD_USER
from tests.support.client import Client
from tests.support.sender import Answer, Sender

MICROSOFTS_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
CARDS = "urn:ietf:params:scim:schemas:extension:cards:2.0:User"
NAME = "mira.okafor@nordwind.example"
MIRA: dict[str, Any] = {
    "externalId": "mokafor",
    "userName": NAME,
    "active": True,
    "displayName": "Mira Okafor",
    "title": "Head of Field Sales",
    "preferredLanguage": "de-CH",
    "name": {"formatted": "Mira Okafor", "familyName": "Okafor", "givenName": "Mira"},
    "emails": [{"primary": True, "type": "work", "value": NAME}],
    "phoneNumbers": [{"primary": True, "type": "work", "value": "+41 44 555 01 02"}, {"type": "mobile", "value": "+41 79 555 01 03"}],
    "addresses": [{"primary": True, "type": "work", "formatted": "Building 7 / 2.11", "streetAddress": "Quaistrasse 4", "locality": "Zürich", "country": "CH"}],
    ENTERPRISE_USER: {"employeeNumber": "10443", "department": "Field Sales"},
}  # fmt: skip
AS_SENT = {"schemas": [CORE_USER, ENTERPRISE_USER], **MIRA, "roles": [], "meta": {"resourceType": "User"}}
BRACKETED = ("emails[", "phoneNumbers[", "addresses[", "roles[", "members[")


class Entra(Sender):
    """The service in one of its dialects, as an administrator's mapping makes it write changes."""

    def __init__(self, client: Client, flag: bool) -> None:
        super().__init__(client, "application/scim+json; charset=utf-8")
        self._flag = flag

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        flag = f"{'&' if '?' in path else '?'}aadOptscim062020" if self._flag else ""
        return super().send(method, path + flag, body)

    def change(self, path: str, values: dict[str, Any]) -> Answer:
        """A PATCH that gives these paths these values."""
        if not self._flag:
            words = {True: "True", False: "False"}
            return self.patch(
                path, *({"op": "Replace", "path": at, "value": words[value] if value in (True, False) else value} for at, value in values.items())
            )  # fmt: skip
        apart = [
            {"op": "replace", "path": at, "value": value} for at, value in values.items() if at.startswith(BRACKETED)
        ]
        merged = {at: value for at, value in values.items() if not at.startswith(BRACKETED)}
        return self.patch(path, *apart, *([{"op": "replace", "value": merged}] if merged else []))

    def add_members(self, group: str, *ids: str) -> Answer:
        listed = [{"value": one} if self._flag else {"$ref": None, "value": one} for one in ids]
        return self.patch(
            f"/Groups/{group}", {"op": "add" if self._flag else "Add", "path": "members", "value": listed}
        )

    def remove_member(self, group: str, member: str) -> Answer:
        if self._flag:
            return self.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{member}"]'})
        return self.patch(
            f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": member}]}
        )


@pytest.fixture(params=[False, True], ids=["old dialect", "new dialect"])
def entra(client: Client, request: pytest.FixtureRequest) -> Entra:
    return Entra(client, request.param)


@pytest.fixture
def mira(entra: Entra) -> str:
    return entra.create("/Users", AS_SENT)


def test_a_new_employee(entra: Entra) -> None:
    """The order of a first cycle: match, create; then references (how-works): the manager, the groups."""
    boss = entra.create("/Users", {**AS_SENT, "userName": "ines@nordwind.example", "externalId": "ines"})

    before = entra.get("/Users?filter=userName+eq+%22mira.okafor%40nordwind.example%22").body
    user = entra.create("/Users", AS_SENT)
    created = entra.read(f"/Users/{user}")
    no_group = entra.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22Field+Sales%22").body
    group = entra.create(
        "/Groups", {"schemas": [CORE_GROUP, MICROSOFTS_GROUP], "externalId": "0d5c", "displayName": "Field Sales", "members": [], "meta": {"resourceType": "Group"}}
    )  # fmt: skip
    managed = entra.patch(f"/Users/{user}", {"op": "Add", "path": f"{ENTERPRISE_USER}:manager", "value": boss})
    added = entra.add_members(group, user, boss)
    found = entra.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22FIELD+sales%22").body["Resources"]

    assert (before["totalResults"], no_group["totalResults"], created) == (0, 0, MIRA)
    assert (managed.status, managed.body[ENTERPRISE_USER]["manager"]) == (200, {"value": boss})
    assert (added.status, entra.members(group)) == (204, {user, boss})
    assert [(one["id"], one["externalId"], "members" in one) for one in found] == [(group, "0d5c", False)]


def test_a_cycle_that_finds_a_difference(entra: Entra, mira: str) -> None:
    status, answered = entra.change(
        f"/Users/{mira}",
        {
            'emails[type eq "work"].value': "mira.lind@nordwind.example",
            'phoneNumbers[type eq "fax"].value': "+41 44 555 01 09",
            'addresses[type eq "work"].postalCode': "8001",
            "displayName": "Mira Lind",
            "name.familyName": "Lind",
            f"{ENTERPRISE_USER}:department": "Key Accounts",
            f"{LANYARD_USER}:pronouns": "she/her",
            f"{CARDS}:template": "sales-de",
            "userName": "mira.lind@nordwind.example",
        },
    )

    assert status == 200
    assert entra.read(f"/Users/{mira}") == {
        **MIRA,
        "userName": "mira.lind@nordwind.example",
        "displayName": "Mira Lind",
        "name": {**MIRA["name"], "familyName": "Lind"},
        "emails": [{"primary": True, "type": "work", "value": "mira.lind@nordwind.example"}],
        "phoneNumbers": [*MIRA["phoneNumbers"], {"type": "fax", "value": "+41 44 555 01 09"}],
        "addresses": [{**MIRA["addresses"][0], "postalCode": "8001"}],
        ENTERPRISE_USER: {"employeeNumber": "10443", "department": "Key Accounts"},
        LANYARD_USER: {"pronouns": "she/her"},
        CARDS: {"template": "sales-de"},
    }
    assert answered == entra.get(f"/Users/{mira}").body


def test_a_leaver_and_the_way_back(entra: Entra, mira: str) -> None:
    """Soft deletion renames and disables at once (onyx-dot-app/onyx#14074); a restore sends no memberships."""
    group = entra.create(
        "/Groups", {"schemas": [CORE_GROUP], "displayName": "Field Sales", "members": [{"value": mira}]}
    )

    gone = entra.change(f"/Users/{mira}", {"userName": f"{'5f' * 16}{NAME}", "active": False})
    while_away = entra.read(f"/Users/{mira}")
    back = entra.change(f"/Users/{mira}", {"userName": NAME, "active": True})

    assert (gone.status, back.status, back.body["id"]) == (200, 200, mira)
    assert while_away == {**MIRA, "userName": f"{'5f' * 16}{NAME}", "active": False}
    assert (entra.read(f"/Users/{mira}"), entra.members(group)) == (MIRA, {mira})


def test_a_group_over_its_life(entra: Entra, mira: str) -> None:
    noa = entra.create("/Users", {**AS_SENT, "userName": "noa@nordwind.example"})
    group = entra.create("/Groups", {"schemas": [CORE_GROUP], "externalId": "0d5c", "displayName": "Field Sales"})

    steps = [
        entra.add_members(group, mira, noa, "somebody-out-of-scope"),
        entra.add_members(group, mira),
        entra.change(f"/Groups/{group}", {"displayName": "Field Sales DACH"}),
        entra.remove_member(group, noa),
        entra.remove_member(group, noa),
        entra.patch(f"/Groups/{group}", {"op": "Add", "path": "externalId", "value": "0d5d"}),
    ]

    assert {step.status for step in steps} == {204}
    assert entra.members(group) == {mira, "somebody-out-of-scope"}
    assert entra.get(f"/Groups/{group}?excludedAttributes=members").body["displayName"] == "Field Sales DACH"
    assert entra.get("/Groups?excludedAttributes=members&filter=externalId+eq+%220d5d%22").body["totalResults"] == 1
    assert entra.delete(f"/Groups/{group}").status == 204
    assert entra.get(f"/Users/{noa}").status == 200


@pytest.fixture
def service(client: Client) -> Entra:
    """The service without flag, where the dialects do not differ."""
    return Entra(client, flag=False)


NULLS = dict.fromkeys(("honorificPrefix", "honorificSuffix", "middleName"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param({"active": "True", "title": None, "phoneNumbers": None, "addresses": None, "emails": None}, {"title": None, "phoneNumbers": None, "addresses": None, "emails": None}, id="nulls for whole attributes (snipe-it#11094)"),
        pytest.param({"name": {**MIRA["name"], **NULLS}, "nickName": None}, {}, id="nulls for parts (scim2-server test_ms_entra)"),
        pytest.param(
            {"UserName": NAME, "DisplayName": "M", "emails": [{"Primary": True, "Type": "work", "Value": NAME}], ENTERPRISE_USER: {"Department": "bob", "Manager": {"Value": "SuzzyQ"}}},
            {"displayName": "M", ENTERPRISE_USER: {"department": "bob", "manager": {"value": "SuzzyQ"}}},
            id="names in another case (Microsoft's collection)",
        ),
        pytest.param({"Manager.Value": "8c2e"}, {ENTERPRISE_USER: {**MIRA[ENTERPRISE_USER], "manager": {"value": "8c2e"}}}, id="a dotted manager (scim2-server test_ms_entra)"),
        pytest.param({ENTERPRISE_USER: {"manager": "8c2e"}}, {ENTERPRISE_USER: {"manager": {"value": "8c2e"}}}, id="a manager as text (directory-scimple#1242)"),
        pytest.param(
            {"emails": [{"type": "work", "primary": True, "value": NAME}, {"type": "work", "primary": False, "value": "m@nordwind.example"}]},
            {"emails": [{"type": "work", "primary": True, "value": NAME}, {"type": "work", "primary": False, "value": "m@nordwind.example"}]},
            id="two addresses of work (Microsoft's collection)",
        ),
        pytest.param(
            {"addresses": [MIRA["addresses"][0], {"type": "other", "primary": False, "formatted": "18522 Lisa\nEast 52311", "country": None, "locality": None, "postalCode": None}]},
            {"addresses": [MIRA["addresses"][0], {"type": "other", "primary": False, "formatted": "18522 Lisa\nEast 52311"}]},
            id="another address with nulls in it (Microsoft's collection)",
        ),
        pytest.param({CARDS: {"template": "sales-de"}}, {CARDS: {"template": "sales-de"}}, id="an extension that schemas do not list (scim-guide)"),
        pytest.param({"roles": [{"primary": "True", "type": "T", "value": "V", "display": "D"}]}, {"roles": [{"primary": True, "type": "T", "value": "V", "display": "D"}]}, id="a role that is primary in words (SCIMServer run 26)"),
        pytest.param({"roles": [{"primary": False, "type": "WindowsAzureActiveDirectoryRole", "value": "Editor", "display": "Editor"}]}, {"roles": [{"primary": False, "type": "WindowsAzureActiveDirectoryRole", "value": "Editor", "display": "Editor"}]}, id="app roles (SCIM-SDK#516)"),
        pytest.param({"department": "Sales", "costCenter": "7"}, {}, id="enterprise attributes out of place (scim2-server test_ms_entra)"),
        pytest.param({"userName": "eva_partner.example#EXT#@nordwind.onmicrosoft.com"}, {"userName": "eva_partner.example#EXT#@nordwind.onmicrosoft.com"}, id="a guest's full name (mappings)"),
        pytest.param({"userName": "10443"}, {"userName": "10443"}, id="a name that is no address (probo#807)"),
        pytest.param({"meta": {"created": "2019-09-18T18:15:26.5788954+00:00", "resourceType": "User"}}, {}, id="meta of the sender's (scim-guide)"),
        pytest.param({"phoneNumbers": [*MIRA["phoneNumbers"], MIRA["phoneNumbers"][1]]}, {}, id="an entry twice"),
        pytest.param({"externalId": "[[clear]]", "title": "[[clear]]"}, {"externalId": "[[clear]]", "title": "[[clear]]"}, id="the marker for clearing reads back as sent"),
    ],
)  # fmt: skip
def test_an_odd_body_creates_the_user_and_reads_back(
    service: Entra, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    user = service.create("/Users", {**AS_SENT, **sent})

    expected = {key: value for key, value in {**MIRA, **kept}.items() if value is not None}
    assert service.read(f"/Users/{user}") == expected


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        pytest.param({"operations": [{"Op": "Replace", "Path": "title", "Value": "CFO"}]}, {"title": "CFO"}, id="keys in another case (ssoready#182)"),
        pytest.param({"Operations": [{"op": "Replace", "path": "title", "value": [{"$ref": None, "value": "CFO"}]}]}, {"title": "CFO"}, id="a value wrapped in a list (azure-docs#42220)"),
        pytest.param({"id": "x", "Operations": [{"name": "n", "op": "Replace", "path": "title", "value": "CFO"}]}, {"title": "CFO"}, id="keys that mean nothing (Microsoft's collection)"),
        pytest.param({"Operations": [{"op": "Replace", "path": "nobody", "value": "x"}, {"op": "Replace", "path": "active", "value": "False"}]}, {"active": False}, id="an unknown attribute beside a leave (kortix-ai/suna#7302)"),
        pytest.param({"Operations": [{"op": "Remove", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+41 79 555 01 03"}]}, {"phoneNumbers": MIRA["phoneNumbers"][:1]}, id="a removal with a value (SCIMReferenceCode#87)"),
        pytest.param({"Operations": [{"op": "Add", "path": "roles", "value": [{"value": '{"id":"18d1","value":"Editor","displayName":"Editor"}'}]}]}, {"roles": [{"value": "Editor", "display": "Editor"}]}, id="a role as JSON (SCIM-SDK#516)"),
        pytest.param({"Operations": [{"op": "Add", "path": "emails", "value": "m@nordwind.example"}]}, {"emails": [*MIRA["emails"], {"type": "work", "value": "m@nordwind.example"}]}, id="an address as a text (snipe-it#19183)"),
        pytest.param(
            {"Operations": [{"op": "Add", "path": f"{CARDS}:tags", "value": [{"value": one}]} for one in ("1", "2", "1")]},
            {CARDS: {"tags": [{"value": "1"}, {"value": "2"}]}},
            id="a multi-valued attribute of a custom extension, only ever added to (MS Q&A 1693075)",
        ),
        pytest.param({"Operations": [{"op": "Replace", "path": 'emails[type eq "work"].primary', "value": "True"}]}, {}, id="a boolean in words behind a filter (mappings)"),
        pytest.param({"Operations": [{"op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "CFO"}]}, {"title": "CFO"}, id="behind the core URN (scimmy#11)"),
        pytest.param({"Operations": [{"op": "replace", "value": {"id": "x", "schemas": [CORE_USER], "title": "CFO", 'emails[type eq "home"].value': "m@home.example"}}]}, {"title": "CFO", "emails": [*MIRA["emails"], {"type": "home", "value": "m@home.example"}]}, id="bracketed keys, and what is no wish (boxyhq/jackson)"),
        pytest.param({"Operations": [{"op": "Replace", "path": 'phoneNumbers[type eq "mobile"]', "value": {"value": ""}}]}, {"phoneNumbers": MIRA["phoneNumbers"][:1]}, id="an entry emptied as a whole"),
    ],
)  # fmt: skip
def test_an_odd_patch(service: Entra, body: dict[str, Any], changes: dict[str, Any]) -> None:
    user = service.create("/Users", AS_SENT)

    status, answered = service.send("PATCH", f"/Users/{user}", body)

    assert status == 200, answered
    assert service.read(f"/Users/{user}") == {**MIRA, **changes}


def test_account_discovery_reads_everybody_page_by_page(service: Entra) -> None:
    """Account discovery (preview): the whole list, leavers included."""
    ids = [
        service.create("/Users", {**AS_SENT, "userName": f"user{number}", "active": number != 2}) for number in range(5)
    ]

    pages = [service.get(f"/Users?startIndex={start}&count=2").body["Resources"] for start in (1, 3, 5)]

    assert [one["id"] for page in pages for one in page] == ids

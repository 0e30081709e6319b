from __future__ import annotations

from typing import Any

import pytest

from app.rehearsal.directory import PERSON_KEYS, Group, Person
from app.rehearsal.mapping import (
    ENTERPRISE_USER,
    LANYARD_USER,
    USER_TABLE,
    ScimPath,
    differences,
    group_attributes,
    group_body,
    user_attributes,
    user_body,
    user_name,
    with_primaries,
)

MIRA = {
    "objectId": "8A52C0DE-0000-4000-8000-000000000001",
    "userPrincipalName": "mira@nordwind.example",
    "mail": "mira.okafor@nordwind.example",
    "displayName": "Mira Okafor",
    "givenName": "Mira",
    "surname": "Okafor",
    "jobTitle": "Head of Field Sales",
    "department": "Field Sales",
    "companyName": "Nordwind AG",
    "telephoneNumber": "+41 44 555 01 02",
    "mobile": "+41 79 555 01 03",
    "facsimileTelephoneNumber": "+41 44 555 01 09",
    "streetAddress": "Quaistrasse 4",
    "city": "Zürich",
    "state": "ZH",
    "postalCode": "8001",
    "country": "CH",
    "physicalDeliveryOfficeName": "B7 / 2.11",
    "employeeId": "00443",
    "preferredLanguage": "de-CH",
    "extension.pronouns": "she/her",
}


def person(**values: str) -> Person:
    return Person("key", {"userPrincipalName": "mira@nordwind.example", **values})


def sent(subject: Person) -> dict[str, Any]:
    return {path.text: value for path, value in user_attributes(subject).items()}


def test_every_value_goes_where_entra_maps_it() -> None:
    assert sent(Person("key", MIRA)) == {
        "userName": "mira@nordwind.example",
        "active": True,
        "externalId": "8A52C0DE-0000-4000-8000-000000000001",
        "name.formatted": "Mira Okafor",
        "displayName": "Mira Okafor",
        "title": "Head of Field Sales",
        'emails[type eq "work"].value': "mira.okafor@nordwind.example",
        "preferredLanguage": "de-CH",
        "name.givenName": "Mira",
        "name.familyName": "Okafor",
        'addresses[type eq "work"].formatted': "B7 / 2.11",
        'addresses[type eq "work"].streetAddress': "Quaistrasse 4",
        'addresses[type eq "work"].locality': "Zürich",
        'addresses[type eq "work"].region': "ZH",
        'addresses[type eq "work"].postalCode': "8001",
        'addresses[type eq "work"].country': "CH",
        'phoneNumbers[type eq "work"].value': "+41 44 555 01 02",
        'phoneNumbers[type eq "mobile"].value': "+41 79 555 01 03",
        'phoneNumbers[type eq "fax"].value': "+41 44 555 01 09",
        f"{ENTERPRISE_USER}:employeeNumber": "00443",
        f"{ENTERPRISE_USER}:department": "Field Sales",
        f"{ENTERPRISE_USER}:organization": "Nordwind AG",
        f"{LANYARD_USER}:pronouns": "she/her",
    }


def test_what_entra_does_not_have_is_not_sent() -> None:
    assert sent(person()) == {"userName": "mira@nordwind.example", "active": True}


def test_every_source_of_the_table_is_a_key_of_the_file() -> None:
    assert {source for source, _ in USER_TABLE} <= set(PERSON_KEYS)


@pytest.mark.parametrize(
    ("values", "external_id"),
    [
        pytest.param({"objectId": "8a52", "mailNickname": "mira"}, "8a52", id="the object id is preferred"),
        pytest.param({"mailNickname": "mira"}, "mira", id="the nickname is Entra's default"),
        pytest.param({}, None, id="none of both"),
    ],
)
def test_the_external_id(values: dict[str, str], external_id: str | None) -> None:
    assert sent(person(**values)).get("externalId") == external_id


@pytest.mark.parametrize(
    ("values", "formatted"),
    [
        pytest.param({"givenName": "Wulandari"}, "Wulandari", id="one name alone has no space"),
        pytest.param({"surname": "Okafor"}, "Okafor", id="a surname alone"),
        pytest.param(
            {"givenName": "健太", "surname": "佐藤"}, "健太 佐藤", id="given name first, whatever the language"
        ),
        pytest.param({"displayName": "Hotline"}, None, id="no parts, nothing to join"),
    ],
)
def test_the_formatted_name_joins_the_parts_there_are(values: dict[str, str], formatted: str | None) -> None:
    assert sent(person(**values)).get("name.formatted") == formatted


@pytest.mark.parametrize(
    ("values", "active"),
    [
        pytest.param({}, True, id="enabled when nothing is said"),
        pytest.param({"accountEnabled": "true"}, True, id="enabled"),
        pytest.param({"accountEnabled": "false"}, False, id="disabled"),
        pytest.param({"deleted": "soft", "objectId": "8a52"}, False, id="in the recycle bin"),
        pytest.param({"deleted": "false"}, True, id="restored"),
    ],
)
def test_active_says_whether_the_account_is_there_and_enabled(values: dict[str, str], active: bool) -> None:
    assert sent(person(**values))["active"] is active


@pytest.mark.parametrize(
    ("values", "name"),
    [
        pytest.param({"userPrincipalName": "Mira@Nordwind.example"}, "Mira@Nordwind.example", id="as it is written"),
        pytest.param(
            {"userPrincipalName": "eva_partner.example#EXT#@nordwind.onmicrosoft.com"},
            "eva@partner.example",
            id="a guest's is turned back into the address",
        ),
        pytest.param(
            {"userPrincipalName": "eva_lind_partner.example#EXT#@nordwind.onmicrosoft.com"},
            "eva_lind@partner.example",
            id="only the last underscore was an at sign",
        ),
        pytest.param(
            {"objectId": "5F1E9C0B-7A6D-4E3F-8B2A-1C0D9E8F7A6B", "deleted": "soft"},
            "5f1e9c0b7a6d4e3f8b2a1c0d9e8f7a6bmira@nordwind.example",
            id="a tombstone has the object id in front",
        ),
    ],
)
def test_the_user_name(values: dict[str, str], name: str) -> None:
    assert user_name(person(**values)) == name


def test_a_create_carries_what_entra_adds() -> None:
    wanted = with_primaries(user_attributes(person(mail="m@nordwind.example", mobile="+41 79 555 01 03")))

    assert user_body({**wanted, ScimPath("pronouns", urn=LANYARD_USER): "she/her"}) == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_USER],
        "userName": "mira@nordwind.example",
        "active": True,
        "emails": [{"type": "work", "value": "m@nordwind.example", "primary": True}],
        "phoneNumbers": [{"type": "mobile", "value": "+41 79 555 01 03"}],
        LANYARD_USER: {"pronouns": "she/her"},
        "roles": [],
        "meta": {"resourceType": "User"},
    }


def test_the_parts_of_an_address_make_one_entry() -> None:
    body = user_body(with_primaries(user_attributes(person(city="Zürich", country="CH"))))

    assert body["addresses"] == [{"type": "work", "locality": "Zürich", "country": "CH", "primary": True}]


def test_a_group_is_created_with_microsofts_schema_and_without_members() -> None:
    group = Group("0d5c", {"objectId": "0d5c", "displayName": "Cards - Sales"}, members=("8a52",))

    assert group_body(group_attributes(group)) == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "displayName": "Cards - Sales",
        "externalId": "0d5c",
        "members": [],
        "meta": {"resourceType": "Group"},
    }


TITLE, ACTIVE, MAIL = ScimPath("title"), ScimPath("active"), ScimPath("emails", "value", "work")
DEPARTMENT = ScimPath("department", urn=ENTERPRISE_USER)


@pytest.mark.parametrize(
    ("path", "wanted", "resource", "held"),
    [
        pytest.param(TITLE, "CFO", {}, None, id="nothing there"),
        pytest.param(TITLE, "CFO", {"title": ""}, None, id="an empty text is nothing"),
        pytest.param(TITLE, "CFO", {"title": "Cfo"}, "Cfo", id="another case"),
        pytest.param(TITLE, "CFO", {"title": " CFO"}, " CFO", id="a space more"),
        pytest.param(ACTIVE, True, {"active": False}, False, id="another boolean"),
        pytest.param(ACTIVE, True, {"active": "True"}, "True", id="a boolean sent back as text"),
        pytest.param(ACTIVE, True, {"active": 1}, 1, id="a number is no boolean"),
        pytest.param(MAIL, "a@b", {"emails": [{"type": "home", "value": "a@b"}]}, None, id="an entry of another type"),
        pytest.param(MAIL, "a@b", {"emails": "a@b"}, None, id="an attribute of another shape"),
        pytest.param(DEPARTMENT, "IT", {"department": "IT"}, None, id="an extension's value at the top"),
        pytest.param(
            DEPARTMENT, "IT", {ENTERPRISE_USER: {"department": "HR"}}, "HR", id="another value in an extension"
        ),
    ],
)
def test_what_differs(path: ScimPath, wanted: str | bool, resource: dict[str, Any], held: Any) -> None:
    [difference] = differences({path: wanted}, resource)

    assert (difference.wanted, difference.held) == (wanted, held)


@pytest.mark.parametrize(
    ("path", "wanted", "resource"),
    [
        pytest.param(TITLE, "CFO", {"title": "CFO", "nickName": "Ines"}, id="the same, and more that was not sent"),
        pytest.param(ACTIVE, False, {"active": False}, id="a boolean"),
        pytest.param(MAIL, "a@b", {"emails": [{"type": "Work", "value": "a@b"}]}, id="a type in another case"),
        pytest.param(DEPARTMENT, "IT", {ENTERPRISE_USER: {"department": "IT"}}, id="an extension's value"),
    ],
)
def test_what_does_not_differ(path: ScimPath, wanted: str | bool, resource: dict[str, Any]) -> None:
    assert differences({path: wanted}, resource) == ()

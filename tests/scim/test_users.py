"""Users over the protocol, as Entra sends them (and reads them back)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from app.attributes.definitions import CORE_USER, ENTERPRISE_USER
from tests.support.client import Client
from tests.support.rows import tables

MIRA: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "externalId": "6f0c1d5e-7a61-4b7e-9a51-2b8d0f1c9e77",
    "userName": "mira.okafor@nordwind.example",
    "active": True,
    "displayName": "Mira Okafor",
    "title": " Head of Field  Sales",
    "preferredLanguage": "de-CH",
    "name": {"formatted": "Mira Okafor", "familyName": "Okafor", "givenName": "Mira"},
    "emails": [{"primary": True, "type": "work", "value": "Mira.Okafor@nordwind.example"}],
    "phoneNumbers": [
        {"primary": True, "type": "work", "value": "044 / 555 01 02"},
        {"type": "mobile", "value": "+41 79 555 01 03"},
    ],
    "addresses": [
        {"primary": True, "type": "work", "formatted": "Building 7 / 2.11", "locality": "Zürich", "country": "CH"}
    ],
    "roles": [],
    "meta": {"resourceType": "User", "created": "1999-01-01T00:00:00Z"},
    ENTERPRISE_USER: {"employeeNumber": "10443", "department": "Field Sales"},
}


def pushed(body: dict[str, Any]) -> dict[str, Any]:
    """What must read back of a body: all but what the server owns and what was empty."""
    return {key: value for key, value in body.items() if key not in {"meta", "schemas"} and value != []}


def test_the_probe_of_a_connection_test_finds_nobody(client: Client) -> None:
    response = client.raw("GET", "/Users?filter=userName+eq+%22c1f0b0b2-6f0e-4b7e-8a51-2b8d0f1c9e77%22")

    assert response.status_code == 200
    assert response.content_type == "application/scim+json; charset=utf-8"
    assert response.get_json(force=True) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }


def test_what_was_pushed_reads_back_unaltered(client: Client) -> None:
    created = client.create_user(MIRA["userName"], **{key: MIRA[key] for key in MIRA if key != "userName"})

    read = client.get(f"/Users/{created['id']}").get_json(force=True)

    assert pushed(MIRA).items() <= read.items()
    assert read == created
    assert read["schemas"] == [CORE_USER, ENTERPRISE_USER]
    assert read["meta"]["resourceType"] == "User"
    assert read["meta"]["location"] == f"https://cards.example/scim/v2/Users/{read['id']}"
    assert not read["meta"]["created"].startswith("1999")


def test_the_answer_to_a_creation_says_where_the_user_is(client: Client) -> None:
    response = client.post("/Users", MIRA)

    assert response.status_code == 201
    assert response.headers["Location"] == response.get_json(force=True)["meta"]["location"]


@pytest.mark.parametrize(
    "filter_text",
    [
        'userName eq "MIRA.okafor@nordwind.example"',
        f'externalId eq "{MIRA["externalId"]}"',
        f"externalId eq {MIRA['externalId']}",
        'emails[type eq "work"].value eq "mira.okafor@NORDWIND.example"',
        'emails[type eq "work" and primary eq true]',
        'phoneNumbers[type eq "mobile"].value ew "01 03"',
        'name.familyName sw "oka" and not (title co "intern")',
        'addresses[type eq "work"].locality eq "ZÜRICH"',
        f'{ENTERPRISE_USER}:department co "SALES"',
        "active eq true and title pr",
        'meta.created gt "2020-01-01T00:00:00Z" and meta.resourceType eq "User" and title pr',
        'displayName ge "mira" and displayName lt "mirb"',
        'nickName ne "x"',
    ],
)
def test_a_filter_finds_the_user_and_nobody_else(client: Client, filter_text: str) -> None:
    mira = client.post("/Users", MIRA).get_json(force=True)
    client.create_user("somebody.else@nordwind.example", active=False, nickName="x")

    found = client.get("/Users", filter=filter_text).get_json(force=True)

    assert (found["totalResults"], [one["id"] for one in found["Resources"]]) == (1, [mira["id"]])


def test_a_filter_may_come_in_any_encoding(client: Client) -> None:
    user = client.create_user(
        "o'neil+x@nordwind.example", emails=[{"type": "work", "value": "o'neil+x@nordwind.example"}]
    )

    encoded = "filter=emails%5btype+eq+%22work%22%5d.value+eq+%22o%27neil%2bx%40nordwind.example%22"
    found = client.raw("GET", f"/Users?{encoded}&aadOptscim062020").get_json(force=True)

    assert [one["id"] for one in found["Resources"]] == [user["id"]]


def test_pages_are_stable_and_say_how_many_there_are(client: Client) -> None:
    ids = [client.create_user(f"user{number}@nordwind.example")["id"] for number in range(11)]

    pages = [client.get("/Users", startIndex=str(start), count="5").get_json(force=True) for start in (1, 6, 11, 16)]

    assert [one["id"] for page in pages for one in page["Resources"]] == ids
    assert [(page["totalResults"], page["startIndex"], page["itemsPerPage"]) for page in pages] == [
        (11, 1, 5),
        (11, 6, 5),
        (11, 11, 1),
        (11, 16, 0),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"startIndex": "0", "count": "2"}, (1, 2)),
        ({"startIndex": "-7"}, (1, 3)),
        ({"count": "0"}, (1, 0)),
        ({"count": "-1"}, (1, 0)),
        ({"count": "100000000000000000000"}, (1, 3)),
        ({"startIndex": "100000000000000000000"}, (10**9, 0)),
    ],
)
def test_odd_pages_mean_the_nearest_lawful_one(
    client: Client, query: dict[str, str], expected: tuple[int, int]
) -> None:
    for number in range(3):
        client.create_user(f"user{number}@nordwind.example")

    page = client.get("/Users", **query).get_json(force=True)

    assert (page["startIndex"], page["itemsPerPage"]) == expected
    assert page["totalResults"] == 3


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"attributes": "userName"}, {"userName"}),
        ({"attributes": "USERNAME, name.givenName"}, {"userName", "name"}),
        ({"attributes": f"{ENTERPRISE_USER}:department"}, {ENTERPRISE_USER}),
        ({"attributes": "shoeSize"}, set()),
        ({"excludedAttributes": "name,emails,phoneNumbers,addresses,title,meta,groups"}, {"externalId", "userName", "active", "displayName", "preferredLanguage", ENTERPRISE_USER}),
        ({"excludedAttributes": f"id,{ENTERPRISE_USER},meta,name,emails,phoneNumbers,addresses,title"}, {"externalId", "userName", "active", "displayName", "preferredLanguage"}),
    ],
)  # fmt: skip
def test_attributes_are_shown_as_asked(client: Client, query: dict[str, str], shown: set[str]) -> None:
    user = client.post("/Users", MIRA).get_json(force=True)

    read = client.get(f"/Users/{user['id']}", **query).get_json(force=True)

    assert set(read) == shown | {"schemas", "id"}


def test_a_second_user_of_a_name_in_another_case_is_refused(client: Client) -> None:
    client.create_user("mira@nordwind.example")

    response = client.post("/Users", {"userName": "MIRA@Nordwind.example"})

    assert response.status_code == 409
    assert response.get_json(force=True)["scimType"] == "uniqueness"
    assert "userName 'MIRA@Nordwind.example' is already in use" in response.text


def test_renaming_to_a_name_in_use_is_refused_and_changes_nothing(client: Client) -> None:
    client.create_user("mira@nordwind.example")
    ines = client.create_user("ines@nordwind.example", title="CFO")

    response = client.patch(
        f"/Users/{ines['id']}",
        {"op": "Replace", "path": "title", "value": "CEO"},
        {"op": "Replace", "path": "userName", "value": "Mira@nordwind.example"},
    )

    assert response.status_code == 409
    assert client.get(f"/Users/{ines['id']}").get_json(force=True) == ines


def test_mail_and_external_id_may_be_shared(client: Client) -> None:
    shared = {"externalId": "shared", "emails": [{"type": "work", "value": "team@nordwind.example"}]}

    one, other = client.create_user("a@nordwind.example", **shared), client.create_user("b@nordwind.example", **shared)

    assert one["id"] != other["id"]


def test_a_patch_answers_the_whole_user_and_one_that_changes_nothing_leaves_the_time_alone(client: Client) -> None:
    user = client.post("/Users", MIRA).get_json(force=True)
    operation = {"op": "Add", "path": 'phoneNumbers[type eq "fax"].value', "value": "+41 44 555 01 09"}

    changed = client.patch(f"/Users/{user['id']}", operation).get_json(force=True)
    again = client.patch(f"/Users/{user['id']}", operation).get_json(force=True)

    assert changed["phoneNumbers"] == [*user["phoneNumbers"], {"type": "fax", "value": "+41 44 555 01 09"}]
    assert changed["meta"]["lastModified"] > user["meta"]["lastModified"]
    assert again == changed


def test_a_replacement_drops_what_it_leaves_out_but_brings_no_leaver_back(client: Client) -> None:
    user = client.create_user("ines@nordwind.example", active=False, title="CFO")

    replaced = client.put(f"/Users/{user['id']}", {"userName": "ines@nordwind.example", "nickName": "I"}).get_json(
        force=True
    )

    assert (replaced["nickName"], replaced["active"], "title" in replaced) == ("I", False, False)


def test_a_disabled_user_stays_visible_and_is_restored_under_the_same_id(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    group = client.create_group("Sales", user["id"])

    client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    found = client.get("/Users", filter='userName eq "ines@nordwind.example"').get_json(force=True)
    members = client.get(f"/Groups/{group['id']}").get_json(force=True)["members"]
    restored = client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "True"})

    assert found["Resources"][0]["active"] is False
    assert [one["value"] for one in members] == [user["id"]]
    assert restored.get_json(force=True)["active"] is True


def test_a_tombstone_rename_and_the_way_back(client: Client) -> None:
    user = client.create_user("mira@nordwind.example")
    tombstone = "5f1e9c0b7a6d4e3f8b2a1c0d9e8f7a6bmira@nordwind.example"

    def rename(name: str, active: str) -> Any:
        return client.patch(
            f"/Users/{user['id']}",
            {"op": "Replace", "path": "userName", "value": name},
            {"op": "Replace", "path": "active", "value": active},
        ).get_json(force=True)

    gone, back = rename(tombstone, "False"), rename("mira@nordwind.example", "True")

    assert (gone["userName"], gone["active"]) == (tombstone, False)
    assert (back["userName"], back["active"], back["id"]) == ("mira@nordwind.example", True, user["id"])


def test_a_deleted_user_is_gone_and_the_name_is_free(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    group = client.create_group("Sales", user["id"])

    deleted = client.delete(f"/Users/{user['id']}")
    after = [client.get(f"/Users/{user['id']}"), client.delete(f"/Users/{user['id']}"), client.patch(f"/Users/{user['id']}", {"op": "add", "path": "title", "value": "x"})]  # fmt: skip

    assert (deleted.status_code, deleted.data, "Content-Type" in deleted.headers) == (204, b"", False)
    assert [response.status_code for response in after] == [404, 404, 404]
    assert client.get(f"/Groups/{group['id']}").get_json(force=True)["members"] == []
    assert client.create_user("ines@nordwind.example")["id"] != user["id"]


def test_a_manager_reads_back_as_an_object_also_when_the_id_names_nobody(client: Client) -> None:
    user = client.create_user("ines@nordwind.example", **{ENTERPRISE_USER: {"manager": "nobody"}})

    read = client.get(f"/Users/{user['id']}").get_json(force=True)

    assert read[ENTERPRISE_USER]["manager"] == {"value": "nobody"}


def test_a_password_is_taken_and_forgotten(client: Client, database_url: URL) -> None:
    created = client.create_user("mira@nordwind.example", password="Tr0ub4dor&3")
    replaced = client.put(f"/Users/{created['id']}", {"userName": created["userName"], "password": "Tr0ub4dor&4"})
    patched = client.patch(f"/Users/{created['id']}", {"op": "replace", "path": "password", "value": "Tr0ub4dor&5"})

    engine = create_engine(database_url)
    with engine.connect() as connection:
        kept = [str(row) for table in tables(connection) for row in connection.execute(table.select())]
    engine.dispose()

    assert replaced.get_json(force=True) == patched.get_json(force=True) == created
    assert any("mira@nordwind.example" in row for row in kept)
    assert not any("Tr0ub4dor" in row for row in kept)


def test_the_reference_checks_of_older_directories_are_answered(client: Client) -> None:
    boss = client.create_user("boss@nordwind.example")
    user = client.create_user("ines@nordwind.example", **{ENTERPRISE_USER: {"manager": {"value": boss["id"]}}})
    group = client.create_group("Sales", user["id"])

    checks = [
        client.get("/Users", filter=f'id eq "{user["id"]}" and manager eq "{boss["id"]}"', attributes="id"),
        client.get("/Users", filter=f"id eq {user['id']} and manager eq {boss['id']}", attributes="id"),
        client.get("/Users", filter=f'id eq "{boss["id"]}" and manager eq "{user["id"]}"', attributes="id"),
        client.get("/Groups", filter=f'id eq "{group["id"]}" and members eq "{user["id"]}"', excludedAttributes="members"),
        client.get("/Groups", filter=f'id eq "{group["id"]}" and members eq "{boss["id"]}"', excludedAttributes="members"),
        client.get("/Users", filter=f'groups eq "{group["id"]}"'),
    ]  # fmt: skip

    assert [response.get_json(force=True)["totalResults"] for response in checks] == [1, 1, 0, 1, 0, 1]


def test_a_user_says_which_groups_it_is_in(client: Client) -> None:
    user = client.create_user("ines@nordwind.example")
    group = client.create_group("Sales", user["id"])

    read = client.get(f"/Users/{user['id']}").get_json(force=True)

    assert read["groups"] == [
        {
            "value": group["id"],
            "$ref": f"https://cards.example/scim/v2/Groups/{group['id']}",
            "display": "Sales",
            "type": "direct",
        }
    ]

"""What Microsoft tests a server with: the SCIM Validator (scimvalidator.microsoft.com; captures in pranems/SCIMServer),
the tests for publication in the app gallery (AzureAD/SCIMReferenceCode, test overview), and its Postman collection.

Values are not plausible, on purpose: random words, managers that are nobody.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER, USER
from app.attributes.documents import read
from app.attributes.parsing import parse_path
from tests.support.client import Client
from tests.support.sender import Sender

MANAGER = f"{ENTERPRISE_USER}:manager"
PLAIN = (
    "displayName", "title", "preferredLanguage", "externalId", "nickName", "userType", "locale", "timezone", "profileUrl",
    "name.givenName", "name.familyName", "name.formatted", "name.middleName", "name.honorificPrefix", "name.honorificSuffix",
    *(f"{ENTERPRISE_USER}:{name}" for name in ("employeeNumber", "department", "costCenter", "organization", "division")),
)  # fmt: skip
BRACKETED = (
    'emails[type eq "work"].value',
    *(f'phoneNumbers[type eq "{kind}"].value' for kind in ("work", "mobile", "fax")),
    *(f'addresses[type eq "work"].{part}' for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")),
    *(f'roles[primary eq "True"].{part}' for part in ("display", "value", "type")),
)  # fmt: skip
FLAGS = ('emails[type eq "work"].primary', 'phoneNumbers[type eq "work"].primary', 'addresses[type eq "work"].primary')
OPTIONAL = (*PLAIN, *BRACKETED)
WORDS = {path: f"upd-{number:08x}" for number, path in enumerate(OPTIONAL)}


@pytest.fixture
def validator(client: Client) -> Sender:
    return Sender(client, "application/scim+json; charset=utf-8")


@pytest.fixture
def user(validator: Sender) -> str:
    """A user with nothing but a name."""
    return validator.create("/Users", {"schemas": [CORE_USER, ENTERPRISE_USER], "userName": "KXQZTR@nordwind.example"})


def values(resource: dict[str, Any], paths: tuple[str, ...]) -> dict[str, list[Any]]:
    """What stands at these paths."""
    return {path: read(resource, parse_path(path, USER)) for path in paths}


def expected(words: dict[str, str]) -> dict[str, list[Any]]:
    return {path: [word] for path, word in words.items()}


@pytest.mark.parametrize("op", ["add", "replace"])
def test_attributes_one_operation_each(validator: Sender, user: str, op: str) -> None:
    """Add or replace attributes, verbose: 36 operations in one request, on entries that are not there."""
    operations: list[dict[str, Any]] = [{"op": op, "path": path, "value": word} for path, word in WORDS.items()]
    operations += [{"op": op, "path": path, "value": True} for path in FLAGS]

    status, answered = validator.patch(f"/Users/{user}", *operations)

    assert (len(operations), status) == (36, 200)
    assert values(answered, OPTIONAL) == expected(WORDS)
    assert {kind: len(answered[kind]) for kind in ("emails", "phoneNumbers", "addresses", "roles")} == {
        "emails": 1,
        "phoneNumbers": 3,
        "addresses": 1,
        "roles": 1,
    }
    assert [answered[kind][0]["primary"] for kind in ("emails", "phoneNumbers", "addresses", "roles")] == [True] * 4
    assert validator.get(f"/Users/{user}").body == answered


def test_attributes_merged_into_one_operation(validator: Sender, user: str) -> None:
    """Replace attributes, merged: plain ones in an object without path, bracketed ones each on its own."""
    status, answered = validator.patch(
        f"/Users/{user}",
        *({"op": "replace", "path": path, "value": WORDS[path]} for path in BRACKETED),
        {"op": "replace", "value": {"userName": "NEWNAME@nordwind.example", **{path: WORDS[path] for path in PLAIN}}},
    )

    assert (status, answered["userName"]) == (200, "NEWNAME@nordwind.example")
    assert values(answered, OPTIONAL) == expected(WORDS)
    found = validator.find("/Users", 'userName eq "newNAME@nordwind.example"')
    assert [values(one, OPTIONAL) for one in found] == [expected(WORDS)]


@pytest.mark.parametrize("nothing", ["", None], ids=["empty text", "null"])
def test_a_null_update_leaves_every_optional_attribute_absent(
    validator: Sender, user: str, nothing: str | None
) -> None:
    """Gallery, Null update: all of them in one PATCH, read back empty or absent."""
    validator.patch(f"/Users/{user}", *({"op": "Add", "path": path, "value": word} for path, word in WORDS.items()))

    status, _ = validator.patch(
        f"/Users/{user}", *({"op": "Replace", "path": path, "value": nothing} for path in (*OPTIONAL, MANAGER))
    )

    assert status in {200, 204}
    assert validator.read(f"/Users/{user}") == {"userName": "KXQZTR@nordwind.example", "active": True}


@pytest.mark.parametrize(
    ("add", "other", "clear"),
    [
        pytest.param({"value": "zzTOP"}, {"value": "other"}, {"value": ""}, id="validator: objects"),
        pytest.param("zzTOP", "other", "", id="gallery: texts"),
    ],
)
def test_a_manager_is_added_replaced_and_removed(validator: Sender, add: Any, other: Any, clear: Any) -> None:
    """Gallery, Update Manager: three users with one body, `userName` and `externalId` apart."""
    body = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "emails": [{"type": "work", "primary": True, "value": "one@nordwind.example"}],
    }
    ids = [validator.create("/Users", {**body, "userName": f"user{one}", "externalId": f"id{one}"}) for one in range(3)]

    def manager(op: str, value: Any) -> Any:
        assert validator.patch(f"/Users/{ids[0]}", {"op": op, "path": MANAGER, "value": value}).status in {200, 204}
        return validator.get(f"/Users/{ids[0]}").body.get(ENTERPRISE_USER)

    assert manager("Add", add) == {"manager": {"value": "zzTOP"}}
    assert manager("Replace", other) == {"manager": {"value": "other"}}
    assert manager("Replace", clear) is None


@pytest.mark.parametrize(
    ("operations", "title"),
    [
        pytest.param([("add", "title", "A"), ("replace", "displayName", "B"), ("remove", "nickName", None)], "A", id="of different attributes"),
        pytest.param([("remove", "title", None), ("add", "title", "A"), ("replace", "title", "B")], "B", id="of one attribute, the last wins"),
    ],
)  # fmt: skip
def test_several_operations_at_once(validator: Sender, user: str, operations: list[Any], title: str) -> None:
    """Preview tests of the validator."""
    validator.patch(f"/Users/{user}", {"op": "add", "value": {"title": "old", "nickName": "old"}})

    status, answered = validator.patch(
        f"/Users/{user}",
        *({"op": op, "path": path, **({"value": value} if value else {})} for op, path, value in operations),
    )

    assert (status, answered["title"]) == (200, title)


def test_the_tests_of_groups(validator: Sender, user: str) -> None:
    """Create, duplicate, filter, replace attributes, add, remove, add and remove at once, delete twice."""
    body = {"schemas": [CORE_GROUP], "externalId": "8ee7", "displayName": "QWERTZ"}
    group = validator.create("/Groups", body)
    path = f"/Groups/{group}"

    duplicate = validator.post("/Groups", body)
    found = validator.find("/Groups", 'displayName eq "qwertz"', "&excludedAttributes=members")
    with_members = validator.find("/Groups", 'displayName eq "QWERTZ"')
    replaced = validator.patch(path, {"op": "replace", "value": {"displayName": "ASDF", "externalId": "9ff8"}})
    added = validator.patch(path, {"op": "replace", "path": "members", "value": [{"value": user}]})
    after_adding = validator.members(group)
    removed = validator.patch(path, {"op": "remove", "path": f'members[value eq "{user}"]'})
    both = validator.patch(
        path,
        {"op": "add", "path": "members", "value": [{"value": user}]},
        {"op": "remove", "path": f'members[value eq "{user}"]'},
    )

    assert (duplicate.status, duplicate.body["scimType"]) == (409, "uniqueness")
    assert ["members" in one for one in (*found, *with_members)] == [False, True]
    assert {answer.status for answer in (replaced, added, removed, both)} <= {200, 204}
    assert after_adding == {user}
    assert validator.read(path) == {"displayName": "ASDF", "externalId": "9ff8", "members": []}
    assert [validator.delete(path).status, validator.get(path).status, validator.delete(path).status] == [204, 404, 404]


def test_the_tests_of_deleting_users(validator: Sender, user: str) -> None:
    path = f"/Users/{user}"

    answers = [validator.delete(path), validator.get(path), validator.delete(path), validator.delete("/Users/nobody")]

    assert [one.status for one in answers] == [204, 404, 404, 404]
    assert [one.body["schemas"] for one in answers[1:]] == [["urn:ietf:params:scim:api:messages:2.0:Error"]] * 3


def test_every_mapped_attribute_can_be_discovered(validator: Sender) -> None:
    """Gallery, Schema discoverability: in the form of the path, so `type` says which values it has; nothing is null."""
    listed = {one["id"]: one for one in validator.get("/Schemas").body["Resources"]}
    core = {one["name"]: one for one in listed[CORE_USER]["attributes"]}

    def kinds(name: str) -> set[str]:
        [kind] = [sub for sub in core[name]["subAttributes"] if sub["name"] == "type"]
        return set(kind["canonicalValues"])

    assert {path.partition(".")[0].partition("[")[0] for path in OPTIONAL if not path.startswith("urn:")} - {
        "externalId"
    } <= core.keys()
    assert [kinds(name) >= wanted for name, wanted in {"emails": {"work"}, "phoneNumbers": {"work", "mobile", "fax"}, "addresses": {"work"}}.items()] == [True] * 3  # fmt: skip
    assert {name for name, one in core.items() if one["required"]} == {"userName"}
    assert "null" not in str(validator.get("/Schemas").body).lower()


def test_pages_of_users(validator: Sender) -> None:
    """Gallery, User pagination: eleven users and more, `count=5`."""
    ids = [validator.create("/Users", {"schemas": [CORE_USER], "userName": f"user{number}"}) for number in range(11)]

    pages = [validator.get(f"/Users?startIndex={start}&count=5").body for start in (1, 6, 11)]

    assert [one["id"] for page in pages for one in page["Resources"]] == ids
    assert [(page["startIndex"], page["itemsPerPage"], page["totalResults"]) for page in pages] == [
        (1, 5, 11),
        (6, 5, 11),
        (11, 1, 11),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter=DisplayName+eq+%22BobIsAmazing%22", ["bob"]),
        ("filter=name.FamilyName%20eq%20Leenay%20and%20(emails.Value%20co%20example.com%20or%20emails.Value%20co%20example.org)", ["bob"]),
        ("filter=userName%20sw%20B", ["bob"]),
        ("filter=meta.Created%20gt%202015-10-10T14:38:21.8617979-07:00", ["bob", "zoe"]),
        ("startIndex=1&count=1", ["bob"]),
        ("attributes=userName,emails", ["bob", "zoe"]),
    ],
)  # fmt: skip
def test_the_queries_of_the_collection(client: Client, query: str, found: list[str]) -> None:
    """Postman collection: words and times without quotes, names in another case."""
    collection = Sender(client, "application/json")
    bob = {
        "displayName": "BobIsAmazing",
        "name": {"familyName": "Leenay"},
        "emails": [{"Primary": True, "type": "work", "value": "bob@mail.example.com"}],
    }
    collection.create("/Users", {"schemas": [CORE_USER], "userName": "bob", **bob})
    collection.create("/Users", {"schemas": [CORE_USER], "userName": "zoe", "name": {"familyName": "Leenay"}})

    status, body = collection.get(f"/Users/?{query}")

    assert status == 200, body
    assert [one["userName"] for one in body["Resources"]] == found


@pytest.mark.parametrize(
    "value", ["USER", [{"displayName": "new User", "value": "USER"}]], ids=["as a text", "as a list"]
)
def test_the_groups_of_the_collection(client: Client, user: str, value: Any) -> None:
    """Postman collection; AzureAD/SCIMReferenceCode#20, #24."""
    collection = Sender(client, "application/json")
    group = collection.create(
        "/Groups",
        {
            "schemas": [CORE_GROUP],
            "externalId": "e1",
            "displayName": "Group 1",
            "members": [{"value": user, "display": "VP"}],
        },
    )
    sent = user if isinstance(value, str) else [{**value[0], "value": user}]

    steps = [
        collection.send("PATCH", f"/Groups/{group}", {"id": group, "Operations": [{"name": "addMember", "op": "add", "path": "members", "value": sent}]}),
        collection.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}),
        collection.put(f"/Groups/{group}", {"schemas": [CORE_GROUP], "id": group, "displayName": "putName", "members": [{"value": user, "display": "VP"}]}),
    ]  # fmt: skip

    assert [step.status in {200, 204} for step in steps] == [True] * 3
    assert collection.read(f"/Groups/{group}")["displayName"] == "putName"
    assert collection.members(group) == {user}


def test_what_the_collection_expects_to_be_refused(client: Client, user: str) -> None:
    collection = Sender(client, "application/json")

    junk = client.raw("POST", "/Users", b'{"acve": tre, "adadfdresses": [', Content_Type="application/json")
    no_name = collection.post("/Users", {"schemas": [CORE_USER], "active": True, "displayName": "Kimberly Baker"})
    put_without = collection.put(f"/Users/{user}", {"id": user, "userame": "OMalley"})
    misspelled = collection.put(f"/Users/{user}", {"id": user, "userName": "OMalley", "adreses": [{"country": "CH"}]})

    assert (junk.status_code, no_name.status, put_without.status, misspelled.status) == (400, 400, 400, 200)
    assert "userName" in no_name.body["detail"]


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_no_operation_at_all_changes_nothing(validator: Sender, client: Client, kind: str) -> None:
    """scimmy#59, scimmy-routers#90, SCIMReferenceCode#112: the validator sends this to groups."""
    created = client.create_user("ines@nordwind.example") if kind == "Users" else client.create_group("Sales")

    answer = client.patch(f"/{kind}/{created['id']}")

    assert answer.status_code == (200 if kind == "Users" else 204)
    assert client.get(f"/{kind}/{created['id']}").get_json(force=True) == created

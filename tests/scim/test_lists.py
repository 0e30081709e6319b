"""Lists over HTTP: filters on all that is no part of the document, orders, pages, `.search`, the root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app import create_app
from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from app.auth import tokens
from app.core.ids import new_id
from app.core.settings import Settings
from app.directory import organizations
from app.scim.protocol.queries import DEFAULT_COUNT, MAX_COUNT, SEARCH_URN
from tests.conftest import KINDS
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

STRANGE = "urn:x:y:2.0:User"

PEOPLE: list[dict[str, Any]] = [
    {
        "userName": "Zoe",
        "externalId": "b",
        "title": "Clerk",
        "emails": [{"value": "z@x"}, {"value": "a@x", "primary": True}],
        STRANGE: {"size": 10, "level": "high"},
    },
    {
        "userName": "anna",
        "externalId": "B",
        "title": "ähnlich",
        "emails": [{"value": "m@x", "type": "work"}],
        STRANGE: {"size": 9, "level": 3},
        ENTERPRISE_USER: {"department": "Sales"},
    },
    {"userName": "Émile", "title": "clerk", "active": False, "name": {"familyName": "Roux"}},
    {
        "userName": "bob",
        "title": "CFO",
        "emails": [{"value": "B@x"}],
        ENTERPRISE_USER: {"department": "finance", "manager": {"value": "m"}},
    },
]  # fmt: skip
"""In the order of their creation."""


class World:
    """The four, two groups with some of them and one inside the other, in one organization."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.users = {
            one["userName"]: client.create_user(**{"user_name": one["userName"], **_rest(one)}) for one in PEOPLE
        }
        self.ids = {name: user["id"] for name, user in self.users.items()}
        self.ids["Sales"] = client.create_group("Sales", self.ids["anna"], self.ids["bob"], externalId="b")["id"]
        self.ids["board"] = client.create_group("board", self.ids["bob"], self.ids["Sales"], "nobody")["id"]
        self.names = {id_: name for name, id_ in self.ids.items()}

    def page(self, path: str, **query: str) -> Any:
        """A ListResponse."""
        response = self.client.get(path, **query)
        assert response.status_code == 200, response.text
        return response.get_json(force=True)

    def found(self, path: str, **query: str) -> list[str]:
        """The names of those listed, in order; `{bob}` in a filter is Bob's id."""
        if "filter" in query:
            query["filter"] = query["filter"].format(**self.ids)
        return [self.names[one["id"]] for one in self.page(path, **query)["Resources"]]


def _rest(person: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name != "userName"}


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    url, folder = new_database(request.param), tmp_path_factory.mktemp("data")
    app = create_app(Settings(database_url=url, data_dir=folder, public_url="https://cards.example"))
    database, organization_id = app.extensions["lanyard.database"], new_id()
    options = {"organization_id": organization_id, "actor": "cli"}
    database.write(lambda tx: organizations.create(tx, organization_id, "nordwind"), **options)
    yield World(Client(app, database.write(lambda tx: tokens.create(tx, "Entra"), **options)))
    app.extensions["lanyard.chores"].end()
    database.close()


EVERYBODY = ["Zoe", "anna", "Émile", "bob"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('meta.resourceType eq "User"', EVERYBODY, id="its type"),
        pytest.param('meta.resourceType ne "User"', [], id="another type"),
        pytest.param('meta.resourceType sw "Us"', EVERYBODY, id="half its type"),
        pytest.param('meta.created gt "2020-01-01T00:00:00Z" and meta.lastModified ge "2020-01-01"', EVERYBODY, id="times"),
        pytest.param('meta.created lt "2020-01-01T00:00:00+14:00"', [], id="a time before"),
        pytest.param('meta.location eq "https://cards.example/scim/v2/Users/{bob}"', ["bob"], id="its address"),
        pytest.param('meta.location eq "https://elsewhere.example/scim/v2/Users/{bob}"', [], id="an address elsewhere"),
        pytest.param('meta.location eq "{bob}"', [], id="an id is no address"),
        pytest.param('meta.location ew "{bob}"', ["bob"], id="but the end of one"),
        pytest.param('meta.location sw "https://cards.example/scim/v2/Users/"', EVERYBODY, id="and all begin alike"),
        pytest.param('meta.version eq "W/\\"1\\""', EVERYBODY, id="a version"),
        pytest.param('meta.version eq "W/\\"1-0123456789ab\\""', EVERYBODY, id="a version with groups"),
        pytest.param("meta.version eq 1", EVERYBODY, id="a revision"),
        pytest.param('meta.version ne "2"', EVERYBODY, id="another revision"),
        pytest.param('meta.version eq "99999999999999999999"', [], id="a revision beyond all"),
        pytest.param('meta.version eq "yesterday"', [], id="no version"),
        pytest.param("meta pr and meta.created pr and meta.version pr and meta.location pr", EVERYBODY, id="what all have"),
        pytest.param('meta[resourceType eq "User" and version eq "1"]', EVERYBODY, id="meta in brackets"),
        pytest.param(f'schemas eq "{CORE_USER}"', EVERYBODY, id="the core schema"),
        pytest.param(f'schemas eq "{ENTERPRISE_USER}"', ["anna", "bob"], id="an extension"),
        pytest.param(f'schemas eq "{STRANGE}"', ["Zoe", "anna"], id="an extension that nobody knows"),
        pytest.param('schemas co "enterprise"', ["anna", "bob"], id="a part of a URN"),
        pytest.param("schemas eq active", [], id="an attribute is no schema"),
        pytest.param("groups pr", ["anna", "bob"], id="in any group"),
        pytest.param("groups eq {Sales}", ["anna", "bob"], id="in a group"),
        pytest.param("groups ne {Sales}", ["Zoe", "Émile"], id="not in a group"),
        pytest.param('groups.value eq "{board}"', ["bob"], id="in a group, by its value"),
        pytest.param('groups.display eq "SALES"', ["anna", "bob"], id="by its name"),
        pytest.param('groups[display sw "b"]', ["bob"], id="by how its name begins"),
        pytest.param('groups[display eq "sales" and value eq "{board}"]', [], id="one group has to be both"),
        pytest.param('groups.display eq "sales" and groups.value eq "{board}"', ["bob"], id="or two, each a part"),
        pytest.param('groups[not (value eq "{board}")]', ["anna", "bob"], id="in another group than this"),
        pytest.param('groups.type eq "DIRECT"', ["anna", "bob"], id="directly"),
        pytest.param('groups.type eq "indirect"', [], id="indirectly"),
        pytest.param('groups.$ref eq "https://cards.example/scim/v2/Groups/{board}"', ["bob"], id="by its address"),
        pytest.param('groups.$ref eq "https://cards.example/scim/v2/Users/{board}"', [], id="not by another address"),
        pytest.param('groups[type eq "direct"].display co "oar"', ["bob"], id="a part behind brackets"),
        pytest.param('members eq "{bob}" or name.familyName pr', None, id="an attribute of another kind"),
        pytest.param(f"{STRANGE}:size ge 9.5", ["Zoe"], id="a number that no schema describes"),
        pytest.param("active eq false", ["Émile"], id="who is disabled"),
        pytest.param('name[familyName eq "roux"]', ["Émile"], id="brackets after one object"),
        pytest.param("name[not (givenName pr)]", ["Émile"], id="which has to be there"),
    ],
)  # fmt: skip
def test_users_are_found_by(world: World, text: str, expected: list[str] | None) -> None:
    if expected is None:
        assert_is_scim_error(world.client.get("/Users", filter=text), 400, "invalidFilter")
    else:
        assert world.found("/Users", filter=text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('members eq "{bob}"', ["Sales", "board"], id="a member"),
        pytest.param('members.value eq "nobody"', ["board"], id="a member that is nobody"),
        pytest.param('members[value eq "{Sales}" and type eq "group"]', ["board"], id="a group as a member"),
        pytest.param('members[value eq "{Sales}" and type eq "User"]', [], id="which is no user"),
        pytest.param('members[value eq "nobody" and type pr]', [], id="nobody is of no type"),
        pytest.param('members[not (type pr)].value sw "no"', ["board"], id="which can be asked for"),
        pytest.param('members.display eq "sales"', ["board"], id="a member's name"),
        pytest.param(
            'members.$ref eq "https://cards.example/scim/v2/Users/{anna}"', ["Sales"], id="a member's address"
        ),
        pytest.param('members.$ref eq "https://cards.example/scim/v2/Groups/{anna}"', [], id="a group's that is none"),
        pytest.param('members.$ref co "/Groups/"', ["board"], id="a part of an address"),
        pytest.param('id eq "{Sales}" and members eq "{anna}"', ["Sales"], id="whether somebody is in"),
        pytest.param('displayName eq "BOARD" and externalId eq null', ["board"], id="a name"),
        pytest.param(f'schemas eq "{CORE_GROUP}" and meta.resourceType eq "Group"', ["Sales", "board"], id="its type"),
    ],
)
def test_groups_are_found_by(world: World, text: str, expected: list[str]) -> None:
    assert world.found("/Groups", filter=text) == expected


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        pytest.param(
            "/Users", 'meta.version gt "1"', "meta.version compares with eq and ne alone", id="an order of versions"
        ),
        pytest.param("/Users", 'meta.created sw "2026"', "meta.created is a time", id="a part of a time"),
        pytest.param("/Users", "meta eq 1", "meta has parts", id="meta as a whole"),
        pytest.param("/Users", 'x509Certificates.value gt "a"', "binary", id="an order of certificates"),
        pytest.param("/Users", 'groups[owner eq "x"]', "no sub-attribute 'owner'", id="an unknown part of groups"),
        pytest.param("", 'shoeSize eq "42"', "no attribute 'shoeSize'", id="what no kind has"),
    ],
)
def test_what_cannot_be_compared_is_refused(world: World, path: str, text: str, reason: str) -> None:
    response = world.client.get(path, filter=text)

    assert_is_scim_error(response, 400, "invalidFilter")
    assert reason in response.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        pytest.param("userName", ["anna", "bob", "Zoe", "Émile"], id="without case, by code points"),
        pytest.param("USERNAME", ["anna", "bob", "Zoe", "Émile"], id="a name in any case"),
        pytest.param("externalId", ["anna", "Zoe", "Émile", "bob"], id="with case; who has none is last, in order of creation"),
        pytest.param("title", ["bob", "Zoe", "Émile", "anna"], id="who has the same, in order of creation"),
        pytest.param("emails", ["Zoe", "bob", "anna", "Émile"], id="the primary value, else the first"),
        pytest.param("emails.value", ["Zoe", "bob", "anna", "Émile"], id="the same"),
        pytest.param("emails.type", ["anna", "Zoe", "Émile", "bob"], id="another part"),
        pytest.param("name.familyName", ["Émile", "Zoe", "anna", "bob"], id="a sub-attribute"),
        pytest.param(f"{ENTERPRISE_USER}:department", ["bob", "anna", "Zoe", "Émile"], id="an extension's attribute"),
        pytest.param(f"{ENTERPRISE_USER}:manager", ["bob", "Zoe", "anna", "Émile"], id="its value"),
        pytest.param(f"{STRANGE}:size", ["anna", "Zoe", "Émile", "bob"], id="numbers by their value"),
        pytest.param(f"{STRANGE}:level", ["anna", "Zoe", "Émile", "bob"], id="numbers before texts"),
        pytest.param("active", ["Émile", "Zoe", "anna", "bob"], id="false before true"),
        pytest.param("meta.created", EVERYBODY, id="a time"),
        pytest.param("meta.version", EVERYBODY, id="a version"),
        pytest.param("meta.resourceType", EVERYBODY, id="what all have alike"),
        pytest.param("schemas", EVERYBODY, id="the first schema"),
        pytest.param("nickName", EVERYBODY, id="what nobody has"),
    ],
)  # fmt: skip
def test_users_are_sorted(world: World, sort_by: str, expected: list[str]) -> None:
    ascending = world.found("/Users", sortBy=sort_by)
    descending = world.found("/Users", sortBy=sort_by, sortOrder="descending")

    assert ascending == expected
    assert descending == expected[::-1]


def test_addresses_and_ids_sort_alike(world: World) -> None:
    assert world.found("/Users", sortBy="meta.location") == world.found("/Users", sortBy="id")
    assert world.found("/Users", sortBy="id") == sorted(EVERYBODY, key=lambda name: str(world.ids[name]))


@pytest.mark.parametrize(
    ("sort_by", "reason"),
    [
        pytest.param("shoeSize", "User has no attribute 'shoeSize'", id="what there is not"),
        pytest.param("name", "name one, such as name.formatted", id="what has parts"),
        pytest.param("addresses", "name one, such as addresses.formatted", id="a list of such"),
        pytest.param(ENTERPRISE_USER, "names an extension", id="an extension"),
        pytest.param("x509Certificates", "binary", id="certificates"),
        pytest.param("groups.display", "memberships have no order", id="groups"),
        pytest.param('emails[type eq "work"].value', "brackets", id="brackets"),
        pytest.param("", "attribute", id="nothing"),
        pytest.param("title,userName", "title,userName", id="two"),
    ],
)
def test_an_order_by_what_has_none_is_refused(world: World, sort_by: str, reason: str) -> None:
    response = world.client.get("/Users", sortBy=sort_by)

    assert_is_scim_error(response, 400, "invalidPath")
    assert "sortBy" in response.get_json(force=True)["detail"]
    assert reason in response.get_json(force=True)["detail"]


def test_the_root_lists_all_kinds_in_order_of_creation(world: World) -> None:
    page = world.page("", count="5")

    assert [world.names[one["id"]] for one in page["Resources"]] == [*EVERYBODY, "Sales"]
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (6, 5, 1)
    assert {one["meta"]["resourceType"] for one in page["Resources"]} == {"User", "Group"}
    assert page["Resources"][4]["members"]
    assert page["Resources"][3]["groups"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"filter": 'meta.resourceType eq "User" and userName sw "b"'}, ["bob"], id="what one kind has"),
        pytest.param({"filter": 'userName sw "b" or displayName sw "b"'}, ["bob", "board"], id="each by its own"),
        pytest.param({"filter": "not (userName pr)"}, ["Sales", "board"], id="what the other kind has not"),
        pytest.param({"filter": 'externalId eq "b"'}, ["Zoe", "Sales"], id="what both have"),
        pytest.param({"filter": 'emails[value eq "m@x"]'}, ["anna"], id="brackets that one kind knows"),
        pytest.param({"filter": 'groups eq "{board}" or members eq "{bob}"'}, ["bob", "Sales", "board"], id="memberships of both"),
        pytest.param({"filter": f'{CORE_USER}:userName eq "BOB"'}, ["bob"], id="behind the URN of one kind"),
        pytest.param({"filter": f'{ENTERPRISE_USER}:department eq "sales"'}, ["anna"], id="an extension of one kind"),
        pytest.param({"filter": 'id eq "{board}"'}, ["board"], id="an id"),
        pytest.param({"sortBy": "externalId"}, ["anna", "Zoe", "Sales", "Émile", "bob", "board"], id="sorted by what both may have"),
        pytest.param({"sortBy": "userName"}, ["anna", "bob", "Zoe", "Émile", "Sales", "board"], id="by what one kind has"),
        pytest.param({"sortBy": "displayName"}, ["board", "Sales", *EVERYBODY], id="by what they keep in different places"),
        pytest.param({"sortBy": f"{ENTERPRISE_USER}:department"}, ["bob", "anna", "Zoe", "Émile", "Sales", "board"], id="by an extension"),
        pytest.param({"sortBy": "active"}, ["Émile", "Zoe", "anna", "bob", "Sales", "board"], id="by a boolean"),
        pytest.param({"sortBy": f"{STRANGE}:size"}, ["anna", "Zoe", "Émile", "bob", "Sales", "board"], id="by what nobody describes"),
        pytest.param({"sortBy": "meta.resourceType", "sortOrder": "descending", "count": "1"}, ["bob"], id="by type"),
        pytest.param({"startIndex": "5", "count": "1"}, ["Sales"], id="a page"),
        pytest.param({"startIndex": "50"}, [], id="a page beyond the end"),
    ],
)  # fmt: skip
def test_the_root_answers(world: World, query: dict[str, str], expected: list[str]) -> None:
    assert world.found("", **query) == expected


@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_search_request_finds_what_a_url_finds(world: World, path: str) -> None:
    request = {
        "schemas": [SEARCH_URN],
        "filter": 'externalId eq "b" or id pr',
        "sortBy": "externalId",
        "sortOrder": "descending",
        "startIndex": 2,
        "count": 1,
        "attributes": ["externalId"],
    }
    query = {name: str(value) for name, value in request.items() if name not in {"schemas", "attributes"}}

    response = world.client.post(f"{path}/.search", request)

    assert response.status_code == 200
    assert response.get_json(force=True) == world.page(path, **query, attributes="externalId")
    assert response.get_json(force=True)["itemsPerPage"] == 1
    assert response.content_type == "application/scim+json; charset=utf-8"


@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_malformed_search_request_is_refused(world: World, path: str) -> None:
    assert_is_scim_error(world.client.post(f"{path}/.search", {"filter": "id pr"}), 400, "invalidSyntax")
    assert_is_scim_error(world.client.post(f"{path}/.search", [SEARCH_URN]), 400, "invalidSyntax")
    assert_is_scim_error(
        world.client.post(f"{path}/.search", {"schemas": [SEARCH_URN], "filter": ""}), 400, "invalidFilter"
    )


@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_page_of_no_resources_still_counts_them(world: World, path: str) -> None:
    everything = world.page(path)

    for query in ({"count": "0"}, {"count": "0", "cursor": ""}, {"startIndex": "100"}):
        page = world.page(path, **query)
        assert (page["totalResults"], page["itemsPerPage"], page["Resources"]) == (everything["totalResults"], 0, [])
        assert page.get("startIndex") == (None if "cursor" in query else int(query.get("startIndex", 1)))
        assert "nextCursor" not in page


def test_what_is_published_is_what_lists_do(world: World) -> None:
    config = world.page("/ServiceProviderConfig")

    assert config["sort"] == {"supported": True}
    assert config["filter"] == {"supported": True, "maxResults": MAX_COUNT}
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": DEFAULT_COUNT,
        "maxPageSize": MAX_COUNT,
    }

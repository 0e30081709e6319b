"""Every limit over HTTP: what is just within it is done, what is beyond gets a SCIM error that names the figure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from random import Random
from string import ascii_lowercase, digits
from typing import Any

import orjson
import pytest
from flask import Flask

from app.attributes.checks import MAX_KEY
from app.core.rates import RateLimiter
from app.directory.organizations import Organization
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

JSON = "application/scim+json"
EXTENSION = "urn:example:params:scim:schemas:extension:nest:2.0:User"


def detail(response: Any) -> str:
    return str(response.get_json(force=True)["detail"])


def config(client: Client) -> Any:
    return client.get("/ServiceProviderConfig").get_json(force=True)


def nested(levels: int) -> bytes:
    """An object of so many levels, itself included."""
    return b'{"userName": "a", "x": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Bulk"])
def test_a_body_over_the_published_size_is_refused(app: Flask, client: Client, path: str) -> None:
    limit = config(client)["bulk"]["maxPayloadSize"]
    within, beyond = (b"{" + b" " * (size - 2) + b"}" for size in (limit, limit + 1))

    answers = [client.raw("POST", path, body, Content_Type=JSON) for body in (within, beyond)]

    assert limit == app.config["MAX_CONTENT_LENGTH"] >= 1024 * 1024
    assert answers[0].status_code == 400
    assert_is_scim_error(answers[1], 413, None)
    assert f"maxPayloadSize ({limit} bytes)" in detail(answers[1])


def test_a_body_nests_at_most_20_levels(client: Client) -> None:
    within, beyond = (client.raw("POST", "/Users", nested(levels), Content_Type=JSON) for levels in (20, 21))

    assert within.status_code == 201
    assert_is_scim_error(beyond, 400, "invalidSyntax")
    assert "20 levels" in detail(beyond)


def test_brackets_in_texts_are_no_levels(client: Client) -> None:
    user = client.create_user("ann@nordwind.example", title="[{" * 50, nickName='\\"[' * 50)

    assert user["title"] == "[{" * 50


def test_a_text_of_brackets_is_no_object(client: Client) -> None:
    response = client.raw("POST", "/Users", orjson.dumps("[" * 50), Content_Type=JSON)

    assert_is_scim_error(response, 400, "invalidSyntax")
    assert "JSON object" in detail(response)


def test_of_a_name_that_comes_twice_the_last_value_counts(client: Client) -> None:
    response = client.raw("POST", "/Users", b'{"userName": "a", "title": "x", "userName": "b"}', Content_Type=JSON)

    user = response.get_json(force=True)
    assert (user["userName"], user["title"]) == ("b", "x")


@pytest.mark.parametrize(
    ("within", "beyond", "figure"),
    [
        pytest.param(f'userName eq "{"a" * 4082}"', f'userName eq "{"a" * 4083}"', "4096 characters", id="length"),
        pytest.param(" or ".join(repeat("title pr", 133)), " or ".join(repeat("title pr", 134)), "400 parts", id="parts"),
        pytest.param("(" * 20 + "title pr" + ")" * 20, "(" * 21 + "title pr" + ")" * 21, "20 parentheses", id="depth"),
    ],
)  # fmt: skip
def test_a_filter_is_bounded(client: Client, within: str, beyond: str, figure: str) -> None:
    answers = [client.get("/Users", filter=text) for text in (within, beyond)]

    assert answers[0].status_code == 200
    assert_is_scim_error(answers[1], 400, "invalidFilter")
    assert figure in detail(answers[1])


def test_a_path_is_bounded_like_a_filter(client: Client) -> None:
    user = client.create_user("ann@nordwind.example")
    path = f'emails[value eq "{"a" * 4096}"].type'

    response = client.patch(f"/Users/{user['id']}", {"op": "replace", "path": path, "value": "work"})

    assert_is_scim_error(response, 400, "invalidPath")
    assert "4096 characters" in detail(response)
    assert len(detail(response)) < 500


def test_a_patch_has_at_most_1000_operations(client: Client) -> None:
    user = client.create_user("ann@nordwind.example")
    operation = {"op": "replace", "path": "title", "value": "CFO"}

    within, beyond = (client.patch(f"/Users/{user['id']}", *repeat(operation, number)) for number in (1000, 1001))

    assert within.status_code == 200
    assert_is_scim_error(beyond, 400, "tooMany")
    assert "1000 operations" in detail(beyond)


def test_a_bulk_request_has_at_most_the_published_number_of_operations(client: Client) -> None:
    limit = config(client)["bulk"]["maxOperations"]
    operation = {"method": "DELETE", "path": "/Users/x"}

    within, beyond = (client.post("/Bulk", {"Operations": [operation] * number}) for number in (limit, limit + 1))

    assert (limit, within.status_code) == (1000, 200)
    assert_is_scim_error(beyond, 413, None)
    assert "maxOperations (1000)" in detail(beyond)


def ids(number: int) -> list[dict[str, str]]:
    return [{"value": f"{place:036}"} for place in range(number)]


def test_a_request_names_at_most_100000_members(client: Client) -> None:
    group = client.create_group("Sales")
    members = ids(100_001)
    halves = [{"op": op, "path": "members", "value": ids(50_001)} for op in ("add", "remove")]

    answers = [
        client.post("/Groups", {"displayName": "Large", "members": members}),
        client.put(f"/Groups/{group['id']}", {"displayName": "Sales", "members": members}),
        client.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": members}),
        client.patch(f"/Groups/{group['id']}", *halves),
    ]

    for answer in answers:
        assert_is_scim_error(answer, 400, "tooMany")
        assert "100000 members" in detail(answer)
    assert client.get("/Groups").get_json(force=True)["totalResults"] == 1


def test_a_page_has_at_most_the_published_number_of_results(client: Client) -> None:
    limit = config(client)["filter"]["maxResults"]
    create = {"method": "POST", "path": "/Users"}
    bulk = [{**create, "bulkId": str(one), "data": {"userName": str(one)}} for one in range(limit + 1)]
    client.post("/Bulk", {"Operations": bulk})

    page = client.get("/Users", count="100000").get_json(force=True)

    assert (page["itemsPerPage"], len(page["Resources"]), page["totalResults"]) == (limit, limit, limit + 1)


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: Flask) -> Clock:
    """The clock by which organizations have 5 requests a second."""
    clock = Clock()
    app.extensions["lanyard.rate_limiter"] = RateLimiter(5, clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_an_organization_that_asks_too_often_is_told_when_to_try_again(
    app: Flask, organization: Organization, new_token: Callable[..., str]
) -> None:
    one, another = (Client(app, new_token(organization, name)) for name in ("Entra", "Okta"))

    answers = [client.get("/Users") for client in (one, another, one, another, one, another)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    assert_is_scim_error(answers[-1], 429, None)
    assert answers[-1].headers["Retry-After"] == "1"
    assert "5 requests a second" in detail(answers[-1])


def test_after_that_time_it_goes_on(client: Client, clock: Clock) -> None:
    refused = [client.get("/Users") for _ in range(6)][-1]

    clock.now += int(refused.headers["Retry-After"])

    assert client.get("/Users").status_code == 200


@pytest.mark.usefixtures("clock")
def test_one_organization_takes_nothing_from_another(
    app: Flask, client: Client, new_organization: Callable[..., Organization], new_token: Callable[..., str]
) -> None:
    for _ in range(50):
        client.get("/Users")
    other = Client(app, new_token(new_organization("south")))

    assert [other.get("/Users").status_code for _ in range(5)] == [200] * 5


@pytest.mark.usefixtures("clock")
def test_what_is_refused_is_not_done(app: Flask, client: Client) -> None:
    answers = [client.post("/Users", {"userName": str(number)}) for number in range(8)]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 3
    app.extensions["lanyard.rate_limiter"] = RateLimiter(0)
    assert client.get("/Users").get_json(force=True)["totalResults"] == 5


def test_a_bulk_request_counts_as_many_as_it_has_operations(client: Client, clock: Clock) -> None:
    operations = [{"method": "DELETE", "path": "/Users/x"}] * 15

    answers = [client.post("/Bulk", {"Operations": operations}), client.get("/Users")]
    clock.now += 2.2

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["Retry-After"] == "3"
    assert client.get("/Users").status_code == 200


@pytest.mark.usefixtures("clock")
def test_whoever_has_no_valid_token_is_no_organization(app: Flask, client: Client) -> None:
    strangers = [Client(app, "nonsense").get("/Users").status_code for _ in range(10)]

    assert strangers == [401] * 10
    assert client.get("/Users").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        pytest.param("/Users", {}, "userName", id="user name"),
        pytest.param("/Users", {"userName": "ines"}, "externalId", id="external id"),
        pytest.param("/Groups", {}, "displayName", id="name of a group"),
        pytest.param("/Groups", {"displayName": "Sales"}, "externalId", id="external id of a group"),
    ],
)
def test_what_resources_are_found_by_fits_into_the_index_or_is_refused(
    client: Client, path: str, body: dict[str, Any], name: str
) -> None:
    some = Random(20261126)  # what repeats itself would be packed
    longest = "".join(some.choices(ascii_lowercase + digits, k=MAX_KEY))

    created = client.post(path, {**body, name: longest})
    refused = [
        client.post(path, {**body, name: f"{longest}x"}),
        client.patch(f"{path}/{created.get_json()['id']}", {"op": "replace", "path": name, "value": f"{longest}x"}),
    ]

    assert created.status_code == 201
    for answer in refused:
        assert_is_scim_error(answer, 400, "invalidValue")
        assert f"{name} is longer than {MAX_KEY} bytes" in detail(answer)

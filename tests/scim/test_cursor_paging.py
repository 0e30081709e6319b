"""Reading a list by cursors (RFC 9865): every page once, whatever happens to the list meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.scim.protocol.queries import SEARCH_URN
from tests.scim.test_errors import assert_is_scim_error
from tests.support.client import Client

ORDERS = [
    pytest.param({}, id="by creation"),
    pytest.param({"sortBy": "userName"}, id="by a column"),
    pytest.param({"sortBy": "title"}, id="by a text, with missing ones last"),
    pytest.param({"sortBy": "title", "sortOrder": "descending"}, id="with missing ones first"),
    pytest.param({"sortBy": "emails"}, id="by the first of several values"),
    pytest.param({"sortBy": "active"}, id="by a boolean"),
    pytest.param({"sortBy": "urn:x:y:2.0:User:size"}, id="by values of any type"),
    pytest.param({"sortBy": "meta.created", "sortOrder": "descending"}, id="by a time"),
    pytest.param({"sortBy": "meta.version"}, id="by version"),
]
TITLES = ("CFO", "Ärztin", "clerk", "Clerk", None, "x" * 300 + "a", "x" * 300 + "b")
SIZES = (1, 2.5, "big", True, None, -7)


def create(client: Client, number: int) -> str:
    attributes = {
        "title": TITLES[number % len(TITLES)],
        "active": number % 3 > 0,
        "emails": [{"value": f"{number % 5}@x.example"}] if number % 4 else None,
        "urn:x:y:2.0:User": {"size": SIZES[number % len(SIZES)]},
    }
    return str(client.create_user(f"user{number:02}", **attributes)["id"])


def pages(
    client: Client, path: str, query: dict[str, str], meanwhile: Callable[[int], None] = lambda _: None
) -> list[Any]:
    """All pages that cursors lead to; `meanwhile` is called between them."""
    read: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        response = client.get(path, **query, cursor=cursor)
        assert response.status_code == 200, response.text
        read.append(response.get_json(force=True))
        cursor = read[-1].get("nextCursor")
        meanwhile(len(read))
    return read


def ids(read: list[Any]) -> list[str]:
    return [one["id"] for page in read for one in page["Resources"]]


@pytest.mark.parametrize("query", ORDERS)
def test_cursors_lead_through_the_same_list_as_one_page(client: Client, query: dict[str, str]) -> None:
    for number in range(14):
        create(client, number)

    for path in ("/Users", ""):
        read = pages(client, path, {**query, "count": "3"})
        whole = client.get(path, **query).get_json(force=True)

        assert ids(read) == [one["id"] for one in whole["Resources"]]
        assert [page["itemsPerPage"] for page in read] == [3, 3, 3, 3, 2]
        assert {page["totalResults"] for page in read} == {14}
        assert not any("startIndex" in page or "previousCursor" in page for page in read)
        assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", page["nextCursor"]) for page in read[:-1])


@pytest.mark.parametrize("query", ORDERS)
def test_nobody_is_seen_twice_or_missed_while_others_come_and_go(client: Client, query: dict[str, str]) -> None:
    staying = [create(client, number) for number in range(0, 20, 2)]
    leaving = [create(client, number) for number in range(1, 11, 2)]

    def meanwhile(page: int) -> None:
        create(client, 20 + page)
        if leaving:
            client.delete(f"/Users/{leaving.pop()}")

    seen = ids(pages(client, "/Users", {**query, "count": "4"}, meanwhile))

    assert len(seen) == len(set(seen))
    assert set(staying) <= set(seen)


def test_the_one_where_a_page_ended_may_be_gone(client: Client) -> None:
    everybody = [create(client, number) for number in range(6)]

    def meanwhile(page: int) -> None:
        client.delete(f"/Users/{everybody[2 * page - 1]}")

    assert ids(pages(client, "/Users", {"count": "2"}, meanwhile)) == everybody


def test_a_full_last_page_has_no_cursor(client: Client) -> None:
    for number in range(4):
        create(client, number)

    read = pages(client, "/Users", {"count": "2"})

    assert [page["itemsPerPage"] for page in read] == [2, 2]


def test_a_search_request_pages_by_cursors_too(client: Client) -> None:
    everybody = [create(client, number) for number in range(3)]
    request = {"schemas": [SEARCH_URN], "filter": 'userName sw "user"', "count": 2, "cursor": ""}

    first = client.post("/Users/.search", request).get_json(force=True)
    second = client.post("/Users/.search", {**request, "cursor": first["nextCursor"]}).get_json(force=True)

    assert ids([first, second]) == everybody
    assert "nextCursor" not in second


def test_a_cursor_goes_on_with_its_own_query_alone(client: Client) -> None:
    for number in range(3):
        create(client, number)
    query = {"filter": "userName pr", "sortBy": "title", "count": "1"}
    cursor = client.get("/Users", **query, cursor="").get_json(force=True)["nextCursor"]

    others = [
        client.get("/Users", **{**query, "filter": "title pr"}, cursor=cursor),
        client.get("/Users", **{**query, "sortBy": "nickName"}, cursor=cursor),
        client.get("/Users", **query, sortOrder="descending", cursor=cursor),
        client.get("/Users", cursor=cursor),
        client.get("/Groups", sortBy="displayName", cursor=cursor),
        client.get("", **query, cursor=cursor),
        client.get("/Users", **query, cursor=cursor + "A"),
        client.get("/Users", **query, cursor="Ω"),
    ]

    for response in others:
        assert_is_scim_error(response, 400, "invalidCursor")
    assert client.get("/Users", **query, attributes="id", cursor=cursor).status_code == 200


def test_pages_by_index_and_by_cursor_are_not_mixed(client: Client) -> None:
    assert_is_scim_error(client.get("/Users", startIndex="1", cursor=""), 400, "invalidValue")
    assert_is_scim_error(client.get("/Users", count="many", cursor=""), 400, "invalidCount")

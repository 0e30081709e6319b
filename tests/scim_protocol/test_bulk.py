"""Bulk requests without HTTP and database: what is read, what is refused, who comes before whom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scim.protocol.bulk import MAX_OPERATIONS, BulkRequest, in_order, read_bulk, resolved
from app.scim.protocol.errors import ScimError

ROOT = "https://cards.example/behind/a/proxy/scim/v2"
POST = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a"}}


def read(*operations: Any, **more: Any) -> BulkRequest:
    return read_bulk({"Operations": list(operations), **more}, ROOT)


def post(bulk_id: str, *references: str) -> dict[str, Any]:
    members = [{"value": f"bulkId:{name}"} for name in references]
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": {"members": members}}


def test_an_operation_is_read_as_it_was_sent() -> None:
    put = {"method": "PUT", "path": "/Users/7", "version": 'W/"3"', "bulkId": "b", "data": {"userName": "b"}}

    request = read(POST, put, failOnErrors=2)

    first, second = request.operations
    assert request.fail_on_errors == 2
    assert (first.method, first.endpoint, first.resource_id, first.bulk_id) == ("POST", "/Users", None, "a")
    assert (second.method, second.path, second.version, second.data) == ("PUT", "/Users/7", 'W/"3"', {"userName": "b"})


def test_names_of_keys_and_methods_come_in_any_case() -> None:
    request = read_bulk({"operations": [{"METHOD": "post", "Path": "/Users", "BULKID": "a"}]}, ROOT)

    assert (request.operations[0].method, request.operations[0].bulk_id) == ("POST", "a")


@pytest.mark.parametrize(
    ("path", "endpoint", "resource_id"),
    [
        pytest.param("/Users/7", "/Users", "7", id="from the root on"),
        pytest.param("Users/7", "/Users", "7", id="without a slash"),
        pytest.param("/behind/a/proxy/scim/v2/Users/7", "/Users", "7", id="with the prefix"),
        pytest.param("behind/a/proxy/scim/v2/Users/7", "/Users", "7", id="with the prefix, without a slash"),
        pytest.param(f"{ROOT}/Users/7", "/Users", "7", id="a location"),
        pytest.param("/Users/", "/Users", None, id="an endpoint with a slash"),
        pytest.param("/Users/bulkId:a", "/Users", "bulkId:a", id="a reference"),
        pytest.param("/Users/bulkId:a/b", "/Users", "bulkId:a/b", id="a reference with a slash"),
        pytest.param("https://other.example/scim/v2/Users/7", "/https:", "/other.example/scim/v2/Users/7", id="elsewhere"),
        pytest.param("/", "/", None, id="the root"),
    ],
)  # fmt: skip
def test_paths(path: str, endpoint: str, resource_id: str | None) -> None:
    [operation] = read({"method": "DELETE", "path": path}).operations

    assert (operation.endpoint, operation.resource_id) == (endpoint, resource_id)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param([], "JSON object", id="a list"),
        pytest.param({}, "Operations must be a list", id="no operations"),
        pytest.param({"Operations": []}, "at least one", id="an empty list"),
        pytest.param({"Operations": {"method": "POST"}}, "must be a list", id="one operation without a list"),
        pytest.param({"Operations": [POST, "x"]}, "Operations[1] must be an object", id="an operation that is a text"),
        pytest.param({"Operations": [{"path": "/Users"}]}, "Operations[0].method", id="no method"),
        pytest.param({"Operations": [{"method": "GET", "path": "/Users"}]}, "not 'GET'", id="a method that changes nothing"),
        pytest.param({"Operations": [{"method": "POST"}]}, "Operations[0].path", id="no path"),
        pytest.param({"Operations": [{"method": "POST", "path": 7}]}, "Operations[0].path", id="a path that is a number"),
        pytest.param({"Operations": [{**POST, "bulkId": 7}]}, "Operations[0].bulkId", id="a bulkId that is a number"),
        pytest.param({"Operations": [{**POST, "bulkId": ""}]}, "Operations[0].bulkId", id="an empty bulkId"),
        pytest.param({"Operations": [{**POST, "version": 7}]}, "Operations[0].version", id="a version that is a number"),
        pytest.param({"Operations": [POST, POST]}, "2 operations bear the bulkId 'a'", id="a bulkId twice"),
        pytest.param({"Operations": [POST], "failOnErrors": 0}, "from 1 on, not 0", id="no errors at all"),
        pytest.param({"Operations": [POST], "failOnErrors": "1"}, "whole number", id="a number in quotes"),
        pytest.param({"Operations": [POST], "failOnErrors": True}, "whole number", id="a boolean"),
    ],
)  # fmt: skip
def test_an_envelope_that_cannot_be_read_is_refused_as_a_whole(body: Any, reason: str) -> None:
    with pytest.raises(ScimError) as raised:
        read_bulk(body, ROOT)

    assert (raised.value.status, raised.value.scim_type) == (400, "invalidSyntax")
    assert reason in raised.value.detail


def test_more_operations_than_the_limit_are_too_large() -> None:
    delete = {"method": "DELETE", "path": "/Users/7"}
    read(*[delete] * MAX_OPERATIONS)

    with pytest.raises(ScimError, match=r"1001 operations exceed the maxOperations \(1000\)") as raised:
        read(*[delete] * (MAX_OPERATIONS + 1))

    assert raised.value.status == 413


@pytest.mark.parametrize(
    ("value", "references", "after"),
    [
        pytest.param("bulkId:a", {"a"}, "1", id="a value"),
        pytest.param({"members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}]}, {"a", "b"},
                     {"members": [{"value": "1"}, {"value": "2"}]}, id="in entries of a list"),
        pytest.param({"$ref": "https://cards.example/scim/v2/Users/bulkId:a"}, {"a"},
                     {"$ref": "https://cards.example/scim/v2/Users/1"}, id="at the end of an address"),
        pytest.param({"path": 'members[value eq "bulkId:a"]'}, {"a"}, {"path": 'members[value eq "1"]'}, id="in a path"),
        pytest.param({"path": 'members[value eq "bulkId:a" or value eq "bulkId:b"]'}, {"a", "b"},
                     {"path": 'members[value eq "1" or value eq "2"]'}, id="twice in a path"),
        pytest.param("bulkId:c/d e", {"c/d e"}, "3", id="a bulkId of any characters"),
        pytest.param("see bulkId:a", set(), "see bulkId:a", id="within a text"),
        pytest.param("BULKID:a", set(), "BULKID:a", id="in capitals"),
        pytest.param("bulkId:", set(), "bulkId:", id="no name"),
        pytest.param({"bulkId:a": 1}, set(), {"bulkId:a": 1}, id="a name of a key"),
        pytest.param([True, None, 7.5], set(), [True, None, 7.5], id="what is no text"),
    ],
)  # fmt: skip
def test_references(value: Any, references: set[str], after: Any) -> None:
    [operation] = read({"method": "PATCH", "path": "/Groups/7", "data": value}).operations

    assert operation.references == references
    assert resolved(value, {"a": "1", "b": "2", "c/d e": "3"}) == after


def test_a_path_refers_too() -> None:
    [operation] = read({"method": "DELETE", "path": "/Users/bulkId:a"}).operations

    assert operation.references == {"a"}


PATCH = {"method": "PATCH", "path": "/Groups/7", "data": {"value": "bulkId:a"}}


@pytest.mark.parametrize(
    ("operations", "order"),
    [
        pytest.param([post("a"), post("b"), post("c")], [(0,), (1,), (2,)], id="as sent"),
        pytest.param([post("a", "b"), post("c"), post("b")], [(2,), (0,), (1,)], id="whoever is referred to first"),
        pytest.param([post("a", "b"), post("b", "a"), post("c")], [(0, 1), (2,)], id="a circle of two together"),
        pytest.param([post("a", "a")], [(0,)], id="somebody who refers to themselves"),
        pytest.param([post("a", "b"), post("b", "c"), post("c", "a")], [(0, 1, 2)], id="a circle of three"),
        pytest.param([post("c", "a"), post("a", "b"), post("b", "a")], [(1, 2), (0,)], id="a circle, then who refers to it"),
        pytest.param([post("a", "b"), post("b", "a", "c"), post("c")], [(2,), (0, 1)], id="a circle after whom it refers to"),
        pytest.param([post("a", "b", "c"), post("b", "a"), post("c", "d"), post("d", "c")], [(2, 3), (0, 1)], id="two circles"),
        pytest.param([PATCH, {**PATCH, "data": {}}, post("a")], [(2,), (0,), (1,)], id="changes of one group keep their order"),
        pytest.param([post("a", "nobody"), PATCH], [(0,), (1,)], id="nobody comes before nobody"),
    ],
)  # fmt: skip
def test_order(operations: list[dict[str, Any]], order: list[tuple[int, ...]]) -> None:
    assert in_order(read(*operations).operations) == order


def test_a_chain_may_be_as_long_as_the_request() -> None:
    chain = [post(str(place), str(place + 1)) for place in range(MAX_OPERATIONS - 1)]

    order = in_order(read(*chain, post(str(MAX_OPERATIONS - 1))).operations)

    assert order == [(place,) for place in reversed(range(MAX_OPERATIONS))]


@given(
    st.integers(1, 12).flatmap(lambda size: st.lists(st.sets(st.integers(0, size - 1)), min_size=size, max_size=size))
)
def test_in_any_order_everybody_comes_once_and_after_or_with_whom_they_refer_to(graph: list[set[int]]) -> None:
    operations = read(*(post(str(place), *map(str, names)) for place, names in enumerate(graph))).operations

    order = in_order(operations)

    turn = {place: number for number, unit in enumerate(order) for place in unit}
    assert sorted(place for unit in order for place in unit) == list(range(len(graph)))
    assert all(turn[other] <= turn[place] for place, names in enumerate(graph) for other in names)
    for unit in order:
        assert all(_reaches(graph, one, other) for one in unit for other in unit if one != other)


def _reaches(graph: list[set[int]], start: int, goal: int) -> bool:
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            waiting.extend(graph[place])
    return goal in seen

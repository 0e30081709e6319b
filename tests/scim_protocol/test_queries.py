"""What requests want of a list: the same in a URL and in a SearchRequest (RFC 7644 §3.4.2, §3.4.3, RFC 9865 §2)."""

from __future__ import annotations

from typing import Any

import pytest

from app.scim.protocol.errors import ScimError
from app.scim.protocol.projection import Projection
from app.scim.protocol.queries import (
    DEFAULT_COUNT,
    MAX_COUNT,
    MAX_INDEX,
    SEARCH_URN,
    ListQuery,
    read_list_query,
    read_search_request,
)

SCHEMAS = [SEARCH_URN]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param({}, ListQuery(), id="nothing"),
        pytest.param({"aadOptscim062020": ""}, ListQuery(), id="a sender's flag"),
        pytest.param({"filter": ""}, ListQuery(filter=""), id="an empty filter is one"),
        pytest.param({"sortBy": "title"}, ListQuery(sort_by="title"), id="an order ascends"),
        pytest.param({"sortBy": "title", "sortOrder": "Descending"}, ListQuery(sort_by="title", descending=True), id="or descends"),
        pytest.param({"startIndex": "0"}, ListQuery(start_index=1), id="an index below the first"),
        pytest.param({"startIndex": "-99999999999999999999"}, ListQuery(start_index=1), id="far below"),
        pytest.param({"startIndex": "99999999999999999999"}, ListQuery(start_index=MAX_INDEX), id="beyond every list"),
        pytest.param({"count": "-1"}, ListQuery(count=0), id="a negative count"),
        pytest.param({"count": "5000"}, ListQuery(count=MAX_COUNT), id="a count above the largest page"),
        pytest.param({"count": " 5 "}, ListQuery(count=5), id="blanks around a number"),
        pytest.param({"cursor": ""}, ListQuery(cursor=""), id="the first page by cursors"),
        pytest.param({"attributes": "id, userName,,"}, ListQuery(projection=Projection(("id", "userName"))), id="names"),
    ],
)  # fmt: skip
def test_the_arguments_of_a_url_mean(arguments: dict[str, str], expected: ListQuery) -> None:
    assert read_list_query(arguments) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({}, ListQuery(), id="nothing"),
        pytest.param({"filter": None, "count": None, "cursor": None, "attributes": None}, ListQuery(), id="nulls"),
        pytest.param({"whatever": {"is": "sent"}}, ListQuery(), id="a member that means nothing"),
        pytest.param(
            {
                "FILTER": "title pr",
                "sortby": "title",
                "sortOrder": "descending",
                "startIndex": 11,
                "count": 10,
                "excludedAttributes": ["name", "emails.type"],
            },
            ListQuery("title pr", "title", True, 11, None, 10, Projection((), ("name", "emails.type"))),
            id="all of them, names in any case",
        ),
        pytest.param({"cursor": "", "count": 0}, ListQuery(cursor="", count=0), id="by cursors"),
        pytest.param({"count": "10"}, ListQuery(count=10), id="a number as text"),
        pytest.param({"attributes": []}, ListQuery(), id="no names"),
    ],
)
def test_a_search_request_means(body: dict[str, Any], expected: ListQuery) -> None:
    assert read_search_request({"schemas": SCHEMAS, **body}) == expected


def test_a_page_has_a_size_that_is_published() -> None:
    assert (ListQuery().count, ListQuery().start_index, ListQuery().cursor) == (DEFAULT_COUNT, 1, None)


@pytest.mark.parametrize(
    ("body", "scim_type", "reason"),
    [
        pytest.param(None, "invalidSyntax", "JSON object", id="null"),
        pytest.param([], "invalidSyntax", "JSON object", id="a list"),
        pytest.param({}, "invalidSyntax", "schemas", id="no schemas"),
        pytest.param({"schemas": SEARCH_URN}, "invalidSyntax", "schemas", id="schemas that are no list"),
        pytest.param({"schemas": ["urn:x"]}, "invalidSyntax", SEARCH_URN, id="another message"),
        pytest.param({"schemas": SCHEMAS, "filter": 7}, "invalidSyntax", "filter must be a text", id="a filter"),
        pytest.param({"schemas": SCHEMAS, "sortBy": ["x"]}, "invalidSyntax", "sortBy must be a text", id="a list to sort by"),
        pytest.param({"schemas": SCHEMAS, "cursor": 7}, "invalidSyntax", "cursor must be a text", id="a cursor"),
        pytest.param({"schemas": SCHEMAS, "attributes": "id"}, "invalidSyntax", "attributes must be a list", id="a name alone"),
        pytest.param({"schemas": SCHEMAS, "attributes": [7]}, "invalidSyntax", "attributes must be a list", id="no names"),
        pytest.param({"schemas": SCHEMAS, "count": True}, "invalidValue", "count must be a whole number", id="a boolean count"),
        pytest.param({"schemas": SCHEMAS, "count": 1.5}, "invalidValue", "count must be a whole number", id="half a resource"),
        pytest.param({"schemas": SCHEMAS, "startIndex": "x"}, "invalidValue", "startIndex must be a whole number", id="no index"),
        pytest.param({"schemas": SCHEMAS, "count": "x", "cursor": ""}, "invalidCount", "count must be a whole number", id="a count by cursors"),
        pytest.param({"schemas": SCHEMAS, "sortOrder": "up"}, "invalidValue", "ascending or descending, not 'up'", id="no order"),
        pytest.param({"schemas": SCHEMAS, "cursor": "", "startIndex": 1}, "invalidValue", "together with cursor", id="two ways to page"),
        pytest.param({"schemas": SCHEMAS, "attributes": ["id"], "excludedAttributes": ["id"]}, "invalidValue", "together with attributes", id="with and without"),
    ],
)  # fmt: skip
def test_a_search_request_is_refused(body: Any, scim_type: str, reason: str) -> None:
    with pytest.raises(ScimError) as refused:
        read_search_request(body)

    assert (refused.value.status, refused.value.scim_type) == (400, scim_type)
    assert reason in refused.value.detail

"""A bulk request is many requests: each of its operations leaves the row that it would leave alone."""

from __future__ import annotations

from tests.log.conftest import Log
from tests.support.client import Client

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_each_operation_leaves_one_row_done_or_refused(client: Client, log: Log) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "ines", "data": {"userName": "ines@nordwind.example"}},
        {"method": "POST", "path": "/Users", "bulkId": "again", "data": {"userName": "INES@nordwind.example"}},
        {"method": "POST", "path": "/Groups", "bulkId": "sales", "data": {"displayName": "Sales", "members": [{"value": "bulkId:ines"}]}},
        {"method": "DELETE", "path": "/Robots/7"},
    ]  # fmt: skip

    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": operations})

    rows = log.rows()
    assert [one["status"] for one in answer.get_json(force=True)["Operations"]] == ["201", "409", "201", "404"]
    assert [row["status"] for row in rows] == [201, 409, 201, 404]
    assert [row["sentence"].partition(":")[0] for row in rows] == [
        "created ines@nordwind.example",
        "creating INES@nordwind.example refused",
        "created Sales with 1 member",
        "DELETE /Robots refused",
    ]
    assert {row["request_id"] for row in rows} == {answer.headers["X-Request-Id"]}


def test_a_circle_of_groups_leaves_a_row_for_each(client: Client, log: Log) -> None:
    circle = [("a", "b"), ("b", "a")]
    operations = [
        {"method": "POST", "path": "/Groups", "bulkId": one, "data": {"displayName": one, "members": [{"value": f"bulkId:{other}"}]}}
        for one, other in circle
    ]  # fmt: skip

    client.post("/Bulk", {"schemas": [BULK], "Operations": operations})

    assert [(row["method"], row["resource"], row["status"]) for row in log.rows()] == [("POST", "Group", 201)] * 2


def test_a_bulk_request_that_cannot_be_read_leaves_one_row(client: Client, log: Log) -> None:
    client.post("/Bulk", {"schemas": [BULK], "Operations": "all"})

    [row] = log.rows()
    assert (row["status"], row["resource"]) == (400, "Bulk")

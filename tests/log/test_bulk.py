"""A bulk request in the log: a row for each operation, as if it had come alone, all under the request's id."""

from __future__ import annotations

from typing import Any

from tests.log.conftest import Log
from tests.support.client import Client


def create(bulk_id: str, endpoint: str = "/Users", **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data}


def test_each_operation_leaves_its_row(client: Client, log: Log) -> None:
    answer = client.post(
        "/Bulk",
        {
            "Operations": [
                create("ann", userName="ann@nordwind.example"),
                create("again", userName="ANN@nordwind.example"),
                {"method": "DELETE", "path": "/Robots/7"},
                create("Sales", "/Groups", displayName="Sales", members=[{"value": "bulkId:again"}]),
                {"method": "DELETE", "path": "/Users/bulkId:ann"},
            ]
        },
    )

    rows = log.rows()
    results = answer.get_json(force=True)["Operations"]
    sentences = {row["status"]: row["sentence"] for row in rows if row["method"] != "POST"}
    refused = sorted(row["sentence"] for row in rows if row["status"] == 409)
    assert {row["request_id"] for row in rows} == {answer.headers["X-Request-Id"]}
    assert sorted(str(row["status"]) for row in rows) == sorted(one["status"] for one in results)
    assert sentences[204] == "deleted ann@nordwind.example"
    assert "There is no endpoint /Robots/7" in sentences[404]
    assert refused[0].startswith("creating ANN@nordwind.example refused: userName")
    assert refused[1].startswith("creating Sales refused: bulkId:again was not created")
    assert len(log.rows("--user", "ann@nordwind.example")) == 3


def test_groups_in_a_circle_are_told_apart(client: Client, log: Log) -> None:
    ann = client.create_user("ann@nordwind.example")["id"]
    first = create("A", "/Groups", displayName="A", members=[{"value": "bulkId:B"}, {"value": ann}])
    second = create("B", "/Groups", displayName="B", members=[{"value": "bulkId:A"}])

    client.post("/Bulk", {"Operations": [first, second]})

    assert sorted(log.sentences()[1:]) == ["created A with 2 members", "created B with 1 member"]

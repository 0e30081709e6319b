"""`lanyard log` finds everything about somebody: under former names, and after they have left."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.support.client import Client


def rename(user_name: str) -> dict[str, Any]:
    return {"op": "replace", "path": "userName", "value": user_name}


RETITLE = {"op": "replace", "path": "title", "value": "CFO"}


@pytest.mark.parametrize("name", ["anna@nordwind.example", "ANNA@nordwind.example", "anna.berg@nordwind.example"])
def test_all_about_a_person_is_found_under_every_name_they_had(client: Client, log: Log, name: str) -> None:
    user = client.create_user("anna@nordwind.example")["id"]
    client.create_user("ben@nordwind.example")
    client.patch(f"/Users/{user}", rename("anna.berg@nordwind.example"))
    client.patch(f"/Users/{user}", RETITLE)

    assert log.sentences("--user", name) == [
        "created anna@nordwind.example",
        "userName changed to anna.berg@nordwind.example",
        "title set to CFO",
    ]


def test_somebody_who_has_left_is_found_under_the_names_of_before(client: Client, log: Log) -> None:
    user = client.create_user("anna@nordwind.example")["id"]
    tombstone = f"{'5f1e9c0b7a6d4e3f' * 2}anna@nordwind.example"
    client.patch(f"/Users/{user}", rename(tombstone))
    client.delete(f"/Users/{user}")

    found = log.sentences("--user", "anna@nordwind.example")

    assert found == ["created anna@nordwind.example", f"userName changed to {tombstone}", f"deleted {tombstone}"]
    assert log.sentences("--user", tombstone) == found


def test_a_name_that_somebody_else_has_now_finds_both(client: Client, log: Log) -> None:
    first = client.create_user("max@nordwind.example")["id"]
    client.delete(f"/Users/{first}")
    client.create_user("max@nordwind.example", title="Clerk")

    rows = log.rows("--user", "max@nordwind.example")

    assert [row["method"] for row in rows] == ["POST", "DELETE", "POST"]
    assert len({row["person"] for row in rows}) == 2


def test_what_was_refused_is_found_by_the_name_that_was_sent(client: Client, log: Log) -> None:
    client.post("/Users", {"userName": "eva@nordwind.example", "active": "perhaps"})
    client.post("/Users", {"userName": "ben@nordwind.example", "active": "perhaps"})

    [row] = log.rows("--user", "Eva@Nordwind.example", "--failed")

    assert row["sentence"] == "creating eva@nordwind.example refused: active must be true or false, not 'perhaps'"


def test_who_joins_or_leaves_a_group_alone_is_found(client: Client, log: Log, nordwind: Company) -> None:
    ann, ben, eva = (client.create_user(f"{name}@nordwind.example")["id"] for name in ("ann", "ben", "eva"))
    group = client.create_group("Cards - Sales", ben, eva)["id"]
    client.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ann}]})

    assert log.sentences("--user", "ann@nordwind.example") == [
        "created ann@nordwind.example",
        "1 member added to Cards - Sales (ann@nordwind.example); 1 card issued",
    ]


def test_the_newest_rows_are_shown_and_the_newest_last(client: Client, log: Log) -> None:
    for number in range(5):
        client.create_user(f"user{number}@nordwind.example")

    assert log.sentences("--limit", "2") == ["created user3@nordwind.example", "created user4@nordwind.example"]
    assert log.run("log", "--limit", "0").exit_code == 2


def test_the_log_is_a_table_for_people(client: Client, log: Log) -> None:
    client.create_user("ines@nordwind.example", title="CFO")

    header, line = log.run("log").stdout.splitlines()

    assert re.split(r"\s{2,}", header) == ["AT (UTC)", "BY", "STATUS", "ABOUT", "WHAT"]
    assert re.split(r"\s{2,}", line)[1:] == [
        "token:Entra",
        "201",
        "ines@nordwind.example",
        "created ines@nordwind.example",
    ]


@pytest.mark.parametrize("command", [("log",), ("people", "list")])
def test_a_name_neither_begins_a_line_of_its_own_nor_speaks_to_the_terminal(
    client: Client, log: Log, command: tuple[str, ...]
) -> None:
    client.create_user("ines\nFORGED\x1b[31m@nordwind.example")

    lines = log.run(*command).stdout.splitlines()

    assert len(lines) == 2
    assert "\x1b" not in lines[1]
    assert "FORGED" in lines[1]

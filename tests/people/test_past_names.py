"""What people were called: kept with the person, shown by `lanyard people why`, found again years later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.engine import Engine

from app.core.db import ORGANIZATION
from app.directory.tables import past_user_names, provisioning_log
from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import NEW_ID, OLD_ID
from tests.support.client import Client

TOMBSTONE = f"{'5f1e9c0b7a6d4e3f' * 2}anna@nordwind.example"


def to(user_name: str, **attributes: Any) -> dict[str, Any]:
    """A change of userName and more."""
    return {"op": "replace", "value": {"userName": user_name, **attributes}}


def formerly(lanyard: Log, name: str) -> list[str]:
    return [one["user_name"] for one in lanyard.json("people", "why", name)["formerly"]]


@pytest.mark.parametrize(
    ("changes", "now", "before"),
    [
        pytest.param([], "anna@nordwind.example", [], id="never renamed"),
        pytest.param([to("Anna.Berg@nordwind.example")], "Anna.Berg@nordwind.example", ["anna@nordwind.example"], id="renamed"),
        pytest.param([to("b@x"), to("C@x"), to("d@x")], "d@x", ["C@x", "b@x", "anna@nordwind.example"], id="the latest first"),
        pytest.param([to("ANNA@nordwind.example")], "ANNA@nordwind.example", [], id="other letters are the same name"),
        pytest.param([to("b@x"), to("anna@nordwind.example")], "anna@nordwind.example", ["b@x"], id="there and back"),
        pytest.param([to("b@x"), to("c@x"), to("b@x"), to("c@x")], "c@x", ["b@x", "anna@nordwind.example"], id="each name once"),
        pytest.param([to(TOMBSTONE, active=False)], TOMBSTONE, ["anna@nordwind.example"], id="in the recycle bin"),
        pytest.param([to(TOMBSTONE, active=False), to("anna@nordwind.example", active=True)], "anna@nordwind.example", [], id="out of the recycle bin"),
        pytest.param([to(TOMBSTONE, active=True), to("b@x")], "b@x", [TOMBSTONE, "anna@nordwind.example"], id="an active person may be called so"),
    ],
)  # fmt: skip
def test_the_names_somebody_had(
    client: Client, lanyard: Log, changes: list[dict[str, Any]], now: str, before: list[str]
) -> None:
    user = client.create_user("anna@nordwind.example")["id"]

    for change in changes:
        assert client.patch(f"/Users/{user}", change).status_code == 200

    assert formerly(lanyard, now) == before


@pytest.mark.parametrize(
    ("last", "names"),
    [
        pytest.param([], ["anna@nordwind.example"], id="deleted"),
        pytest.param([to("b@x")], ["b@x", "anna@nordwind.example"], id="renamed and deleted"),
        pytest.param([to(TOMBSTONE, active=False)], ["anna@nordwind.example"], id="from the recycle bin"),
    ],
)
def test_somebody_who_has_left_is_called_by_their_last_name_long_after_the_log_forgot(
    client: Client, nordwind: Company, lanyard: Log, last: list[dict[str, Any]], names: list[str]
) -> None:
    user = client.create_user("anna@nordwind.example", externalId=OLD_ID)["id"]
    for change in last:
        client.patch(f"/Users/{user}", change)
    client.delete(f"/Users/{user}")
    nordwind.write(
        lambda tx: tx.execute(delete(provisioning_log).where(provisioning_log.c.organization_id == ORGANIZATION))
    )

    for called in (*names, "ANNA@nordwind.example", OLD_ID, OLD_ID.upper()):
        found = lanyard.json("people", "why", called)
        assert (found["person"]["user_name"], found["person"]["deleted"]) == (names[0], True)
        assert [one["user_name"] for one in found["formerly"]] == names


def test_a_name_says_until_when_and_which_request_took_it(client: Client, nordwind: Company, lanyard: Log) -> None:
    user = client.create_user("anna@nordwind.example")["id"]
    client.patch(f"/Users/{user}", to("b@x"))
    [_, renamed] = lanyard.rows("--user", "b@x")

    [name] = lanyard.json("people", "why", "b@x")["formerly"]
    with nordwind.database.read(nordwind.organization_id) as reader:
        [kept] = reader.execute(select(past_user_names).where(past_user_names.c.organization_id == ORGANIZATION))

    assert name == {"user_name": "anna@nordwind.example", "until": renamed["at"]}
    assert (kept.request_id, kept.until) == (renamed["request_id"], datetime.fromisoformat(renamed["at"]))


def test_the_names_are_shown_to_people(client: Client, lanyard: Log) -> None:
    user = client.create_user("anna\nFORGED@nordwind.example")["id"]
    client.patch(f"/Users/{user}", to("b@x"))

    lines = lanyard.run("people", "why", "b@x").stdout.splitlines()

    assert lines[0] == "b@x (no display name), active in the directory"
    assert lines[2].split() == ["FORMERLY", "UNTIL"]
    assert lines[3].startswith("anna\N{REPLACEMENT CHARACTER}FORGED@nordwind.example  20")


def test_whoever_has_the_name_now_comes_first(client: Client, lanyard: Log) -> None:
    first = client.create_user("max@nordwind.example", externalId=OLD_ID)["id"]
    client.delete(f"/Users/{first}")
    client.create_user("max@nordwind.example", externalId=NEW_ID)

    assert lanyard.json("people", "why", "max@nordwind.example")["person"]["external_id"] == NEW_ID
    assert lanyard.json("people", "why", OLD_ID)["person"]["deleted"]


def test_a_name_that_several_had_finds_nobody_and_names_them_by_id(client: Client, lanyard: Log) -> None:
    for external_id in (OLD_ID, None):
        user = client.create_user("max@nordwind.example", **({"externalId": external_id} if external_id else {}))["id"]
        client.delete(f"/Users/{user}")
    person = lanyard.rows("--user", "max@nordwind.example")[-1]["person"]

    result = lanyard.run("people", "why", "max@nordwind.example")

    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: 2 people are or were called 'max@nordwind.example': {OLD_ID} (deleted by the directory),"
        f" {person} (deleted by the directory); name one of them by this id\n"
    )
    assert lanyard.json("people", "why", person)["person"]["external_id"] is None


def test_of_very_many_some_are_named(client: Client, lanyard: Log) -> None:
    for _ in range(10):
        client.delete(f"/Users/{client.create_user('max@nordwind.example')['id']}")

    stderr = lanyard.run("people", "why", "max@nordwind.example").stderr

    assert stderr.count("(deleted by the directory)") == 8
    assert " and 2 more; name one of them" in stderr


def test_writes_that_take_no_name_away_write_nothing_about_names(client: Client) -> None:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    user = client.create_user("anna@nordwind.example")["id"]
    event.listen(Engine, "before_cursor_execute", note)
    try:
        client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "CFO"})
        about_names = [statement for statement in sent if "past_user_names" in statement]
        client.patch(f"/Users/{user}", to("b@x"))
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert about_names == []
    assert len([statement for statement in sent if "past_user_names" in statement]) == 1


def test_a_very_long_name_is_found_all_the_same(client: Client, lanyard: Log) -> None:
    long = "a" * 1_000 + "@nordwind.example"
    user = client.create_user(long)["id"]
    client.patch(f"/Users/{user}", to("b@x"))

    assert lanyard.json("people", "why", long)["person"]["user_name"] == "b@x"
    assert formerly(lanyard, "b@x") == [long]

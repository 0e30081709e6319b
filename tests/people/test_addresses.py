"""Addresses never die: both of two cards that became one open it, and go down with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.cards import by_hand
from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import SALES, comer, leaver, merge

BELOW = ("", "/", ".vcf", "/qr.svg", "/qr.png", "/qr.png?size=300&x=%0D%0A", "/theme.css")


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture
def joined(nordwind: Company) -> tuple[str, str]:
    """The permanent public id of a card, and its other one."""
    old, new = leaver(nordwind, SALES)["Sales"], comer(nordwind, SALES)["Sales"]
    merge(nordwind)
    return old, new


@pytest.mark.parametrize("written", [str.lower, str.upper])
@pytest.mark.parametrize("rest", BELOW)
def test_the_other_address_leads_to_the_same_below_the_permanent_one(
    visitor: FlaskClient, joined: tuple[str, str], rest: str, written: Callable[[str], str]
) -> None:
    permanent, other = joined

    answer = visitor.get(f"{written(f'/c/{other}')}{rest}", headers={"If-None-Match": "*"})
    there = visitor.get(answer.headers["Location"])

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/c/{permanent}{rest}")
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-cache", False)
    assert there.status_code == 200
    assert "Max" not in answer.text


def test_the_code_under_either_address_is_the_permanent_one(visitor: FlaskClient, joined: tuple[str, str]) -> None:
    permanent, other = joined

    for code in ("/qr.svg", "/qr.png"):
        followed = visitor.get(f"/c/{other}{code}", follow_redirects=True)
        assert followed.data == visitor.get(f"/c/{permanent}{code}").data


def leave(company: Company, _public_id: str) -> None:
    company.leave(SALES, "max.new")


def pause(company: Company, public_id: str) -> None:
    company.write(lambda tx: by_hand.pause(tx, [public_id]))


def remove(company: Company, public_id: str) -> None:
    company.write(lambda tx: by_hand.delete(tx, [public_id]))


@pytest.mark.parametrize(
    ("happening", "status"),
    [pytest.param(leave, 410, id="left"), pytest.param(pause, 410, id="paused"), pytest.param(remove, 404, id="deleted")],
)  # fmt: skip
def test_both_addresses_go_down_together(
    nordwind: Company,
    visitor: FlaskClient,
    joined: tuple[str, str],
    happening: Callable[[Company, str], None],
    status: int,
) -> None:
    happening(nordwind, joined[0])

    answers = [visitor.get(f"/c/{public_id}{rest}") for public_id in joined for rest in BELOW]

    assert {answer.status_code for answer in answers} == {status}
    assert not any("Max" in answer.text or "ETag" in answer.headers for answer in answers)


def test_a_card_costs_one_query_as_before(visitor: FlaskClient, joined: tuple[str, str]) -> None:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        visitor.get(f"/c/{joined[0]}")
        for_permanent = len(sent)
        visitor.get(f"/c/{joined[1]}")
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert (for_permanent, len(sent) - for_permanent) == (1, 2)


def test_the_host_that_was_asked_for_is_not_repeated(visitor: FlaskClient, joined: tuple[str, str]) -> None:
    location = visitor.get(f"/c/{joined[1]}", base_url="https://evil.example").headers["Location"]

    assert (urlsplit(location).netloc, location) == ("", f"/c/{joined[0]}")


def test_commands_take_either_id(nordwind: Company, joined: tuple[str, str], lanyard: Log) -> None:
    paused = lanyard.run("cards", "pause", joined[1], joined[0])

    assert paused.exit_code == 0
    assert nordwind.states() == {("max.new", "Sales"): "paused"}
    assert lanyard.run("cards", "delete", joined[1]).exit_code == 0
    assert f"there is no card '{joined[1]}'" in lanyard.run("cards", "resume", joined[1]).stderr

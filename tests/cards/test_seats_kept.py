"""How many seats are taken is kept where there is a limit: no push counts them, and the number is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.cards import by_hand, releasing
from app.cards.decision import SEATED
from app.core.db import ORGANIZATION
from app.directory.tables import organizations
from tests.cards.conftest import Company
from tests.scim.test_statements import statements

CARDS = """
organization: {seat_limit: 4, brake: {people: 2, percent: 0}}
templates: [{name: Sales}, {name: Wardens}]
bindings: [{group: Sellers, template: Sales}]
"""


@pytest.fixture
def limited(nordwind: Company) -> Company:
    """Four of five have a seat; Ed waits."""
    nordwind.hire("ann", "bob", "cid", "dan", "ed")
    nordwind.group("Sellers", "ann", "bob", "cid", "dan")
    nordwind.group("Guards")
    nordwind.apply(CARDS)
    nordwind.join("Sellers", "ed")
    return nordwind


def kept(company: Company) -> int | None:
    with company.database.read(company.organization_id) as reader:
        statement = select(organizations.c.seats_taken).where(organizations.c.id == ORGANIZATION)
        return reader.execute(statement).scalar_one()  # type: ignore[no-any-return]


def counted(company: Company) -> int:
    return len({row.person_id for row in company.card_rows() if row.state in SEATED})


def by_admin(act: Callable[[Any, list[str]], Any]) -> Callable[[Company], None]:
    def run(company: Company) -> None:
        company.write(lambda tx: act(tx, [company.card_ids()["ann", "Sales"]]))

    return run


def _approve(company: Company) -> None:
    company.leave("Sellers", "ann", "bob", "cid")
    company.write(releasing.approve)


def _reject(company: Company) -> None:
    company.leave("Sellers", "ann", "bob", "cid")
    company.write(releasing.reject)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda company: company.leave("Sellers", "ann"), id="a member leaves"),
        pytest.param(lambda company: company.leave("Sellers", "ann", "bob", "cid"), id="many leave and are held"),
        pytest.param(_approve, id="the brake is approved"),
        pytest.param(_reject, id="the brake is rejected"),
        pytest.param(lambda company: company.change("ann", active=False), id="a person is disabled"),
        pytest.param(lambda company: company.dismiss("ann"), id="a person is deleted"),
        pytest.param(lambda company: company.disband("Sellers"), id="the group is deleted"),
        pytest.param(by_admin(by_hand.pause), id="an admin pauses"),
        pytest.param(by_admin(by_hand.delete), id="an admin deletes"),
        pytest.param(lambda company: company.apply("bindings: []"), id="unbound"),
        pytest.param(lambda company: company.apply("organization: {seat_limit: 2}"), id="fewer seats"),
        pytest.param(lambda company: company.apply("organization: {seat_limit: 9}"), id="more seats"),
    ],
)
def test_the_number_is_right_after_every_act(limited: Company, act: Callable[[Company], None]) -> None:
    act(limited)
    at_once = kept(limited), counted(limited)

    limited.join("Guards", "bob")
    limited.change("bob", active=False)
    afterwards = kept(limited), counted(limited)

    assert at_once[0] in {None, at_once[1]}
    assert afterwards[0] in {None, afterwards[1]}


def test_a_push_counts_nobody(limited: Company) -> None:
    limited.leave("Sellers", "dan")

    with statements() as sent:
        limited.change("ed", active=False)
        limited.join("Sellers", "dan")

    # The brake counts the removals of the last hour, and those alone.
    counts = [statement for statement, _ in sent if "count(" in statement.lower()]
    assert [statement for statement in counts if "down_at" not in statement] == []
    assert kept(limited) == counted(limited) == 4


def test_without_a_limit_nothing_is_kept(limited: Company) -> None:
    limited.apply("organization: {seat_limit: null}")

    limited.leave("Sellers", "ann")

    assert kept(limited) is None

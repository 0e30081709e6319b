"""Pushes become cards in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.cards import issuing
from app.cards.public_ids import read_public_id
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from tests.cards.conftest import SALES_ONLY, Company

MAIN = """
    templates: [{name: Board}, {name: Sales}]
    bindings:
      - {group: "Cards - Board", template: Board, exclusive: main}
      - {group: "Cards - Sales", template: Sales, exclusive: main}
    """


def test_joining_a_bound_group_issues_a_live_card(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales")
    nordwind.apply(SALES_ONLY)

    nordwind.join("Cards - Sales", "ines")

    assert nordwind.states() == {("ines", "Sales"): "live"}
    assert "card.issued" in nordwind.audited()


def test_a_public_id_has_130_random_bits_in_lower_case(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines", "jo")

    nordwind.apply(SALES_ONLY)

    ids = set(nordwind.card_ids().values())
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{26}", public_id) for public_id in ids)
    assert {read_public_id(public_id.upper()) for public_id in ids} == ids


@pytest.mark.parametrize("text", ["", "a" * 25, "a" * 27, "u" * 26, "ä" * 26, "a" * 25 + "/"])
def test_other_texts_are_no_public_ids(text: str) -> None:
    assert read_public_id(text) is None


def _leaves(company: Company) -> None:
    company.leave("Cards - Sales", "ines")


def _is_disabled(company: Company) -> None:
    company.change("ines", active=False)


def _is_deleted(company: Company) -> None:
    company.dismiss("ines")


def _group_goes(company: Company) -> None:
    company.disband("Cards - Sales")


def _joins(company: Company) -> None:
    company.join("Cards - Sales", "ines")


def _is_enabled(company: Company) -> None:
    company.change("ines", active=True)


def _comes_back(company: Company) -> None:
    company.hire("ines", externalId=GUID)
    company.join("Cards - Sales", "ines")


def _group_comes_back(company: Company) -> None:
    company.group("Cards - Sales", "ines")


GUID = "8a52b4a0-5c5e-4a4f-9a55-2f5f0c9d7c11"


@pytest.mark.parametrize(
    ("ends", "returns"),
    [
        pytest.param(_leaves, _joins, id="leaving the group"),
        pytest.param(_is_disabled, _is_enabled, id="being disabled"),
        pytest.param(_is_deleted, _comes_back, id="being deleted"),
        pytest.param(_group_goes, _group_comes_back, id="losing the group"),
    ],
)
def test_a_card_is_paused_by(
    ends: Callable[[Company], None], returns: Callable[[Company], None], nordwind: Company
) -> None:
    nordwind.hire("ines", externalId=GUID)
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES_ONLY)
    (before,) = nordwind.card_rows()

    ends(nordwind)
    (paused,) = nordwind.card_rows()
    returns(nordwind)
    (after,) = nordwind.card_rows()

    assert [before.state, paused.state, after.state] == ["live", "paused", "live"]
    assert before.public_id == paused.public_id == after.public_id


def test_leaving_one_of_two_groups_keeps_the_card(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.group("Key accounts", "ines")
    nordwind.apply("""
        templates: [{name: Sales}]
        bindings: [{group: "Cards - Sales", template: Sales}, {group: Key accounts, template: Sales}]
        """)

    nordwind.leave("Cards - Sales", "ines")

    assert nordwind.states() == {("ines", "Sales"): "live"}


@pytest.mark.parametrize("joins_first", [True, False])
def test_a_change_of_group_in_an_exclusive_set_moves_the_card(joins_first: bool, nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Board")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(MAIN)
    (before,) = nordwind.card_rows()

    steps = [(nordwind.join, "Cards - Board"), (nordwind.leave, "Cards - Sales")]
    for step, group in steps if joins_first else reversed(steps):
        step(group, "ines")

    (after,) = nordwind.card_rows()
    assert (after.template, after.state, after.public_id) == ("Board", "live", before.public_id)


def test_a_member_that_is_a_group_or_nobody_leads_to_nothing(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Inner", "ines")
    nordwind.group("Cards - Sales")
    nordwind.apply(SALES_ONLY)

    nordwind._people["inner group"] = nordwind._groups["Inner"]
    nordwind._people["nobody"] = "6f0c1c7e-0000-4000-8000-000000000000"
    nordwind.join("Cards - Sales", "inner group", "nobody")

    assert nordwind.states() == {}


def test_a_binding_waits_for_its_group(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.apply("""
        templates: [{name: Sales}, {name: Board}]
        bindings: [{group: "cards - SALES", template: Sales}, {external_id: 0d5c, template: Board}]
        """)

    nordwind.group("Cards - Sales", "ines")
    nordwind.group("Whatever it is called", "jo", external_id="0d5c")

    assert nordwind.states() == {("ines", "Sales"): "live", ("jo", "Board"): "live"}


def test_a_binding_found_its_group_for_good(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales")
    nordwind.apply(SALES_ONLY)

    nordwind.rename("Cards - Sales", "Sellers")
    nordwind.group("Cards - Sales", "jo")
    nordwind.join("Sellers", "ines")

    assert nordwind.states() == {("ines", "Sales"): "live"}
    assert not nordwind.apply(SALES_ONLY).bindings.changed


def test_a_deleted_group_makes_room_for_another_of_its_name(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES_ONLY)
    nordwind.rename("Cards - Sales", "Sellers")
    nordwind.group("Cards - Sales", "jo")

    nordwind.disband("Sellers")

    assert nordwind.states() == {("ines", "Sales"): "paused", ("jo", "Sales"): "live"}


def test_a_freed_seat_issues_the_next_in_the_same_transaction(nordwind: Company) -> None:
    nordwind.apply("organization: {seat_limit: 1}" + SALES_ONLY.replace("\n    ", "\n"))
    nordwind.hire("ines", "jo", "kim")
    nordwind.group("Cards - Sales")
    for name in ("ines", "jo", "kim"):
        nordwind.join("Cards - Sales", name)
    before = nordwind.states()

    nordwind.leave("Cards - Sales", "ines")

    assert before == {("ines", "Sales"): "live", ("jo", "Sales"): "waiting", ("kim", "Sales"): "waiting"}
    assert nordwind.states() == {("ines", "Sales"): "paused", ("jo", "Sales"): "live", ("kim", "Sales"): "waiting"}


def test_reconciling_again_writes_nothing(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES_ONLY)
    (card,) = nordwind.card_rows()

    one = nordwind.write(lambda tx: issuing.reconcile(tx, [card.person_id]))
    everybody = nordwind.write(issuing.reconcile_everybody)

    assert one == everybody
    assert (one.changes, one.unchanged) == ((), 1)
    assert [row.version for row in nordwind.card_rows()] == [1]


def test_what_an_admin_paused_or_deleted_does_not_come_back_by_a_push(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines", "jo")
    nordwind.apply(SALES_ONLY)
    by_hand = cards.update().where(cards.c.organization_id == ORGANIZATION)
    first, second = nordwind.card_rows()
    nordwind.write(
        lambda tx: [
            tx.execute(by_hand.where(cards.c.id == first.id).values(paused_by_admin=True, state="paused")),
            tx.execute(by_hand.where(cards.c.id == second.id).values(state="deleted", wanted=False)),
        ]
    )

    nordwind.leave("Cards - Sales", "ines", "jo")
    nordwind.join("Cards - Sales", "ines", "jo")

    assert {row.id: row.state for row in nordwind.card_rows()} == {first.id: "paused", second.id: "deleted"}


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database._writing, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database._writing, "before_cursor_execute", note)


def test_statements_do_not_grow_with_people(nordwind: Company) -> None:
    names = [f"person{number}" for number in range(30)]
    nordwind.hire(*names)
    nordwind.group("Cards - Sales")
    nordwind.apply(SALES_ONLY)
    nordwind.join("Cards - Sales", names[0])

    with counted_statements(nordwind.database) as for_one:
        nordwind.join("Cards - Sales", names[1])
    with counted_statements(nordwind.database) as for_many:
        nordwind.join("Cards - Sales", *names[2:])

    assert len(for_many) == len(for_one)
    assert set(nordwind.states().values()) == {"live"}

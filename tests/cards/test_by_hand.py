"""Cards by hand: what an admin says of single cards, and how it goes together with what the directory says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.cards import by_hand, previewing, template_store
from app.cards.by_hand import Handled
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.directory import users
from tests.cards.conftest import SALES_ONLY, Company

TWO = """
    templates:
      - {name: Sales, general: {title: {}}}
      - {name: Service, general: {headline: {sync: never, value: At your service}}}
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


def issue(company: Company, template: str, name: str | None) -> Handled:
    def work(tx: Transaction) -> Handled:
        person = None if name is None else users.person_named(tx, f"{name}@nordwind.example")
        return by_hand.issue(tx, template_store.find(tx, template).id, person)

    card: Handled = company.write(work)
    return card


def card_of(company: Company, name: str = "ines", template: str = "Sales") -> str:
    return company.card_ids()[name, template]


@pytest.fixture
def staffed(nordwind: Company) -> Company:
    """Ines, in sales, with a card of a group."""
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(TWO)
    return nordwind


def test_what_an_admin_paused_is_up_again_when_admin_and_directory_both_say_so(staffed: Company) -> None:
    public_id = card_of(staffed)
    states = []

    for step in (
        lambda: staffed.write(lambda tx: by_hand.pause(tx, [public_id])),
        lambda: staffed.leave("Cards - Sales", "ines"),
        lambda: staffed.write(lambda tx: by_hand.resume(tx, [public_id])),
        lambda: staffed.join("Cards - Sales", "ines"),
        lambda: staffed.write(lambda tx: by_hand.pause(tx, [public_id])),
        lambda: staffed.change("ines", active=False),
        lambda: staffed.change("ines", active=True),
        lambda: staffed.write(lambda tx: by_hand.resume(tx, [public_id])),
    ):
        step()
        states.append(staffed.states()["ines", "Sales"])

    assert states == ["paused", "paused", "paused", "live", "paused", "paused", "paused", "live"]


def test_pausing_frees_the_seat_and_resuming_takes_one(staffed: Company) -> None:
    staffed.apply("organization: {seat_limit: 1}")
    staffed.hire("jo")
    staffed.join("Cards - Sales", "jo")

    staffed.write(lambda tx: by_hand.pause(tx, [card_of(staffed)]))
    freed = staffed.states()["jo", "Sales"]
    staffed.write(lambda tx: by_hand.resume(tx, [card_of(staffed)]))

    assert freed == "live"
    assert staffed.states()["ines", "Sales"] == "waiting"


def test_a_deleted_card_is_gone_and_no_group_brings_it_back(staffed: Company, app: Flask) -> None:
    public_id = card_of(staffed)

    staffed.write(lambda tx: by_hand.delete(tx, [public_id]))
    staffed.leave("Cards - Sales", "ines")
    staffed.join("Cards - Sales", "ines")

    assert staffed.states() == {("ines", "Sales"): "deleted"}
    assert app.test_client().get(f"/c/{public_id}").status_code == 404


def test_a_deleted_card_that_is_issued_again_is_back_at_its_address_and_follows_its_group(staffed: Company) -> None:
    public_id = card_of(staffed)
    staffed.write(lambda tx: by_hand.delete(tx, [public_id]))

    again = issue(staffed, "Sales", "ines")
    staffed.leave("Cards - Sales", "ines")

    assert (again.public_id, again.state, again.by_binding) == (public_id, "live", True)
    assert staffed.states() == {("ines", "Sales"): "paused"}


def test_a_deleted_card_whose_group_gives_it_no_more_comes_back_by_hand(staffed: Company) -> None:
    public_id = card_of(staffed)
    staffed.write(lambda tx: by_hand.delete(tx, [public_id]))
    staffed.leave("Cards - Sales", "ines")

    again = issue(staffed, "Sales", "ines")

    assert (again.public_id, again.state, again.by_binding) == (public_id, "live", False)


def test_a_second_card_of_a_template_and_one_of_another_stay_while_their_person_does(staffed: Company) -> None:
    issue(staffed, "Sales", "ines")
    issue(staffed, "Service", "ines")
    staffed.leave("Cards - Sales", "ines")
    without_group = sorted((row.template, row.state) for row in staffed.card_rows())

    staffed.change("ines", active=False)
    away = {row.state for row in staffed.card_rows()}
    staffed.change("ines", active=True)

    assert without_group == [("Sales", "live"), ("Sales", "paused"), ("Service", "live")]
    assert away == {"paused"}
    assert sorted((row.template, row.state) for row in staffed.card_rows()) == without_group


def test_a_deleted_persons_cards_by_hand_are_down_and_back_with_them(nordwind: Company) -> None:
    nordwind.hire("ines", externalId="8a52b4a0-5c5e-4a4f-9a55-2f5f0c9d7c11")
    nordwind.apply("templates: [{name: Service}]")
    issued = issue(nordwind, "Service", "ines")

    nordwind.dismiss("ines")
    away = nordwind.states()
    nordwind.hire("ines", externalId="8a52b4a0-5c5e-4a4f-9a55-2f5f0c9d7c11")

    assert away == {("?", "Service"): "paused"}
    assert nordwind.states() == {("ines", "Service"): "live"}
    assert nordwind.card_ids()["ines", "Service"] == issued.public_id


def test_nobodys_card_is_live_takes_no_seat_and_obeys_the_admin(nordwind: Company, app: Flask) -> None:
    nordwind.apply(
        "organization: {seat_limit: 0}\ntemplates: [{name: Desk, general: {company: {sync: never, value: Nordwind}}}]"
    )

    card = issue(nordwind, "Desk", None)
    live = app.test_client().get(f"/c/{card.public_id}")
    nordwind.write(lambda tx: by_hand.pause(tx, [card.public_id]))
    paused = app.test_client().get(f"/c/{card.public_id}")
    nordwind.write(lambda tx: by_hand.resume(tx, [card.public_id]))

    assert (card.state, live.status_code, paused.status_code) == ("live", 200, 410)
    assert "Nordwind" in live.text
    assert [row.state for row in nordwind.card_rows()] == ["live"]


def test_without_a_seat_a_card_by_hand_waits(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.apply("organization: {seat_limit: 0}\ntemplates: [{name: Service}]")

    card = issue(nordwind, "Service", "ines")
    nordwind.apply("organization: {seat_limit: 1}")

    assert card.state == "waiting"
    assert nordwind.states() == {("ines", "Service"): "live"}


def test_a_moved_card_keeps_its_address_and_groups_neither_move_nor_replace_it(staffed: Company) -> None:
    public_id = card_of(staffed)

    staffed.write(lambda tx: by_hand.move(tx, [public_id], template_store.find(tx, "Service").id))
    staffed.leave("Cards - Sales", "ines")
    staffed.join("Cards - Sales", "ines")

    shown = {(row.template, row.state): row.public_id for row in staffed.card_rows()}
    assert shown["Service", "live"] == public_id
    assert set(shown) == {("Service", "live"), ("Sales", "deleted")}


def test_a_preview_of_a_move_names_every_value_that_changes(staffed: Company) -> None:
    public_id = card_of(staffed)

    with staffed.database.read(staffed.organization_id) as reader:
        service = template_store.find(reader, "Service")
        [preview] = previewing.move(reader, [public_id], service, "https://cards.example")
    staffed.write(lambda tx: by_hand.move(tx, [public_id], service.id))
    with staffed.database.read(staffed.organization_id) as reader:
        [afterwards] = previewing.move(reader, [public_id], service, "https://cards.example")

    assert list(preview.differences()) == [("title", "CFO", None), ("headline", None, "At your service")]
    assert afterwards.before == preview.after
    assert list(afterwards.differences()) == []


@pytest.mark.parametrize(
    ("listed", "error", "reason"),
    [
        pytest.param(lambda public_id: [public_id, "nonsense"], NotFound, "no card 'nonsense'", id="no id"),
        pytest.param(lambda public_id: [public_id, "0" * 26], NotFound, "no card", id="nobody's id"),
    ],
)
def test_of_a_list_with_an_unknown_card_nothing_is_done(staffed: Company, listed: Any, error: Any, reason: str) -> None:
    with pytest.raises(error, match=reason):
        staffed.write(lambda tx: by_hand.delete(tx, listed(card_of(staffed))))

    assert staffed.states() == {("ines", "Sales"): "live"}


def test_a_card_is_not_moved_to_where_it_is(staffed: Company) -> None:
    with pytest.raises(Refused, match="is on this template already"):
        staffed.write(lambda tx: by_hand.move(tx, [card_of(staffed)], template_store.find(tx, "Sales").id))


def test_another_organizations_cards_are_unknown_here(staffed: Company, new_organization: Any, database: Any) -> None:
    other = Company(database, new_organization("other").id)
    other.hire("jo")
    other.group("Cards - Sales", "jo")
    other.apply(SALES_ONLY)

    with pytest.raises(NotFound):
        staffed.write(lambda tx: by_hand.pause(tx, [card_of(other, "jo")]))

    assert other.states() == {("jo", "Sales"): "live"}

"""Somebody who has left becomes the person who came back: cards, addresses and own values go over, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import product

import pytest
from sqlalchemy import bindparam, update

from app.cards import by_hand, releasing, template_store
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import finding, organizations
from tests.cards.conftest import Company
from tests.people.conftest import BOARD, OLD_ID, SALES, aliases, audited, card, comer, leaver, merge, values


def test_a_card_goes_over_with_its_address_and_comes_up_when_it_is_due(nordwind: Company) -> None:
    old = leaver(nordwind, SALES, headline="Ask me")
    comer(nordwind)

    merged = merge(nordwind)
    waiting = card(nordwind, old["Sales"]).state
    nordwind.join(SALES, "max.new")

    assert [(one.id, one.template, one.state, one.address) for one in merged.cards] == [
        (old["Sales"], "Sales", "paused", None)
    ]
    assert (waiting, nordwind.states()) == ("paused", {("max.new", "Sales"): "live"})
    assert nordwind.card_ids()["max.new", "Sales"] == old["Sales"]
    assert values(nordwind, old["Sales"]) == {"headline": "Ask me"}


def test_of_two_cards_of_a_template_the_older_stays_and_the_other_address_leads_to_it(nordwind: Company) -> None:
    old = leaver(nordwind, SALES)
    new = comer(nordwind, SALES, BOARD)

    merged = merge(nordwind)

    assert nordwind.card_ids() == {("max.new", "Sales"): old["Sales"], ("max.new", "Board"): new["Board"]}
    assert nordwind.states() == {("max.new", "Sales"): "live", ("max.new", "Board"): "live"}
    assert aliases(nordwind) == {new["Sales"]: old["Sales"]}
    assert [(one.id, one.address) for one in merged.cards] == [(old["Sales"], new["Sales"])]


def test_the_older_card_stays_also_when_it_is_of_who_came(nordwind: Company) -> None:
    new = comer(nordwind, SALES, headline="Here first")
    old = leaver(nordwind, SALES, headline="Here later", motto="Later")

    merge(nordwind)

    assert nordwind.card_ids() == {("max.new", "Sales"): new["Sales"]}
    assert values(nordwind, new["Sales"]) == {"headline": "Here first", "motto": "Later"}
    assert aliases(nordwind) == {old["Sales"]: new["Sales"]}


FIELDS = """
    templates:
      - name: Sales
        fields: [{fields}]
    bindings: [{{group: "Cards - Sales", template: Sales}}]
    """
STATES = {"none": None, "blank": "", "this": "this", "that": "that"}


def test_no_own_value_is_lost_in_any_combination(nordwind: Company) -> None:
    combined = {f"{older}_{younger}": (older, younger) for older, younger in product(STATES, STATES)}
    fields = ", ".join(f"{{key: {key}, kind: text, label: {key}, sync: never, editable: true}}" for key in combined)
    nordwind.apply(FIELDS.format(fields=fields))

    def of(side: int) -> dict[str, str]:
        return {key: text for key, names in combined.items() if (text := STATES[names[side]]) is not None}

    old = leaver(nordwind, SALES, **of(0))
    new = comer(nordwind, SALES, **of(1))
    before = {0: values(nordwind, old["Sales"]), 1: values(nordwind, new["Sales"])}
    [merged] = merge(nordwind).cards
    after = values(nordwind, old["Sales"])
    [joined] = audited(nordwind, "card.joined")

    assert after == {**before[1], **before[0]}
    assert all(after[key] == value for key, value in before[0].items())
    assert all(
        after[key] == value or merged.dropped == {**merged.dropped, key: value} for key, value in before[1].items()
    )
    assert joined.detail["dropped"] == merged.dropped
    assert set(merged.dropped) == {"blank_this", "blank_that", "this_blank", "this_that", "that_blank", "that_this"}


def pause(company: Company, public_id: str) -> None:
    company.write(partial(by_hand.pause, public_ids=[public_id]))


def remove(company: Company, public_id: str) -> None:
    company.write(partial(by_hand.delete, public_ids=[public_id]))


def nothing(_company: Company, _public_id: str) -> None:
    pass


@pytest.mark.parametrize(
    ("to_old", "to_new", "state", "by_admin", "stays", "leads"),
    [
        pytest.param(nothing, nothing, "live", False, "old", True, id="neither: the older is live"),
        pytest.param(pause, nothing, "paused", True, "old", True, id="the older was paused by an admin"),
        pytest.param(nothing, pause, "paused", True, "old", True, id="the younger was paused by an admin"),
        pytest.param(remove, nothing, "live", False, "new", False, id="the older was deleted: the younger stays"),
        pytest.param(nothing, remove, "paused", True, "old", False, id="the younger was deleted: the older is not put up for it"),
        pytest.param(remove, remove, None, None, None, False, id="both were deleted: none is issued"),
    ],
)  # fmt: skip
def test_what_admins_said_of_either_card_holds(
    nordwind: Company,
    to_old: Callable[[Company, str], None],
    to_new: Callable[[Company, str], None],
    state: str | None,
    by_admin: bool | None,
    stays: str | None,
    leads: bool,
) -> None:
    old, new = leaver(nordwind, SALES)["Sales"], comer(nordwind, SALES)["Sales"]
    to_old(nordwind, old)
    to_new(nordwind, new)

    merge(nordwind)
    nordwind.leave(SALES, "max.new")
    nordwind.join(SALES, "max.new")

    shown = [row for row in nordwind.card_rows() if row.state != "deleted"]
    wanted = {"old": old, "new": new, None: None}[stays]
    assert [(row.public_id, row.state, row.paused_by_admin) for row in shown] == (
        [] if wanted is None else [(wanted, state, by_admin)]
    )
    assert aliases(nordwind) == ({new: old} if leads else {})


def test_a_card_that_was_deleted_comes_back_at_its_address_when_an_admin_issues_it(nordwind: Company) -> None:
    old, new = leaver(nordwind, SALES)["Sales"], comer(nordwind, SALES)["Sales"]
    remove(nordwind, old)
    merge(nordwind)
    person, template = card(nordwind, new).person_id, card(nordwind, new).template_id

    issued = nordwind.write(partial(by_hand.issue, template_id=template, person_id=person))

    assert issued.public_id == old
    assert {card(nordwind, one).state for one in (old, new)} == {"live"}


def issue_by_hand(company: Company, name: str) -> str:
    """A card of Sales by hand; its id."""

    def work(tx: Transaction) -> str:
        person = finding.one(tx, f"{name}@nordwind.example").id
        return by_hand.issue(tx, template_store.find(tx, "Sales").id, person).public_id

    return str(company.write(work))


def test_a_card_by_hand_goes_over_beside_the_one_from_the_group(nordwind: Company) -> None:
    nordwind.hire("max", externalId=OLD_ID)
    further = issue_by_hand(nordwind, "max")
    nordwind.dismiss("max")
    new = comer(nordwind, SALES)["Sales"]

    merge(nordwind)

    assert {one: card(nordwind, one).state for one in (further, new)} == {further: "live", new: "live"}
    assert (card(nordwind, further).by_binding, aliases(nordwind)) == (False, {})


def test_a_card_from_the_group_comes_beside_the_one_by_hand(nordwind: Company) -> None:
    old = leaver(nordwind, SALES)["Sales"]
    comer(nordwind)
    further = issue_by_hand(nordwind, "max.new")

    merge(nordwind)
    nordwind.join(SALES, "max.new")

    assert {one: card(nordwind, one).state for one in (old, further)} == {old: "live", further: "live"}
    assert aliases(nordwind) == {}


EXCLUSIVE = """
    bindings:
      - {group: "Cards - Board", template: Board, exclusive: main}
      - {group: "Cards - Sales", template: Sales, exclusive: main}
    """


def test_of_an_exclusive_set_there_is_one_card_under_both_addresses(nordwind: Company) -> None:
    nordwind.apply(EXCLUSIVE)
    old = leaver(nordwind, SALES, headline="Ask me", motto="Sell")
    new = comer(nordwind, BOARD)

    merge(nordwind)

    assert nordwind.card_ids() == {("max.new", "Board"): old["Sales"]}
    assert nordwind.states() == {("max.new", "Board"): "live"}
    assert aliases(nordwind) == {new["Board"]: old["Sales"]}
    assert values(nordwind, old["Sales"]) == {"headline": "Ask me", "motto": "Sell"}


def test_first_values_of_both_cards_are_kept_and_the_older_ones_count(nordwind: Company) -> None:
    nordwind.apply("templates: [{name: Sales, general: {title: {sync: once}, department: {sync: once}}}]")
    old = leaver(nordwind, SALES)["Sales"]
    comer(nordwind, SALES)
    template = card(nordwind, old).template_id

    def first(company: Company, person_id: str, **saved: str) -> None:
        entries = {
            key: {"value": value, "since": 1, "at": "2026-11-25T09:00:00.000000Z"} for key, value in saved.items()
        }
        company.write(
            lambda tx: tx.execute(
                update(cards)
                .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id == person_id)
                .values(once={template: entries})
            )
        )

    first(nordwind, card(nordwind, old).person_id, title="Clerk")
    first(
        nordwind,
        next(row.person_id for row in nordwind.card_rows() if row.public_id != old),
        title="CFO",
        department="Finance",
    )
    merge(nordwind)

    assert {key: entry["value"] for key, entry in card(nordwind, old).once[template].items()} == {
        "title": "Clerk",
        "department": "Finance",
    }


EARLY, LATE = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old_claimed", "new_claimed", "claimed"),
    [(None, None, None), (EARLY, None, EARLY), (None, LATE, LATE), (EARLY, LATE, EARLY), (LATE, EARLY, EARLY)],
)
def test_a_card_is_claimed_since_either_was(
    nordwind: Company, old_claimed: datetime | None, new_claimed: datetime | None, claimed: datetime | None
) -> None:
    old, new = leaver(nordwind, SALES)["Sales"], comer(nordwind, SALES)["Sales"]
    set_claimed = update(cards).where(
        cards.c.organization_id == ORGANIZATION, cards.c.public_id == bindparam("claimed")
    )
    for public_id, at in ((old, old_claimed), (new, new_claimed)):
        nordwind.write(
            partial(Transaction.execute, statement=set_claimed.values(claimed_at=at), parameters={"claimed": public_id})
        )

    merge(nordwind)

    assert card(nordwind, old).claimed_at == claimed


def test_nobody_loses_the_seat_to_the_queue(nordwind: Company) -> None:
    old = leaver(nordwind, SALES)["Sales"]
    nordwind.write(lambda tx: organizations.change(tx, {"seat_limit": 1}))
    comer(nordwind, SALES)
    nordwind.hire("kim")
    nordwind.join(SALES, "kim")

    merge(nordwind)

    assert nordwind.states() == {("max.new", "Sales"): "live", ("kim", "Sales"): "waiting"}
    assert card(nordwind, old).state == "live"


def test_two_persons_with_a_seat_become_one_and_the_next_gets_the_other(nordwind: Company) -> None:
    nordwind.apply("organization: {brake: {people: 1, percent: 0}}")
    nordwind.hire("jo")
    nordwind.join(SALES, "jo")
    nordwind.leave(SALES, "jo")
    leaver(nordwind, SALES)
    held = [row.state for row in nordwind.card_rows()]
    nordwind.write(lambda tx: organizations.change(tx, {"seat_limit": 2}))
    comer(nordwind, SALES)
    nordwind.hire("kim")
    nordwind.join(SALES, "kim")
    before = nordwind.states()["kim", "Sales"]

    merge(nordwind)

    assert (sorted(held), before) == (["held", "paused"], "waiting")
    assert (nordwind.states()["kim", "Sales"], nordwind.states()["max.new", "Sales"]) == ("live", "live")
    assert all(row.document is None for row in nordwind.card_rows())


def test_a_card_that_the_brake_holds_stays_held_until_an_admin_decides(nordwind: Company) -> None:
    nordwind.apply("organization: {brake: {people: 1, percent: 0}}")
    nordwind.hire("jo")
    nordwind.join(SALES, "jo")
    nordwind.leave(SALES, "jo")
    old = leaver(nordwind, SALES)["Sales"]
    comer(nordwind)

    merge(nordwind)
    held = card(nordwind, old)
    nordwind.write(releasing.approve)

    assert (held.state, held.document, card(nordwind, old).state) == ("held", None, "paused")


def test_of_two_cards_the_one_that_is_held_says_how_they_stand(nordwind: Company) -> None:
    nordwind.apply("organization: {brake: {people: 1, percent: 0}}")
    new = comer(nordwind, SALES)["Sales"]
    nordwind.leave(SALES, "max.new")
    old = leaver(nordwind, SALES)["Sales"]
    before = {one: card(nordwind, one).state for one in (new, old)}

    merge(nordwind)

    assert (before, card(nordwind, new).state) == ({new: "paused", old: "held"}, "held")

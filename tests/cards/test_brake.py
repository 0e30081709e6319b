"""The brake: a directory that removes people by the dozen takes no card down until an admin has said so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from app.cards import by_hand, releasing
from app.core import clock
from app.core.errors import NotFound, Refused
from tests.cards.conftest import Company

NAMES = [f"p{number:02}" for number in range(20)]
RULES = """
    organization: {{brake: {{people: {people}, percent: {percent}}}, seat_limit: {seats}}}
    templates: [{{name: Sales}}]
    bindings: [{{group: "Cards - Sales", template: Sales}}]
    """


def staffed(company: Company, *, people: int = 3, percent: int = 25, seats: str = "null") -> Company:
    company.hire(*NAMES)
    company.group("Cards - Sales", *NAMES)
    company.apply(RULES.format(people=people, percent=percent, seats=seats))
    return company


def counted(company: Company) -> Counter[str]:
    return Counter(company.states().values())


def held_ids(company: Company) -> list[str]:
    return [row.public_id for row in company.card_rows() if row.state == "held"]


@pytest.mark.parametrize(
    ("people", "percent", "removed", "states"),
    [
        pytest.param(5, 25, 5, {"live": 15, "paused": 5}, id="at both limits"),
        pytest.param(4, 25, 5, {"live": 15, "paused": 5}, id="above the number, at the share"),
        pytest.param(6, 25, 6, {"live": 14, "paused": 6}, id="above the share, at the number"),
        pytest.param(5, 25, 6, {"live": 14, "held": 6}, id="above both"),
        pytest.param(1, 0, 2, {"live": 18, "held": 2}, id="any share"),
        pytest.param(1, 100, 20, {"paused": 20}, id="never more than all"),
    ],
)
def test_one_push_is_held_when_it_is_above_number_and_share(
    people: int, percent: int, removed: int, states: dict[str, int], nordwind: Company
) -> None:
    staffed(nordwind, people=people, percent=percent)

    nordwind.leave("Cards - Sales", *NAMES[:removed])

    assert counted(nordwind) == Counter(states)


def test_pushes_one_by_one_are_held_from_the_one_that_is_above_on(nordwind: Company) -> None:
    staffed(nordwind, people=5, percent=25)

    for name in NAMES[:8]:
        nordwind.change(name, active=False)

    assert [nordwind.states()[name, "Sales"] for name in NAMES[:8]] == ["paused"] * 5 + ["held"] * 3


def test_who_keeps_another_card_counts_once_among_those_who_had_one(nordwind: Company) -> None:
    staffed(nordwind, people=5, percent=25)
    nordwind.group("Wardens", *NAMES)
    nordwind.apply(
        """
        templates: [{name: Wardens}]
        bindings: [{group: "Cards - Sales", template: Sales}, {group: Wardens, template: Wardens}]
        """
    )

    for name in NAMES[:6]:
        nordwind.leave("Cards - Sales", name)

    assert [nordwind.states()[name, "Sales"] for name in NAMES[:6]] == ["paused"] * 5 + ["held"]


def test_removals_of_more_than_an_hour_ago_do_not_count(nordwind: Company) -> None:
    staffed(nordwind, people=5, percent=25)
    nordwind.leave("Cards - Sales", *NAMES[:5])

    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        nordwind.leave("Cards - Sales", *NAMES[5:8])

    assert counted(nordwind) == Counter({"live": 12, "paused": 8})


def test_who_came_back_does_not_count(nordwind: Company) -> None:
    staffed(nordwind, people=5, percent=25)
    nordwind.leave("Cards - Sales", *NAMES[:5])
    nordwind.join("Cards - Sales", *NAMES[:5])

    nordwind.leave("Cards - Sales", *NAMES[5:8])

    assert counted(nordwind) == Counter({"live": 17, "paused": 3})


@pytest.mark.parametrize(
    "remove",
    [
        pytest.param(lambda company: company.disband("Cards - Sales"), id="the group is deleted"),
        pytest.param(lambda company: company.leave("Cards - Sales", *NAMES), id="all members are removed"),
        pytest.param(lambda company: [company.change(name, active=False) for name in NAMES], id="all are disabled"),
        pytest.param(lambda company: [company.dismiss(name) for name in NAMES], id="all are deleted"),
    ],
)
def test_every_way_of_removal_is_held(remove: Callable[[Company], object], nordwind: Company) -> None:
    staffed(nordwind, people=3, percent=10)

    remove(nordwind)

    assert Counter(row.state for row in nordwind.card_rows())["held"] >= 17


def test_a_group_whose_name_a_binding_waited_for_is_held_like_every_other_push(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    nordwind.apply(
        """
        templates: [{name: Board}]
        bindings:
          - {group: Board, template: Board, exclusive: main}
          - {group: "Cards - Sales", template: Sales, exclusive: main}
        """
    )
    nordwind.group("Board", *NAMES[:3])
    board = [nordwind.card_ids()[name, "Board"] for name in NAMES[:3]]
    nordwind.write(lambda tx: by_hand.delete(tx, board))
    nordwind.disband("Board")
    before = counted(nordwind)

    nordwind.group("Board", *NAMES[:3])

    assert before == Counter({"live": 20, "deleted": 3})
    assert counted(nordwind) == Counter({"live": 17, "held": 3, "deleted": 3})


def test_what_an_admin_unbinds_is_not_held(nordwind: Company) -> None:
    staffed(nordwind)

    nordwind.apply("bindings: []")

    assert counted(nordwind) == Counter({"paused": 20})


def test_a_held_card_is_shown_from_the_last_document_of_who_was_deleted(nordwind: Company, app: Flask) -> None:
    staffed(nordwind, people=1, percent=0)
    addresses = {name: public_id for (name, _), public_id in nordwind.card_ids().items()}

    for name in NAMES[:3]:
        nordwind.dismiss(name)

    pages = [app.test_client().get(f"/c/{addresses[name]}") for name in NAMES[:3]]
    assert [page.status_code for page in pages] == [410, 200, 200]
    assert "P02" in pages[2].text


def test_held_cards_keep_their_seats(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0, seats="20")
    nordwind.hire("late")
    nordwind.leave("Cards - Sales", *NAMES[:2])

    nordwind.join("Cards - Sales", "late")

    assert counted(nordwind) == Counter({"live": 18, "held": 2, "waiting": 1})


def test_who_comes_back_while_held_is_live_at_the_same_address(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    before = nordwind.card_ids()
    nordwind.leave("Cards - Sales", *NAMES[:2])

    nordwind.join("Cards - Sales", *NAMES[:2])

    assert counted(nordwind) == Counter({"live": 20})
    assert nordwind.card_ids() == before


def test_approving_pauses_frees_seats_and_leaves_nothing_of_who_is_gone(nordwind: Company, app: Flask) -> None:
    staffed(nordwind, people=1, percent=0, seats="20")
    nordwind.hire("late")
    for name in NAMES[:3]:
        nordwind.dismiss(name)
    nordwind.join("Cards - Sales", "late")
    held = held_ids(nordwind)

    nordwind.write(releasing.approve)

    assert nordwind.states()["late", "Sales"] == "live"
    assert [app.test_client().get(f"/c/{public_id}").status_code for public_id in held] == [410, 410]
    assert [row.document for row in nordwind.card_rows() if row.state == "paused"] == [None] * 3


def test_after_approving_the_next_removals_count_from_nothing(nordwind: Company) -> None:
    staffed(nordwind, people=3, percent=10)
    nordwind.leave("Cards - Sales", *NAMES[:4])
    nordwind.write(releasing.approve)

    nordwind.leave("Cards - Sales", *NAMES[4:7])

    assert counted(nordwind) == Counter({"live": 13, "paused": 7})


def test_rejecting_keeps_cards_up_against_every_later_push(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    nordwind.leave("Cards - Sales", *NAMES[:2])
    nordwind.write(releasing.reject)

    nordwind.change(NAMES[0], title="CFO")
    nordwind.group("Other", NAMES[0])

    assert counted(nordwind) == Counter({"live": 20})
    assert nordwind.audited().count("card.kept") == 2


def test_a_rejected_removal_is_over_when_the_person_comes_back(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    nordwind.leave("Cards - Sales", *NAMES[:2])
    nordwind.write(releasing.reject)
    nordwind.join("Cards - Sales", *NAMES[:2])

    nordwind.leave("Cards - Sales", NAMES[0])

    assert nordwind.states()[NAMES[0], "Sales"] == "paused"


def test_single_cards_can_be_approved_and_others_rejected(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    nordwind.leave("Cards - Sales", *NAMES[:2])
    first, second = held_ids(nordwind)

    nordwind.write(lambda tx: releasing.approve(tx, [first]))
    nordwind.write(lambda tx: releasing.reject(tx, [second]))

    assert counted(nordwind) == Counter({"live": 19, "paused": 1})


def test_a_card_that_is_not_held_is_refused_and_nothing_is_changed(nordwind: Company) -> None:
    staffed(nordwind, people=1, percent=0)
    nordwind.leave("Cards - Sales", *NAMES[:2])
    live = nordwind.card_ids()[NAMES[5], "Sales"]

    with pytest.raises(Refused, match="is not held"):
        nordwind.write(lambda tx: releasing.approve(tx, [*held_ids(nordwind), live]))
    with pytest.raises(NotFound, match="no card 'x'"):
        nordwind.write(lambda tx: by_hand.pause(tx, ["x"]))

    assert counted(nordwind) == Counter({"live": 18, "held": 2})


def test_what_an_admin_unbinds_is_not_held_against_the_next_leaver(nordwind: Company) -> None:
    nordwind.hire("kim", *NAMES)
    nordwind.group("Cards - Board", "kim", *NAMES[15:])
    nordwind.group("Cards - Sales", *NAMES[:15])
    both = '{group: "Cards - Board", template: Board}'
    rules = "organization: {brake: {people: 3, percent: 10}}\ntemplates: [{name: Sales}, {name: Board}]\n"
    nordwind.apply(f'{rules}bindings: [{both}, {{group: "Cards - Sales", template: Sales}}]')

    nordwind.apply(f"bindings: [{both}]")
    nordwind.leave("Cards - Board", "kim")

    assert nordwind.states()["kim", "Board"] == "paused"

"""Whom an admin keeps out: nothing of theirs is up, whatever is pushed, and all of it is afterwards."""

from __future__ import annotations

import pytest

from app.auth.sign_in import sessions
from app.auth.sign_in.sessions import Visitor
from app.cards import blocking, by_hand, issuing, merging, template_store, why
from app.cards.decision import Card
from app.cards.seats import Seats
from app.core.errors import Refused
from app.directory import finding
from tests.cards.conftest import Company
from tests.cards.deciding import EARLIER, NOW, PLAIN, SALES, WARDENS, card, decide, rules, told
from tests.console.conftest import LIMITS

TWO = """
    templates:
      - {name: Sales, general: {name: {}}}
      - {name: Wardens, general: {name: {}}}
    bindings:
      - {group: Sales, template: Sales}
      - {group: Wardens, template: Wardens}
    """


@pytest.mark.parametrize(
    ("held", "changes"),
    [
        pytest.param([card(SALES)], [("pause", SALES, "ann-Sales", "paused")], id="a live card goes down"),
        pytest.param([card(SALES, "waiting")], [("pause", SALES, "ann-Sales", "paused")], id="a waiting one as well"),
        pytest.param(
            [card(SALES, "held", wanted=False, down_at=NOW), card(WARDENS, wanted=False, kept=True)],
            [("pause", SALES, "ann-Sales", "paused"), ("pause", WARDENS, "ann-Wardens", "paused")],
            id="no brake and no word of before holds a card up",
        ),
        pytest.param([], [], id="no card is made"),
    ],
)
def test_nothing_of_who_is_blocked_is_up(held: list[Card], changes: list[tuple[str, str, str, str]]) -> None:
    groups = {"ann": ["g-sales"] if held and held[0].state != "held" else []}

    decision = decide(rules(PLAIN), groups, held, NOW, blocked={"ann"}, braked=True)

    assert told(decision) == changes


def test_deciding_again_changes_nothing_more() -> None:
    down = card(SALES, "paused", wanted=True)

    assert told(decide(rules(PLAIN), {"ann": ["g-sales"]}, [down], NOW, blocked={"ann"})) == []
    assert told(decide(rules(PLAIN), {"ann": ["g-sales"]}, [down], NOW)) == [("resume", SALES, "ann-Sales", "live")]


def test_who_is_blocked_frees_a_seat() -> None:
    queued = card(SALES, "waiting", "bob", waiting_since=EARLIER)

    decision = decide(rules(PLAIN, Seats(1, 1)), {"ann": ["g-sales"]}, [card(SALES)], NOW, [queued], blocked={"ann"})

    assert told(decision) == [("pause", SALES, "ann-Sales", "paused"), ("resume", SALES, "bob-Sales", "live")]


@pytest.fixture
def company(nordwind: Company) -> Company:
    """Ines is in Sales and has a card; an admin may block her."""
    nordwind.apply(TWO)
    nordwind.hire("ines")
    nordwind.group("Sales", "ines")
    nordwind.group("Wardens")
    return nordwind


def _ines(company: Company) -> str:
    with company.database.read(company.organization_id) as reader:
        return finding.one(reader, "ines@nordwind.example").id


def test_cards_stay_down_whatever_is_pushed_and_come_back_as_groups_say(company: Company) -> None:
    ines, address = _ines(company), company.card_ids()

    done = company.write(lambda tx: blocking.block(tx, ines))
    company.change("ines", active=False)
    company.change("ines", active=True)
    company.join("Wardens", "ines")
    blocked = company.states()
    company.write(lambda tx: blocking.unblock(tx, ines))

    assert (done.up, done.down) == (0, 1)
    assert blocked == {("ines", "Sales"): "paused"}
    assert company.states() == {("ines", "Sales"): "live", ("ines", "Wardens"): "live"}
    assert company.card_ids()["ines", "Sales"] == address["ines", "Sales"]


def test_a_card_that_an_admin_paused_by_itself_stays_paused(company: Company) -> None:
    ines, [public_id] = _ines(company), company.card_ids().values()
    company.write(lambda tx: by_hand.pause(tx, [public_id]))

    company.write(lambda tx: blocking.block(tx, ines))
    company.write(lambda tx: blocking.unblock(tx, ines))

    assert company.states() == {("ines", "Sales"): "paused"}


def test_a_card_that_is_issued_or_resumed_meanwhile_is_down(company: Company) -> None:
    ines, [public_id] = _ines(company), company.card_ids().values()
    company.write(lambda tx: blocking.block(tx, ines))

    wardens = company.write(lambda tx: by_hand.issue(tx, template_store.find(tx, "Wardens").id, ines))
    [sales] = company.write(lambda tx: by_hand.resume(tx, [public_id]))

    assert (wardens.state, sales.state) == ("paused", "paused")


def test_the_why_page_names_the_block(company: Company) -> None:
    ines = _ines(company)

    company.write(lambda tx: blocking.block(tx, ines))
    with company.database.read(company.organization_id) as reader:
        told = why.explain(reader, ines, "https://cards.example")

    assert [sentence.startswith("An admin blocked this person on ") for sentence in told.no_card_because] == [True]
    assert told.cards[0].because[0] == "Members of Sales get a card of Sales."
    assert told.cards[0].because[1] == told.no_card_because[0]


def test_sessions_end_and_the_audit_log_says_before_and_after(company: Company) -> None:
    ines = _ines(company)
    company.write(lambda tx: sessions.begin(tx, Visitor("ines", ines), LIMITS))

    done = company.write(lambda tx: blocking.block(tx, ines))

    assert done.sessions == 1
    assert {"person.blocked", "session.ended", "card.paused"} <= set(company.audited())


def test_a_block_goes_over_to_who_they_turn_out_to_be(company: Company) -> None:
    ines = _ines(company)
    company.write(lambda tx: blocking.block(tx, ines))
    company.dismiss("ines")
    company.hire("ines.new")
    company.join("Sales", "ines.new")

    company.write(lambda tx: merging.merge(tx, ines, "ines.new@nordwind.example"))

    assert set(company.states().values()) == {"paused"}


@pytest.mark.parametrize("blocked", [True, False])
def test_what_is_so_already_is_refused(company: Company, blocked: bool) -> None:
    ines = _ines(company)
    if blocked:
        company.write(lambda tx: blocking.block(tx, ines))

    with pytest.raises(Refused, match="already" if blocked else "not blocked"):
        company.write(lambda tx: (blocking.block if blocked else blocking.unblock)(tx, ines))


def test_a_new_seat_limit_leaves_blocked_people_down(company: Company) -> None:
    ines = _ines(company)
    company.write(lambda tx: blocking.block(tx, ines))

    company.write(issuing.reconcile_everybody)

    assert company.states() == {("ines", "Sales"): "paused"}

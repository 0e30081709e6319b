"""Cards by hand and the brake, as the pure rules decide about them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cards.decision import Card, wishes
from tests.cards.deciding import EARLIER, NOW, PLAIN, SALES, WARDENS, card, decide, rules, told


@pytest.mark.parametrize(
    ("held", "absent", "changes"),
    [
        pytest.param([card(SALES, by_binding=False)], {"ann"}, [("pause", SALES, "ann-Sales", "paused")], id="leaving"),
        pytest.param([card(SALES, "paused", by_binding=False)], set(), [("resume", SALES, "ann-Sales", "live")], id="back"),
        pytest.param([card(SALES, "paused", by_binding=False)], {"ann"}, [], id="still away"),
        pytest.param(
            [card(SALES, "paused", by_binding=False, wanted=True, paused_by_admin=True)], set(), [],
            id="an admin paused it",
        ),
        pytest.param([card(SALES, "deleted", by_binding=False, wanted=False)], set(), [], id="an admin deleted it"),
    ],
)  # fmt: skip
def test_a_card_issued_by_hand_is_up_while_its_person_is_there(
    held: list[Card], absent: set[str], changes: list[tuple[str, str, str, str]]
) -> None:
    decision = decide(rules(PLAIN), {"ann": []}, held, NOW, absent=absent)

    assert told(decision) == changes


@pytest.mark.parametrize(
    ("groups", "held", "braked", "changes"),
    [
        pytest.param([], [card(SALES)], True, [("hold", SALES, "ann-Sales", "held")], id="a live card is held"),
        pytest.param([], [card(SALES, "held", wanted=False)], False, [], id="a held card stays held when the brake is off"),
        pytest.param([], [card(SALES, "held", wanted=False)], True, [], id="and while it is on"),
        pytest.param(
            ["g-sales"], [card(SALES, "held", wanted=False)], False, [("keep", SALES, "ann-Sales", "live")],
            id="who comes back is live as if nothing had happened",
        ),
        pytest.param(
            [], [card(SALES, paused_by_admin=True)], True, [("pause", SALES, "ann-Sales", "paused")],
            id="the brake does not hold what an admin pauses",
        ),
        pytest.param(
            [], [card(SALES, "held", wanted=False, paused_by_admin=True)], True,
            [("pause", SALES, "ann-Sales", "paused")], id="nor what an admin pauses while it is held",
        ),
        pytest.param([], [card(SALES, wanted=False, kept=True)], False, [], id="what an admin kept stays up"),
        pytest.param([], [card(SALES, wanted=False, kept=True)], True, [], id="and is not held again"),
        pytest.param([], [card(SALES, "waiting", wanted=True)], True, [("pause", SALES, "ann-Sales", "paused")],
            id="a card that was never up is not held"),
    ],
)  # fmt: skip
def test_the_brake(groups: list[str], held: list[Card], braked: bool, changes: list[tuple[str, str, str, str]]) -> None:
    decision = decide(rules(PLAIN), {"ann": groups}, held, NOW, braked=braked)

    assert told(decision) == changes


def test_a_kept_card_that_the_directory_wants_again_follows_it_from_then_on() -> None:
    (change,) = decide(rules(PLAIN), {"ann": ["g-sales"]}, [card(SALES, wanted=False, kept=True)], NOW).changes

    assert (change.state, change.wanted, change.kept, change.down_at) == ("live", True, False, None)


@pytest.mark.parametrize(
    ("held", "falling"),
    [
        pytest.param([card(SALES)], 1, id="a live card"),
        pytest.param([card(SALES), card(WARDENS)], 1, id="two cards of one person"),
        pytest.param(
            [card(SALES), card(WARDENS, "paused", down_at=NOW)], 0, id="the second of a person who fell already"
        ),
        pytest.param([card(SALES), card(WARDENS, "paused", down_at=EARLIER)], 1, id="who fell long ago"),
        pytest.param([card(SALES, "held", wanted=False, down_at=NOW)], 0, id="a held card"),
        pytest.param([card(SALES, wanted=False, kept=True)], 0, id="a kept card"),
        pytest.param([card(SALES, "waiting")], 0, id="a card that never was up"),
        pytest.param([card(SALES, paused_by_admin=True)], 0, id="what an admin pauses"),
    ],
)
def test_persons_who_fall_are_counted_once(held: list[Card], falling: int) -> None:
    wanted = wishes(rules(PLAIN), {"ann": []}, held, ())

    assert wanted.falling(NOW - timedelta(hours=1)) == falling

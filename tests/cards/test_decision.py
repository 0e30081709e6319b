"""The rules by which groups become cards, as one pure function."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cards.decision import SEATED, Card, Decision
from app.cards.due import Bound, due
from app.cards.seats import Seats, seated
from tests.cards.deciding import (
    BOARD,
    EARLIER,
    EXCLUSIVE,
    NOW,
    PLAIN,
    REVERSED,
    SALES,
    WARDENS,
    card,
    decide,
    rules,
    told,
)


@pytest.mark.parametrize(
    ("bindings", "groups", "templates"),
    [
        pytest.param(PLAIN, {"g-sales"}, {SALES: "g-sales"}, id="one group, one card"),
        pytest.param(PLAIN, {"g-other"}, {}, id="a group without binding gives nothing"),
        pytest.param(
            (Bound(SALES, "g-sales"), Bound(SALES, "g-more")), {"g-more", "g-sales"}, {SALES: "g-sales"},
            id="two groups to one template are one card, given by the first",
        ),
        pytest.param(
            PLAIN, {"g-sales", "g-wardens"}, {SALES: "g-sales", WARDENS: "g-wardens"}, id="two templates are two cards"
        ),
        pytest.param(
            EXCLUSIVE, {"g-sales", "g-board"}, {BOARD: "g-board"}, id="of an exclusive set only the first counts"
        ),
        pytest.param(
            REVERSED, {"g-sales", "g-board"}, {SALES: "g-sales"}, id="the order of bindings says which is first"
        ),
        pytest.param(
            EXCLUSIVE, {"g-sales", "g-board", "g-wardens"}, {BOARD: "g-board", WARDENS: "g-wardens"},
            id="what is outside of the set is not touched by it",
        ),
        pytest.param((Bound(SALES, None),), {"g-sales"}, {}, id="a binding that waits for its group gives nothing"),
    ],
)  # fmt: skip
def test_due_are(bindings: tuple[Bound, ...], groups: set[str], templates: dict[str, str]) -> None:
    assert due(bindings, groups) == templates


@pytest.mark.parametrize(
    ("bindings", "groups", "held", "changes"),
    [
        pytest.param(PLAIN, ["g-sales"], [], [("create", SALES, None, "live")], id="joining issues a live card"),
        pytest.param(PLAIN, ["g-sales"], [card(SALES)], [], id="what is as it should be stays"),
        pytest.param(
            PLAIN, [], [card(SALES)], [("pause", SALES, "ann-Sales", "paused")], id="leaving the last group pauses"
        ),
        pytest.param(
            (Bound(SALES, "g-sales"), Bound(SALES, "g-more")), ["g-more"], [card(SALES)], [],
            id="leaving one of two groups keeps the card",
        ),
        pytest.param(
            PLAIN, ["g-sales"], [card(SALES, "paused")], [("resume", SALES, "ann-Sales", "live")],
            id="coming back resumes the same card",
        ),
        pytest.param(
            EXCLUSIVE, ["g-sales", "g-board"], [card(SALES)], [("switch", BOARD, "ann-Sales", "live")],
            id="a change within the exclusive set moves the card",
        ),
        pytest.param(
            EXCLUSIVE, ["g-sales"], [card(BOARD)], [("switch", SALES, "ann-Board", "live")],
            id="falling back within the set moves the card back",
        ),
        pytest.param(
            EXCLUSIVE, ["g-board"], [card(SALES, "paused")], [("switch", BOARD, "ann-Sales", "live")],
            id="a paused card of the set moves and is live again",
        ),
        pytest.param(
            EXCLUSIVE, ["g-board"], [card(SALES), card(BOARD, "paused")],
            [("resume", BOARD, "ann-Board", "live"), ("pause", SALES, "ann-Sales", "paused")],
            id="a paused card of the wanted template is resumed before another is moved onto it",
        ),
        pytest.param(
            (*EXCLUSIVE, Bound("Lab", "g-lab", "main")), ["g-lab"],
            [card(SALES, "paused", created_at=EARLIER - timedelta(days=9)), card(BOARD)],
            [("switch", "Lab", "ann-Board", "live")],
            id="of two cards in a set the one in use moves",
        ),
        pytest.param(
            EXCLUSIVE, ["g-wardens"], [card(SALES)],
            [("create", WARDENS, None, "live"), ("pause", SALES, "ann-Sales", "paused")],
            id="a card outside of the set is never moved into it",
        ),
        pytest.param(
            PLAIN, ["g-sales"], [card(SALES, "paused", wanted=True, paused_by_admin=True)], [],
            id="what an admin paused stays paused",
        ),
        pytest.param(
            PLAIN, ["g-sales"], [card(SALES, "paused", paused_by_admin=True)],
            [("keep", SALES, "ann-Sales", "paused")],
            id="coming back to a card that an admin paused is only noted",
        ),
        pytest.param(
            EXCLUSIVE, ["g-board"], [card(SALES, "paused", wanted=True, paused_by_admin=True)],
            [("switch", BOARD, "ann-Sales", "paused")],
            id="a card that an admin paused moves and stays paused",
        ),
        pytest.param(
            PLAIN, ["g-sales"], [card(SALES, "deleted", wanted=False)], [],
            id="what was deleted by hand is not issued again",
        ),
        pytest.param(
            EXCLUSIVE, ["g-board"], [card(SALES, "deleted", wanted=False)], [("create", BOARD, None, "live")],
            id="a card deleted by hand is not moved",
        ),
        pytest.param(
            PLAIN, [], [card(SALES, by_binding=False)], [], id="cards issued by hand do not follow the groups"
        ),
        pytest.param(
            PLAIN, ["g-sales"], [card(SALES, by_binding=False)], [("create", SALES, None, "live")],
            id="a card issued by hand does not stand for the one that is due",
        ),
    ],
)  # fmt: skip
def test_cards_follow_groups(
    bindings: tuple[Bound, ...], groups: list[str], held: list[Card], changes: list[tuple[str, str, str, str]]
) -> None:
    decision = decide(rules(bindings), {"ann": groups}, held, NOW)

    assert told(decision) == changes


def test_cards_that_stay_as_they_are_are_counted() -> None:
    held = [card(SALES), card(WARDENS, "paused"), card(BOARD, "deleted")]

    decision = decide(rules(PLAIN), {"ann": ["g-sales"]}, held, NOW)

    assert decision == Decision((), unchanged=2)


@pytest.mark.parametrize(
    ("limit", "groups", "held", "queue", "changes"),
    [
        pytest.param(
            1, {"ann": ["g-sales"], "bob": ["g-sales"]}, [], [],
            [("create", SALES, None, "live"), ("wait", SALES, None, "waiting")],
            id="when seats run out the next one waits",
        ),
        pytest.param(
            1, {"ann": ["g-sales", "g-wardens"]}, [], [],
            [("create", SALES, None, "live"), ("create", WARDENS, None, "live")],
            id="several cards of a person take one seat",
        ),
        pytest.param(
            1, {"ann": ["g-sales", "g-wardens"]}, [card(SALES)], [], [("create", WARDENS, None, "live")],
            id="a further card needs no further seat",
        ),
        pytest.param(
            1, {"ann": ["g-wardens"]}, [card(SALES)], [],
            [("create", WARDENS, None, "live"), ("pause", SALES, "ann-Sales", "paused")],
            id="a person who changes cards keeps the seat",
        ),
        pytest.param(
            1, {"ann": []}, [card(SALES)], [card(SALES, "waiting", "bob", waiting_since=EARLIER)],
            [("pause", SALES, "ann-Sales", "paused"), ("resume", SALES, "bob-Sales", "live")],
            id="a freed seat issues the next",
        ),
        pytest.param(
            1, {"ann": [], "cid": ["g-sales"]}, [card(SALES)],
            [card(SALES, "waiting", "bob", waiting_since=EARLIER)],
            [
                ("pause", SALES, "ann-Sales", "paused"),
                ("resume", SALES, "bob-Sales", "live"),
                ("wait", SALES, None, "waiting"),
            ],
            id="who waits already comes before who comes now",
        ),
        pytest.param(
            1, {"ann": ["g-sales"], "bob": ["g-sales"]}, [card(SALES, "paused"), card(SALES, person="bob")], [],
            [("wait", SALES, "ann-Sales", "waiting")],
            id="who comes back waits as well",
        ),
        pytest.param(
            0, {"ann": ["g-sales"]}, [card(SALES)], [], [], id="lowering the limit takes nobody's card"
        ),
        pytest.param(
            1, {"ann": ["g-board"]}, [card(SALES, "waiting", waiting_since=EARLIER)], [],
            [("switch", BOARD, "ann-Sales", "live")],
            id="a waiting card moves and is issued when there is a seat",
        ),
        pytest.param(
            0, {"ann": ["g-board"]}, [card(SALES, "waiting", waiting_since=EARLIER)], [],
            [("switch", BOARD, "ann-Sales", "waiting")],
            id="a waiting card moves and goes on waiting",
        ),
        pytest.param(
            None, {"ann": ["g-sales"]}, [card(SALES, "waiting", waiting_since=EARLIER)], [],
            [("resume", SALES, "ann-Sales", "live")],
            id="without a limit nobody waits",
        ),
        pytest.param(
            1, {"ann": []}, [card(SALES), card(WARDENS, by_binding=False)],
            [card(SALES, "waiting", "bob", waiting_since=EARLIER)],
            [("pause", SALES, "ann-Sales", "paused")],
            id="a card issued by hand keeps the seat",
        ),
    ],
)  # fmt: skip
def test_seats(
    limit: int | None,
    groups: dict[str, list[str]],
    held: list[Card],
    queue: list[Card],
    changes: list[tuple[str, str, str, str]],
) -> None:
    taken = len({card.person_id for card in held if card.state in SEATED})

    decision = decide(rules(EXCLUSIVE, Seats(limit, taken)), groups, held, NOW, queue)

    assert told(decision) == changes


def test_a_card_keeps_its_place_in_the_queue_while_it_waits() -> None:
    waiting = card(SALES, "waiting", waiting_since=EARLIER)

    (moved,) = decide(rules(EXCLUSIVE, Seats(0)), {"ann": ["g-board"]}, [waiting], NOW).changes

    assert moved.waiting_since == EARLIER


def test_seats_go_to_who_waits_longest_then_in_order_of_id() -> None:
    asking = {"cid": EARLIER, "bob": NOW, "ann": NOW}

    granted = seated(Seats(limit=4, taken=3), leaving={"eve"}, staying={"dan", "fay"}, asking=asking)

    assert granted == {"dan", "fay", "cid", "ann"}


# Random histories: the same rules, held under any order of pushes.

PEOPLE = ("ann", "bob", "cid")
GROUPS = ("g-board", "g-sales", "g-wardens", "g-more")
BINDINGS = (*EXCLUSIVE, Bound(WARDENS, "g-more"))

pushes = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS), st.booleans()), max_size=25)


unhurried = settings(deadline=None)  # how long an example takes says something about the machine, not about the rules


class World:
    """Keeps cards as the database would, and decides after every push about the person it concerns."""

    def __init__(self, seats: int | None = None) -> None:
        self.limit = seats
        self.members: dict[str, set[str]] = {person: set() for person in PEOPLE}
        self.cards: dict[str, Card] = {}
        self._ids = count()
        self._ticks = count()

    def push(self, person: str, group: str, joins: bool) -> None:
        (set.add if joins else set.discard)(self.members[person], group)
        self.settle({person: self.members[person]})

    def settle(self, groups: Mapping[str, Collection[str]]) -> Decision:
        now = NOW + timedelta(minutes=next(self._ticks))
        cards = list(self.cards.values())
        taken = len({card.person_id for card in cards if card.state in SEATED})
        decision = decide(
            rules(BINDINGS, Seats(self.limit, taken)),
            groups,
            [card for card in cards if card.person_id in groups],
            now,
            [card for card in cards if card.state == "waiting" and card.person_id not in groups],
        )
        for change in decision.changes:
            card_id = change.before.id if change.before else f"card-{next(self._ids)}"
            made = change.before.created_at if change.before else now
            self.cards[card_id] = Card(
                card_id, change.person_id, change.template_id, change.state, change.wanted, made,
                waiting_since=change.waiting_since,
            )  # fmt: skip
        return decision

    def live(self) -> set[tuple[str, str]]:
        return {(card.person_id, card.template_id) for card in self.cards.values() if card.state == "live"}

    def due(self) -> set[tuple[str, str]]:
        return {(person, template) for person in PEOPLE for template in due(BINDINGS, self.members[person])}


@unhurried
@given(pushes)
def test_whatever_was_pushed_live_cards_are_those_that_are_due(history: list[tuple[str, str, bool]]) -> None:
    world = World()

    for push in history:
        world.push(*push)

        assert world.live() == world.due()
        every = [(card.person_id, card.template_id) for card in world.cards.values()]
        assert len(every) == len(set(every)), "one card per person and template"


@unhurried
@given(pushes, st.integers(0, 3))
def test_whatever_was_pushed_nobody_waits_beside_a_free_seat(history: list[tuple[str, str, bool]], seats: int) -> None:
    world = World(seats)

    for push in history:
        world.push(*push)

        shown = {card.person_id for card in world.cards.values() if card.state == "live"}
        waiting = {card.person_id for card in world.cards.values() if card.state == "waiting"}
        assert len(shown) <= seats
        assert not (shown & waiting)
        assert not waiting or len(shown) == seats
        assert {person for person, _ in world.due()} == shown | waiting


@unhurried
@given(pushes, st.integers(0, 3) | st.none())
def test_deciding_again_changes_nothing(history: list[tuple[str, str, bool]], seats: int | None) -> None:
    world = World(seats)
    for push in history:
        world.push(*push)

    assert world.settle(world.members).changes == ()


@unhurried
@given(st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS))), st.randoms())
def test_memberships_pushed_in_any_order_give_the_same_cards(memberships: set[tuple[str, str]], random: object) -> None:
    ordered = sorted(memberships)
    shuffled = list(ordered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = World(), World()

    for world, history in ((first, ordered), (second, shuffled)):
        for person, group in history:
            world.push(person, group, joins=True)

    shown = [
        sorted((card.person_id, card.template_id, card.state) for card in world.cards.values())
        for world in (first, second)
    ]
    assert shown[0] == shown[1]

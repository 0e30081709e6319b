"""Pushes that come at the same time end as if one had come after the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest

from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_text
from app.core.unit_of_work import Transaction
from app.directory import groups, users
from tests.cards.conftest import NO_PICTURES, Company

NAMES = ("ines", "jo", "kim", "lea", "max", "nia")
SETS = "".join(f"\n  - {{group: G{number}, template: T{number}, exclusive: main}}" for number in range(6))
TEMPLATES = ", ".join(f"{{name: T{number}}}" for number in range(6))
BY_EXTERNAL_ID = "templates: [{name: Sales}]\nbindings: [{external_id: e, template: Sales}]"
TWO = "templates: [{name: Old}, {name: New}]\nbindings: [{group: Old, template: Old}, {group: New, template: New}]"
EXCLUSIVE = f"templates: [{TEMPLATES}]\nbindings:{SETS}"

HELD_SECONDS = 0.5
"""How long a transaction waits for another one, which may well wait for it."""


def at_once(steps: Sequence[Callable[[], object]]) -> None:
    """Run all steps in threads of their own that start together; the first that raises is raised."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], object]) -> None:
        barrier.wait()
        step()

    with ThreadPoolExecutor(len(steps)) as pool:
        list(pool.map(run, steps))


def tell_and_wait(done: Event, other: Event) -> None:
    """Say that the first is done, and give the other a while to be."""
    done.set()
    other.wait(HELD_SECONDS)


def joins(company: Company, group: str, name: str) -> Callable[[], object]:
    return lambda: company.join(group, name)


def leaves(company: Company, group: str, name: str) -> Callable[[], object]:
    return lambda: company.leave(group, name)


def test_joining_several_groups_of_a_set_at_once_gives_one_card(nordwind: Company) -> None:
    nordwind.hire("ines")
    for number in range(6):
        nordwind.group(f"G{number}")
    nordwind.apply(EXCLUSIVE)

    at_once([joins(nordwind, f"G{number}", "ines") for number in range(6)])

    assert nordwind.states() == {("ines", "T0"): "live"}


@pytest.mark.parametrize("seats", [0, 3])
def test_seats_are_not_given_twice(seats: int, nordwind: Company) -> None:
    nordwind.hire(*NAMES)
    for number in range(6):
        nordwind.group(f"G{number}")
    nordwind.apply(f"organization: {{seat_limit: {seats}}}\n{EXCLUSIVE}")

    at_once([joins(nordwind, f"G{number}", name) for number, name in enumerate(NAMES)])

    assert Counter(nordwind.states().values()) == Counter({"live": seats, "waiting": 6 - seats})


def test_freed_seats_are_all_taken(nordwind: Company) -> None:
    nordwind.hire(*NAMES)
    for number, name in enumerate(NAMES):
        nordwind.group(f"G{number}", name)
    nordwind.apply(f"organization: {{seat_limit: 3}}\n{EXCLUSIVE}")
    live = [name for (name, _), state in nordwind.states().items() if state == "live"]

    at_once([leaves(nordwind, f"G{NAMES.index(name)}", name) for name in live])

    assert Counter(nordwind.states().values()) == Counter({"live": 3, "paused": 3})


def test_members_who_join_while_their_group_is_bound_get_their_cards(nordwind: Company) -> None:
    nordwind.hire(*NAMES)
    for number in range(6):
        nordwind.group(f"G{number}")

    at_once(
        [lambda: nordwind.apply(EXCLUSIVE)] + [joins(nordwind, f"G{number}", name) for number, name in enumerate(NAMES)]
    )

    assert nordwind.states() == {(name, f"T{number}"): "live" for number, name in enumerate(NAMES)}


def test_who_leaves_a_group_while_it_is_bound_keeps_no_card(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("G0", "ines")
    bound, left = Event(), Event()

    def bind(tx: Transaction) -> None:
        apply(tx, read_text(EXCLUSIVE.encode(), NO_PICTURES))
        bound.set()
        left.wait(HELD_SECONDS)

    def leave() -> None:
        bound.wait(HELD_SECONDS)
        nordwind.leave("G0", "ines")
        left.set()

    at_once([lambda: nordwind.write(bind), leave])

    assert nordwind.states() == {("ines", "T0"): "paused"}


@pytest.mark.parametrize(
    ("member", "change", "states"),
    [
        pytest.param(True, Company.leave, {("ines", "Sales"): "paused"}, id="leaves"),
        pytest.param(False, Company.join, {("ines", "Sales"): "live"}, id="joins"),
    ],
)
@pytest.mark.parametrize("seats", [None, 3])
def test_a_member_changes_while_the_group_is_bound_because_another_is_deleted(
    nordwind: Company, member: bool, change: Callable[..., None], states: dict[tuple[str, str], str], seats: int | None
) -> None:
    nordwind.hire("ines")
    nordwind.group("Old", external_id="e")
    nordwind.group("New", *(["ines"] if member else []), external_id="e")
    nordwind.apply(f"organization: {{seat_limit: {seats}}}\n{BY_EXTERNAL_ID}" if seats else BY_EXTERNAL_ID)
    bound, changed = Event(), Event()

    def disband(tx: Transaction) -> None:
        nordwind.disband_in(tx, "Old")
        tx.at_last(partial(tell_and_wait, bound, changed))  # after the binding has found the other group

    def come_or_go() -> None:
        bound.wait(HELD_SECONDS)
        change(nordwind, "New", "ines")
        changed.set()

    at_once([lambda: nordwind.write(disband), come_or_go])

    assert nordwind.states() == states


def test_who_joins_another_group_while_a_binding_finds_theirs_keeps_both_cards(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Old")
    nordwind.apply(TWO)
    bound, joined = Event(), Event()

    def create(tx: Transaction) -> None:
        groups.create(tx, {"displayName": "New"}, [nordwind.user_id("ines")])
        tx.at_last(partial(tell_and_wait, bound, joined))

    def join() -> None:
        bound.wait(HELD_SECONDS)
        nordwind.join("Old", "ines")
        joined.set()

    at_once([lambda: nordwind.write(create), join])

    assert nordwind.states() == {("ines", "Old"): "live", ("ines", "New"): "live"}


def test_who_is_activated_while_a_binding_finds_their_group_gets_their_card(nordwind: Company) -> None:
    nordwind.hire("ines", active=False)
    nordwind.group("Yet another", "ines")
    nordwind.apply(TWO)
    active, named = Event(), Event()

    def activate(tx: Transaction) -> None:
        user = users.lock(tx, nordwind.user_id("ines"))
        users.replace_document(tx, user, {**user.document, "active": True})
        tx.at_last(partial(tell_and_wait, active, named))

    def rename() -> None:
        active.wait(HELD_SECONDS)
        nordwind.rename("Yet another", "New")
        named.set()

    at_once([lambda: nordwind.write(activate), rename])

    assert nordwind.states() == {("ines", "New"): "live"}


def test_of_two_groups_that_are_created_at_once_a_binding_finds_one(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.apply(BY_EXTERNAL_ID)

    at_once(
        [
            lambda: nordwind.group("One", "ines", external_id="e"),
            lambda: nordwind.group("Other", "jo", external_id="e"),
        ]
    )

    assert list(nordwind.states().values()) == ["live"]


@pytest.mark.parametrize("seats", [None, 3])
def test_who_is_disabled_while_they_leave_their_group_is_in_nobodys_way(nordwind: Company, seats: int | None) -> None:
    nordwind.hire("ines")
    nordwind.group("Old", "ines")
    nordwind.apply(f"organization: {{seat_limit: {seats}}}\n{TWO}" if seats else TWO)
    disabled, runs = Event(), Counter[str]()

    def disable(tx: Transaction) -> None:
        runs["disable"] += 1
        user = users.lock(tx, nordwind.user_id("ines"))
        users.replace_document(tx, user, {**user.document, "active": False})
        disabled.set()
        time.sleep(HELD_SECONDS)

    def leave(tx: Transaction) -> None:
        runs["leave"] += 1
        group = groups.lock(tx, nordwind.group_id("Old"))
        groups.change(tx, group, group.document, remove=[nordwind.user_id("ines")])

    at_once([lambda: nordwind.write(disable), lambda: (disabled.wait(), nordwind.write(leave))])

    assert nordwind.states() == {("ines", "Old"): "paused"}
    assert runs == Counter(disable=1, leave=1)


def test_a_group_that_is_created_while_it_is_bound_is_found(nordwind: Company) -> None:
    nordwind.hire("ines")

    at_once([lambda: nordwind.apply(EXCLUSIVE), lambda: nordwind.group("G3", "ines")])

    assert nordwind.states() == {("ines", "T3"): "live"}

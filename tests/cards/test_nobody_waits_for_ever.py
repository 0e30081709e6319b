"""No two transactions wait for each other: PostgreSQL would end one of them, a second later for everybody.

Here it never does, and who waits for three seconds fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from sqlalchemy.engine import URL

from app.cards import issuing, merging
from app.core.errors import NotFound
from app.core.unit_of_work import Database, Transaction
from app.directory import groups, people, users
from app.wiring import HANDLERS
from tests.cards.conftest import Company
from tests.cards.test_concurrency import BY_EXTERNAL_ID, HELD_SECONDS, TWO, at_once
from tests.support import postgres

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

ONCE = """
templates: [{name: Old, general: {name: {}, title: {sync: once}}}, {name: New}]
bindings: [{group: Old, template: Old}, {group: New, template: New}]
"""
SEATS = pytest.mark.parametrize("seats", ["", "organization: {seat_limit: 3}\n"], ids=["no limit", "seats"])


@pytest.fixture
def patient(database_url: URL, nordwind: Company) -> Iterator[Company]:
    """The company, on connections on which nobody who waits for each other is ended."""
    for setting in ("deadlock_timeout = '1h'", "lock_timeout = '3s'"):
        postgres.administer(database_url, f'ALTER DATABASE "{database_url.database}" SET {setting}')
    with closing(Database(database_url, HANDLERS)) as database:
        yield Company(database, nordwind.organization_id)


def tell_and_sleep(done: Event) -> None:
    done.set()
    time.sleep(HELD_SECONDS)


def named(company: Company, name: str, barrier: Barrier) -> Callable[[], object]:
    """Creates a group, and waits before the end until the other one has done so too."""

    def work(tx: Transaction) -> None:
        groups.create(tx, {"displayName": name}, [company.user_id("ines")])
        if not tx.alone:
            try:
                barrier.wait(HELD_SECONDS)
            except BrokenBarrierError:
                return  # the other one waits for this one in the database already

    return lambda: company.write(work)


@SEATS
def test_two_groups_that_bindings_wait_for_are_created(patient: Company, seats: str) -> None:
    patient.hire("ines")
    patient.apply(seats + TWO)
    barrier = Barrier(2)

    at_once([named(patient, "Old", barrier), named(patient, "New", barrier)])

    assert patient.states() == {("ines", "Old"): "live", ("ines", "New"): "live"}


@SEATS
def test_a_group_is_created_while_a_member_is_renamed(patient: Company, seats: str) -> None:
    patient.hire("ines")
    patient.apply(seats + TWO)
    renamed = Event()

    def rename(tx: Transaction) -> None:
        user = users.lock(tx, patient.user_id("ines"))
        users.replace_document(tx, user, {**user.document, "displayName": "Ines Jones", "active": False})
        renamed.set()
        time.sleep(HELD_SECONDS)

    def create() -> None:
        renamed.wait()
        groups_of = [patient.user_id("ines")]
        patient.write(lambda tx: groups.create(tx, {"displayName": "New"}, groups_of))

    at_once([lambda: patient.write(rename), create])

    assert patient.states() in ({}, {("ines", "New"): "paused"})


@SEATS
def test_a_group_goes_while_another_of_its_external_id_comes(patient: Company, seats: str) -> None:
    patient.hire("ines")
    patient.group("Old", external_id="e")
    patient.apply(seats + BY_EXTERNAL_ID)
    gone = Event()

    def disband(tx: Transaction) -> None:
        patient.disband_in(tx, "Old")
        tx.at_last(lambda: time.sleep(HELD_SECONDS))
        gone.set()

    def create() -> None:
        gone.wait()
        patient.group("New", "ines", external_id="e")

    at_once([lambda: patient.write(disband), create])

    assert patient.states() == {("ines", "Sales"): "live"}


@SEATS
def test_a_bound_group_goes_while_its_members_change(patient: Company, seats: str) -> None:
    patient.hire("ines", "jo", "kim")
    patient.group("Old", "ines")
    patient.apply(seats + TWO)
    begun = Event()

    def disband(tx: Transaction) -> None:
        group = groups.lock(tx, patient.group_id("Old"))
        begun.set()
        time.sleep(HELD_SECONDS)  # the others wait for the group by then
        groups.remove(tx, group)

    def join(name: str) -> Callable[[], object]:
        def work(tx: Transaction) -> None:
            try:
                group = groups.lock(tx, patient.group_id("Old"))
            except NotFound:
                return
            time.sleep(HELD_SECONDS)
            groups.change(tx, group, group.document, add=[patient.user_id(name)])

        return lambda: (begun.wait(), patient.write(work))

    at_once([lambda: patient.write(disband), join("jo"), join("kim")])

    assert set(patient.states().values()) == {"paused"}


@SEATS
def test_a_bound_group_goes_while_a_member_is_deleted(patient: Company, seats: str) -> None:
    patient.hire("ines", "jo")
    patient.group("Old", "ines", "jo")
    patient.apply(seats + TWO)
    alone = Event()

    def go(tx: Transaction) -> None:
        if tx.alone:
            tell_and_sleep(alone)
        patient.disband_in(tx, "Old")

    def delete() -> None:
        alone.wait()
        patient.dismiss("ines")

    at_once([lambda: patient.write(go), delete])

    assert set(patient.states().values()) == {"paused"}


def disband(company: Company) -> None:
    company.write(lambda tx: company.disband_in(tx, "Old"))


def create(company: Company) -> None:
    company.group("New", "ines")


@SEATS
@pytest.mark.parametrize(
    ("change", "act", "states"),
    [
        pytest.param({"title": "CEO"}, disband, {("ines", "Old"): "paused"}, id="their card is paused"),
        pytest.param(
            {"externalId": "00000000-0000-4000-8000-000000000001"},
            create,
            {("ines", "Old"): "live", ("ines", "New"): "live"},
            id="they get a card",
        ),
    ],
)
def test_a_record_changes_while_a_binding_decides_about_its_person(
    patient: Company, seats: str, change: dict[str, str], act: Callable[[Company], None], states: dict[Any, str]
) -> None:
    patient.hire("ines", title="Clerk")
    patient.group("Old", "ines")
    patient.apply(seats + ONCE)
    begun = Event()

    def work(tx: Transaction) -> None:
        user = users.lock(tx, patient.user_id("ines"))
        users.replace_document(tx, user, {**user.document, **change})
        tx.at_last(partial(tell_and_sleep, begun))

    def act_then() -> None:
        begun.wait()
        act(patient)

    at_once([lambda: patient.write(work), act_then])

    assert patient.states() == states


@SEATS
def test_a_leaver_is_merged_into_somebody_whose_cards_are_looked_at(patient: Company, seats: str) -> None:
    patient.hire("ines", "jo")
    patient.group("Old", "ines")
    patient.apply(seats + TWO)
    [ines] = [card.person_id for card in patient.card_rows()]
    patient.dismiss("jo")
    held = Event()

    def look(tx: Transaction) -> None:
        people.take(tx, [ines])
        held.set()
        time.sleep(HELD_SECONDS)
        issuing.hold_people(tx, [ines])

    def merge() -> None:
        held.wait()
        patient.write(lambda tx: merging.merge(tx, "jo@nordwind.example", "ines@nordwind.example"))

    at_once([lambda: patient.write(look), merge])

    assert patient.states() == {("ines", "Old"): "live"}

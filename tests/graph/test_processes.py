"""A thousand people, consumers in processes of their own, one of them killed in the middle: each person once."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import URL

from app.cards.from_graph.asking import application_token, to_ask
from app.core import clock
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.jobs.queue import Queue
from app.core.jobs.running import Working
from app.core.jobs.runs import job_runs
from app.core.unit_of_work import Transaction
from app.directory import groups, users
from app.directory.organizations import Organization
from app.directory.tables import scim_users
from app.photos.graph import everyone, people, rounds
from app.photos.graph.everyone import THREADS
from app.photos.graph.tables import graph_people
from app.photos.tables import photo_uses
from tests.graph.conftest import Nordwind, object_id, picture
from tests.jobs.conftest import wait_until
from tests.support.graph import MOST_IN_BATCH, Answer
from tests.support.server import environment_of, run_lanyard, start

PEOPLE, WITH_PHOTO = 1000, 600
IN_HAND = THREADS * MOST_IN_BATCH
"""With how many people a process is at work at a time."""
SECONDS = 150
"""For what a busy machine needs for all of them."""
PICTURES = tuple(picture(colour, (48, 48)) for colour in ("red", "blue", "lime", "white", "black", "gray"))


def crowd(nordwind: Nordwind, how_many: int, with_photo: int) -> None:
    """So many people of Sales, of whom some have a photo in Graph; several the same one."""

    def work(tx: Transaction) -> None:
        ids = [
            users.create(tx, {"userName": f"p{number}@nordwind.example", "externalId": object_id(number)}).id
            for number in range(how_many)
        ]
        groups.create(tx, {"displayName": "Cards - Sales"}, ids)

    nordwind.company.write(work)
    nordwind.template()
    for number in range(with_photo):
        nordwind.graph.set(object_id(number), PICTURES[number % len(PICTURES)])


def states(nordwind: Nordwind) -> Counter[str]:
    """How many people were done, by what is known of their photo."""
    done = select(graph_people.c.state).where(
        graph_people.c.organization_id == ORGANIZATION, graph_people.c.round.is_not(None)
    )
    with nordwind.database.read(nordwind.organization.id) as reader:
        return Counter(reader.execute(done).scalars())


def taken(nordwind: Nordwind) -> Counter[str]:
    """How often each person was given a photo."""
    found = select(audit_log.c.subject).where(
        audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == "photo.found"
    )
    with nordwind.database.read(nordwind.organization.id) as reader:
        return Counter(reader.execute(found).scalars())


def held(nordwind: Nordwind) -> set[str]:
    """The object ids of those whom somebody has in hand."""
    claimed = (
        select(scim_users.c.external_id)
        .join(graph_people, graph_people.c.user_id == scim_users.c.id)
        .where(
            scim_users.c.organization_id == ORGANIZATION,
            graph_people.c.organization_id == ORGANIZATION,
            graph_people.c.claimed_until.is_not(None),
        )
    )
    with nordwind.database.read(nordwind.organization.id) as reader:
        return set(reader.execute(claimed).scalars())


@pytest.fixture
def environment(nordwind: Nordwind, database_url: URL, tmp_path: Path) -> dict[str, str]:
    return environment_of(database_url, tmp_path) | {"LANYARD_GRAPH_URL": nordwind.graph.url}


@contextmanager
def consumer(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`lanyard jobs worker`, ended afterwards if it is not ended already."""
    with (folder / "worker.log").open("ab") as output:
        process = start(environment, "jobs", "worker", stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=40)


def let_leases_pass(nordwind: Nordwind) -> None:
    """What five minutes of silence do to the run and to the people whom the killed process had."""
    began = update(job_runs).where(job_runs.c.finished_at.is_(None)).values(alive_until=job_runs.c.started_at)
    nordwind.database.write(lambda tx: tx.execute_across(began), organization_id=None, actor="system")
    held = graph_people.c.claimed_until.is_not(None)
    past = update(graph_people).where(graph_people.c.organization_id == ORGANIZATION, held)
    nordwind.company.write(lambda tx: tx.execute(past.values(claimed_until=nordwind.organization.created_at), {}))


def test_a_thousand_people_two_consumers_and_a_kill_in_the_middle(
    nordwind: Nordwind, environment: dict[str, str], database_url: URL, tmp_path: Path
) -> None:
    crowd(nordwind, PEOPLE, WITH_PHOTO)
    graph = nordwind.graph

    def unhurried() -> Answer | None:
        time.sleep(0.05)
        return None

    graph.batch_instead = unhurried
    with consumer(environment, tmp_path) as first:
        wait_until(lambda: graph.looks, "the first is at work", SECONDS)
        with consumer(environment, tmp_path):
            wait_until(lambda: sum(graph.looks.values()) > PEOPLE // 4, "it is in the middle", SECONDS)
            first.send_signal(signal.SIGKILL)
            first.wait()
            in_hand, done_before = held(nordwind), states(nordwind).total()
            graph.batch_instead = lambda: None
            let_leases_pass(nordwind)
            wake(database_url, tmp_path)
            wait_until(lambda: nordwind.round().ended_at, "the second has done the rest", SECONDS)

            assert 0 < done_before < PEOPLE
            assert states(nordwind) == {"has": WITH_PHOTO, "none": PEOPLE - WITH_PHOTO}
            assert set(graph.looks) == {object_id(number) for number in range(PEOPLE)}
            twice = {who for who, times in graph.looks.items() if times > 1}
            assert len(in_hand) <= IN_HAND
            assert twice <= in_hand, "only those with whom the killed one was at work"
            assert sum(graph.fetches.values()) <= WITH_PHOTO + IN_HAND
            assert sorted(taken(nordwind).values()) == [1] * WITH_PHOTO
            assert max(graph.batches) == MOST_IN_BATCH

            before = nordwind.round().begun_at
            graph.forget()
            for number in (3, 500, 900):
                graph.set(object_id(number), picture("pink", (48, 48)))
            run_lanyard(environment, "photos", "fetch", "--org", "nordwind")
            wait_until(
                lambda: nordwind.round().begun_at != before and nordwind.round().ended_at, "a second round", SECONDS
            )

    assert graph.looks == {object_id(number): 1 for number in range(PEOPLE)}
    assert graph.fetches == {object_id(3): 1, object_id(500): 1, object_id(900): 1}
    assert len(graph.batches) <= PEOPLE // MOST_IN_BATCH + THREADS
    assert states(nordwind) == {"has": WITH_PHOTO + 1, "none": PEOPLE - WITH_PHOTO - 1}


def test_two_that_work_on_one_round_never_have_the_same_person(nordwind: Nordwind) -> None:
    crowd(nordwind, 130, 70)
    working = Working(nordwind.database, nordwind.settings, "run")
    said: list[str] = []

    def work() -> None:
        said.append(everyone.ask(working, application_token, to_ask))

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert len(said) == 2
    assert nordwind.graph.looks == {object_id(number): 1 for number in range(130)}
    assert nordwind.graph.fetches == {object_id(number): 1 for number in range(70)}
    assert states(nordwind) == {"has": 70, "none": 60}


def test_a_large_organization_does_not_keep_the_others_waiting(
    nordwind: Nordwind, new_organization: Callable[..., Organization], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everyone, "TURN", timedelta(0))
    crowd(nordwind, 20 * MOST_IN_BATCH, 0)
    small = Nordwind(nordwind.database, new_organization("small"), nordwind.app, nordwind.graph)
    small.configure(nordwind.openid)
    small.company.hire("ines", externalId=object_id(999))
    small.template()
    small.company.group("Cards - Sales", "ines")
    order: list[str] = []
    nordwind.graph.instead = lambda who, _kind: order.append(who)

    nordwind.run()

    assert Counter(order) == {object_id(number): 1 for number in (*range(20 * MOST_IN_BATCH), 999)}
    assert order.index(object_id(999)) <= 2 * IN_HAND


def test_a_round_is_not_over_while_somebody_has_people(nordwind: Nordwind) -> None:
    crowd(nordwind, 3, 0)
    claimed = nordwind.company.write(_claim_one)

    nordwind.run()
    waits = nordwind.round()
    nordwind.company.write(lambda tx: people.release(tx, [claimed]))
    nordwind.company.write(lambda tx: rounds.put_off(tx, waits.begun_at or tx.now, tx.now))
    nordwind.run()

    assert (waits.ended_at, waits.not_before is not None) == (None, True)
    assert nordwind.round().ended_at is not None
    assert nordwind.graph.looks == {object_id(number): 1 for number in range(3)}


def test_who_is_deleted_while_they_are_asked_about_stops_nobody(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    for number in (1, 2):
        nordwind.graph.set(object_id(number), picture("red"))

    def leaving(who: str, kind: str) -> Answer | None:
        if (who, kind) == (object_id(1), "fetch"):
            nordwind.company.dismiss("ines")
        return None

    nordwind.graph.instead = leaving
    said = nordwind.run()

    assert said == "Asked Microsoft Graph about 2 people: 2 has."
    assert nordwind.known() == {"jonas": ("has", None)}
    assert nordwind.shows("jonas") == "red"
    assert nordwind.company.write(_uses_without_end) == 1


def test_who_is_deleted_before_they_are_claimed_is_not(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    with nordwind.database.read(nordwind.organization.id) as reader:
        found = to_ask(reader, clock.now(), "", 20)
    nordwind.company.dismiss("ines")

    claimed = nordwind.company.write(lambda tx: people.claim(tx, found, tx.now))

    assert [person.path for person in claimed] == [f"/users/{object_id(2)}/photo"]


def test_a_round_that_is_asked_for_during_another_follows_it(nordwind: Nordwind) -> None:
    crowd(nordwind, 2, 0)
    asked_for: list[bool] = []

    def again(_who: str, _kind: str) -> Answer | None:
        if not asked_for:
            asked_for.append(True)
            nordwind.company.write(rounds.ask_anew)
        return None

    nordwind.graph.instead = again
    nordwind.run()

    assert nordwind.graph.looks == {object_id(number): 2 for number in range(2)}
    assert not nordwind.is_due()


def _uses_without_end(tx: Transaction) -> int:
    found = select(photo_uses.c.photo_id).where(
        photo_uses.c.organization_id == ORGANIZATION, photo_uses.c.left_at.is_(None)
    )
    return len(tx.execute(found).all())


def _claim_one(tx: Transaction) -> str:
    begun_at = rounds.begin(tx)
    [person] = people.claim(tx, to_ask(tx, begun_at, "", 1, now=tx.now), begun_at)
    return person.user_id


def wake(url: URL, folder: Path) -> None:
    """Have a consumer look at once, and not within the minute."""
    queue = Queue(url, folder)
    queue.put(rounds.JOB)
    queue.huey.storage.close()

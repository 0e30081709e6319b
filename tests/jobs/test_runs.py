"""Who may run a job: once for each slot, one at a time, and again when a process ended in the middle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.core.errors import NotFound, Refused, Unavailable
from app.core.jobs import runs
from app.core.jobs.queue import MOST_WAITING, Queue, Waker
from app.core.jobs.running import Job, Outcome, due, named, next_turn, run, slot_of
from app.core.jobs.runs import LEASE, Run, job_runs
from app.core.settings import Settings
from app.core.unit_of_work import Database, Transaction

NOON = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
SLOT = slot_of(NOON)
HOURLY = Job("hourly", "does something", lambda _working: "Did it.")
WAITING = Job("waiting", "does what waits", lambda _working: "Did it.", pending=lambda _reader, _settings, _now: True)


def claim(database: Database, slot: datetime | None = None, name: str = "hourly") -> Run | None:
    return database.write(lambda tx: runs.claim(tx, name, slot), organization_id=None, actor="system")


def finish(database: Database, begun: Run) -> bool:
    return database.write(lambda tx: runs.finish(tx, begun, "done", "Did it."), organization_id=None, actor="system")


def recorded(database: Database) -> list[tuple[Any, ...]]:
    statement = select(job_runs.c.name, job_runs.c.slot, job_runs.c.outcome, job_runs.c.sentence)
    with database.read(None) as reader:
        return [tuple(row) for row in reader.execute_across(statement.order_by(job_runs.c.id))]


@pytest.fixture
def settings(database_url: URL, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        pytest.param("12:05", "12:05", id="on time"),
        pytest.param("12:59", "12:05", id="later in the hour"),
        pytest.param("13:04", "12:05", id="before the next"),
        pytest.param("00:01", "23:05", id="after midnight"),
    ],
)
def test_the_slot_that_was_due_last(now: str, slot: str) -> None:
    moment = datetime.fromisoformat(f"2026-11-25T{now}:30+00:00")

    assert slot_of(moment).strftime("%H:%M:%S") == f"{slot}:00"
    assert timedelta() <= moment - slot_of(moment) < timedelta(hours=1)


def test_hourly_jobs_are_next_due_at_five_past_and_others_within_the_minute() -> None:
    assert next_turn(HOURLY, NOON) == datetime(2026, 11, 25, 13, 5, tzinfo=UTC)
    assert next_turn(WAITING, NOON) == datetime(2026, 11, 25, 12, 31, tzinfo=UTC)


def test_a_slot_is_run_once(database: Database) -> None:
    first = claim(database, SLOT)
    assert first is not None
    finish(database, first)

    assert claim(database, SLOT) is None
    assert claim(database, SLOT + timedelta(hours=1)) is not None


def test_a_job_has_one_run_at_a_time_and_keeps_no_other_job_from_its_own(database: Database) -> None:
    first = claim(database, SLOT)
    assert first is not None

    meanwhile = (claim(database, SLOT + timedelta(hours=1)), claim(database))
    other = claim(database, SLOT, name="other")
    finish(database, first)

    assert meanwhile == (None, None)
    assert other is not None
    assert claim(database) is not None


def test_a_run_whose_process_ended_gives_way_after_the_lease_and_can_end_no_more(database: Database) -> None:
    with time_machine.travel(NOON, tick=False):
        lost = claim(database, SLOT)
    assert lost is not None
    with time_machine.travel(NOON + LEASE, tick=False):
        too_early = claim(database)
    with time_machine.travel(NOON + LEASE + timedelta(seconds=1), tick=False):
        again = claim(database)

    assert too_early is None
    assert again is not None
    assert finish(database, lost) is False
    assert finish(database, again) is True
    assert recorded(database) == [
        ("hourly", SLOT, "lost", "Its process ended before it was done."),
        ("hourly", None, "done", "Did it."),
    ]


def test_a_run_that_says_that_it_goes_on_is_not_lost(database: Database) -> None:
    with time_machine.travel(NOON, tick=False):
        begun = claim(database)
    assert begun is not None
    with time_machine.travel(NOON + LEASE, tick=False):
        database.write(lambda tx: runs.beat(tx, begun), organization_id=None, actor="system")
    with time_machine.travel(NOON + LEASE + timedelta(seconds=1), tick=False):
        assert claim(database) is None


def test_what_was_lost_is_due_again_as_is_what_something_waits_for(database: Database, settings: Settings) -> None:
    with time_machine.travel(NOON, tick=False):
        claim(database, SLOT)

    assert due(database, settings, [HOURLY, WAITING], NOON) == [WAITING]
    assert due(database, settings, [HOURLY, WAITING], NOON + LEASE + timedelta(seconds=1)) == [HOURLY, WAITING]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        pytest.param(Refused("The mail server is away."), "The mail server is away. (run ", id="what a rule says"),
        pytest.param(KeyError("secret"), "KeyError: the server log has it under run ", id="a defect"),
    ],
)
def test_a_job_that_fails_is_recorded_and_may_run_again(
    database: Database, settings: Settings, raised: Exception, told: str
) -> None:
    def fail(_working: object) -> str:
        raise raised

    failed = run(database, settings, Job("hourly", "fails", fail), SLOT)
    again = run(database, settings, HOURLY)

    assert failed is not None
    assert failed.outcome == "failed"
    assert failed.sentence.startswith(told)
    assert "secret" not in failed.sentence
    assert again == Outcome("done", "Did it.")


def test_a_job_works_with_the_id_of_its_run(database: Database, settings: Settings) -> None:
    run(database, settings, Job("hourly", "tells", lambda working: working.request_id))

    with database.read(None) as reader:
        last = runs.latest(reader)["hourly"]
    assert last.sentence == last.id


def test_a_job_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(NotFound, match="no job 'nightly'; there are hourly, waiting"):
        named([HOURLY, WAITING], "nightly")


def test_old_runs_are_forgotten_and_the_last_is_told(database: Database) -> None:
    for hours in range(4):
        with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
            begun = claim(database)
            assert begun is not None
            finish(database, begun)

    forgotten = database.write(
        lambda tx: runs.forget(tx, NOON + timedelta(hours=2)), organization_id=None, actor="system"
    )

    assert forgotten == 2
    with database.read(None) as reader:
        assert runs.latest(reader)["hourly"].started_at == NOON + timedelta(hours=3)


def waiting(queue: Queue) -> int:
    size: int = queue.huey.storage.queue_size()
    return size


def wake(tx: Transaction) -> str:
    tx.wake("mail")
    tx.wake("mail")
    return "done"


def test_a_committed_transaction_wakes_and_one_that_failed_does_not(settings: Settings) -> None:
    queue, waker = Queue(settings.database_url, settings.data_dir), Waker(settings.database_url, settings.data_dir)
    database = Database(settings.database_url, {}, waker)

    def fail(tx: Transaction) -> None:
        wake(tx)
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        database.write(fail, organization_id=None, actor="cli")
    before = waiting(queue)
    database.write(wake, organization_id=None, actor="cli")

    assert (before, waiting(queue)) == (0, 1)
    for closing in (queue.huey.storage, waker, database):
        closing.close()


def test_the_queue_does_not_grow_while_nobody_takes_from_it(settings: Settings) -> None:
    queue, waker = Queue(settings.database_url, settings.data_dir), Waker(settings.database_url, settings.data_dir)
    for _ in range(MOST_WAITING + 5):
        waker("mail")

    assert waiting(queue) == MOST_WAITING
    queue.huey.storage.close()
    waker.close()


def test_a_queue_that_is_away_undoes_nothing(database_url: URL, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    away = URL.create("postgresql+psycopg", "u", host="127.0.0.1", port=1, database="x")
    wakers = (Waker(away, tmp_path), Waker(URL.create("sqlite", database="unused"), tmp_path / "file"))
    for waker in wakers:
        database = Database(database_url, {}, waker)

        done = database.write(wake, organization_id=None, actor="cli")

        assert done == "done"
        database.close()

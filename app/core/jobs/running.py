"""Running a job once: claimed, kept alive while it works, its outcome recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from app.core import clock
from app.core.errors import LanyardError, NotFound, Refused
from app.core.jobs import runs
from app.core.jobs.runs import DONE, FAILED, LEASE, Run
from app.core.settings import Settings
from app.core.unit_of_work import Database, Reader

MINUTE_OF_HOUR = 5
ACTOR = "system"
PATIENCE_SECONDS = 60
"""How long somebody who needs a job not to run waits for a run that goes on."""

log = structlog.get_logger("lanyard.jobs")

Pending = Callable[[Reader, Settings, datetime], bool]
"""Whether there is something to do."""


@dataclass(frozen=True)
class Working:
    """What a job works with. Its transactions carry `request_id`, so that log and audit tell which run it was."""

    database: Database
    settings: Settings
    request_id: str


@dataclass(frozen=True)
class Job:
    """Something to do in the background.

    `work` does whatever there is to do and says in a sentence what it did; doing it again changes nothing. It runs
    once an hour, or, with `pending`, whenever that sees something to do: it is looked at every minute and when woken.
    """

    name: str
    sentence: str
    work: Callable[[Working], str]
    pending: Pending | None = None


class Outcome(NamedTuple):
    """How a run ended."""

    outcome: str
    sentence: str


def slot_of(now: datetime) -> datetime:
    """The hourly slot that is or was due last: five past."""
    slot = now.replace(minute=MINUTE_OF_HOUR, second=0, microsecond=0)
    return slot if slot <= now else slot - timedelta(hours=1)


def next_turn(job: Job, now: datetime) -> datetime:
    """When the job is looked at next."""
    if job.pending is not None:
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return slot_of(now) + timedelta(hours=1)


def named(jobs: Sequence[Job], name: str) -> Job:
    """The job of that name. Raises NotFound with the names that there are."""
    for job in jobs:
        if job.name == name:
            return job
    raise NotFound(f"there is no job {name!r}; there are {', '.join(job.name for job in jobs)}")


def due(database: Database, settings: Settings, jobs: Sequence[Job], now: datetime) -> list[Job]:
    """The jobs that something waits for, or somebody asked for, or whose last run was lost. Raises Unavailable."""
    with database.read(None) as reader:
        wanted = {*runs.lost(reader, now), *runs.asked(reader)}
        return [
            job
            for job in jobs
            if job.name in wanted or (job.pending is not None and job.pending(reader, settings, now))
        ]


def run(database: Database, settings: Settings, job: Job, slot: datetime | None = None) -> Outcome | None:
    """Run the job now, in this thread; None when it runs elsewhere, or ran for this slot.

    Raises Unavailable when the database is away as it begins or ends: then the run is lost, and done again later.
    """
    begun = database.write(lambda tx: runs.claim(tx, job.name, slot), organization_id=None, actor=ACTOR)
    if begun is None:
        return None
    with _alive(database, begun):
        ended = _outcome(job, Working(database, settings, begun.id))
    if not database.write(lambda tx: runs.finish(tx, begun, *ended), organization_id=None, actor=ACTOR):
        log.warning("a job was given up for lost before it ended", job=job.name, run=begun.id)
    log.info("job", job=job.name, run=begun.id, outcome=ended.outcome)
    return ended


@contextmanager
def kept_from_running(database: Database, name: str, sentence: str) -> Iterator[None]:
    """Keep a job from running meanwhile, wherever its consumers are; its last run then says `sentence`.

    A run that goes on is waited for. Raises Refused when it takes too long, Unavailable.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (held := database.write(lambda tx: runs.claim(tx, name, None), organization_id=None, actor=ACTOR)) is None:
        if time.monotonic() > deadline:
            raise Refused(
                f"The job {name} runs or is kept from running; try again when `lanyard jobs list` says it ended."
            )
        time.sleep(0.5)
    try:
        with _alive(database, held):
            yield
    finally:
        database.write(lambda tx: runs.finish(tx, held, DONE, sentence), organization_id=None, actor=ACTOR)


def _outcome(job: Job, working: Working) -> Outcome:
    try:
        return Outcome(DONE, job.work(working))
    except LanyardError as error:
        log.warning("a job failed", job=job.name, run=working.request_id, reason=str(error))
        return Outcome(FAILED, f"{error} (run {working.request_id})")
    except Exception as error:  # whatever it is: it is recorded, and other jobs go on
        log.exception("a job failed", job=job.name, run=working.request_id)
        return Outcome(FAILED, f"{type(error).__name__}: the server log has it under run {working.request_id}.")


@contextmanager
def _alive(database: Database, run: Run) -> Iterator[None]:
    """Say, meanwhile, that the run goes on."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(LEASE.total_seconds() / 5):
            try:
                database.write(lambda tx: runs.beat(tx, run), organization_id=None, actor=ACTOR)
            except LanyardError as error:  # the next beat may come through
                log.warning("a job could not say that it goes on", job=run.name, run=run.id, reason=str(error))

    thread = threading.Thread(target=beat, name=f"alive {run.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def overview(reader: Reader, jobs: Sequence[Job]) -> list[tuple[Job, Run | None, datetime]]:
    """Every job with its last run, if it ever ran, and when it is looked at next."""
    latest, now = runs.latest(reader), clock.now()
    return [(job, latest.get(job.name), next_turn(job, now)) for job in jobs]

"""The consumer: takes wakes out of the queue, and looks by the clock at what nobody woke it for."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Sequence
from datetime import datetime

import structlog
from huey import crontab

from app.core import clock
from app.core.clock import rfc3339
from app.core.jobs.queue import Do, Queue
from app.core.jobs.running import MINUTE_OF_HOUR, Job, due, named, run, slot_of
from app.core.settings import Settings
from app.core.unit_of_work import Database

THREADS = 3
"""Mails go out while something large is repaired, and while everybody's photo is asked for."""
END_SECONDS = 10
"""For a run to end when the consumer is told to; what takes longer is done again later."""
OPEN_SECONDS = 30

ENDING = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger("lanyard.jobs")


def consume(database: Database, settings: Settings, jobs: Sequence[Job], *, parent: int | None = None) -> None:
    """Do the jobs until SIGTERM or SIGINT, or until the process `parent` is no longer this one's parent.

    To be called in the main thread of a process of its own. What was due while nobody was there is done at once.
    """
    # Blocked here, for all threads to come: they are waited for below, and interrupt nothing.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    _log_huey()

    def do(name: str, slot: str | None) -> None:
        job = named(jobs, name)
        if slot is None and job not in due(database, settings, [job], clock.now()):
            return  # many were woken for the same work, and somebody did it
        run(database, settings, job, None if slot is None else datetime.fromisoformat(slot))

    queue = _opened(settings, do)

    def look_by_the_hour() -> None:
        slot = rfc3339(slot_of(clock.now()))
        for job in jobs:
            if job.pending is None:
                queue.put(job.name, slot)

    def look_by_the_minute() -> None:
        for job in due(database, settings, jobs, clock.now()):
            queue.put(job.name)

    queue.huey.periodic_task(crontab(minute=str(MINUTE_OF_HOUR)), name="by_the_hour")(look_by_the_hour)
    queue.huey.periodic_task(crontab(), name="by_the_minute")(look_by_the_minute)
    consumer = queue.huey.create_consumer(workers=THREADS, max_delay=1.0, shutdown_timeout=END_SECONDS)
    consumer.start()
    look_by_the_hour()  # the slot that was missed, if it was
    log.info("consumer started")
    while signal.sigtimedwait(ENDING, 1.0) is None:
        if parent is not None and os.getppid() != parent:
            break
        consumer.check_worker_health()
    consumer.stop(graceful=True)


def _opened(settings: Settings, do: Do) -> Queue:
    """The queue; waits a while for a database that is away, or that another consumer sets up at the same moment."""
    deadline = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return Queue(settings.database_url, settings.data_dir, do)
        except Exception as error:  # of either driver
            if time.monotonic() > deadline:
                raise
            log.warning("the queue of jobs is away", reason=type(error).__name__)
            time.sleep(0.5)


class _ToOurLog(logging.Handler):
    """What huey has to say, as lines of our log."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(record.levelno, "huey", says=record.getMessage(), exc_info=record.exc_info)


def _log_huey() -> None:
    logger = logging.getLogger("huey")
    logger.handlers, logger.propagate = [_ToOurLog(logging.WARNING)], False

"""The record of runs, which is also what keeps two consumers from doing the same work.

A run is claimed by inserting its row: a job has one run for each slot, and one at a time. Who claims must say every
now and then that the work goes on; a run that has not been heard of for LEASE is lost, and gives way to the next.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, String, Table, Text, bindparam, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import Id, Timestamp, metadata
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.unit_of_work import Reader, Transaction

LEASE = timedelta(minutes=5)
"""How long a run that is not heard of keeps others from the work."""

DONE, FAILED, LOST = "done", "failed", "lost"

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("slot", Timestamp),
    Column("started_at", Timestamp, nullable=False),
    Column("alive_until", Timestamp, nullable=False),
    Column("finished_at", Timestamp),
    Column("outcome", String(8)),
    Column("sentence", Text),
    Index("uq_job_runs_name_slot", "name", "slot", unique=True),
    Index(
        "uq_job_runs_name",
        "name",
        unique=True,
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("ix_job_runs_name_id", "name", "id"),
)
"""Belongs to the installation, not to an organization. `slot` is the hour a run was due in, None for one that was
woken or asked for. `sentence` is what it did, or why it failed. `id` sorts by time."""


job_asks = Table(
    "job_asks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", Timestamp, nullable=False),
)
"""The jobs that somebody asked for and that have not begun since. Belongs to the installation."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `outcome` is done, failed or lost (its process ended); None while it goes on."""

    id: str
    name: str
    slot: datetime | None
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    sentence: str | None


_OPEN = job_runs.c.finished_at.is_(None)
_LOSE = (
    update(job_runs)
    .where(job_runs.c.name == bindparam("job"), _OPEN, job_runs.c.alive_until < bindparam("now"))
    .values(finished_at=bindparam("now"), outcome=LOST, sentence="Its process ended before it was done.")
)
_CLAIM = {
    "sqlite": sqlite.insert(job_runs).on_conflict_do_nothing().returning(job_runs.c.id),
    "postgresql": postgresql.insert(job_runs).on_conflict_do_nothing().returning(job_runs.c.id),
}
_BEAT = update(job_runs).where(job_runs.c.id == bindparam("run"), _OPEN).values(alive_until=bindparam("alive_until"))
_FINISH = (
    update(job_runs)
    .where(job_runs.c.id == bindparam("run"), _OPEN)
    .values(finished_at=bindparam("now"), outcome=bindparam("outcome"), sentence=bindparam("sentence"))
)
_COLUMNS = [job_runs.c[name] for name in Run.__dataclass_fields__]
_LATEST = select(*_COLUMNS).where(
    job_runs.c.id.in_(select(func.max(job_runs.c.id)).group_by(job_runs.c.name).scalar_subquery())
)
_LOST = select(job_runs.c.name).where(_OPEN, job_runs.c.alive_until < bindparam("now"))
_ASK = {
    "sqlite": sqlite.insert(job_asks).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(job_asks).on_conflict_do_nothing(),
}
_ASKED = select(job_asks.c.name)
_ANSWER = delete(job_asks).where(job_asks.c.name == bindparam("job"))
_FORGET = delete(job_runs).where(job_runs.c.id < bindparam("first_kept"), job_runs.c.finished_at.is_not(None))


def claim(tx: Transaction, name: str, slot: datetime | None) -> Run | None:
    """The run that begins now; None when another goes on, or when there was one for the slot already.

    A run that was lost is closed first.
    """
    tx.execute_across(_LOSE, {"job": name, "now": tx.now})
    run = Run(timed_id(tx.now), name, slot, tx.now, None, None, None)
    row = {
        "id": run.id,
        "name": name,
        "slot": slot,
        "started_at": tx.now,
        "alive_until": tx.now + LEASE,
    }
    if tx.execute_across(_CLAIM[tx.dialect], row).first() is None:
        return None
    tx.execute_across(_ANSWER, {"job": name})
    return run


def beat(tx: Transaction, run: Run) -> bool:
    """Say that the run goes on. False when it was given up for lost meanwhile."""
    return tx.execute_across(_BEAT, {"run": run.id, "alive_until": tx.now + LEASE}).rowcount == 1


def finish(tx: Transaction, run: Run, outcome: str, sentence: str) -> bool:
    """Record how the run ended. False when it was given up for lost meanwhile."""
    ended = {"run": run.id, "now": tx.now, "outcome": outcome, "sentence": sentence}
    return tx.execute_across(_FINISH, ended).rowcount == 1


def latest(reader: Reader) -> dict[str, Run]:
    """The last run of each job that ever ran, by the job's name."""
    return {row.name: Run(**row._mapping) for row in reader.execute_across(_LATEST)}


def lost(reader: Reader, now: datetime) -> Collection[str]:
    """The jobs whose run has not been heard of for too long."""
    return {row.name for row in reader.execute_across(_LOST, {"now": now})}


def ask(tx: Transaction, name: str) -> None:
    """Have the job run once, soon, whatever the hour; asking twice is asking once. Wakes the consumer."""
    tx.execute_across(_ASK[tx.dialect], {"name": name, "at": tx.now})
    tx.wake(name)


def asked(reader: Reader) -> Collection[str]:
    """The jobs that were asked for and have not begun since."""
    return set(reader.execute_across(_ASKED).scalars())


def forget(tx: Transaction, before: datetime) -> int:
    """Delete the runs that began before; says how many. One that goes on stays."""
    return tx.execute_across(_FORGET, {"first_kept": timed_id(before)[:TIMED_PREFIX]}).rowcount

"""Errands: what an admin has looked at and asked for, and what is too much for one request. A job carries them out.

An errand is kept with everything that was decided: the cards, or the whole of the bindings, and the plan's fingerprint.
How far it is can be asked at any time, and whoever asked for it may leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, String, Table, Text, bindparam, delete, insert, select, update

from app.core.db import ORGANIZATION, Document, Id, Timestamp, metadata, organization_column
from app.core.errors import NotFound
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.jobs import runs
from app.core.unit_of_work import Reader, Transaction

JOB = "errands"
KEPT = timedelta(days=30)
"""How long it can be looked up what became of an errand."""
DONE, CHANGED, FAILED = "done", "changed", "failed"
"""How errands end: as planned; not at all, as the plan had become another; with a reason."""

errands = Table(
    "errands",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("detail", Document, nullable=False),
    Column("cards", Document, nullable=False),
    Column("plan", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("asked_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp),
    Column("outcome", String(8)),
    Column("sentence", Text),
)
"""`cards` are the public ids that it is about, `done` how many of them have been looked at, `skipped` how many of those
were no longer as they were when it was planned and were left alone. `id` sorts by time."""


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand, without the list of its cards. `outcome` is None while it waits or goes on."""

    id: str
    kind: str
    detail: Mapping[str, Any]
    plan: str
    actor: str
    total: int
    done: int
    skipped: int
    asked_at: datetime
    finished_at: datetime | None
    outcome: str | None
    sentence: str | None

    @property
    def percent(self) -> int:
        """How much of it is done, 0 to 100."""
        return 100 if self.finished_at is not None else self.done * 100 // max(1, self.total)


_COLUMNS = [errands.c[name] for name in Errand.__dataclass_fields__]
_EVERY = select(*_COLUMNS).where(errands.c.organization_id == ORGANIZATION)
_ONE = _EVERY.where(errands.c.id == bindparam("errand"))
_OPEN = _EVERY.where(errands.c.finished_at.is_(None)).order_by(errands.c.id)
_CARDS = select(errands.c.cards).where(errands.c.organization_id == ORGANIZATION, errands.c.id == bindparam("errand"))
_CHANGE = update(errands).where(errands.c.organization_id == ORGANIZATION, errands.c.id == bindparam("errand"))
_ADVANCE = _CHANGE.where(errands.c.done == bindparam("from_here")).values(
    done=bindparam("up_to"), skipped=errands.c.skipped + bindparam("more_skipped")
)
_FINISH = _CHANGE.values(finished_at=bindparam("now"), outcome=bindparam("ended"), sentence=bindparam("said"))
_FORGET = delete(errands).where(
    errands.c.organization_id == ORGANIZATION,
    errands.c.finished_at.is_not(None),
    errands.c.id < bindparam("first_kept"),
)


def ask(tx: Transaction, kind: str, plan: str, *, cards: Sequence[str] = (), total: int, **detail: Any) -> str:
    """Have an errand carried out soon, in the name of whoever asks; its id."""
    errand_id = timed_id(tx.now)
    tx.execute(
        insert(errands),
        {
            "id": errand_id,
            "kind": kind,
            "detail": detail,
            "cards": list(cards),
            "plan": plan,
            "actor": tx.actor,
            "total": total,
            "done": 0,
            "skipped": 0,
            "asked_at": tx.now,
        },
    )
    tx.audit("errand.asked", errand_id, {"kind": kind, "plan": plan, "total": total})
    runs.ask(tx, JOB)
    return errand_id


def find(reader: Reader, errand_id: str) -> Errand:
    """How an errand stands. Raises NotFound."""
    row = reader.execute(_ONE, {"errand": errand_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such errand; they are forgotten after 30 days")
    return Errand(**row._mapping)


def open_ones(reader: Reader) -> list[Errand]:
    """The errands that wait or go on, in the order in which they were asked for."""
    return [Errand(**row._mapping) for row in reader.execute(_OPEN)]


def cards_of(reader: Reader, errand_id: str) -> list[str]:
    """The public ids of the cards that an errand is about."""
    return list(reader.execute(_CARDS, {"errand": errand_id}).scalar_one())


def advance(tx: Transaction, errand_id: str, from_here: int, up_to: int, skipped: int) -> bool:
    """Note how far an errand is; False when somebody else has gone on from the same place."""
    moved = {"errand": errand_id, "from_here": from_here, "up_to": up_to, "more_skipped": skipped}
    return tx.execute(_ADVANCE, moved).rowcount == 1


def finish(tx: Transaction, errand_id: str, outcome: str, sentence: str) -> None:
    """Note how an errand ended."""
    tx.execute(_FINISH, {"errand": errand_id, "now": tx.now, "ended": outcome, "said": sentence})


def forget(tx: Transaction) -> None:
    """Delete what ended longer ago than it is kept."""
    tx.execute(_FORGET, {"first_kept": timed_id(tx.now - KEPT)[:TIMED_PREFIX]})

"""Rounds over everybody of an organization: which is due, when Graph may be asked again, why one ended early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.jobs.running import slot_of
from app.core.unit_of_work import Reader, Transaction
from app.directory.settings import EVERYONE
from app.directory.tables import organizations
from app.photos.graph.tables import graph_rounds

JOB = "graph"


@dataclass(frozen=True, slots=True)
class Round:
    """How an organization's last round stands, and what is wrong."""

    begun_at: datetime | None
    ended_at: datetime | None
    not_before: datetime | None
    problem: str | None
    sign_in_problem: str | None


_FIELDS = tuple(graph_rounds.c[name] for name in Round.__dataclass_fields__)
_CURRENT = select(*_FIELDS).where(graph_rounds.c.organization_id == ORGANIZATION)
_OPEN = (
    select(organizations.c.id)
    .outerjoin(graph_rounds, graph_rounds.c.organization_id == organizations.c.id)
    .where(
        organizations.c.settings["photos_from_graph"].as_string() == EVERYONE,
        or_(
            graph_rounds.c.begun_at.is_(None),
            graph_rounds.c.ended_at.is_(None),
            graph_rounds.c.begun_at < bindparam("slot"),
        ),
        or_(graph_rounds.c.not_before.is_(None), graph_rounds.c.not_before <= bindparam("now")),
    )
    .order_by(organizations.c.slug)
)
_CHANGE = update(graph_rounds).where(
    graph_rounds.c.organization_id == ORGANIZATION, graph_rounds.c.begun_at == bindparam("begun")
)


def _upsert(insert: Any, *names: str) -> Any:
    statement = insert(graph_rounds)
    return statement.on_conflict_do_update(
        index_elements=[graph_rounds.c.organization_id],
        set_={name: statement.excluded[name] for name in names},
    )


_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_BEGIN = {name: _upsert(insert, "begun_at", "ended_at", "not_before") for name, insert in _INSERTS.items()}
_SAY_SIGN_IN = {name: _upsert(insert, "sign_in_problem") for name, insert in _INSERTS.items()}


def of_organization(reader: Reader) -> Round:
    """How the organization's last round stands."""
    row = reader.execute(_CURRENT).one_or_none()
    return Round(None, None, None, None, None) if row is None else Round(**row._mapping)


def due(reader: Reader, now: datetime) -> list[str]:
    """The organizations whose people are to be asked about now, by short name: a round goes on there, or is due."""
    return list(reader.execute_across(_OPEN, {"slot": slot_of(now), "now": now}).scalars())


def begin(tx: Transaction) -> datetime:
    """The round that goes on: the one that was begun and not ended, else that of this hour."""
    current = of_organization(tx)
    if current.begun_at is not None and current.ended_at is None:
        return current.begun_at
    begun_at = slot_of(tx.now)
    tx.execute(_BEGIN[tx.dialect], {"begun_at": begun_at, "ended_at": None, "not_before": None})
    return begun_at


def ask_anew(tx: Transaction) -> None:
    """Have everybody asked about once more, from now on; a Graph that wants to be left alone is left alone."""
    not_before = of_organization(tx).not_before
    tx.execute(_BEGIN[tx.dialect], {"begun_at": tx.now, "ended_at": None, "not_before": not_before})
    tx.wake(JOB)


def put_off(tx: Transaction, begun_at: datetime, until: datetime, problem: str | None = None) -> None:
    """Have the round go on then, and not before; unless another was asked for meanwhile."""
    tx.execute(_CHANGE.values(not_before=until, problem=problem), {"begun": begun_at})


def end(tx: Transaction, begun_at: datetime, problem: str | None = None) -> None:
    """Note that the round is over; `problem` is why not everybody was asked about. One asked for meanwhile goes on."""
    tx.execute(_CHANGE.values(ended_at=tx.now, not_before=None, problem=problem), {"begun": begun_at})


def say_of_sign_in(tx: Transaction, problem: str | None) -> None:
    """Note why a person's own token is of no use; None when one was."""
    if of_organization(tx).sign_in_problem != problem:
        tx.execute(_SAY_SIGN_IN[tx.dialect], {"sign_in_problem": problem})

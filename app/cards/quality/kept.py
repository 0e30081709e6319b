"""The report as it was at some time, kept for the console: a page of it must not look at everybody.

A look writes its findings under an id of its own; they are the report's when it has looked at everybody. Those of the
look before are deleted then, and those of one that was broken off at the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Column, Index, Integer, Row, String, Table, Text, bindparam, delete, insert, select, update

from app.cards.quality import report
from app.core import clock, paging
from app.core.db import ORGANIZATION, Id, Json, Timestamp, metadata, organization_column
from app.core.errors import Unavailable
from app.core.ids import timed_id
from app.core.jobs import runs
from app.core.jobs.running import ACTOR, Working
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations
from app.directory.organizations import Organization

JOB = "quality"
EVERY = timedelta(hours=24)
"""How old a report becomes by itself; whoever wants a newer one asks."""
AT_ONCE = 1_000
"""Rows written or deleted in one transaction: pushes wait for it."""

quality_reports = Table(
    "quality_reports",
    metadata,
    organization_column(),
    Column("run", Id),
    Column("looked_at", Timestamp),
    Column("asked_at", Timestamp),
    Column("counts", Json),
)
"""`run` is the look whose findings are the report, `looked_at` when it began; `counts` how many there are by kind;
`asked_at` since when somebody waits for a newer one."""

quality_findings = Table(
    "quality_findings",
    metadata,
    organization_column(),
    Column("run", Id, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("person_id", Id),
    Column("person", Text),
    Column("group", Text),
    Column("template", Text),
    Column("field", Text),
    Column("value", Text),
    Column("problem", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Index("ix_quality_findings_kind", "organization_id", "run", "kind", "position"),
    Index("ix_quality_findings_person_id", "organization_id", "run", "person_id"),
)
"""The columns of a Finding, in the order of the report; `person_id` is whose record it is in, if it is in one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of an organization's report; `run` is None while nobody has looked yet."""

    run: str | None = None
    looked_at: datetime | None = None
    asked_at: datetime | None = None
    counts: dict[str, int] | None = None


_REPORT = select(quality_reports).where(quality_reports.c.organization_id == ORGANIZATION)
_CHANGE = update(quality_reports).where(quality_reports.c.organization_id == ORGANIZATION)
_FINDINGS = select(quality_findings).where(
    quality_findings.c.organization_id == ORGANIZATION, quality_findings.c.run == bindparam("run")
)
_BY_POSITION = Order((quality_findings.c.position,))
_other = quality_findings.alias("other")
_OTHERS = (
    select(_other.c.run, _other.c.position)
    .where(_other.c.organization_id == ORGANIZATION, _other.c.run != bindparam("kept"))
    .limit(1)
)
_DROP = delete(quality_findings).where(
    quality_findings.c.organization_id == ORGANIZATION,
    quality_findings.c.run == bindparam("old"),
    quality_findings.c.position < bindparam("until"),
)


def current(reader: Reader) -> Report:
    """What there is now."""
    row = reader.execute(_REPORT).one_or_none()
    return Report() if row is None else Report(row.run, row.looked_at, row.asked_at, row.counts)


def page(
    reader: Reader, run: str, place: str | None = None, *, kind: str | None = None, persons: list[str] | None = None,
    size: int = paging.PAGE,
) -> Page:  # fmt: skip
    """Findings of the report in its order, of one kind or about some persons only. One query."""
    statement, parameters = _FINDINGS, dict[str, Any](run=run)
    if kind is not None:
        statement = statement.where(quality_findings.c.kind == bindparam("kind"))
        parameters["kind"] = kind
    if persons is not None:
        statement = statement.where(quality_findings.c.person_id.in_(bindparam("persons", expanding=True)))
        parameters["persons"] = persons
    return paging.fetch(reader, statement, _BY_POSITION, place, size=size, parameters=parameters)


def every(
    reader: Reader, run: str, *, kind: str | None = None, persons: list[str] | None = None
) -> Iterator[Row[Any]]:  # fmt: skip
    """The same findings, all of them, AT_ONCE at a time. Raises Unavailable where a newer look takes them meanwhile."""
    place = None
    while True:
        found = page(reader, run, place, kind=kind, persons=persons, size=AT_ONCE)
        yield from found.rows
        place = found.later
        if place is None:
            break
    if current(reader).run != run:
        raise Unavailable("a newer look at the data took the place of this one while it was read; ask once more")


def ask(tx: Transaction) -> None:
    """Have the job look again soon."""
    _set(tx, asked_at=tx.now)
    runs.ask(tx, JOB)


def look(working: Working) -> str:
    """Look where somebody asked for it or the report is old; says at how many organizations. Raises Unavailable."""
    with working.database.read(None) as reader:
        every = organizations.every(reader)
    looked = sum(_look(working, organization) for organization in every)
    return f"Looked at the data of {looked} {'organization' if looked == 1 else 'organizations'}."


def _look(working: Working, organization: Organization) -> bool:
    database = working.database
    with database.read(organization.id) as reader:
        before = current(reader)
    now = clock.now()
    if before.asked_at is None and before.looked_at is not None and now - before.looked_at < EVERY:
        return False
    run, counts = timed_id(now), Counter[str]()

    def write(work: Any) -> Any:
        return database.write(work, organization_id=organization.id, actor=ACTOR, request_id=working.request_id)

    _drop_but(working, organization, before.run or "")
    with database.read(organization.id) as reader:
        rows = _rows(reader, run, counts)
        while some := list(islice(rows, AT_ONCE)):
            write(lambda tx, some=some: tx.execute(insert(quality_findings), some))
    write(lambda tx: _set(tx, run=run, looked_at=now, asked_at=None, counts=dict(counts)))
    _drop_but(working, organization, run)
    return True


def _rows(reader: Reader, run: str, counts: Counter[str]) -> Iterator[dict[str, Any]]:
    for position, (person_id, finding) in enumerate(report.of_persons(reader)):
        counts[finding.kind] += 1
        yield {"run": run, "position": position, "person_id": person_id, **asdict(finding)}


def _set(tx: Transaction, **values: Any) -> None:
    if not tx.execute(_CHANGE.values(**values)).rowcount:
        tx.execute(insert(quality_reports), values)


def _drop_but(working: Working, organization: Organization, run: str) -> None:
    """Delete the findings of all looks but this one, a bounded piece at a time."""
    while True:
        with working.database.read(organization.id) as reader:
            old = reader.execute(_OTHERS, {"kept": run}).one_or_none()
        if old is None:
            return
        until = {"old": old.run, "until": old.position + AT_ONCE}
        working.database.write(
            lambda tx, until=until: tx.execute(_DROP, until),  # type: ignore[misc]
            organization_id=organization.id,
            actor=ACTOR,
        )

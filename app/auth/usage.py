"""How tokens are used: counted in memory and written together, so that a read stays a read.

Each server process counts for itself; `flush` adds what it counted to the totals of the day and of the installation.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Insert, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.auth.tables import api_tokens, token_use
from app.auth.tokens import Bearer
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory import contacts

FLUSH_SECONDS = 30
"""How often a process writes what it counted: every use is visible within a minute."""
SILENCE = timedelta(seconds=FLUSH_SECONDS)
"""After so long without a use, an organization's next one is written soon: somebody may be waiting to see it."""
AWAITED_SECONDS = 1.0
"""How soon: what comes in a burst is written together."""

Contacts = dict[tuple[str, str], tuple[datetime, datetime]]
"""The first and the last moment at which an organization's directory read something of a kind."""


def _adding(statement: postgresql.Insert | sqlite.Insert) -> Insert:
    return statement.on_conflict_do_update(
        index_elements=list(token_use.primary_key.columns),
        set_={"count": token_use.c.count + statement.excluded.count},
    )


_ADD = {"sqlite": _adding(sqlite.insert(token_use)), "postgresql": _adding(postgresql.insert(token_use))}
_used_at = bindparam("used_at", type_=api_tokens.c.last_used_at.type)
_LAST_USE = (
    update(api_tokens)
    .where(
        api_tokens.c.organization_id == ORGANIZATION,
        api_tokens.c.id == bindparam("token"),
        or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at < _used_at),
    )
    .values(last_used_at=_used_at)
)
_READS = (
    select(token_use.c.credential_id, func.sum(token_use.c.count).label("reads"))
    .where(token_use.c.organization_id == ORGANIZATION, token_use.c.day == bindparam("day"))
    .group_by(token_use.c.credential_id)
)
_OLD = (
    select(token_use.c.day)
    .where(token_use.c.organization_id == ORGANIZATION, token_use.c.day < bindparam("day"))
    .limit(1)
)
_FORGET = delete(token_use).where(token_use.c.organization_id == ORGANIZATION, token_use.c.day < bindparam("day"))


class Usage:
    """What this process counted since the last flush; for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], datetime] = {}
        self._reads: Counter[tuple[str, str, date, str]] = Counter()
        self._contacts: Contacts = {}
        self._heard: dict[str, datetime] = {}

    def note(self, bearer: Bearer, read: str | None = None) -> bool:
        """Count a use of the token: now, and for a read of what kind (`users.search`).

        Whether the organization was silent for a while, so that its use is worth a flush of its own.
        """
        now = clock.now()
        with self._lock:
            heard = self._heard.get(bearer.organization_id)
            self._heard[bearer.organization_id] = now
            self._last[bearer.organization_id, bearer.token_id] = now
            if read is not None:
                self._reads[bearer.organization_id, bearer.credential_id, now.date(), read] += 1
                first, _ = self._contacts.get((bearer.organization_id, read), (now, now))
                self._contacts[bearer.organization_id, read] = first, now
        return heard is None or now - heard > SILENCE

    def flush(self, database: Database) -> None:
        """Write what was counted, in one transaction for each organization.

        Raises Unavailable when the database is away; what was not written is kept for the next time.
        """
        with self._lock:
            last, self._last = self._last, {}
            reads, self._reads = self._reads, Counter()
            seen, self._contacts = self._contacts, {}
        for organization_id in sorted({key[0] for key in last}):
            used = {key: at for key, at in last.items() if key[0] == organization_id}
            counted = {key: count for key, count in reads.items() if key[0] == organization_id}
            asked = {kind: times for (of, kind), times in seen.items() if of == organization_id}
            try:
                database.write(
                    partial(_write, used=used, counted=counted, asked=asked),
                    organization_id=organization_id,
                    actor="system",
                )
            except BaseException:
                self._put_back(last, reads, seen)
                raise
            for use in used:
                del last[use]
            for read in counted:
                del reads[read]
            for kind in asked:
                del seen[organization_id, kind]

    def _put_back(
        self, last: dict[tuple[str, str], datetime], reads: Counter[tuple[str, str, date, str]], seen: Contacts
    ) -> None:
        with self._lock:
            self._last = {**last, **self._last}
            self._reads.update(reads)
            for key, (first, latest) in seen.items():
                self._contacts[key] = first, self._contacts.get(key, (first, latest))[1]


def reads_on(reader: Reader, day: date) -> dict[str, int]:
    """How many reads each token and OAuth client was used for on `day` (UTC), by its id; nothing for no reads."""
    return {row.credential_id: int(row.reads) for row in reader.execute(_READS, {"day": day})}


def has_before(reader: Reader, day: date) -> bool:
    """Whether there are totals of days before `day`."""
    return reader.execute(_OLD, {"day": day}).first() is not None


def forget(tx: Transaction, before: date) -> None:
    """Delete the totals of the days before."""
    tx.execute(_FORGET, {"day": before})


def _write(
    tx: Transaction,
    used: dict[tuple[str, str], datetime],
    counted: dict[tuple[str, str, date, str], int],
    asked: dict[str, tuple[datetime, datetime]],
) -> None:
    # In one order, so that two processes that flush at once do not hold each other up.
    tx.execute(_LAST_USE, [{"token": token, "used_at": at} for (_, token), at in sorted(used.items())])
    rows: list[dict[str, Any]] = [
        {"credential_id": credential, "day": day, "kind": kind, "count": count}
        for (_, credential, day, kind), count in sorted(counted.items())
    ]
    if rows:
        tx.execute(_ADD[tx.dialect], rows)
    contacts.note(tx, asked)

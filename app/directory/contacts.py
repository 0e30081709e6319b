"""When a directory asked for what. Reads leave no row in the log, and yet they are what says that it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import directory_contacts


@dataclass(frozen=True, slots=True)
class Contact:
    """What was read (`users.search`), for the first time and last."""

    kind: str
    first_at: datetime
    last_at: datetime


_OF = (
    select(directory_contacts)
    .where(directory_contacts.c.organization_id == ORGANIZATION)
    .order_by(directory_contacts.c.last_at.desc(), directory_contacts.c.kind)
)


def _later(statement: postgresql.Insert | sqlite.Insert) -> Insert:
    return statement.on_conflict_do_update(
        index_elements=list(directory_contacts.primary_key.columns),
        set_={"last_at": statement.excluded.last_at},
        where=directory_contacts.c.last_at < statement.excluded.last_at,
    )


_PUT = {
    "sqlite": _later(sqlite.insert(directory_contacts)),
    "postgresql": _later(postgresql.insert(directory_contacts)),
}


def note(tx: Transaction, asked: Mapping[str, tuple[datetime, datetime]]) -> None:
    """Remember the first and the last moment at which something of each kind was read; what is known stays."""
    rows = [{"kind": kind, "first_at": first, "last_at": last} for kind, (first, last) in sorted(asked.items())]
    if rows:
        tx.execute(_PUT[tx.dialect], rows)


def every(reader: Reader) -> list[Contact]:
    """What the organization's directory has ever read, the last first; a dozen kinds."""
    return [Contact(row.kind, row.first_at, row.last_at) for row in reader.execute(_OF)]

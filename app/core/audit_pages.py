"""The audit log as screens read it: by pages, narrowed by who, what and when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, or_, select, text

from app.core import paging
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader, Transaction

BY_DIRECTORY, BY_PEOPLE, BY_COMMAND, BY_ITSELF = "directory", "people", "command", "system"
EXPORTED_AT_ONCE = 500

_NEWEST_FIRST = Order((audit_log.c.id,), descending=True)
_NEWEST_OF_FEW = Order((audit_log.c.id.concat(""),), descending=True)
"""The same for what is found by its subject: in the order of the key itself, SQLite would walk all lines."""
_LIST = select(audit_log).where(audit_log.c.organization_id == ORGANIZATION)
_HANDS = text("audit_log.actor NOT LIKE 'token:%' AND audit_log.actor NOT LIKE 'client:%'")
_BY = {
    BY_DIRECTORY: audit_log.c.actor.like("token:%") | audit_log.c.actor.like("client:%"),
    BY_PEOPLE: audit_log.c.actor.like("person:%") | audit_log.c.actor.like("visitor%"),
    BY_COMMAND: audit_log.c.actor == "cli",
    BY_ITSELF: audit_log.c.actor == "system",
}
_OF_REQUEST = _LIST.where(audit_log.c.id >= bindparam("since"), audit_log.c.id < bindparam("until")).where(
    audit_log.c.request_id == bindparam("request")
)
_OLD = (
    select(audit_log.c.id)
    .where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.id < bindparam("first_kept"))
    .order_by(audit_log.c.id)
    .limit(bindparam("most"))
)
_FORGET = delete(audit_log).where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.id.in_(_OLD))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None: everything."""

    by: str | None = None
    """One of the four kinds of actors."""
    actions: Collection[str] | None = None
    """How the actions begin: `token.`; letters, dots and underscores."""
    subjects: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
    by_hand: bool = False
    """Leaves out what directories do: an action that is never theirs is found at once."""


def page(reader: Reader, wanted: Wanted, place: str | None = None, size: int = paging.PAGE) -> Page:
    """Lines, the newest first. One query. Raises Refused for a place that no page named."""
    statement, parameters = _narrowed(wanted)
    order = _NEWEST_FIRST if wanted.subjects is None else _NEWEST_OF_FEW
    return paging.fetch(reader, statement, order, place, size=size, parameters=parameters)


def every(reader: Reader, wanted: Wanted) -> Iterator[Row[Any]]:
    """All lines that are looked for, the newest first; read by pages."""
    place = None
    while True:
        found = page(reader, wanted, place, EXPORTED_AT_ONCE)
        yield from found.rows
        place = found.later
        if place is None:
            return


def of_request(reader: Reader, request_id: str, at: datetime, most: int = 200) -> list[Row[Any]]:
    """What the request did in its transaction, which began at this moment; at most so many lines."""
    prefix = timed_id(at)[:TIMED_PREFIX]
    moment = {"since": prefix, "until": f"{prefix}g", "request": request_id}
    return list(reader.execute(_OF_REQUEST.order_by(audit_log.c.id).limit(most), moment))


def has_before(reader: Reader, moment: datetime) -> bool:
    """Whether there are lines from before `moment`."""
    return reader.execute(_OLD, {"first_kept": timed_id(moment)[:TIMED_PREFIX], "most": 1}).first() is not None


def forget(tx: Transaction, moment: datetime, most: int) -> int:
    """Delete the oldest lines from before `moment`, at most so many; answers how many these were."""
    return tx.execute(_FORGET, {"first_kept": timed_id(moment)[:TIMED_PREFIX], "most": most}).rowcount


def _narrowed(wanted: Wanted) -> tuple[Select[Any], dict[str, Any]]:
    statement, parameters = _LIST, dict[str, Any]()
    if wanted.by is not None:
        statement = statement.where(_BY[wanted.by])
    if wanted.by_hand or wanted.by not in {None, BY_DIRECTORY}:
        statement = statement.where(_HANDS)
    if wanted.actions is not None:
        statement = statement.where(
            or_(*(audit_log.c.action.startswith(start, autoescape=True) for start in wanted.actions))
        )
    if wanted.subjects is not None:
        statement = statement.where(audit_log.c.subject.in_(bindparam("subjects", expanding=True)))
        parameters["subjects"] = sorted(wanted.subjects)
    if wanted.since is not None:
        statement = statement.where(audit_log.c.id >= bindparam("since"))
        parameters["since"] = timed_id(wanted.since)[:TIMED_PREFIX]
    if wanted.until is not None:
        statement = statement.where(audit_log.c.id < bindparam("until"))
        parameters["until"] = timed_id(wanted.until)[:TIMED_PREFIX]
    return statement, parameters

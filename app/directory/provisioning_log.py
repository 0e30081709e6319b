"""The provisioning log: what was pushed, in a sentence, and what came of it.

A write leaves one row in the transaction of its effect, a refused request one of its own. Rows are kept for the
organization's `log_days`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, literal_column, select

from app.core.db import ORGANIZATION
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.unit_of_work import Reader, Transaction
from app.directory.finding import persons_named
from app.directory.past_names import name_key
from app.directory.tables import provisioning_log


@dataclass(frozen=True, slots=True)
class Push:
    """One request, or one operation of a bulk request: what it said, and what came of it."""

    sentence: str
    status: int
    """The HTTP status of its answer."""
    method: str | None = None
    """None where the row stands for several requests."""
    resource: str | None = None
    """The kind of resource (User, Group), or the endpoint where it is about none."""
    resource_id: str | None = None
    person_id: str | None = None
    """Whom it was about, of all that are pushed: also the only member that a group got or lost."""
    user_name: str | None = None
    """As the person was called when it was done."""
    past_name: str | None = None
    """Another user name under which the row is to be found, one that no record need have any more."""
    scim_type: str | None = None
    duration_ms: float | None = None
    """From the request's arrival until its row was written."""
    body: Any = None
    """What was sent, as JSON, without secrets and pictures."""


@dataclass(frozen=True, slots=True)
class LoggedPush:
    """A row of the log."""

    id: str
    """Sorts by time."""
    at: datetime
    actor: str
    request_id: str | None
    push: Push


_INSERT = insert(provisioning_log)
_ROWS = (
    select(provisioning_log)
    .where(
        provisioning_log.c.organization_id == ORGANIZATION,
        provisioning_log.c.id < bindparam("before"),
    )
    .order_by(provisioning_log.c.id.desc())
    .limit(bindparam("most"))
)
_OF_PERSON = _ROWS.where(provisioning_log.c.person_id == bindparam("person"))
_OF_NAME = _ROWS.where(provisioning_log.c.past_name_key == bindparam("name"))
_FAILED = provisioning_log.c.status >= literal_column("400")  # as in the partial index: a parameter would not find it
_AFTER_ALL = "g"
"""Greater than every id."""

_PERSONS = (
    select(provisioning_log.c.person_id)
    .where(
        provisioning_log.c.organization_id == ORGANIZATION,
        provisioning_log.c.past_name_key == bindparam("name"),
        provisioning_log.c.person_id.is_not(None),
    )
    .distinct()
)
"""Whom rows are about that are found by a name, such as one from Entra's recycle bin, which is nobody's."""
_old = provisioning_log.alias("old")
_OLD = (
    select(_old.c.id)
    .where(_old.c.organization_id == ORGANIZATION, _old.c.id < bindparam("before"))
    .order_by(_old.c.id)
    .limit(bindparam("most"))
)
_FORGET = delete(provisioning_log).where(
    provisioning_log.c.organization_id == ORGANIZATION, provisioning_log.c.id.in_(_OLD)
)


def append(tx: Transaction, push: Push) -> None:
    """Put `push` into the log, with time, actor and request id of the transaction."""
    tx.execute(
        _INSERT,
        {
            "id": timed_id(tx.now),
            "at": tx.now,
            "actor": tx.actor,
            "request_id": tx.request_id,
            "method": push.method,
            "resource": push.resource,
            "resource_id": push.resource_id,
            "person_id": push.person_id,
            "user_name": push.user_name,
            "past_name_key": None if push.past_name is None else name_key(push.past_name),
            "sentence": push.sentence,
            "status": push.status,
            "scim_type": push.scim_type,
            "duration_ms": push.duration_ms,
            "body": push.body,
        },
    )


def latest(reader: Reader, limit: int, *, failed: bool = False, before: str | None = None) -> list[LoggedPush]:
    """The newest rows (of refused requests, if `failed`), newest first; those older than the row `before`, if given."""
    statement = _ROWS.where(_FAILED) if failed else _ROWS
    return [logged(row) for row in reader.execute(statement, {"before": before or _AFTER_ALL, "most": limit})]


def latest_about(
    reader: Reader, user_name: str, limit: int, *, failed: bool = False, before: str | None = None
) -> list[LoggedPush]:
    """The newest rows about everybody who is or was called `user_name`, or has that id; newest first.

    What was refused and names nobody else is found by the name that was sent.
    """
    place = {"before": before or _AFTER_ALL, "most": limit}
    name = {"name": name_key(user_name)}
    persons = {*persons_named(reader, user_name), *reader.execute(_PERSONS, name).scalars()}
    wanted = [(_OF_PERSON, {"person": person_id}) for person_id in persons]
    wanted.append((_OF_NAME, name))
    found = {
        row.id: row
        for statement, about in wanted
        for row in reader.execute(statement.where(_FAILED) if failed else statement, {**place, **about})
    }
    return [logged(found[row_id]) for row_id in sorted(found, reverse=True)[:limit]]


def latest_of(reader: Reader, person_id: str, limit: int) -> list[LoggedPush]:
    """The newest rows about one person, newest first."""
    wanted = {"person": person_id, "before": _AFTER_ALL, "most": limit}
    return [logged(row) for row in reader.execute(_OF_PERSON, wanted)]


def has_before(reader: Reader, moment: datetime) -> bool:
    """Whether there are rows from before `moment`."""
    return reader.execute(_OLD, {**_before(moment), "most": 1}).first() is not None


def forget(tx: Transaction, moment: datetime, most: int) -> int:
    """Delete the oldest rows from before `moment`, at most so many; answers how many these were."""
    return tx.execute(_FORGET, {**_before(moment), "most": most}).rowcount


def _before(moment: datetime) -> dict[str, Any]:
    # What the ids of one moment begin with is smaller than each of them.
    return {"before": timed_id(moment)[:TIMED_PREFIX]}


def logged(row: Row[Any]) -> LoggedPush:
    """What a row of the table says; without a body where it was not read."""
    return LoggedPush(
        id=row.id,
        at=row.at,
        actor=row.actor,
        request_id=row.request_id,
        push=Push(
            sentence=row.sentence,
            status=row.status,
            method=row.method,
            resource=row.resource,
            resource_id=row.resource_id,
            person_id=row.person_id,
            user_name=row.user_name,
            past_name=row.past_name_key,
            scim_type=row.scim_type,
            duration_ms=row.duration_ms,
            body=getattr(row, "body", None),
        ),
    )

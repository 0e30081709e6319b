"""The outbox: mails that wait to be sent, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Row, String, Table, Text, bindparam, delete, func, insert, select, text
from sqlalchemy import update as sql_update

from app.core import paging
from app.core.db import ORGANIZATION, Id, Timestamp, metadata, organization_column
from app.core.errors import NotFound
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.mail.letter import Letter
from app.core.paging import Order, Page
from app.core.secrets import Sealer
from app.core.unit_of_work import Reader, Transaction

JOB = "mail"
PURPOSE = "mail"
"""What letters are sealed for."""

WAITING, SENT, FAILED, DROPPED = "waiting", "sent", "failed", "dropped"
URGENT, SOON, BULK = 0, 1, 2
"""Priorities. What somebody waits for in front of a screen does not wait for the minute's share."""

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 30, 60, 180, 360, 720))
"""After each attempt, how long until the next. Longer than an attempt takes, so that nobody makes two at once."""
ATTEMPTS = len(BACK_OFF) + 1

mails = Table(
    "mails",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("person_id", Id),
    Column("recipient", Text),
    Column("subject", Text),
    Column("letter", Text),
    Column("state", String(8), nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("not_before", Timestamp, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Timestamp),
    Column("sent_at", Timestamp),
    Column("last_error", Text),
    Index(
        "ix_mails_waiting",
        "priority",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_mails_tried_at", "tried_at"),
    Index("ix_mails_state", "organization_id", "state", "id"),
)
"""`letter` is a sealed core.mail.Letter: it may hold a link that opens a door, and is deleted once the mail was sent. A
mail about a person (`person_id`) has none: it is written when it is sent, of what is true then. `id` sorts by time."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox; `letter` is still sealed."""

    organization_id: str
    id: str
    kind: str
    priority: int
    person_id: str | None
    recipient: str | None
    subject: str | None
    letter: str | None
    state: str
    made_at: datetime
    not_before: datetime
    attempts: int
    tried_at: datetime | None
    sent_at: datetime | None
    last_error: str | None

    def opened(self, sealer: Sealer) -> Letter | None:
        """The letter, if one was written; Refused when it was sealed with another key."""
        if self.letter is None:
            return None
        return Letter.from_json(orjson.loads(sealer.open(self.letter, PURPOSE)))


_MAILS = select(mails).where(mails.c.organization_id == ORGANIZATION)
_EVERY = _MAILS.order_by(mails.c.id)
_DUE = (
    select(mails)
    .where(
        mails.c.state == text("'waiting'"),  # as the index has it
        mails.c.not_before <= bindparam("now"),
        mails.c.priority <= bindparam("most"),
    )
    .order_by(mails.c.priority, mails.c.id)
    .limit(1)
)
_TRIED = select(func.count()).select_from(mails).where(mails.c.tried_at > bindparam("since"))
_LETTERS = select(mails.c.id).where(mails.c.letter.is_not(None)).limit(1)
_ONE = (mails.c.organization_id == ORGANIZATION) & (mails.c.id == bindparam("mail"))
_TRY = (
    sql_update(mails)
    .where(_ONE, mails.c.state == WAITING, mails.c.attempts == bindparam("made"))
    .values(attempts=bindparam("made") + 1, tried_at=bindparam("now"), not_before=bindparam("next"))
)
_END = sql_update(mails).where(_ONE).values(letter=None)
_KEEP = sql_update(mails).where(_ONE).values(last_error=bindparam("error"))
_OLD = (
    select(mails.c.id)
    .where(mails.c.organization_id == ORGANIZATION, mails.c.id < bindparam("first_kept"), mails.c.state != WAITING)
    .order_by(mails.c.id)
    .limit(bindparam("most"))
)
_FORGET = delete(mails).where(mails.c.organization_id == ORGANIZATION, mails.c.id.in_(_OLD.scalar_subquery()))


def put(tx: Transaction, sealer: Sealer, kind: str, recipient: str, letter: Letter, priority: int = SOON) -> str:
    """Have a letter sent once this transaction is committed; the mail's id."""
    row = _row(tx, kind, priority) | {
        "recipient": recipient,
        "subject": letter.subject,
        "letter": sealer.seal(orjson.dumps(letter.to_json()).decode(), PURPOSE),
    }
    tx.execute(insert(mails), row)
    tx.wake(JOB)
    return str(row["id"])


def put_about(tx: Transaction, kind: str, person_ids: Iterable[str]) -> None:
    """Have these persons told something that is written when it is sent; one insert, however many."""
    rows = [_row(tx, kind, BULK) | {"person_id": person_id} for person_id in person_ids]
    if rows:
        tx.execute(insert(mails), rows)
        tx.wake(JOB)


def holds_letters(reader: Reader) -> bool:
    """Whether a letter of any organization is kept, sealed."""
    return reader.execute_across(_LETTERS).first() is not None


def _row(tx: Transaction, kind: str, priority: int) -> dict[str, Any]:
    return {
        "id": timed_id(tx.now),
        "kind": kind,
        "priority": priority,
        "state": WAITING,
        "made_at": tx.now,
        "not_before": tx.now,
        "attempts": 0,
    }


def every(reader: Reader) -> Iterator[Mail]:
    """The organization's mails, oldest first."""
    return map(_mail, reader.execute(_EVERY))


def page(
    reader: Reader, *, state: str | None = None, place: str | None = None, descending: bool = True
) -> tuple[Page, list[Mail]]:
    """One page of the organization's mails, or of those in a state, by when they were made. Raises Refused."""
    wanted = _MAILS if state is None else _MAILS.where(mails.c.state == state)
    found = paging.fetch(reader, wanted, Order((mails.c.id,), descending), place)
    return found, list(map(_mail, found.rows))


def get(reader: Reader, mail_id: str) -> Mail:
    """One mail. Raises NotFound."""
    row = reader.execute(_MAILS.where(mails.c.id == bindparam("mail")), {"mail": mail_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such e-mail; it may have been forgotten")
    return _mail(row)


def next_due(reader: Reader, now: datetime, per_minute: int) -> Mail | None:
    """The mail to send next, of any organization; None when none is due, or the minute's share is used up.

    Only what is URGENT is sent beyond that share.
    """
    tried = reader.execute_across(_TRIED, {"since": now - timedelta(minutes=1)}).scalar_one()
    most = URGENT if tried >= per_minute else BULK
    row = reader.execute_across(_DUE, {"now": now, "most": most}).first()
    return None if row is None else _mail(row)


def attempt(tx: Transaction, mail: Mail) -> bool:
    """Note an attempt before it is made, so that a process that ends in it costs one. False: somebody else makes it."""
    following = BACK_OFF[min(mail.attempts, len(BACK_OFF) - 1)]
    made = {"mail": mail.id, "made": mail.attempts, "now": tx.now, "next": tx.now + following}
    return tx.execute(_TRY, made).rowcount == 1


def sent(tx: Transaction, mail: Mail, recipient: str, subject: str) -> None:
    """Note that the mail server took it, and forget what it said."""
    values = {"state": SENT, "sent_at": tx.now, "recipient": recipient, "subject": subject, "last_error": None}
    tx.execute(_END.values(values), {"mail": mail.id})


def drop(tx: Transaction, mail: Mail) -> None:
    """Note that there is nothing to tell any more."""
    tx.execute(_END.values(state=DROPPED), {"mail": mail.id})


def give_up(tx: Transaction, mail: Mail, error: str) -> None:
    """Note that the mail will not be sent, and why."""
    tx.execute(_END.values(state=FAILED, last_error=error), {"mail": mail.id})


def keep(tx: Transaction, mail: Mail, error: str) -> None:
    """Note why an attempt failed; the mail waits for its next, or is given up after the last."""
    if mail.attempts + 1 >= ATTEMPTS:
        give_up(tx, mail, error)
    else:
        tx.execute(_KEEP, {"mail": mail.id, "error": error})


def has_before(reader: Reader, before: datetime) -> bool:
    """Whether there are mails made before that no longer wait."""
    return reader.execute(_OLD, _before(before) | {"most": 1}).first() is not None


def forget(tx: Transaction, before: datetime, most: int) -> int:
    """Delete mails made before that no longer wait, the oldest first, at most so many; says how many."""
    return tx.execute(_FORGET, _before(before) | {"most": most}).rowcount


def _before(moment: datetime) -> dict[str, Any]:
    return {"first_kept": timed_id(moment)[:TIMED_PREFIX]}


def _mail(row: Row[Any]) -> Mail:
    return Mail(**{one.name: row._mapping[one.name] for one in fields(Mail)})

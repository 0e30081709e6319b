"""Whether an organization's directory is connected, as somebody sees it who waits for it.

What is read is remembered by kind (directory.contacts), what is written stands in the log; both are a few rows by an
index, whatever the size of the directory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import contacts
from app.directory.contacts import Contact
from app.directory.tables import provisioning_log, scim_users

NEVER, PROBED, SYNCING, STALE, FAILING = STATES = ("never", "probed", "syncing", "stale", "failing")

STALE_AFTER = timedelta(hours=2)
"""Entra comes about every 40 minutes; whoever missed two turns may have stopped."""
LOOKED_AT = 50
"""How many of the newest pushes say whether it goes well."""
FEWEST_REFUSED, SHARE_REFUSED = 5, 0.4
"""It fails when so many, and so great a share, of the newest pushes of the last hours were refused; Entra itself puts a
job into quarantine at 40 %."""

_NEWEST = (
    select(
        provisioning_log.c.at,
        provisioning_log.c.status,
        provisioning_log.c.sentence,
        provisioning_log.c.id,
    )
    .where(provisioning_log.c.organization_id == ORGANIZATION)
    .order_by(provisioning_log.c.id.desc())
    .limit(bindparam("most"))
)
_ANYBODY = select(scim_users.c.id).where(scim_users.c.organization_id == ORGANIZATION).limit(1)

_WORDS = {
    "users.search": "looked for a user",
    "users.read": "read a user",
    "groups.search": "looked for a group",
    "groups.read": "read a group",
    "search": "searched users and groups",
    "schemas": "asked which attributes there are",
    "resourcetypes": "asked which kinds of resources there are",
    "serviceproviderconfig": "asked what this server can do",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """How the directory's connection stands.

    `never`: nobody has come with a valid credential yet · `probed`: it asked (as *Test connection* does), and has
    written nothing yet · `syncing`: it wrote, and was here within STALE_AFTER · `stale`: it wrote, and has been away
    for longer · `failing`: what it sent last was refused, by its credential or too often.
    """

    state: str
    """One of STATES."""
    last_contact: datetime | None
    """When it was last here, refused or not; within a minute of the truth."""
    last_asked: str | None
    """What it did then, as the rest of a sentence: `looked for a user`; of a write the log's own sentence."""
    last_push: str | None
    """The id of the log's row that `last_asked` is about; None for a read."""
    refused: int
    """How many of the newest pushes (of the last hours, LOOKED_AT at most) were refused."""
    looked_at: int
    """How many these pushes are."""
    credential_refused: bool
    """Whether the last thing that came had an expired or revoked credential."""


def connection(reader: Reader, now: datetime) -> Connection:
    """How the connection stands `now`. Two or three queries, of a dozen, of LOOKED_AT and of one row."""
    asked = contacts.every(reader)
    newest = reader.execute(_NEWEST, {"most": LOOKED_AT}).all()
    # The log forgets; whoever is there was written.
    wrote = any(row.status < HTTPStatus.BAD_REQUEST for row in newest) or reader.execute(_ANYBODY).first() is not None
    return _judged(asked, newest, now, wrote=wrote)


def _judged(asked: Sequence[Contact], newest: Sequence[Row[Any]], now: datetime, *, wrote: bool) -> Connection:
    read, written = (asked[0] if asked else None), (newest[0] if newest else None)
    recent = [row for row in newest if row.at > now - STALE_AFTER]
    refused = sum(row.status >= HTTPStatus.BAD_REQUEST for row in recent)
    by_push = written is not None and (read is None or written.at >= read.last_at)
    last_contact, last_asked = None, None
    if by_push and written is not None:
        last_contact, last_asked = written.at, written.sentence
    elif read is not None:
        last_contact, last_asked = read.last_at, _WORDS.get(read.kind, f"asked for /{read.kind}")
    credential_refused = by_push and written is not None and written.status == HTTPStatus.UNAUTHORIZED
    if last_contact is None:
        state = NEVER
    elif credential_refused or (refused >= FEWEST_REFUSED and refused >= SHARE_REFUSED * len(recent)):
        state = FAILING
    elif not wrote:
        state = PROBED
    else:
        state = SYNCING if last_contact > now - STALE_AFTER else STALE
    return Connection(
        state,
        last_contact,
        last_asked,
        written.id if by_push and written is not None else None,
        refused,
        len(recent),
        credential_refused,
    )

"""Sessions: rows that a cookie leads to, read at every request, gone for all workers in the moment they are ended."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.auth.credentials import digest, new_secret
from app.auth.sign_in.tables import sessions
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import NotFound, Unavailable
from app.core.ids import new_id
from app.core.unit_of_work import Database, Reader, Transaction

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: a write for every request would be too many."""
USER_AGENT_LENGTH = 200
MOST_OF_PERSON = 20
"""Sessions of one person at a time; one more ends the one that was used least recently."""
SWEEP_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """How long sessions last: without being used, and at all."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a session is to be for: what sign-in found out."""

    who: str
    """What people call them: a user name, "set-up link"."""
    person_id: str | None = None
    roles: frozenset[str] = frozenset()
    issuer: str | None = None
    subject: str | None = None
    provider_session: str | None = None
    """The provider's `sid`."""
    id_token: str | None = field(default=None, repr=False)
    """Sealed; the hint at logout."""
    user_agent: str | None = None
    proved_at: datetime | None = None
    """When they proved who they are; None where a provider that knew them already does not say."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds. `id` is what lists call it; nothing here opens it."""

    id: str
    organization_id: str
    person_id: str | None
    who: str
    roles: frozenset[str]
    created_at: datetime
    """When it was signed in."""
    seen_at: datetime
    expires_at: datetime
    user_agent: str | None
    issuer: str | None = None
    """The provider at which it began."""
    id_token: str | None = field(default=None, repr=False)
    proved_at: datetime | None = None
    """When whoever it is proved that, as far as is known: sensitive acts want it to be recent."""

    def is_held(self, limits: Limits) -> bool:
        """Whether it holds now."""
        now = clock.now()
        return now < self.expires_at and now < self.seen_at + limits.idle

    @property
    def actor(self) -> str:
        """The name under which acts in this session are recorded."""
        return f"person:{self.person_id}" if self.person_id else f"visitor:{self.who}"


_BY_DIGEST = select(sessions).where(sessions.c.id == bindparam("wanted"))
_OF_PERSON = (
    select(sessions)
    .where(sessions.c.organization_id == ORGANIZATION, sessions.c.person_id == bindparam("person"))
    .order_by(sessions.c.seen_at.desc(), sessions.c.public_id)
)
_SEEN = (
    update(sessions)
    .where(sessions.c.organization_id == ORGANIZATION, sessions.c.public_id == bindparam("session"))
    .values(seen_at=bindparam("now"))
)
_END = delete(sessions).where(sessions.c.organization_id == ORGANIZATION, sessions.c.public_id == bindparam("session"))
_END_BY_PROVIDERS = delete(sessions).where(sessions.c.organization_id == ORGANIZATION, sessions.c.issuer.is_not(None))
_END_OF_PERSON = delete(sessions).where(
    sessions.c.organization_id == ORGANIZATION, sessions.c.person_id == bindparam("person")
)
_AT_PROVIDER = delete(sessions).where(sessions.c.organization_id == ORGANIZATION, sessions.c.issuer == bindparam("at"))
_END_BY_SID = _AT_PROVIDER.where(sessions.c.provider_session == bindparam("named"))
_END_BY_SUBJECT = _AT_PROVIDER.where(sessions.c.subject == bindparam("named"))
_old = sessions.alias("old")
# Not those that are idle: an index of what changes each minute would cost more than their rows do until they expire.
_SWEEP = delete(sessions).where(
    sessions.c.organization_id == ORGANIZATION,
    sessions.c.id.in_(
        select(_old.c.id)
        .where(_old.c.organization_id == ORGANIZATION, _old.c.expires_at < bindparam("now"))
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)
    ),
)


def begin(tx: Transaction, visitor: Visitor, limits: Limits) -> str:
    """A new session; returns what its cookie holds, shown by this call alone. Sessions that have expired are swept.

    Whoever calls this has made sure in this transaction that the person may come in (identity.admit).
    """
    secret = new_secret()
    tx.execute(_SWEEP, {"now": tx.now})
    row = {
        "id": digest(secret),
        "public_id": new_id(),
        "person_id": visitor.person_id,
        "who": visitor.who,
        "roles": sorted(visitor.roles),
        "issuer": visitor.issuer,
        "subject": visitor.subject,
        "provider_session": visitor.provider_session,
        "id_token": visitor.id_token,
        "user_agent": (visitor.user_agent or "")[:USER_AGENT_LENGTH] or None,
        "created_at": tx.now,
        "seen_at": tx.now,
        "expires_at": tx.now + limits.longest,
        "proved_at": visitor.proved_at,
    }
    tx.execute(insert(sessions), row)
    if visitor.person_id is not None:
        for session in of_person(tx, visitor.person_id)[MOST_OF_PERSON:]:
            tx.execute(_END, {"session": session.id})
    tx.audit("session.begun", visitor.person_id or visitor.who, {"session": row["public_id"], "roles": row["roles"]})
    return secret


def find(database: Database, secret: str, limits: Limits) -> Session | None:
    """The session that this cookie opens and that holds now; None when there is none."""
    with database.read(None) as reader:
        row = reader.execute_across(_BY_DIGEST, {"wanted": digest(secret)}).one_or_none()
    if row is None:
        return None
    found = _session(row)
    if not found.is_held(limits):
        return None
    now = clock.now()
    if now >= row.seen_at + SEEN_EVERY:
        with suppress(Unavailable):  # the next request says it; the page is what somebody waits for
            database.write(
                lambda tx: tx.execute(_SEEN, {"session": row.public_id, "now": now}),
                organization_id=row.organization_id,
                actor="system",
            )
    return found


def organization_of(database: Database, secret: str) -> str | None:
    """The organization of the session that this cookie opens or opened, until its row is swept."""
    with database.read(None) as reader:
        row = reader.execute_across(_BY_DIGEST, {"wanted": digest(secret)}).one_or_none()
    return None if row is None else str(row.organization_id)


def csrf_token(secret: str) -> str:
    """What forms of the session with this cookie carry, which no other site can know."""
    return hmac.new(secret.encode(), b"lanyard csrf", hashlib.sha256).hexdigest()


def of_person(reader: Reader, person_id: str) -> list[Session]:
    """The sessions of a person, the one last used first."""
    return [_session(row) for row in reader.execute(_OF_PERSON, {"person": person_id})]


def end(tx: Transaction, session_id: str, why: str, *, of: str | None = None) -> None:
    """End the session that lists call this; with `of` only if it is that person's. Raises NotFound."""
    if of is not None and session_id not in {session.id for session in of_person(tx, of)}:
        raise NotFound("there is no such session; it may have ended by itself")
    if not tx.execute(_END, {"session": session_id}).rowcount:
        raise NotFound("there is no such session; it may have ended by itself")
    tx.audit("session.ended", session_id, {"why": why})


def leave(tx: Transaction, session_id: str, why: str) -> None:
    """As `end`; one that has ended already is as good."""
    if tx.execute(_END, {"session": session_id}).rowcount:
        tx.audit("session.ended", session_id, {"why": why})


def end_of_person(tx: Transaction, person_id: str, why: str) -> int:
    """End all sessions of a person; how many there were. One statement."""
    ended = tx.execute(_END_OF_PERSON, {"person": person_id}).rowcount
    if ended:
        tx.audit("session.ended", person_id, {"why": why, "sessions": ended})
    return ended


def end_by_providers(tx: Transaction, why: str) -> int:
    """End all sessions of the organization that began at a provider; how many there were."""
    ended = tx.execute(_END_BY_PROVIDERS).rowcount
    if ended:
        tx.audit("session.ended", "all", {"why": why, "sessions": ended})
    return ended


def end_at_provider(tx: Transaction, issuer: str, *, sid: str | None, subject: str | None) -> int:
    """End the session that has this `sid` at the provider; without one, all sessions of the subject."""
    statement, named = (_END_BY_SUBJECT, subject) if sid is None else (_END_BY_SID, sid)
    if named is None:
        raise ValueError("neither a sid nor a subject")
    ended = tx.execute(statement, {"at": issuer, "named": named}).rowcount
    if ended:
        tx.audit("session.ended", issuer, {"why": "ended at the provider", "sessions": ended})
    return ended


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.public_id,
        organization_id=row.organization_id,
        person_id=row.person_id,
        who=row.who,
        roles=frozenset(row.roles),
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        user_agent=row.user_agent,
        issuer=row.issuer,
        id_token=row.id_token,
        proved_at=row.proved_at,
    )

"""Keeping somebody out by hand: cards down, sessions over and no sign-in, whatever the directory pushes meanwhile.

It is kept on the person, beside the directory's word: a block ends when an admin ends it, and everything is then as
the directory and the groups say, at the same addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from app.auth.sign_in import sessions
from app.cards import issuing
from app.cards.decision import DELETED, SEATED
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from app.directory.tables import people


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a block, or its end, did: sessions that ended, and the cards of the person by whether they are up now."""

    sessions: int
    up: int
    down: int


_PERSON = select(people.c.blocked_at).where(
    people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person")
)
_SET = (
    update(people)
    .where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))
    .values(blocked_at=bindparam("since", type_=people.c.blocked_at.type))
)
_STATES = select(cards.c.state).where(
    cards.c.organization_id == ORGANIZATION, cards.c.person_id == bindparam("person"), cards.c.state != DELETED
)


def block(tx: Transaction, person_id: str) -> Outcome:
    """Take down all cards of a person, end their sessions and let them sign in no more, until `unblock`.

    Pushes do not lift it, and cards that groups would give them meanwhile are not made. Their seat is free. Raises
    Refused for somebody who is blocked.
    """
    return _set(tx, person_id, blocked=True)


def unblock(tx: Transaction, person_id: str) -> Outcome:
    """Let a person in again: their cards are what directory and groups say now, at the addresses they had.

    Raises Refused for somebody who is not blocked.
    """
    return _set(tx, person_id, blocked=False)


def carry_over(tx: Transaction, gone: str, into: str) -> None:
    """Block the person `into` (held) if `gone`, who turned out to be them, was: nobody escapes by a new identity."""
    since = tx.execute(_PERSON, {"person": gone}).scalar_one()
    if since is not None and tx.execute(_PERSON, {"person": into}).scalar_one() is None:
        tx.execute(_SET, {"person": into, "since": since})
        tx.audit("person.blocked", into, {"from": gone, "before": None, "after": since.isoformat()})
        sessions.end_of_person(tx, into, "blocked by an admin")


def _set(tx: Transaction, person_id: str, *, blocked: bool) -> Outcome:
    issuing.hold_people(tx, [person_id])
    before = tx.execute(_PERSON, {"person": person_id}).scalar_one()
    if (before is not None) is blocked:
        raise Refused("this person is blocked already" if blocked else "this person is not blocked")
    after = tx.now if blocked else None
    tx.execute(_SET, {"person": person_id, "since": after})
    issuing.reconcile(tx, [person_id])
    detail = {
        "before": before.isoformat() if before is not None else None,
        "after": after.isoformat() if after is not None else None,
    }
    tx.audit("person.blocked" if blocked else "person.let_in", person_id, detail)
    ended = sessions.end_of_person(tx, person_id, "blocked by an admin") if blocked else 0
    states = tx.execute(_STATES, {"person": person_id}).scalars().all()
    up = sum(state in SEATED for state in states)
    return Outcome(ended, up, len(states) - up)

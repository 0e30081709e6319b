"""What Graph said of each person, who is at work with whom, and whom cards show by it. All of it in our tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION, Timestamp
from app.core.unit_of_work import Reader, Transaction
from app.directory import found_photos
from app.directory.tables import scim_users
from app.photos import keeping
from app.photos.graph.client import ME
from app.photos.graph.tables import graph_people
from app.photos.graph.taking import HAS, UNLEARNED, Known

LEASE = timedelta(minutes=5)
"""How long whoever takes people for asking has them: more than asking about so many takes."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person to ask about: their record, where Graph has their photo, what it said last."""

    user_id: str
    person_id: str
    path: str
    before: Known | None


_ours = graph_people.c.organization_id == ORGANIZATION


def is_free(now: Any, begun_at: Any) -> Any:
    """The condition on an outer-joined row of graph_people that its person was not done in the round, nor is taken."""
    return is_left(begun_at) & or_(graph_people.c.claimed_until.is_(None), graph_people.c.claimed_until < now)


def is_left(begun_at: Any) -> Any:
    """The same, whether or not somebody has taken them."""
    return or_(graph_people.c.round.is_(None), graph_people.c.round < begun_at)


def _upsert(insert: Any, *names: str) -> Any:
    statement = insert(graph_people)
    return statement.on_conflict_do_update(
        index_elements=[graph_people.c.organization_id, graph_people.c.user_id],
        set_={name: statement.excluded[name] for name in names},
    )


def _claim(insert: Any) -> Any:
    statement = insert(graph_people)
    return statement.on_conflict_do_update(
        index_elements=[graph_people.c.organization_id, graph_people.c.user_id],
        set_={"claimed_until": statement.excluded.claimed_until},
        where=is_free(bindparam("now", type_=Timestamp), bindparam("begun", type_=Timestamp)),
    ).returning(graph_people.c.user_id)


_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LEARNED = ("state", "etag", "reason", "asked_at")
_CLAIM = {name: _claim(insert) for name, insert in _INSERTS.items()}
_LEARN = {name: _upsert(insert, *_LEARNED) for name, insert in _INSERTS.items()}
_LEARN_IN_ROUND = {name: _upsert(insert, *_LEARNED, "round", "claimed_until") for name, insert in _INSERTS.items()}
_HERE = (
    select(scim_users.c.id)
    .where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(bindparam("users", expanding=True)))
    .order_by(scim_users.c.id)
)
# Whoever deletes a record meanwhile waits, or has deleted it.
_KEPT_HERE = _HERE.with_for_update(read=True, key_share=True)
_LOCKED_HERE = _HERE.with_for_update()
_THESE = _ours & graph_people.c.user_id.in_(bindparam("users", expanding=True))
_DONE = update(graph_people).where(_THESE)
_RELEASE = update(graph_people).where(_THESE).values(claimed_until=None)
_OF_PERSON = (
    select(
        scim_users.c.id.label("user_id"),
        graph_people.c.state,
        graph_people.c.etag,
        graph_people.c.reason,
    )
    .outerjoin(
        graph_people,
        (graph_people.c.organization_id == scim_users.c.organization_id) & (graph_people.c.user_id == scim_users.c.id),
    )
    .where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id == bindparam("person"))
)


def claim(tx: Transaction, people: Sequence[Person], begun_at: datetime) -> list[Person]:
    """Those of these people whom nobody else has taken meanwhile; for LEASE they are the caller's."""
    here = set(tx.execute(_KEPT_HERE, {"users": [person.user_id for person in people]}).scalars())
    taken = {
        tx.execute(
            _CLAIM[tx.dialect],
            {"user_id": person.user_id, "claimed_until": tx.now + LEASE, "now": tx.now, "begun": begun_at},
        ).scalar_one_or_none()
        for person in people
        if person.user_id in here
    }
    return [person for person in people if person.user_id in taken]


def release(tx: Transaction, user_ids: Collection[str]) -> None:
    """Give back people about whom nothing was learned."""
    tx.execute(_RELEASE, {"users": sorted(user_ids)})


def nothing_new(tx: Transaction, user_ids: Collection[str], begun_at: datetime) -> None:
    """Note that these people are done in the round, and that what was known of them is still so."""
    values = {"asked_at": tx.now, "round": begun_at, "claimed_until": None}
    tx.execute(_DONE.values(**values), {"users": sorted(user_ids)})


def learn(tx: Transaction, person: Person, known: Known, begun_at: datetime | None) -> None:
    """Note what Graph says of a person; in the same transaction their cards show it, or initials.

    What was known already changes nothing; nor does an answer by which nothing was learned, if something was known.
    `begun_at` is the round in which they were asked about; None when they were not asked about in one.
    """
    if tx.execute(_LOCKED_HERE, {"users": [person.user_id]}).one_or_none() is None:
        return  # the record is gone, and with it what was known
    if known.state in UNLEARNED and person.before is not None and person.before.state not in UNLEARNED:
        known = person.before
    if known is not person.before and known.state not in UNLEARNED:
        photo = known.photo
        if photo is not None:
            keeping.use_found(tx, person.person_id, photo.id, photo.original, photo.sizes)
        found_photos.replace(tx, person.user_id, photo.id if photo is not None and known.state == HAS else None)
    row = {
        "user_id": person.user_id,
        "state": known.state,
        "etag": known.etag,
        "reason": known.reason,
        "asked_at": tx.now,
        "round": begun_at,
        "claimed_until": None,
    }
    tx.execute((_LEARN if begun_at is None else _LEARN_IN_ROUND)[tx.dialect], row)


def of_person(reader: Reader, person_id: str) -> Person | None:
    """The person with what is known of them, to be asked about with their own token; None when their record is gone."""
    row = reader.execute(_OF_PERSON, {"person": person_id}).one_or_none()
    return None if row is None else Person(row.user_id, person_id, ME, known(row))


def known(row: Any) -> Known | None:
    """What a row with the columns of graph_people says; None while Graph was not asked."""
    return None if row.state is None else Known(row.state, row.etag, row.reason)

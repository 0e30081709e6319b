"""Which photos are to be fetched from web addresses, and when: in the database. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import organizations
from app.photos.fetching.fetcher import Validators
from app.photos.tables import photo_fetches, photo_uses, photos

JOB = "fetch"

AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""When it is tried once more what did not come, so many times; then the address has failed."""
TRIES = len(AGAIN_AFTER) + 1
EVERY = timedelta(days=1)
"""How often it is asked whether the photo at an address is another; and whether one that failed is there by now."""


@dataclass(frozen=True, slots=True)
class Due:
    """A photo that is to be fetched now. `tries` counts this time."""

    photo_id: str
    address: str
    tries: int
    known: Validators
    """What its server said of what is kept of it."""
    original: str | None
    """What the files that there are of it are named by (photos.original)."""
    used: bool
    """Whether a record names it."""
    complaint: str | None
    """What is said of it already (photos.refusal)."""


_DUE = select(literal(1)).where(photo_fetches.c.due_at <= bindparam("now")).limit(1)
_theirs = exists().where(
    photo_fetches.c.organization_id == organizations.c.id, photo_fetches.c.due_at <= bindparam("now")
)
_WHOSE = select(organizations.c.id).where(_theirs).order_by(func.random())
_used = exists().where(
    photo_uses.c.organization_id == ORGANIZATION,
    photo_uses.c.photo_id == photo_fetches.c.photo_id,
    photo_uses.c.left_at.is_(None),
)
_NEXT = (
    select(
        photo_fetches.c.photo_id,
        photo_fetches.c.address,
        photo_fetches.c.tries,
        photo_fetches.c.etag,
        photo_fetches.c.last_modified,
        photos.c.original,
        photos.c.refusal,
        _used.label("used"),
    )
    .join(
        photos,
        and_(photos.c.organization_id == photo_fetches.c.organization_id, photos.c.id == photo_fetches.c.photo_id),
    )
    .where(photo_fetches.c.organization_id == ORGANIZATION, photo_fetches.c.due_at <= bindparam("now"))
    .order_by(photo_fetches.c.due_at, photo_fetches.c.photo_id)
    .limit(bindparam("most"))
    .with_for_update(of=photo_fetches)
)
_CHANGE = update(photo_fetches).where(
    photo_fetches.c.organization_id == ORGANIZATION, photo_fetches.c.photo_id == bindparam("photo")
)
_MOVE = _CHANGE.values(due_at=bindparam("then"), tries=bindparam("so_often"))


def _ask(insert: Any) -> Any:
    asked = insert(photo_fetches)
    never = photo_fetches.c.fetched_at.is_(None)
    return asked.on_conflict_do_update(
        index_elements=[photo_fetches.c.organization_id, photo_fetches.c.photo_id],
        set_={
            "due_at": case((never, asked.excluded.due_at), else_=photo_fetches.c.due_at),
            "tries": case((never, asked.excluded.tries), else_=photo_fetches.c.tries),
        },
    )


_ASK = {"sqlite": _ask(sqlite.insert), "postgresql": _ask(postgresql.insert)}


def ask(tx: Transaction, photo_id: str, address: str) -> None:
    """Have the photo fetched soon, which `photos` knows already; one that came before keeps its turn."""
    tx.execute(_ASK[tx.dialect], {"photo_id": photo_id, "address": address, "due_at": tx.now, "tries": 0})
    tx.wake(JOB)


def is_due(reader: Reader, now: datetime) -> bool:
    """Whether a photo of any organization is to be fetched."""
    return reader.execute_across(_DUE, {"now": now}).first() is not None


def whose(reader: Reader, now: datetime) -> Sequence[str]:
    """The organizations that have some to be fetched, in any order: none of them always comes last."""
    return list(reader.execute_across(_WHOSE, {"now": now}).scalars())


def take(tx: Transaction, most: int) -> list[Due]:
    """The next of the organization, with their next turn set already: whoever is killed with them has used up a try.

    Those that no record names are only put off.
    """
    found = [_due(row) for row in tx.execute(_NEXT, {"now": tx.now, "most": most})]
    moves = [
        {"photo": one.photo_id, "then": tx.now + _pause(one), "so_often": one.tries if one.used else one.tries - 1}
        for one in found
    ]
    if moves:
        tx.execute(_MOVE, moves)
    return [one for one in found if one.used]


def _pause(one: Due) -> timedelta:
    return AGAIN_AFTER[one.tries - 1] if one.used and one.tries < TRIES else EVERY


def came(tx: Transaction, photo_id: str, said: Validators | None) -> None:
    """Say that the photo was fetched, of what version, and None where it was no picture. Its next turn is in a day."""
    version = Validators() if said is None else said
    fetched = {"fetched_at": None if said is None else tx.now, **asdict(version)}
    tx.execute(_CHANGE.values(due_at=tx.now + EVERY, tries=0, **fetched), {"photo": photo_id})


def _due(row: Any) -> Due:
    known = Validators(row.etag, row.last_modified)
    return Due(
        photo_id=row.photo_id,
        address=row.address,
        tries=row.tries + 1,
        known=known if row.original is not None else Validators(),
        original=row.original,
        used=row.used,
        complaint=row.refusal,
    )

"""When the photo at a web address is another: cards that show the first one they had (`once`) keep that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import pictures
from app.directory.events import DocumentReplaced
from app.directory.tables import scim_users
from app.photos import keeping
from app.photos.fetching.waiting import Due
from app.photos.tables import photo_uses

AT_ONCE = 100
"""Records that are looked at in one transaction, of all that name the address."""

_NAMING = (
    select(scim_users.c.person_id, scim_users.c.document, scim_users.c.origins)
    .join(
        photo_uses,
        (photo_uses.c.organization_id == scim_users.c.organization_id) & (photo_uses.c.owner == scim_users.c.person_id),
    )
    .where(
        scim_users.c.organization_id == ORGANIZATION,
        photo_uses.c.photo_id == bindparam("photo"),
        photo_uses.c.left_at.is_(None),
        scim_users.c.person_id > bindparam("after"),
    )
    .order_by(scim_users.c.person_id)
    .limit(AT_ONCE)
    .with_for_update(of=scim_users)
)


class Write(Protocol):
    """Runs work in a transaction of the organization whose photos are fetched, as Database.write."""

    def __call__(self, work: Callable[[Transaction], Any]) -> Any:
        """What `work` returns, once it is committed."""


def keep_the_one_before(write: Write, due: Due) -> None:
    """Give the photo that is about to be replaced a name of its own, and tell its people's cards that it was theirs.

    To them it is as if their records had named it, and now name the address. Doing it again changes nothing.
    """
    after: str | None = "" if due.original is not None else None
    while after is not None:
        after = write(partial(_tell, due=due, after=after))


def _tell(tx: Transaction, due: Due, after: str) -> str | None:
    """Tell some of them; the last of them where there may be more."""
    shown = keeping.find(tx, [due.photo_id]).get(due.photo_id)
    if shown is None:
        return None
    before_id = hashlib.sha256(f"{due.photo_id}\n{due.original}".encode()).hexdigest()
    rows = tx.execute(_NAMING, {"photo": due.photo_id, "after": after}).all()
    for row in rows:
        before = pictures.with_another(row.document, due.photo_id, before_id)
        if before != row.document:
            keeping.use_as(tx, row.person_id, before_id, shown)
            tx.emit(DocumentReplaced(row.person_id, before, row.document, row.origins))
    return rows[-1].person_id if len(rows) == AT_ONCE else None

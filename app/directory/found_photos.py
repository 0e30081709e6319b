"""The photo that was found for a person elsewhere than in what was pushed, beside their record.

It is the directory's photo wherever the record has none (cards.values), and goes with the record. SCIM knows nothing of
it: neither the resource nor its version change. Kept as `{"id", "at", "request_id", "actor"}`: the photo's id
(app.photos.keeping), None where it was taken away again, and the request that said so.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import origins, pictures
from app.directory.events import DocumentReplaced
from app.directory.tables import scim_users

_ONE = (scim_users.c.organization_id == ORGANIZATION) & (scim_users.c.id == bindparam("user"))
_LOCKED = (
    select(scim_users.c.person_id, scim_users.c.document, scim_users.c.origins, scim_users.c.found_photo)
    .where(_ONE)
    .with_for_update()
)
_SET = update(scim_users).where(_ONE)


def replace(tx: Transaction, user_id: str, photo_id: str | None) -> bool:
    """Make this the photo that was found for the record, None for none; False when it is so already, or it is gone."""
    row = tx.execute(_LOCKED, {"user": user_id}).one_or_none()
    before = row.found_photo["id"] if row is not None and row.found_photo else None
    if row is None or before == photo_id:
        return False
    found = {"id": photo_id, **origins.request(tx.now, tx.request_id, tx.actor)}
    tx.execute(_SET, {"user": user_id, "found_photo": found})
    tx.audit("photo.found" if photo_id else "photo.gone", user_id)
    shown, then = (pictures.with_found(row.document, one) for one in (row.found_photo, found))
    tx.emit(DocumentReplaced(row.person_id, shown, then, row.origins))
    return True

"""Photos that were sent for a card and are not its own yet: as they came, until they are drawn.

A card has one at most, the latest. Of one that was refused the reason is kept, until another is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction
from app.photos.images import Box
from app.photos.tables import photo_uploads

JOB = "uploads"
REFUSED_FOR = timedelta(days=30)
"""How long it is said why a photo was refused."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that was sent, and by whom; `refusal` says why it is refused, if it is."""

    id: str
    card_id: str
    box: Box | None
    side: str
    """By whose rights it was sent: PERSON or ADMIN of cards.view."""
    sent_at: datetime
    actor: str
    request_id: str | None
    refusal: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be drawn."""
        return self.refusal is None


_COLUMNS = tuple(photo_uploads.c[name] for name in Upload.__dataclass_fields__)
_OF_CARD = select(*_COLUMNS).where(
    photo_uploads.c.organization_id == ORGANIZATION, photo_uploads.c.card_id == bindparam("card")
)
_NEXT = (
    select(photo_uploads.c.organization_id, *_COLUMNS)
    .where(photo_uploads.c.refusal.is_(None))
    .order_by(photo_uploads.c.sent_at, photo_uploads.c.id)
    .limit(1)
)
_one = (photo_uploads.c.organization_id == ORGANIZATION) & (photo_uploads.c.id == bindparam("upload"))
_CONTENT = select(photo_uploads.c.content).where(_one)
_STILL = select(photo_uploads.c.id).where(_one).with_for_update()
_REFUSE = update(photo_uploads).where(_one).values(refusal=bindparam("sentence"), content=None)
_FORGET = delete(photo_uploads).where(
    photo_uploads.c.organization_id == ORGANIZATION, photo_uploads.c.card_id == bindparam("card")
)
_FORGET_REFUSED = delete(photo_uploads).where(
    photo_uploads.c.organization_id == ORGANIZATION,
    photo_uploads.c.refusal.is_not(None),
    photo_uploads.c.sent_at < bindparam("before"),
)


def _upsert(insert: Any) -> Any:
    statement = insert(photo_uploads)
    replaced = ("id", "content", "box", "side", "sent_at", "actor", "request_id", "refusal")
    return statement.on_conflict_do_update(
        index_elements=[photo_uploads.c.organization_id, photo_uploads.c.card_id],
        set_={name: statement.excluded[name] for name in replaced},
    )


_KEEP = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}


def keep(tx: Transaction, card_id: str, content: bytes, box: Box | None, side: str) -> None:
    """Have a photo drawn that was sent for the card, in place of one that still waits."""
    row = {
        "card_id": card_id,
        "id": new_id(),
        "content": content,
        "box": None if box is None else [box.left, box.top, box.edge],
        "side": side,
        "sent_at": tx.now,
        "actor": tx.actor,
        "request_id": tx.request_id,
        "refusal": None,
    }
    tx.execute(_KEEP[tx.dialect], row)
    tx.wake(JOB)


def of_card(reader: Reader, card_id: str) -> Upload | None:
    """What was sent last for the card, while it waits or because it was refused."""
    row = reader.execute(_OF_CARD, {"card": card_id}).one_or_none()
    return None if row is None else _upload(row)


def next_waiting(reader: Reader) -> tuple[str, Upload] | None:
    """The organization and the photo that has waited longest, of any organization; None when none waits."""
    row = reader.execute_across(_NEXT).first()
    return None if row is None else (row.organization_id, _upload(row))


def content(reader: Reader, upload: Upload) -> bytes | None:
    """The photo as it came; None when it is not wanted any more."""
    found: bytes | None = reader.execute(_CONTENT, {"upload": upload.id}).scalar_one_or_none()
    return found


def is_wanted(tx: Transaction, upload: Upload) -> bool:
    """Whether nobody has sent another meanwhile, or taken it back; nobody does until the transaction ends."""
    return tx.execute(_STILL, {"upload": upload.id}).first() is not None


def refuse(tx: Transaction, upload: Upload, sentence: str) -> None:
    """Say why the photo is refused, and forget it."""
    tx.execute(_REFUSE, {"upload": upload.id, "sentence": sentence})


def forget(tx: Transaction, card_id: str) -> None:
    """Forget what was sent for the card."""
    tx.execute(_FORGET, {"card": card_id})


def forget_refused(tx: Transaction) -> None:
    """Forget what was refused so long ago that nobody asks any more."""
    tx.execute(_FORGET_REFUSED, {"before": tx.now - REFUSED_FOR})


def _upload(row: Any) -> Upload:
    values = {name: getattr(row, name) for name in Upload.__dataclass_fields__}
    return Upload(**{**values, "box": None if row.box is None else Box(*row.box)})

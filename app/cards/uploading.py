"""Photos that holders and admins send for a card: taken at once, drawn by a job, and then the card's own value.

Until then, and where it is refused, the card shows what it showed before.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import bindparam, select

from app.cards import editing
from app.cards.layout import PHOTO
from app.cards.tables import cards
from app.cards.view import ADMIN
from app.core.db import ORGANIZATION
from app.core.errors import NotFound, Refused
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.core.stores import Store
from app.core.unit_of_work import Reader, Transaction
from app.photos import uploads
from app.photos.images import Box, UnsafeImage, named
from app.photos.preparing import open_store, store_photo
from app.photos.uploads import Upload

_PUBLIC_ID = select(cards.c.public_id).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))


def send(tx: Transaction, public_id: str, content: bytes, box: Box | None, by: str = ADMIN) -> None:
    """Have the photo in `content` (images.ensure_photo) become the card's own, in the name of PERSON or ADMIN.

    Raises as editing.edit does; nothing is changed then.
    """
    card_id = editing.ensure_settable(tx, public_id, PHOTO, by)
    uploads.keep(tx, card_id, content, box, by)
    tx.audit("card.photo_sent", card_id, {"by": by})


def pending(reader: Reader, _settings: Settings, _now: object) -> bool:
    """Whether a photo waits that was sent for a card."""
    return uploads.next_waiting(reader) is not None


def draw(working: Working) -> str:
    """Make every photo that was sent its card's own, the one that waited longest first; says how many.

    One that is none is refused, and so is one that the template does not let be set any more. Raises StoreAway when the
    store is: what waits then waits on, and the next run goes on with it.
    """
    store, done, refused = open_store(working.settings), 0, 0
    while True:
        with working.database.read(None) as reader:
            found = uploads.next_waiting(reader)
        if found is None:
            return f"Made {done} photos their cards' own, refused {refused}."
        sentence = _draw(working, store, *found)
        done, refused = done + (sentence is None), refused + (sentence is not None)


def _draw(working: Working, store: Store, organization_id: str, upload: Upload) -> str | None:
    """Why the photo is refused; None when it is not."""
    database = working.database
    with database.read(organization_id) as reader:
        content = uploads.content(reader, upload)
    if content is None:
        return None
    write = partial(database.write, organization_id=organization_id, actor=upload.actor, request_id=upload.request_id)
    try:
        sizes = store_photo(database, store, organization_id, content, upload.box)
    except UnsafeImage as error:
        sentence = f"The photo {error}."
        return write(lambda tx: _refuse(tx, upload, sentence))
    original = named(content, upload.box)
    return write(lambda tx: _set(tx, upload, original, sizes))


def _set(tx: Transaction, upload: Upload, original: str, sizes: tuple[int, ...]) -> str | None:
    public_id = tx.execute(_PUBLIC_ID, {"card": upload.card_id}).scalar_one()
    try:
        editing.ensure_settable(tx, public_id, PHOTO, upload.side)
    except NotFound:
        uploads.forget(tx, upload.card_id)
        return None
    except Refused as error:
        return _refuse(tx, upload, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    if uploads.is_wanted(tx, upload):
        editing.set_photo(tx, public_id, original, sizes, upload.side)
    return None


def _refuse(tx: Transaction, upload: Upload, sentence: str) -> str:
    uploads.refuse(tx, upload, sentence)
    tx.audit("card.photo_refused", upload.card_id, {"by": upload.side, "reason": sentence})
    return sentence

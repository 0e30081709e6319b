"""How the photo stands on a card: what shows and since when, what is under way, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.cards.layout import PHOTO, Item
from app.cards.own_values import ensure_editable
from app.cards.view import CardSource, CardView, Face
from app.core.errors import Refused
from app.core.unit_of_work import Reader
from app.photos import keeping, uploads
from app.photos.keeping import Photo
from app.photos.uploads import Upload

EMPTIED, NOTHING = "emptied", "nothing"
"""Why no photo shows: somebody removed it; there has been none."""


@dataclass(frozen=True, slots=True)
class PhotoStanding:
    """How the photo stands on a card."""

    face: Face | None
    """What shows now."""
    origin: str
    """Whose photo it is: DIRECTORY, PERSON or ADMIN of cards.view, else EMPTIED or NOTHING."""
    since: datetime | None
    """When it was set, or came from the directory."""
    is_prepared: bool
    """False while the directory's photo waits to be drawn; until then the one before it shows, or initials."""
    refusal: str | None
    """Why the directory's photo is not shown."""
    upload: Upload | None
    """What was sent for the card and is not its own photo yet, or never will be."""
    may_change: bool
    may_revert: bool
    """Whether there is an own photo, or an emptied one, to give back to the directory."""
    may_remove: bool
    """Whether a photo shows, or is about to."""
    is_under_way: bool
    """Whether one is being drawn, so that another is about to show."""


def standing(
    reader: Reader, source: CardSource, view: CardView, card_id: str, person_id: str | None, by: str
) -> PhotoStanding | None:
    """How the photo stands for PERSON or ADMIN; None on a card that shows none.

    `card_id` is the card's own id, `person_id` whose record it shows, None without one.
    """
    item = source.layout.photo
    if item is None:
        return None
    shown, upload = view.photo, uploads.of_card(reader, card_id)
    own = source.own.get(PHOTO) if item.sync != "always" else None
    photo = keeping.find(reader, [shown.text]).get(shown.text) if shown is not None else None
    may_change, is_prepared = _may_change(item, by), shown is None or _is_done(photo)
    is_waiting = not is_prepared or (upload is not None and upload.is_waiting)
    since: datetime | None = own.at if own is not None else None
    if own is None and shown is not None and person_id is not None:
        since = keeping.used_since(reader, person_id, shown.text)
    return PhotoStanding(
        face=view.face,
        origin=shown.origin if shown is not None else EMPTIED if own is not None else NOTHING,
        since=since,
        is_prepared=is_prepared,
        refusal=photo.refusal if photo is not None else None,
        upload=upload,
        may_change=may_change,
        may_revert=may_change and own is not None and item.sync != "never",
        is_under_way=is_waiting,
        may_remove=may_change and (view.face is not None or is_waiting),
    )


def _is_done(photo: Photo | None) -> bool:
    return photo is None or photo.state != keeping.WAITING


def _may_change(item: Item, by: str) -> bool:
    try:
        ensure_editable(item, by)
    except Refused:
        return False
    return True

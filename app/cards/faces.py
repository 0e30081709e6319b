"""The photo that a card shows: whether one is ready, and where its files are."""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Lock

from sqlalchemy import bindparam, exists, select

from app.cards.tables import cards
from app.cards.view import CardView, Face
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.photos import keeping
from app.photos.keeping import ADDRESS, READY, WAITING
from app.photos.tables import photo_uses, photos

REMEMBERED = 10_000
"""Photos of which a process knows that they are ready: a card that shows one costs no statement more. Those from web
addresses are looked up each time: they become others under the same name."""

_NAME = re.compile(r"([0-9a-f]{64})-(\d{1,4})\.(jpg|webp)")


_waiting = photos.alias()
_MEANWHILE = (
    select(photos.c.original, photos.c.sizes, photos.c.done_at)
    .join(
        photo_uses,
        (photo_uses.c.organization_id == photos.c.organization_id) & (photo_uses.c.meanwhile == photos.c.id),
    )
    .join(cards, (cards.c.organization_id == photo_uses.c.organization_id) & (cards.c.person_id == photo_uses.c.owner))
    .where(
        photos.c.organization_id == ORGANIZATION,
        photos.c.state == READY,
        cards.c.public_id == bindparam("card"),
        photo_uses.c.photo_id == bindparam("photo"),
        exists().where(
            _waiting.c.organization_id == ORGANIZATION,
            _waiting.c.id == photo_uses.c.photo_id,
            _waiting.c.state == WAITING,
        ),
    )
)


class _Ready:
    """Photos that are ready, by organization and id. They stay so as long as a card names them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faces: dict[tuple[str, str], Face] = {}

    def of(self, reader: Reader, photo_id: str) -> Face | None:
        key = (reader.organization_id, photo_id)
        known = self._faces.get(key)
        if known is not None:
            return known
        photo = keeping.find(reader, [photo_id]).get(photo_id)
        if photo is None or photo.original is None or photo.done_at is None:
            return None
        face = Face(photo.original, photo.sizes, photo.done_at)
        if photo.source == ADDRESS:
            return face
        with self._lock:
            if len(self._faces) >= REMEMBERED:
                self._faces.clear()
            self._faces[key] = face
        return face


_ready = _Ready()


def with_face(reader: Reader, view: CardView) -> CardView:
    """The view with its photo, where one is ready; its ETag and the time of its revision tell of it as well.

    While a new photo of the directory waits to be drawn, that is the one it took the place of.
    """
    return view if view.photo is None else showing(view, find(reader, view.public_id, view.photo.text))


def find(reader: Reader, public_id: str, photo_id: str) -> Face | None:
    """What the card of that public id shows for a photo; None while there is nothing to show."""
    return _ready.of(reader, photo_id) or _meanwhile(reader, public_id, photo_id)


def showing(view: CardView, face: Face | None) -> CardView:
    """The view with this photo. Pure."""
    if face is None:
        return view
    return replace(view, face=face, etag=etag(view.etag, face), revised=max(view.revised, face.since))


def etag(of_view: str, face: Face | None) -> str:
    """The ETag of a card without its photo, and of that. Pure."""
    return of_view if face is None else f"{of_view}{face.original[:8]}"


def _meanwhile(reader: Reader, public_id: str, photo_id: str) -> Face | None:
    row = reader.execute(_MEANWHILE, {"card": public_id, "photo": photo_id}).first()
    return None if row is None else Face(row.original, tuple(row.sizes), row.done_at)


def place_of(reader: Reader, face: Face | None, name: str) -> str | None:
    """Where the file `<hash>-<size>.<kind>` of this photo lies in the store; None for any other name."""
    match = _NAME.fullmatch(name)
    if match is None or face is None or match[1] != face.original or int(match[2]) not in face.sizes:
        return None
    return keeping.place_of(reader, face.original, int(match[2]), match[3])

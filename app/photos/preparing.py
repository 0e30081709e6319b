"""Making files of photos: the job that does it for what the directory pushed, and the same for uploads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from app.core.jobs.running import ACTOR, Working
from app.core.settings import Settings
from app.core.stores import FolderStore, Store
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory import pictures
from app.photos import keeping
from app.photos.images import KINDS, Box, UnsafeImage, decode_data_url, draw, named
from app.photos.keeping import Photo

FOLDER = "photos"


def open_store(settings: Settings) -> Store:
    """Where the installation keeps its photos."""
    return settings.photo_store or FolderStore(settings.data_dir / FOLDER)


def pending(reader: Reader, _settings: Settings, _now: datetime) -> bool:
    """Whether a photo waits."""
    return keeping.next_waiting(reader) is not None


def prepare(working: Working) -> str:
    """Make files of every photo that waits, the one that waited longest first; says how many.

    A photo that is none is refused, and its card shows initials. Raises StoreAway when the store is: what waits then
    waits on, and the next run goes on with it.
    """
    store, done, refused = open_store(working.settings), 0, 0
    while True:
        with working.database.read(None) as reader:
            found = keeping.next_waiting(reader)
        if found is None:
            return f"Prepared {done} photos, refused {refused}."
        if _Preparing(working.database, store, found[0], working.request_id).go(found[1]):
            done += 1
        else:
            refused += 1


class _Preparing:
    """One photo of one organization."""

    def __init__(self, database: Database, store: Store, organization_id: str, request_id: str | None) -> None:
        self._database = database
        self._store = store
        self._organization_id = organization_id
        self._request_id = request_id

    def go(self, photo: Photo) -> bool:
        try:
            data = self._data(photo.id)
            original = named(data)
            sizes = store_photo(self._database, self._store, self._organization_id, data)
        except UnsafeImage as error:
            sentence = f"The photo {error}."
            self._write(lambda tx: keeping.refuse(tx, photo.id, sentence))
            return False
        self._write(lambda tx: keeping.make_ready(tx, photo.id, original, sizes))
        return True

    def _data(self, photo_id: str) -> bytes:
        with self._database.read(self._organization_id) as reader:
            pushed = pictures.pushed(reader, [photo_id]).get(photo_id, "")
        data = decode_data_url(pushed)
        if data is None:
            raise UnsafeImage("is not a data URL of a picture")
        return data

    def _write(self, work: Callable[[Transaction], None]) -> None:
        self._database.write(work, organization_id=self._organization_id, actor=ACTOR, request_id=self._request_id)


def store_photo(
    database: Database, store: Store, organization_id: str, data: bytes, box: Box | None = None
) -> tuple[int, ...]:
    """The sizes of the photo in `data`, whose files are stored when this returns, under `images.named(data, box)`.

    What is stored already is not drawn again. Raises UnsafeImage with the reason, StoreAway when the store is away.
    """
    original = named(data, box)

    write = partial(database.write, organization_id=organization_id, actor=ACTOR)
    known = write(lambda tx: keeping.reuse(tx, original))
    if known:
        return known
    files = draw(data, box)
    places = write(lambda tx: keeping.announce_files(tx, original, files))
    for place, file in zip(places, files, strict=True):
        store.put(place, file.content, KINDS[file.kind])
    write(lambda tx: keeping.files_are_stored(tx, places))
    return tuple(sorted({file.size for file in files}))

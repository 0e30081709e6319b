"""The hourly sweep: photos that nothing has named for a while go, with their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, exists, literal, or_, select, update

from app.cards.layout import PHOTO
from app.cards.tables import cards
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.jobs.running import ACTOR, Working
from app.core.stores import Store
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations
from app.directory.pictures import MARK, named_by, names_in
from app.directory.tables import people, pictures
from app.photos import uploads
from app.photos.keeping import UPLOAD, WAITING
from app.photos.preparing import open_store
from app.photos.tables import photo_files, photo_uses, photos

JOB = "sweep"
GRACE = timedelta(days=1)
"""How long a photo stays after its last use: who puts it back finds it, and whoever is at work with it is done."""
AT_ONCE = 500

_ours = photo_uses.c.organization_id == ORGANIZATION
_next = photo_uses.alias()
_stands_in = exists().where(
    _next.c.organization_id == ORGANIZATION,
    _next.c.owner == photo_uses.c.owner,
    _next.c.meanwhile == photo_uses.c.photo_id,
    photos.c.organization_id == ORGANIZATION,
    photos.c.id == _next.c.photo_id,
    photos.c.state == WAITING,
)
_LEFT = (
    select(photo_uses.c.photo_id, photo_uses.c.owner)
    .where(_ours, photo_uses.c.left_at < bindparam("before"), ~_stands_in)
    .order_by(photo_uses.c.left_at)
    .limit(AT_ONCE)
)
_SAVED_ON = select(cards.c.document, cards.c.once).where(
    cards.c.organization_id == ORGANIZATION,
    or_(
        cards.c.person_id == bindparam("owner"),
        cards.c.person_id.in_(
            select(people.c.merged_into).where(
                people.c.organization_id == ORGANIZATION, people.c.id == bindparam("owner")
            )
        ),
    ),
)
_one = _ours & (photo_uses.c.photo_id == bindparam("photo")) & (photo_uses.c.owner == bindparam("whose"))
_END_USE = delete(photo_uses).where(_one, photo_uses.c.left_at < bindparam("before"))
_LOOK_LATER = (
    update(photo_uses).where(_one, photo_uses.c.left_at < bindparam("before")).values(left_at=bindparam("now"))
)
_END_OWN = delete(photo_uses).where(
    _ours,
    photo_uses.c.begun_at < bindparam("before"),
    exists().where(
        photos.c.organization_id == ORGANIZATION, photos.c.id == photo_uses.c.photo_id, photos.c.source == UPLOAD
    ),
    ~exists().where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.id == photo_uses.c.owner,
        cards.c.own[(PHOTO, "value")].as_string() == literal(MARK) + photo_uses.c.photo_id,
    ),
)
_FORGET_PHOTOS = delete(photos).where(
    photos.c.organization_id == ORGANIZATION,
    photos.c.asked_at < bindparam("before"),
    ~exists().where(_ours, photo_uses.c.photo_id == photos.c.id),
)
_FORGET_PICTURES = delete(pictures).where(
    pictures.c.organization_id == ORGANIZATION,
    pictures.c.kept_at < bindparam("before"),
    ~exists().where(photos.c.organization_id == ORGANIZATION, photos.c.id == pictures.c.id),
)
_GIVE_UP_FILES = (
    update(photo_files)
    .where(
        photo_files.c.organization_id == ORGANIZATION,
        photo_files.c.touched_at < bindparam("before"),
        photo_files.c.gone_at.is_(None),
        ~exists().where(photos.c.organization_id == ORGANIZATION, photos.c.original == photo_files.c.original),
    )
    .values(gone_at=bindparam("now"))
)
_GONE = (
    select(photo_files.c.place)
    .where(photo_files.c.organization_id == ORGANIZATION, photo_files.c.gone_at.is_not(None))
    .order_by(photo_files.c.place)
    .limit(AT_ONCE)
)
_FORGET_FILES = delete(photo_files).where(
    photo_files.c.organization_id == ORGANIZATION,
    photo_files.c.gone_at.is_not(None),
    photo_files.c.place.in_(bindparam("places", expanding=True)),
)


def sweep(working: Working) -> str:
    """Forget of every organization what nothing names any more; says how many files went.

    Raises StoreAway when the store is: rows of files that could not be deleted stay for the next hour.
    """
    store = open_store(working.settings)
    with working.database.read(None) as reader:
        every = organizations.every(reader)
    return f"Deleted {sum(_sweep(working, store, organization.id) for organization in every)} files of photos."


def _sweep(working: Working, store: Store, organization_id: str) -> int:
    before = clock.now() - GRACE
    write = partial(working.database.write, organization_id=organization_id, actor=ACTOR, request_id=working.request_id)
    write(lambda tx: _forget(tx, before))
    deleted = 0
    while True:
        with working.database.read(organization_id) as reader:
            places = [row.place for row in reader.execute(_GONE)]
        if not places:
            return deleted
        for place in places:
            store.delete(place)
        write(partial(_forget_files, places=places))
        deleted += len(places)


def _forget(tx: Transaction, before: datetime) -> None:
    times = {"before": before, "now": tx.now}
    for row in tx.execute(_LEFT, times).all():
        statement = _LOOK_LATER if row.photo_id in _saved_on_cards(tx, row.owner) else _END_USE
        tx.execute(statement, {"photo": row.photo_id, "whose": row.owner, **times})
    uploads.forget_refused(tx)
    for step in (_END_OWN, _FORGET_PHOTOS, _FORGET_PICTURES, _GIVE_UP_FILES):
        tx.execute(step, times)


def _forget_files(tx: Transaction, places: Sequence[str]) -> None:
    tx.execute(_FORGET_FILES, {"places": places})


def _saved_on_cards(reader: Reader, person_id: str) -> set[str]:
    """The photos that cards of the person, or of whom they are by now, have saved."""
    return {
        photo_id
        for row in reader.execute(_SAVED_ON, {"owner": person_id})
        for photo_id in (*names_in(row.document), *_named_in(row.once or {}))
    }


def _named_in(once: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for saved in once.values():
        photo_id = named_by(saved.get(PHOTO, {}).get("value"))
        if photo_id is not None:
            yield photo_id

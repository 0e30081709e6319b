"""Photos in the database: which there are, what became of them, where their files lie. Nothing is drawn here."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from app.directory.events import DocumentMade, DocumentReplaced
from app.directory.pictures import addresses_in, names_by_type, names_in
from app.photos.fetching import waiting
from app.photos.images import KINDS, PhotoFile
from app.photos.tables import photo_files, photo_uses, photos

JOB = "photos"

WAITING, READY, REFUSED = "waiting", "ready", "refused"
DIRECTORY, UPLOAD, GRAPH, ADDRESS = "directory", "upload", "graph", "address"
"""Where a photo came from."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo, and what became of it. `original` and `sizes` (pixels, the smallest first) once it is READY."""

    id: str
    source: str
    state: str
    original: str | None
    sizes: tuple[int, ...]
    refusal: str | None
    asked_at: datetime
    actor: str
    request_id: str | None
    done_at: datetime | None


_FIELDS = tuple(photos.c[name] for name in Photo.__dataclass_fields__)
_FIND = select(*_FIELDS).where(
    photos.c.organization_id == ORGANIZATION, photos.c.id.in_(bindparam("wanted", expanding=True))
)
_NEXT = (
    select(photos.c.organization_id, *_FIELDS)
    .where(photos.c.state == text("'waiting'"), photos.c.source != text("'address'"))  # as in the partial index
    .order_by(photos.c.asked_at, photos.c.id)
    .limit(1)
)
_DONE = update(photos).where(photos.c.organization_id == ORGANIZATION, photos.c.id == bindparam("photo"))
_LEAVE = (
    update(photo_uses)
    .where(
        photo_uses.c.organization_id == ORGANIZATION,
        photo_uses.c.owner == bindparam("user"),
        photo_uses.c.photo_id == bindparam("photo"),
    )
    .values(left_at=bindparam("now"))
)
_SHOWN = (
    select(photo_uses.c.photo_id, photo_uses.c.meanwhile, photos.c.state)
    .join(photos, (photos.c.organization_id == photo_uses.c.organization_id) & (photos.c.id == photo_uses.c.photo_id))
    .where(
        photo_uses.c.organization_id == ORGANIZATION,
        photo_uses.c.owner == bindparam("user"),
        photo_uses.c.photo_id.in_(bindparam("replaced", expanding=True)),
    )
)
_SINCE = select(photo_uses.c.begun_at).where(
    photo_uses.c.organization_id == ORGANIZATION,
    photo_uses.c.owner == bindparam("user"),
    photo_uses.c.photo_id == bindparam("photo"),
)
_STORED = update(photo_files).where(
    photo_files.c.organization_id == ORGANIZATION, photo_files.c.place == bindparam("at")
)
_PLACE = (
    select(photo_files.c.place)
    .where(
        photo_files.c.organization_id == ORGANIZATION,
        photo_files.c.original == bindparam("original"),
        photo_files.c.size == bindparam("size"),
        photo_files.c.kind == bindparam("kind"),
        photo_files.c.stored_at.is_not(None),
        photo_files.c.gone_at.is_(None),
    )
    .order_by(photo_files.c.touched_at.desc(), photo_files.c.place)
    .limit(1)
)
_REUSE = (
    update(photo_files)
    .where(
        photo_files.c.organization_id == ORGANIZATION,
        photo_files.c.original == bindparam("whose"),
        photo_files.c.stored_at.is_not(None),
        photo_files.c.gone_at.is_(None),
    )
    .values(touched_at=bindparam("now"))
    .returning(photo_files.c.size, photo_files.c.kind)
)


def _upserts(insert: Any) -> tuple[Any, Any]:
    ask, use = insert(photos), insert(photo_uses)
    return (
        # An update also where it is known: it waits for whoever is about to forget the row, and puts it back.
        ask.on_conflict_do_update(
            index_elements=[photos.c.organization_id, photos.c.id],
            set_={name: ask.excluded[name] for name in ("asked_at", "actor", "request_id")},
        ),
        use.on_conflict_do_update(
            index_elements=[photo_uses.c.organization_id, photo_uses.c.photo_id, photo_uses.c.owner],
            set_={"left_at": None, "begun_at": use.excluded.begun_at, "meanwhile": use.excluded.meanwhile},
        ),
    )


_UPSERTS = {"sqlite": _upserts(sqlite.insert), "postgresql": _upserts(postgresql.insert)}


def on_document_made(tx: Transaction, event: DocumentMade) -> None:
    """Have the photos of a new record prepared."""
    _use(tx, event.person_id, names_in(event.document), addresses_in(event.document), {})


def on_document_replaced(tx: Transaction, event: DocumentReplaced) -> None:
    """Have photos prepared that a record names now, and note those that it names no more.

    One that takes another's place shows that one until it is ready.
    """
    before, after = names_in(event.before), names_in(event.after)
    if after - before:
        old, new = names_by_type(event.before), names_by_type(event.after)
        replaced = {new[type_]: old[type_] for type_ in new.keys() & old.keys() if new[type_] in after - before}
        shown = _shown(tx, event.person_id, replaced)
        _use(tx, event.person_id, after - before, addresses_in(event.after), shown)
    for photo_id in sorted(before - after):
        leave(tx, event.person_id, photo_id)


def _shown(tx: Transaction, person_id: str, replaced: Mapping[str, str]) -> dict[str, str | None]:
    """What shows of each replaced photo, by the new one: itself, or while it waits what it had replaced."""
    found = {
        row.photo_id: row.photo_id if row.state == READY else row.meanwhile if row.state == WAITING else None
        for row in tx.execute(_SHOWN, {"user": person_id, "replaced": sorted(set(replaced.values()))})
    }
    return {new: found.get(old) for new, old in replaced.items()}


def _use(
    tx: Transaction,
    person_id: str,
    photo_ids: Collection[str],
    addresses: Mapping[str, str],
    meanwhile: Mapping[str, str | None],
) -> None:
    for photo_id in sorted(photo_ids):
        address = addresses.get(photo_id)
        asked = {"source": ADDRESS if address else DIRECTORY, "state": WAITING}
        _ask(tx, photo_id, person_id, asked, meanwhile.get(photo_id))
        if address:
            waiting.ask(tx, photo_id, address)
        else:
            tx.wake(JOB)


def use_upload(tx: Transaction, card_id: str, original: str, sizes: Sequence[int]) -> None:
    """Have the card use the photo of that name, of which there are stored files in these sizes."""
    ready = {"source": UPLOAD, "state": READY, "original": original, "sizes": list(sizes), "done_at": tx.now}
    _ask(tx, original, card_id, ready)


def use_found(tx: Transaction, person_id: str, photo_id: str, original: str, sizes: Sequence[int]) -> None:
    """Have the person use a photo that Microsoft Graph has of them, of which there are stored files in these sizes."""
    ready = {"source": GRAPH, "state": READY, "original": original, "sizes": list(sizes), "done_at": tx.now}
    _ask(tx, photo_id, person_id, ready)


def use_as(tx: Transaction, person_id: str, photo_id: str, same: Photo) -> None:
    """Have the person use, under another name, what `same` shows now, which is about to show something else."""
    ready = {"source": DIRECTORY, "state": READY, "original": same.original, "sizes": list(same.sizes)}
    _ask(tx, photo_id, person_id, {**ready, "done_at": same.done_at})


def _ask(tx: Transaction, photo_id: str, owner: str, values: dict[str, Any], meanwhile: str | None = None) -> None:
    ask, use = _UPSERTS[tx.dialect]
    row = {"id": photo_id, "asked_at": tx.now, "actor": tx.actor, "request_id": tx.request_id, **values}
    tx.execute(ask, row)
    used = {"photo_id": photo_id, "owner": owner, "begun_at": tx.now, "left_at": None, "meanwhile": meanwhile}
    tx.execute(use, used)


def leave(tx: Transaction, owner: str, photo_id: str) -> None:
    """Note that the person's record, or the card itself, does not name the photo any more."""
    tx.execute(_LEAVE, {"user": owner, "photo": photo_id, "now": tx.now})


def find(reader: Reader, photo_ids: Iterable[str]) -> dict[str, Photo]:
    """These photos by id; those that nobody knows are left out. No query for none."""
    wanted = sorted(set(photo_ids))
    return {row.id: _photo(row) for row in reader.execute(_FIND, {"wanted": wanted})} if wanted else {}


def used_since(reader: Reader, owner: str, photo_id: str) -> datetime | None:
    """Since when the person's record, or the card, names the photo; None where it does not."""
    found: datetime | None = reader.execute(_SINCE, {"user": owner, "photo": photo_id}).scalar_one_or_none()
    return found


def complaints(reader: Reader, photo_ids: Iterable[str]) -> dict[str, str]:
    """Why those of these photos are not shown, or not as they are by now, of which there is something to say."""
    return {photo.id: photo.refusal for photo in find(reader, photo_ids).values() if photo.refusal is not None}


def next_waiting(reader: Reader) -> tuple[str, Photo] | None:
    """The organization and the photo that has waited longest, of any organization; None when none waits."""
    row = reader.execute_across(_NEXT).first()
    return None if row is None else (row.organization_id, _photo(row))


def place_of(reader: Reader, original: str, size: int, kind: str) -> str | None:
    """Where the file lies in the store; None when there is none."""
    row = reader.execute(_PLACE, {"original": original, "size": size, "kind": kind}).first()
    return None if row is None else str(row.place)


def announce_files(tx: Transaction, original: str, files: Sequence[PhotoFile]) -> list[str]:
    """Say where files are about to be stored, one place for each: before the files themselves, which may get lost."""
    token = secrets.token_hex(4)
    rows: list[dict[str, Any]] = [
        {
            "place": f"{original[:2]}/{original[2:4]}/{original}-{token}-{file.size}.{file.kind}",
            "original": original,
            "size": file.size,
            "kind": file.kind,
            "bytes": len(file.content),
            "touched_at": tx.now,
        }
        for file in files
    ]
    tx.execute(photo_files.insert(), rows)
    return [row["place"] for row in rows]


def files_are_stored(tx: Transaction, places: Sequence[str]) -> None:
    """Say that files are where they were announced."""
    tx.execute(_STORED.values(stored_at=tx.now), [{"at": place} for place in places])


def reuse(tx: Transaction, original: str) -> tuple[int, ...]:
    """The sizes in which there are stored files of this name already, kept from being swept; () when there are none."""
    found = {(row.size, row.kind) for row in tx.execute(_REUSE, {"whose": original, "now": tx.now})}
    sizes = tuple(sorted({size for size, _ in found}))
    return sizes if all((size, kind) in found for size in sizes for kind in KINDS) else ()


def make_ready(tx: Transaction, photo_id: str, original: str, sizes: Sequence[int]) -> None:
    """Say that the files of a photo are stored: cards show it from this transaction on."""
    ready = {"state": READY, "original": original, "sizes": list(sizes), "refusal": None, "done_at": tx.now}
    tx.execute(_DONE.values(**ready), {"photo": photo_id})


def refuse(tx: Transaction, photo_id: str, sentence: str) -> None:
    """Say why a photo is not shown."""
    tx.execute(_DONE.values(state=REFUSED, refusal=sentence, done_at=tx.now), {"photo": photo_id})


def complain(tx: Transaction, photo_id: str, sentence: str) -> None:
    """Say why a photo did not come from its address: it is not shown, or the one that came before goes on to be."""
    state = case((photos.c.original.is_(None), REFUSED), else_=photos.c.state)
    tx.execute(_DONE.values(state=state, refusal=sentence), {"photo": photo_id})


def complain_no_more(tx: Transaction, photo_id: str) -> None:
    """Say that the photo at an address is still the one that shows."""
    tx.execute(_DONE.values(refusal=None), {"photo": photo_id})


def _photo(row: Row[Any]) -> Photo:
    values = {name: getattr(row, name) for name in Photo.__dataclass_fields__}
    return Photo(**{**values, "sizes": tuple(row.sizes or ())})

"""Pictures in pushed records, kept beside the documents: whoever reads a card or changes a title carries none along.

In a stored document a photo that was pushed as a data URL is `picture:` and the SHA-256 of the pushed text; SCIM gives
back what was pushed, to the letter. A web address stands there as it was pushed, and is short enough to stay. A card
finds the photo that was made of either by the same name, the SHA-256 of the pushed text (app.photos).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Insert, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import pictures

MARK = "picture:"
PHOTOS = "photos"
FOUND = "foundPhoto"
"""The key under which a document, where cards are made of it, has the photo that was found elsewhere. Never stored in
a record, and no attribute of any schema: what a sender calls so is dropped."""
CHUNK = 500

LONGEST_ADDRESS = 2048
"""Characters of a web address that a photo may have."""

_MARK_IN_TEXT = f'"{MARK}'
_DATA = "data:"
_WEB = ("https:", "http:")
"""Of which the second is named to be refused with a sentence."""
_TEXTS = select(pictures.c.id, pictures.c.pushed).where(
    pictures.c.organization_id == ORGANIZATION, pictures.c.id.in_(bindparam("wanted", expanding=True))
)


def _keep(insert: Any) -> Insert:
    statement = insert(pictures)
    # An update rather than nothing: it waits for whoever is about to forget the row, and puts it back.
    kept: Insert = statement.on_conflict_do_update(
        index_elements=[pictures.c.organization_id, pictures.c.id], set_={"kept_at": statement.excluded.kept_at}
    )
    return kept


_KEEP = {"sqlite": _keep(sqlite.insert), "postgresql": _keep(postgresql.insert)}


def marked(picture_id: str) -> str:
    """How a stored document names a picture."""
    return f"{MARK}{picture_id}"


def named_by(value: object) -> str | None:
    """The id of the picture that a stored value names, be it kept here or somewhere in the web; None for any other."""
    address = address_in(value)
    return _kept_as(value) if address is None else _digest(address)


def address_in(value: object) -> str | None:
    """The web address that a stored value is, as it was pushed; None for any other value."""
    is_one = isinstance(value, str) and len(value) <= LONGEST_ADDRESS and value[:6].lower().startswith(_WEB)
    return value if isinstance(value, str) and is_one else None


def _kept_as(value: object) -> str | None:
    return value.removeprefix(MARK) if isinstance(value, str) and value.startswith(MARK) else None


def with_found(document: Mapping[str, Any], found: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A stored document with the photo that was `found` for its person elsewhere (directory.found_photos), if any."""
    if found is None or found["id"] is None:
        return document
    request = {key: value for key, value in found.items() if key != "id"}
    return {**document, FOUND: {"value": marked(found["id"]), **request}}


def found_in(document: Mapping[str, Any]) -> str | None:
    """What names the photo that `with_found` put into the document; None where there is none."""
    found = document.get(FOUND)
    return found["value"] if found is not None else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def put_away(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, str]]:
    """`document` as it is stored, and the pictures that are kept beside it, by id. Pure."""
    found: dict[str, str] = {}

    def stored(value: str) -> str:
        # What looks like a mark is put away as well: nobody's text is taken for another's picture.
        if not value.startswith((_DATA, MARK)):
            return value
        picture_id = _digest(value)
        found[picture_id] = value
        return marked(picture_id)

    return _mapped(document, stored), found


def names_in(document: Mapping[str, Any] | None) -> set[str]:
    """The ids of the pictures that a stored document names."""
    return set(filter(None, map(named_by, _values(document or {}))))


def names_by_type(document: Mapping[str, Any] | None) -> dict[Any, str]:
    """The same by the type of their entries, of several the first: what cards show by `photos[type eq "photo"]`."""
    found: dict[Any, str] = {}
    for entry in (document or {}).get(PHOTOS, ()):
        name = named_by(entry.get("value")) if isinstance(entry, dict) else None
        if name is not None:
            found.setdefault(entry.get("type"), name)
    return found


def addresses_in(document: Mapping[str, Any] | None) -> dict[str, str]:
    """The web addresses among them, by id."""
    return {_digest(found): found for found in filter(None, map(address_in, _values(document or {})))}


def with_another(document: Mapping[str, Any], picture_id: str, other_id: str) -> Mapping[str, Any]:
    """`document` with another picture, one that is kept, wherever it names this one."""
    return _mapped(document, lambda value: marked(other_id) if named_by(value) == picture_id else value)


def brought_back(reader: Reader, documents: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Stored documents as they were pushed; no query where none names a picture, else one for CHUNK of them."""
    wanted = sorted({kept for document in documents for kept in map(_kept_as, _values(document)) if kept is not None})
    if not wanted:
        return list(documents)
    kept = {
        row.id: row.pushed
        for start in range(0, len(wanted), CHUNK)
        for row in reader.execute(_TEXTS, {"wanted": wanted[start : start + CHUNK]})
    }
    return [_mapped(document, lambda value: kept.get(_kept_as(value) or "", value)) for document in documents]


def brought_back_in_texts(reader: Reader, texts: Sequence[str]) -> list[str]:
    """The same of documents that are JSON text; only those that may name a picture are read."""
    naming = {place: orjson.loads(text) for place, text in enumerate(texts) if _MARK_IN_TEXT in text}
    back = dict(zip(naming, brought_back(reader, list(naming.values())), strict=True))
    return [orjson.dumps(back[place]).decode() if place in back else text for place, text in enumerate(texts)]


def keep(tx: Transaction, found: Mapping[str, str]) -> None:
    """Keep pictures that a document stored in this transaction names."""
    if found:
        rows = [{"id": picture_id, "pushed": text, "kept_at": tx.now} for picture_id, text in sorted(found.items())]
        tx.execute(_KEEP[tx.dialect], rows)


def pushed(reader: Reader, picture_ids: Collection[str]) -> dict[str, str]:
    """The texts of these pictures, as they were pushed, by id; those that are gone are left out."""
    return {row.id: row.pushed for row in reader.execute(_TEXTS, {"wanted": sorted(picture_ids)})}


def _values(document: Mapping[str, Any]) -> Iterator[object]:
    for entry in document.get(PHOTOS, ()):
        if isinstance(entry, dict):
            yield entry.get("value")
    yield found_in(document)


def _mapped(document: Mapping[str, Any], change: Any) -> Mapping[str, Any]:
    """`document` with the text of each photo changed; itself where nothing changes."""
    entries = document.get(PHOTOS, ())
    changed = [
        {**entry, "value": change(entry["value"])}
        if isinstance(entry, dict) and isinstance(entry.get("value"), str)
        else entry
        for entry in entries
    ]
    return document if changed == list(entries) else {**document, PHOTOS: changed}

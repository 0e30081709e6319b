"""The files of photos of the whole installation: which there are, what can be one, whether they are there."""

from __future__ import annotations

import re

from sqlalchemy import select

from app.core.stores import Store
from app.core.unit_of_work import Reader
from app.photos.images import KINDS
from app.photos.tables import photo_files

PLACES = select(photo_files.c.place).where(photo_files.c.stored_at.is_not(None), photo_files.c.gone_at.is_(None))
"""Where the files of all organizations lie that are stored and that nobody is about to delete."""

_PLACE = re.compile(rf"([0-9a-f]{{2}})/([0-9a-f]{{2}})/\1\2[0-9a-f]{{60}}-[0-9a-f]{{8}}-\d{{1,5}}\.({'|'.join(KINDS)})")


def content_type(place: str) -> str:
    """The media type of the file at a place that `keeping.announce_files` made. Raises ValueError for any other."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError("no place of a file")
    return KINDS[found[3]]


def looked_for(reader: Reader, store: Store, most: int) -> tuple[int, int]:
    """Of how many files it was looked whether they are in the store, `most` of them at most, and how many are not.

    Raises StoreAway when the store is.
    """
    places = reader.execute_across(PLACES.limit(most)).scalars().all()
    return len(places), sum(store.get(place) is None for place in places)

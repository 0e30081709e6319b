"""Which request set each value of a user's document, kept beside it. Pure.

Kept as `{"requests": [{"at", "request_id", "actor"}], "set": {key: place or {leaf: place}}}`: a place counts in
`requests`; a key (attribute or extension URN) whose leaves (attributes.leaves) were all set by one request has one.
Values that were there before origins were kept have none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.attributes.leaves import labelled, leaves
from app.attributes.matching import entries
from app.attributes.paths import Path
from app.core.clock import rfc3339

Origins = Mapping[str, Any]
Request = Mapping[str, Any]
"""`at` (RFC 3339), `request_id` (or None) and `actor`."""

Places = int | dict[str, int]


def request(at: datetime, request_id: str | None, actor: str) -> dict[str, Any]:
    """A request as origins name it."""
    return {"at": rfc3339(at), "request_id": request_id, "actor": actor}


def after(
    before: Mapping[str, Any], document: Mapping[str, Any], origins: Origins | None, setter: Request
) -> dict[str, Any]:
    """The origins of `document`, into which `setter` turned `before`, whose `origins` are given.

    A value that was sent again without being changed keeps its origin. Requests that set nothing any more are dropped.
    """
    known = origins["set"] if origins else {}
    requests = [*(origins["requests"] if origins else ()), setter]
    newest = len(requests) - 1
    places: dict[str, Places] = {}
    for key, value in document.items():
        was = known.get(key)
        if key not in before or before[key] != value:
            found = _merged(leaves(value), leaves(before[key]) if key in before else {}, was, newest)
            shortest = _shortest(found)
            if shortest != {}:
                places[key] = shortest
        elif was is not None:
            places[key] = was
    return _without_unused(requests, places)


def setters(document: Mapping[str, Any], origins: Origins | None, path: Path) -> Iterator[tuple[Any, Request | None]]:
    """The values that `path` selects in `document`, as attributes.documents.read gives them, each with its request.

    Of a value with several parts, such as an address, the newest request counts.
    """
    key = path.urn or path.attribute.name
    chosen = entries(document, path)
    listed = document.get(key) if path.urn is None else None
    if isinstance(listed, list) and all(isinstance(entry, dict) for entry in listed):
        labels = {id(entry): label for label, entry in labelled(listed)}
    else:
        labels = {}
    for entry in chosen:
        value = entry.get(path.sub.name) if path.sub is not None and isinstance(entry, dict) else entry
        if value in (None, "", [], {}):
            continue
        label = labels.get(id(entry), "")
        name = path.attribute.name if path.urn is not None else path.sub.name if path.sub is not None else ""
        yield value, _newest(origins, key, f"{label}{name}")


def newest(origins: Origins | None, keys: Collection[str]) -> Request | None:
    """The newest request that set anything under these attributes or URNs."""
    return latest(_newest(origins, key, "") for key in keys)


def _newest(origins: Origins | None, key: str, start: str) -> Request | None:
    """The newest request that set a leaf of `key` whose name is `start`, or begins with it as a whole entry does."""
    places = origins["set"].get(key) if origins else None
    if origins is None or places is None:
        return None
    if isinstance(places, int):
        found = [places]
    else:
        whole = not start or start.endswith(".")
        found = [place for leaf, place in places.items() if leaf == start or (whole and leaf.startswith(start))]
    return latest(origins["requests"][place] for place in found)


def latest(found: Iterable[Request | None]) -> Request | None:
    """The newest of these requests; None when none is known."""
    return max((one for one in found if one is not None), key=lambda one: str(one["at"]), default=None)


def _merged(
    now: Mapping[str, Any], before: Mapping[str, Any], was: Places | None, newest_place: int
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for leaf, value in now.items():
        if leaf in before and before[leaf] == value:
            found[leaf] = was.get(leaf) if isinstance(was, dict) else was
        else:
            found[leaf] = newest_place
    return found


def _shortest(found: Mapping[str, int | None]) -> Places:
    """One place where all leaves have it; leaves without a known request are left out."""
    places = set(found.values())
    if len(places) == 1 and None not in places:
        return next(place for place in places if place is not None)
    return {leaf: place for leaf, place in found.items() if place is not None}


def _without_unused(requests: list[Request], places: Mapping[str, Places]) -> dict[str, Any]:
    used = set[int]()
    for one in places.values():
        used.update([one] if isinstance(one, int) else one.values())
    new = {place: number for number, place in enumerate(sorted(used))}
    return {
        "requests": [requests[place] for place in sorted(used)],
        "set": {
            key: new[one] if isinstance(one, int) else {leaf: new[place] for leaf, place in one.items()}
            for key, one in places.items()
        },
    }

"""Where each value that a card shows came from, and which request set it when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.cards.chunks import chunks
from app.cards.layout import MANAGER, PHOTO, Item
from app.cards.rendering import render
from app.cards.values import directory_value, manager_of, origin
from app.cards.view import DIRECTORY, TEMPLATE, CardSource, Shown
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import origins
from app.directory.tables import scim_users
from app.photos import keeping
from app.photos.keeping import GRAPH, WAITING, Photo

FOUND_IN = {GRAPH: "Microsoft Graph"}
"""What people call the places where photos are found."""


@dataclass(frozen=True, slots=True)
class ExplainedValue:
    """A shown value, where it came from (cards.view), and which request set it when, as far as that is known."""

    value: str
    origin: str
    source: str | None
    at: datetime | None
    request_id: str | None


_ORIGINS = select(scim_users.c.id, scim_users.c.origins).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(bindparam("wanted", expanding=True))
)


def origins_of_managers(reader: Reader, sources: Sequence[CardSource]) -> dict[str, Mapping[str, Any]]:
    """The origins (directory.origins) of the managers whom these cards show, by SCIM id; no query for none."""
    shown = {manager_of(source.document) for source in sources if source.layout.shows_manager}
    return {
        row.id: row.origins
        for listed in chunks(sorted(filter(None, shown)))
        for row in reader.execute(_ORIGINS, {"wanted": listed})
    }


def photos_of(reader: Reader, sources: Sequence[CardSource]) -> dict[str, Photo]:
    """The photos that these cards show, by id; no query for none."""
    views = (render(source, "") for source in sources)
    return keeping.find(reader, [view.photo.text for view in views if view.photo is not None])


def explained(
    row: Row[Any],
    source: CardSource,
    public_url: str,
    known: origins.Origins | None,
    of_managers: Mapping[str, origins.Origins],
    photos: Mapping[str, Photo],
) -> dict[str, ExplainedValue]:
    """Every value that the card shows, by label. `row` is one of lookup.COLUMNS, `known` its person's origins.

    Of a photo the value is the address of its largest file; while there is none, a sentence.
    """
    view = render(source, public_url)
    items = {item.key: item for item in source.layout.items()}
    values = {
        shown.label: _value(shown, items[shown.key], row, source, known, of_managers)
        for shown in (*view.general.values(), *view.fields)
    }
    if view.photo is not None:
        found = _value(view.photo, items[PHOTO], row, source, known, of_managers)
        photo = photos.get(view.photo.text)
        elsewhere = FOUND_IN.get(photo.source) if photo is not None else None
        values[PHOTO] = replace(found, value=_said_of(photo, view.url), source=elsewhere or found.source)
    return values


def _said_of(photo: Photo | None, url: str) -> str:
    """What is said of a photo: where it is, or why it is not to be seen."""
    if photo is None or photo.state == WAITING:
        return "It is being prepared; until then the photo before it shows, or initials."
    if photo.original is None:
        return photo.refusal or "It cannot be shown."
    return f"{url}/photo/{photo.original}-{photo.sizes[-1]}.jpg"


def _value(
    shown: Shown,
    item: Item,
    row: Row[Any],
    source: CardSource,
    known: origins.Origins | None,
    of_managers: Mapping[str, origins.Origins],
) -> ExplainedValue:
    if shown.origin == TEMPLATE:
        return ExplainedValue(shown.text, shown.origin, shown.source, row.template_modified_at, None)
    setter: origins.Request | None
    saved = source.once.get(item.key)
    if shown.origin != DIRECTORY:
        setter = row.own[item.key]
    elif item.sync == "once" and saved is not None and saved.since == item.once_since:
        setter = row.once[row.template_id][item.key].get("origin")
    else:
        setter = _directory_setter(item, source, known, of_managers)
    at = datetime.fromisoformat(setter["at"]) if setter is not None else None
    return ExplainedValue(shown.text, shown.origin, shown.source, at, setter.get("request_id") if setter else None)


def _directory_setter(
    item: Item, source: CardSource, known: origins.Origins | None, of_managers: Mapping[str, origins.Origins]
) -> origins.Request | None:
    """The request that gave the item its value; of a manager's name the one that assigned or named them last."""
    document = source.document or {}
    if not item.of_manager:
        return origin(item, document, known, directory_value(item, document, source.clear_marker))
    manager = manager_of(document)
    assigned = origin(replace(item, source=f"{MANAGER}.value"), document, known, manager)
    if item.source == f"{MANAGER}.$ref":
        return assigned
    return origins.latest([assigned, origins.newest(of_managers.get(manager or ""), ["displayName"])])

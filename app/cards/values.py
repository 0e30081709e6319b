"""Saving what `once` items showed first, when a push is about to change it.

Kept on the card as `{template id: {item key: {"value", "since", "at", "request_id"}}}`: a card that moves starts anew
with its new template and finds its first values again when it moves back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.attributes.definitions import LANYARD_USER, USER
from app.attributes.documents import read
from app.attributes.parsing import parse_path
from app.cards.decision import DELETED
from app.cards.layout import Item, Layout
from app.cards.names import name_of
from app.cards.tables import cards, templates
from app.cards.view import OnceValue, OwnValue
from app.core.clock import rfc3339
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import organizations

NAME_PARTS = ("name", "displayName", LANYARD_USER)
"""What of a document a whole name is made from; saved together as an excerpt of the document."""

_WITH_ONCE = (
    select(cards.c.id, cards.c.once, cards.c.template_id, templates.c.layout)
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.state != DELETED,
        templates.c.has_once,
    )
    .with_for_update(of=cards)
)
_SAVE = (
    update(cards)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
    .values(once=bindparam("saved", type_=cards.c.once.type), version=cards.c.version + 1)
)


def save_first_values(tx: Transaction, person_id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Save on the person's cards the values of `before` that `once` items show and `after` changes.

    A value that is saved already stays, unless the template has made the item `once` anew since.
    """
    found = tx.execute(_WITH_ONCE, {"person": person_id}).all()
    if not found:
        return
    marker = organizations.current(tx).settings.clear_marker
    rows = []
    for row in found:
        saved = dict((row.once or {}).get(row.template_id, {}))
        fresh = first_values(Layout.from_json(row.layout), saved, before, after, marker)
        if fresh:
            entry = {"at": rfc3339(tx.now), "request_id": tx.request_id}
            saved.update({key: {**value, **entry} for key, value in fresh.items()})
            rows.append({"card": row.id, "saved": {**(row.once or {}), row.template_id: saved}})
    if rows:
        tx.execute(_SAVE, rows)


def first_values(
    layout: Layout,
    saved: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    clear_marker: str,
) -> dict[str, dict[str, Any]]:
    """`value` and `since` (the item's `once_since`) of each `once` item that must be saved now, by key. Pure."""
    fresh = {}
    for item in layout.once_items:
        if item.key in saved and saved[item.key]["since"] >= item.once_since:
            continue
        value = directory_value(item, before, clear_marker)
        if value is not None and value != directory_value(item, after, clear_marker):
            fresh[item.key] = {"value": value, "since": item.once_since}
    return fresh


def directory_value(item: Item, document: Mapping[str, Any], clear_marker: str) -> Any:
    """What the document says for `item`: the first value at its source, as pushed; None when there is none.

    For a whole name the excerpt of the document that names are made from. What was cleared is no value.
    """
    if item.source is None:
        named = name_of(document, clear_marker, language=None) is not None
        return {key: document[key] for key in NAME_PARTS if key in document} if named else None
    values = read(document, parse_path(item.source, USER))
    return next((value for value in values if _says_something(value, clear_marker)), None)


def _says_something(value: Any, clear_marker: str) -> bool:
    if isinstance(value, Mapping):
        return any(part not in ("", clear_marker) for key, part in value.items() if key not in {"type", "primary"})
    return value not in ("", clear_marker)


def own_values_of(own: Mapping[str, Any] | None) -> dict[str, OwnValue]:
    """What a card's column `own` holds, by item key; there `{key: {"value", "by", "at", "request_id"}}`."""
    return {
        key: OwnValue(entry["value"], entry["by"], datetime.fromisoformat(entry["at"]))
        for key, entry in (own or {}).items()
    }


def first_values_of(once: Mapping[str, Any] | None, template_id: str | None) -> dict[str, OnceValue]:
    """The saved first values that belong to a card's present template, by item key."""
    saved = (once or {}).get(template_id, {}) if template_id is not None else {}
    return {key: OnceValue(entry["value"], entry["since"]) for key, entry in saved.items()}

"""What a push does to a person's cards: which of them show something else, what their `once` items keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select, update

from app.attributes.definitions import USER
from app.attributes.parsing import parse_path
from app.cards import layouts
from app.cards.decision import DELETED, SEATED
from app.cards.layout import PHOTO, Item, Layout
from app.cards.names import name_of
from app.cards.tables import cards, templates
from app.cards.values import (
    NAME_PARTS,
    directory_value,
    first_values,
    first_values_of,
    manager_of,
    origin,
    own_values_of,
)
from app.cards.view import OnceValue, OwnValue
from app.core.clock import rfc3339
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import pictures
from app.directory.events import DocumentReplaced
from app.directory.organizations import share
from app.directory.settings import OrganizationSettings
from app.directory.tables import organizations

_OF_PERSON = (
    select(
        cards.c.id,
        cards.c.state,
        cards.c.own,
        cards.c.once,
        cards.c.template_id,
        templates.c.version.label("template_version"),
        templates.c.has_once,
        organizations.c.settings,
    )
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .join(organizations, organizations.c.id == cards.c.organization_id)
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.state != DELETED,
    )
)
_WITH_ONCE_LOCKED = _OF_PERSON.where(templates.c.has_once).with_for_update(of=cards)
_SAVE = (
    update(cards)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
    .values(once=bindparam("saved", type_=cards.c.once.type), version=cards.c.version + 1)
)

_KEEP_DOCUMENT = (
    update(cards)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id == bindparam("person"), cards.c.state.in_(SEATED))
    .values(document=bindparam("last", type_=cards.c.document.type))
)


def follow(tx: Transaction, event: DocumentReplaced) -> None:
    """Save on the person's cards what their `once` items lose, and note every card that shows something else now.

    Of a record that goes, the cards that are up keep the document: the brake may hold them up.
    """
    rows = tx.execute(_OF_PERSON, {"person": event.person_id}).all()
    if not rows:
        return
    marker = OrganizationSettings.from_json(rows[0].settings).clear_marker
    known = layouts.of(tx, {(row.template_id, row.template_version) for row in rows})
    if event.after is not None:
        for row in rows:
            if row.state in SEATED:
                kept = own_values_of(row.own), first_values_of(row.once, row.template_id)
                if shows_anew(known[row.template_id], *kept, event.before, event.after, marker):
                    tx.note("card.updated", row.id, {"person": event.person_id})
    elif any(row.state in SEATED for row in rows):
        tx.execute(_KEEP_DOCUMENT, {"person": event.person_id, "last": event.before})
    if any(row.has_once for row in rows):
        _save_first_values(tx, event, marker)


def _save_first_values(tx: Transaction, event: DocumentReplaced, marker: str) -> None:
    """Save the values of `before` that `once` items show and `after` changes.

    A value that is saved already stays, unless the template has made the item `once` anew since.
    """
    share(tx)
    found = tx.execute(_WITH_ONCE_LOCKED, {"person": event.person_id}).all()
    known = layouts.of(tx, {(row.template_id, row.template_version) for row in found})
    rows = []
    for row in found:
        layout, saved = known[row.template_id], dict((row.once or {}).get(row.template_id, {}))
        fresh = first_values(layout, saved, event.before, event.after or {}, marker)
        if fresh:
            entry = {"at": rfc3339(tx.now), "request_id": tx.request_id}
            for item in layout.once_items:
                if item.key in fresh:
                    setter = origin(item, event.before, event.origins, fresh[item.key]["value"])
                    saved[item.key] = {**fresh[item.key], **entry, "origin": setter}
            rows.append({"card": row.id, "saved": {**(row.once or {}), row.template_id: saved}})
    if rows:
        tx.execute(_SAVE, rows)


def shows_anew(
    layout: Layout,
    own: Mapping[str, OwnValue],
    once: Mapping[str, OnceValue],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    clear_marker: str,
) -> bool:
    """Whether a card that keeps these values shows something else when `after` takes the place of `before`. Pure."""
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return any(
        not changed.isdisjoint(_read_from(item))
        and _follows(item, own, once, before, clear_marker)
        and _said(item, before, clear_marker) != _said(item, after, clear_marker)
        for item in layout.items()
    )


def _read_from(item: Item) -> tuple[str, ...]:
    """The attributes or URNs of a document that the item is shown from."""
    if item.source is None:
        return (*NAME_PARTS, "preferredLanguage")
    path = parse_path(item.source, USER)
    elsewhere = (pictures.FOUND,) if item.kind == PHOTO else ()
    return (path.urn or path.attribute.name, *elsewhere)


def _follows(
    item: Item,
    own: Mapping[str, OwnValue],
    once: Mapping[str, OnceValue],
    before: Mapping[str, Any],
    clear_marker: str,
) -> bool:
    """Whether the card shows for `item` what the directory says now."""
    if item.sync == "never" or (item.sync != "always" and item.key in own):
        return False
    # A `once` item follows until it has found its first value.
    saved = item.key in once and once[item.key].since >= item.once_since
    return item.sync != "once" or not (saved or directory_value(item, before, clear_marker) is not None)


def _said(item: Item, document: Mapping[str, Any], clear_marker: str) -> Any:
    if item.source is None:
        return name_of(document, clear_marker, document.get("preferredLanguage"))
    if item.of_manager:
        # Their name and card are of another record; what this one says is who the manager is.
        return manager_of(document)
    return directory_value(item, document, clear_marker)

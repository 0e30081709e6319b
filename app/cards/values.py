"""The values of a card's items: what the directory says for them, what the card itself keeps. Pure.

What a `once` item showed first is kept on the card as `{template id: {item key: {"value", "since", "at", "request_id",
"origin"}}}`: `at` and `request_id` are of the request that was about to change it, `origin` is the one that had set it
(directory.origins). A card that moves starts anew with its new template and finds its first values again when it
moves back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER, USER
from app.attributes.documents import read
from app.attributes.parsing import parse_path
from app.cards.addresses import address_of
from app.cards.layout import PHOTO, Item, Layout
from app.cards.names import name_of
from app.cards.view import CardSource, Manager, OnceValue, OwnValue, card_url
from app.directory import origins, pictures

NAME_PARTS = ("name", "displayName", LANYARD_USER)
"""What of a document a whole name is made from; saved together as an excerpt of the document."""


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

    For a whole name the excerpt of the document that names are made from. What was cleared is no value. Where nothing
    says what the photo is, it is the one that was found elsewhere.
    """
    if item.source is None:
        named = name_of(document, clear_marker, language=None) is not None
        return {key: document[key] for key in NAME_PARTS if key in document} if named else None
    values = read(document, parse_path(item.source, USER))
    pushed = next((value for value in values if _says_something(value, clear_marker)), None)
    return pictures.found_in(document) if pushed is None and item.kind == PHOTO else pushed


def _says_something(value: Any, clear_marker: str) -> bool:
    if isinstance(value, Mapping):
        # A whole entry is an address: one of which nothing can be shown is no value.
        return address_of(value, clear_marker) is not None
    return value not in ("", clear_marker)


def shown_document(source: CardSource, public_url: str) -> Mapping[str, Any]:
    """The document that a card shows, {} without a record; where its layout shows the manager, as `with_manager`."""
    document = source.document or {}
    return with_manager(document, source.manager, public_url) if source.layout.shows_manager else document


def with_manager(document: Mapping[str, Any], known: Manager, public_url: str = "") -> Mapping[str, Any]:
    """`document` with the manager as the organization knows them, whatever was pushed there.

    `manager.displayName` is their name and `manager.$ref` the address of their card, as far as there are any.
    """
    enterprise = document.get(ENTERPRISE_USER)
    if not isinstance(enterprise, Mapping) or not isinstance(enterprise.get("manager"), Mapping):
        return document
    manager = {key: value for key, value in enterprise["manager"].items() if key not in {"displayName", "$ref"}}
    if known.name is not None:
        manager["displayName"] = known.name
    if known.public_id is not None:
        manager["$ref"] = card_url(public_url, known.public_id)
    return {**document, ENTERPRISE_USER: {**enterprise, "manager": manager}}


def manager_of(document: Mapping[str, Any] | None) -> str | None:
    """The SCIM id of the manager whom a record names; None when it names none."""
    enterprise = (document or {}).get(ENTERPRISE_USER)
    manager = enterprise.get("manager") if isinstance(enterprise, Mapping) else None
    value = manager.get("value") if isinstance(manager, Mapping) else None
    return value if isinstance(value, str) else None


def origin(
    item: Item, document: Mapping[str, Any], known: Mapping[str, Any] | None, value: Any
) -> Mapping[str, Any] | None:
    """The request (`at`, `request_id`, `actor`) that gave `document` the `value` that it has for `item`, if known."""
    if item.source is None:
        return origins.newest(known, NAME_PARTS)
    if item.kind == PHOTO and value is not None and value == pictures.found_in(document):
        return {key: said for key, said in document[pictures.FOUND].items() if key != "value"}
    setters = origins.setters(document, known, parse_path(item.source, USER))
    return next((setter for found, setter in setters if found == value), None)


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

"""Own values of a card: what its holder or an admin sets on the card itself, and gives back to the template's rule.

A required item may be emptied: the card is incomplete then, which is for its organization to see, not to prevent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from app.cards import by_hand, layouts
from app.cards.layout import PHOTO, Item
from app.cards.own_values import ensure_editable, own_value
from app.cards.tables import cards, templates
from app.cards.view import ADMIN
from app.core.clock import rfc3339
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Transaction
from app.directory import organizations, pictures
from app.photos import keeping as photos
from app.photos import uploads

_LOCKED = (
    select(cards.c.id, cards.c.own, cards.c.template_id, templates.c.version.label("template_version"))
    .join(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
    .with_for_update(of=cards)
)
_SAVE = (
    update(cards)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
    .values(
        own=bindparam("set_here", type_=cards.c.own.type), modified_at=bindparam("now"), version=cards.c.version + 1
    )
)


def set_value(tx: Transaction, public_id: str, key: str, value: str, by: str = ADMIN) -> None:
    """Make `value` the card's own for the item `key`, in the name of PERSON or ADMIN; a blank one empties the item.

    What is the card's own already, set by the same side, is not set again. Raises as `edit` does.
    """
    edit(tx, public_id, {key: value}, (), by)


def set_photo(tx: Transaction, public_id: str, original: str, sizes: Sequence[int], by: str = ADMIN) -> None:
    """Make the photo of that name, with stored files in these sizes, the card's own. Raises as `edit` does."""
    card_id, own, items = _held(tx, public_id)
    ensure_editable(_item(items, PHOTO), by)
    uploads.forget(tx, card_id)
    value = pictures.marked(original)
    if PHOTO in own and (own[PHOTO]["value"], own[PHOTO]["by"]) == (value, by):
        return
    photos.use_upload(tx, card_id, original, sizes)
    entry = {"value": value, "by": by, "at": rfc3339(tx.now), "request_id": tx.request_id}
    _save(tx, card_id, {**own, PHOTO: entry})
    tx.audit("card.value_set", card_id, {"key": PHOTO, "by": by, "emptied": False})


def ensure_settable(tx: Transaction, public_id: str, key: str, by: str = ADMIN) -> str:
    """Look whether a value may be set, before work is spent on making it; the card's id. Raises as `edit` does."""
    card_id, _, items = _held(tx, public_id)
    ensure_editable(_item(items, key), by)
    return card_id


def revert(tx: Transaction, public_id: str, key: str, by: str = ADMIN) -> None:
    """Let the item `key` show again what directory and template say; without an own value nothing changes.

    Raises as `edit` does.
    """
    edit(tx, public_id, {}, (key,), by)


def edit(tx: Transaction, public_id: str, values: Mapping[str, str], reverted: Collection[str], by: str) -> None:
    """Set and give back several items of a card at once, in the name of PERSON or ADMIN.

    Raises NotFound for a card or a key that is none, Refused naming the item for one that follows the directory
    always, that is not the person's to edit, or for a value that is not of its kind; nothing is changed then.
    """
    card_id, own, items = _held(tx, public_id)
    settings = organizations.settings(tx)
    after = dict(own)
    for key, value in values.items():
        item = _item(items, key)
        ensure_editable(item, by)
        kept = own_value(item, value, settings)
        if key not in own or (own[key]["value"], own[key]["by"]) != (kept, by):
            after[key] = {"value": kept, "by": by, "at": rfc3339(tx.now), "request_id": tx.request_id}
            tx.audit("card.value_set", card_id, {"key": key, "by": by, "emptied": kept is None})
    for key in reverted:
        ensure_editable(_item(items, key), by)
        if after.pop(key, None) is not None:
            tx.audit("card.value_reverted", card_id, {"key": key, "by": by})
    if PHOTO in {*values, *reverted}:
        uploads.forget(tx, card_id)  # what still waits was sent before
    if after != own:
        _save(tx, card_id, after)


def _held(tx: Transaction, public_id: str) -> tuple[str, Mapping[str, Any], Mapping[str, Item]]:
    """The id of a card that others leave alone until the transaction ends, its own values, its items by key."""
    [card] = by_hand.take(tx, [public_id])
    row = tx.execute(_LOCKED, {"card": card.id}).one()
    layout = layouts.of(tx, [(row.template_id, row.template_version)])[row.template_id]
    return row.id, row.own or {}, {item.key: item for item in layout.items()}


def _item(items: Mapping[str, Item], key: str) -> Item:
    if key not in items:
        raise NotFound(f"the card has no field {key!r}; it has {', '.join(items)}")
    return items[key]


def _save(tx: Transaction, card_id: str, own: Mapping[str, Any]) -> None:
    tx.execute(_SAVE, {"card": card_id, "set_here": own or None, "now": tx.now})

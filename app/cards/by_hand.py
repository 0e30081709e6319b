"""What admins do to single cards: issue, pause, resume, delete, move. All of a list is done, or nothing of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from app.cards import issuing
from app.cards.chunks import chunks
from app.cards.decision import DELETED, LIVE, PAUSED, WAITING
from app.cards.public_ids import new_public_id, read_public_id
from app.cards.tables import card_aliases, cards
from app.core.db import ORGANIZATION
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Handled:
    """A card that an admin has in hand."""

    id: str
    public_id: str
    person_id: str | None
    template_id: str
    state: str
    by_binding: bool
    paused_by_admin: bool


_COLUMNS = (
    cards.c.id,
    cards.c.public_id,
    cards.c.person_id,
    cards.c.template_id,
    cards.c.state,
    cards.c.by_binding,
    cards.c.paused_by_admin,
)
_NAMED = select(*_COLUMNS).where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.public_id.in_(bindparam("listed", expanding=True)),
    cards.c.state != DELETED,
)
_BY_ALIAS = (
    select(*_COLUMNS, card_aliases.c.public_id.label("alias"))
    .join(
        card_aliases,
        (card_aliases.c.organization_id == cards.c.organization_id) & (card_aliases.c.card_id == cards.c.id),
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        card_aliases.c.public_id.in_(bindparam("listed", expanding=True)),
        cards.c.state != DELETED,
    )
)
_DELETED = (
    select(*_COLUMNS)
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.template_id == bindparam("template"),
        cards.c.state == DELETED,
    )
    .order_by(cards.c.by_binding.desc(), cards.c.modified_at.desc())
    .limit(1)
)
_CARD = update(cards).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
_WRITTEN: dict[str, Any] = {"modified_at": bindparam("now"), "version": cards.c.version + 1}
_SET_PAUSED = _CARD.values(paused_by_admin=bindparam("by_admin"), state=bindparam("new_state"), **_WRITTEN)
_DELETE = _CARD.values(
    state=DELETED,
    wanted=False,
    paused_by_admin=False,
    kept=False,
    waiting_since=None,
    down_at=None,
    own=None,
    once=None,
    document=None,
    **_WRITTEN,
)
_REVIVE = _CARD.values(
    state=WAITING, by_binding=bindparam("bound"), waiting_since=bindparam("now"), paused_by_admin=False, **_WRITTEN
)
_MOVE = _CARD.values(template_id=bindparam("new_template"), by_binding=False, **_WRITTEN)


def find(reader: Reader, public_ids: Sequence[str]) -> list[Handled]:
    """The cards with these ids, or aliases, in their order. Raises NotFound naming the first that is none."""
    wanted = [(text, read_public_id(text)) for text in dict.fromkeys(public_ids)]
    found = {
        row.public_id: _handled(row)
        for listed in chunks([public_id for _, public_id in wanted if public_id is not None])
        for row in reader.execute(_NAMED, {"listed": listed})
    }
    others = [public_id for _, public_id in wanted if public_id is not None and public_id not in found]
    for listed in chunks(others):
        found |= {row.alias: _handled(row) for row in reader.execute(_BY_ALIAS, {"listed": listed})}
    for text, public_id in wanted:
        if public_id not in found:
            raise NotFound(f"there is no card {text!r}; `lanyard cards list` shows those that there are")
    return list(dict.fromkeys(found[public_id] for _, public_id in wanted if public_id is not None))


def take(tx: Transaction, public_ids: Sequence[str]) -> list[Handled]:
    """The cards with these ids, in their order, left alone by others until this transaction ends. Raises NotFound."""
    issuing.hold_people(tx, _persons(find(tx, public_ids)))
    return find(tx, public_ids)


def pause(tx: Transaction, public_ids: Sequence[str]) -> list[Handled]:
    """Take cards back until an admin resumes them, whatever the directory says; as they are afterwards."""
    return _set_paused(tx, public_ids, paused=True)


def resume(tx: Transaction, public_ids: Sequence[str]) -> list[Handled]:
    """End the admin's pause of cards; as they are afterwards: paused still, where the directory does not want them."""
    return _set_paused(tx, public_ids, paused=False)


def delete(tx: Transaction, public_ids: Sequence[str]) -> None:
    """Delete cards with what was set on them. Groups do not bring them back; issuing them by hand does."""
    listed = take(tx, public_ids)
    tx.execute(_DELETE, [{"card": card.id, "now": tx.now} for card in listed])
    issuing.note_seats(tx, None)
    for card in listed:
        tx.audit("card.deleted", card.id, {"person": card.person_id, "template": card.template_id})
    issuing.reconcile(tx, _persons(listed))


def issue(tx: Transaction, template_id: str, person_id: str | None) -> Handled:
    """A further card of a template: a person's, live as long as they are active, or nobody's (None).

    One that was deleted by hand comes back at its old address.
    """
    if person_id is None:
        return _made(tx, template_id, None, LIVE)
    issuing.hold_people(tx, [person_id])
    deleted = tx.execute(_DELETED, {"person": person_id, "template": template_id}).one_or_none()
    if deleted is None:
        made = _made(tx, template_id, person_id, WAITING)
        issuing.reconcile(tx, [person_id])
        return find(tx, [made.public_id])[0]
    tx.execute(_REVIVE, {"card": deleted.id, "bound": deleted.by_binding, "now": tx.now})
    issuing.reconcile(tx, [person_id])
    [card] = find(tx, [deleted.public_id])
    if card.by_binding and card.state == PAUSED:
        # No group gives it any more: from now on it is a card by hand.
        tx.execute(_REVIVE, {"card": card.id, "bound": False, "now": tx.now})
        issuing.reconcile(tx, [person_id])
    return find(tx, [card.public_id])[0]


def move(tx: Transaction, public_ids: Sequence[str], template_id: str) -> list[Handled]:
    """Put cards on another template; id, address, own values and photo stay, and groups move them no more.

    Raises Refused for a card that is on it already.
    """
    listed = take(tx, public_ids)
    ensure_elsewhere(listed, template_id)
    tx.execute(_MOVE, [{"card": card.id, "new_template": template_id, "now": tx.now} for card in listed])
    bound = [card for card in listed if card.by_binding]
    if bound:
        # What the groups gave must not be given again: a deleted card in its place says so.
        tx.execute(insert(cards), [_row(tx, card.template_id, card.person_id, DELETED, bound=True) for card in bound])
    for card in listed:
        tx.audit("card.moved", card.id, {"from": card.template_id, "to": template_id})
    issuing.reconcile(tx, _persons(listed))
    return find(tx, public_ids)


def ensure_elsewhere(listed: Collection[Handled], template_id: str) -> None:
    """Raise Refused for a card that is on the template already."""
    for card in listed:
        if card.template_id == template_id:
            raise Refused(f"card {card.public_id} is on this template already")


def _set_paused(tx: Transaction, public_ids: Sequence[str], *, paused: bool) -> list[Handled]:
    changed = [card for card in take(tx, public_ids) if card.paused_by_admin is not paused]
    if changed:
        # A card without a person follows no directory: it is live or paused as the admin says.
        tx.execute(
            _SET_PAUSED,
            [
                {
                    "card": card.id,
                    "by_admin": paused,
                    "new_state": card.state if card.person_id else PAUSED if paused else LIVE,
                    "now": tx.now,
                }
                for card in changed
            ],
        )
    for card in changed:
        tx.audit("card.pause_set" if paused else "card.pause_ended", card.id, {"person": card.person_id})
    issuing.reconcile(tx, _persons(changed))
    return find(tx, public_ids)


def _made(tx: Transaction, template_id: str, person_id: str | None, state: str) -> Handled:
    row = _row(tx, template_id, person_id, state, bound=False)
    tx.execute(insert(cards), row)
    tx.audit("card.issued_by_hand", row["id"], {"person": person_id, "template": template_id})
    return Handled(row["id"], row["public_id"], person_id, template_id, state, by_binding=False, paused_by_admin=False)


def _row(tx: Transaction, template_id: str, person_id: str | None, state: str, *, bound: bool) -> dict[str, Any]:
    return {
        "id": new_id(),
        "public_id": new_public_id(),
        "person_id": person_id,
        "template_id": template_id,
        "by_binding": bound,
        "state": state,
        "wanted": False,
        "paused_by_admin": False,
        "kept": False,
        "waiting_since": tx.now if state == WAITING else None,
        "version": 1,
        "created_at": tx.now,
        "modified_at": tx.now,
    }


def _persons(listed: Collection[Handled]) -> set[str]:
    return {card.person_id for card in listed if card.person_id is not None}


def _handled(row: Row[Any]) -> Handled:
    return Handled(**{column.name: row._mapping[column.name] for column in _COLUMNS})

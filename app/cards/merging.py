"""Making one person of two: what somebody without a record had becomes that of who is in the directory.

They have left and came back under another identity, or were invited from outside before the directory had them.

Cards go over with own values and addresses. Where both persons have a card of one template, or of one exclusive set,
from their groups, the two become one: the older stays, with the code that is printed; the other's address leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.auth.sign_in import sessions
from app.cards import blocking, issuing
from app.cards.decision import DELETED, HELD, LIVE, PAUSED, WAITING
from app.cards.fingerprints import fingerprint
from app.cards.tables import OLDEST_FIRST, card_aliases, cards, invitations, templates
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from app.directory import finding, organizations, people
from app.directory.finding import Person


@dataclass(frozen=True, slots=True)
class MergedCard:
    """A card that came over, or that two became."""

    id: str
    template: str
    state: str
    """As it is afterwards."""
    address: str | None = None
    """The public id of the card that became one with it, which leads to it now."""
    dropped: Mapping[str, str | None] = field(default_factory=dict)
    """Own values of that card that the older one's hide, by key; None where one was emptied."""
    kept_down: bool = False
    """Whether it is paused because an admin had deleted the other person's card in its place."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two persons who are one: who had left, who is in the directory, and the cards that came over."""

    gone: Person
    into: Person
    cards: tuple[MergedCard, ...]

    @property
    def fingerprint(self) -> str:
        """The same for merges that do the same (cards.fingerprints)."""
        return fingerprint([self.gone.id, self.into.id, [asdict(card) for card in self.cards]])


_UP_FIRST = {LIVE: 0, HELD: 1, WAITING: 2, PAUSED: 3}
_STANDING = ("template_id", "state", "wanted", "kept", "down_at", "waiting_since")
"""What the directory makes of a card."""

_CARDS = (
    select(
        cards.c.id,
        cards.c.public_id,
        cards.c.person_id,
        cards.c.by_binding,
        cards.c.paused_by_admin,
        cards.c.claimed_at,
        cards.c.own,
        cards.c.once,
        cards.c.created_at,
        *(cards.c[name] for name in _STANDING),
        templates.c.exclusive,
    )
    .outerjoin(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id.in_((bindparam("gone"), bindparam("into"))))
    .order_by(*OLDEST_FIRST)
)
_AFTERWARDS = (
    select(cards.c.id, cards.c.public_id, cards.c.state, templates.c.name)
    .outerjoin(
        templates,
        (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
    )
    .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id == bindparam("person"), cards.c.state != DELETED)
    .order_by(*OLDEST_FIRST)
)
_CARD = update(cards).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
_WRITTEN: dict[str, Any] = {"modified_at": bindparam("now"), "version": cards.c.version + 1}
_GIVEN: dict[str, Any] = {"person_id": bindparam("into"), "document": None, **_WRITTEN}
"""Of whoever gets the card there is a record, so that of the departed one none need be kept."""
_PASS_ON = _CARD.values(by_binding=bindparam("bound"), paused_by_admin=bindparam("by_admin"), **_GIVEN)
_UNBIND = _CARD.values(by_binding=False, **_WRITTEN)
_JOIN = _CARD.values(
    paused_by_admin=bindparam("by_admin"),
    claimed_at=bindparam("first_claimed"),
    own=bindparam("joined_own", type_=cards.c.own.type),
    once=bindparam("joined_once", type_=cards.c.once.type),
    **{name: bindparam(f"new_{name}", type_=cards.c[name].type) for name in _STANDING},
    **_GIVEN,
)
_LEAD_ON = (
    update(card_aliases)
    .where(card_aliases.c.organization_id == ORGANIZATION, card_aliases.c.card_id == bindparam("younger"))
    .values(card_id=bindparam("older"))
)
_CLAIMED = update(invitations).where(
    invitations.c.organization_id == ORGANIZATION,
    invitations.c.person_id.in_((bindparam("gone"), bindparam("into"))),
)
_CLAIMED_BY = _CLAIMED.values(person_id=bindparam("into"))
_CLAIMED_CARD = _CLAIMED.where(invitations.c.card_id == bindparam("younger")).values(card_id=bindparam("older"))
_TAKE_OUT = delete(cards).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("younger"))


def merge(tx: Transaction, called: str, into_called: str) -> Merged:
    """Make the departed person who is `called` so the person `into_called`, who has a record; says what came over.

    Who is meant is found by a user name of now or before, or by id (directory.finding). What has gone over cannot be
    told apart again. Roles and what a provider calls the departed person stay behind: rights are granted, not
    inherited. Raises NotFound, and Refused when both are in the directory, when they are one already, and
    when it is not clear who is meant; then nothing is changed.
    """
    gone, into = _parties(tx, called, into_called)
    organizations.share(tx)
    people.take(tx, (gone.id, into.id))
    issuing.hold_seats(tx)
    gone, into = _parties(tx, called, into_called)
    rows = tx.execute(_CARDS, {"gone": gone.id, "into": into.id}).all()
    outcome = dict(_carried_over(tx, gone, into, rows))
    tx.execute(_CLAIMED_BY, {"gone": gone.id, "into": into.id})
    people.merge(tx, gone.id, into.id)
    blocking.carry_over(tx, gone.id, into.id)
    sessions.end_of_person(tx, gone.id, "merged into another person")
    tx.audit("person.merged", into.id, {"person": gone.id, "directory_key": gone.directory_key, "into": into.id})
    issuing.note_seats(tx, None)
    issuing.reconcile(tx, [into.id])
    return Merged(
        gone,
        into,
        tuple(
            MergedCard(row.public_id, row.name, row.state, **outcome[row.id])
            for row in tx.execute(_AFTERWARDS, {"person": into.id})
            if row.id in outcome
        ),
    )


def _parties(tx: Transaction, called: str, into_called: str) -> tuple[Person, Person]:
    into = finding.one(tx, into_called)
    if into.user_name is None:
        raise Refused(f"{into_called!r} is not in the directory: name who is there second, and who has left first")
    return finding.departed(tx, called, into), into


def _carried_over(
    tx: Transaction, gone: Person, into: Person, rows: Sequence[Row[Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the cards of `gone` to `into`; the id of each that is there afterwards, with what MergedCard says of it."""
    theirs = [row for row in rows if row.person_id == gone.id]
    pairs = _pairs(theirs, [row for row in rows if row.person_id == into.id])
    for row in theirs:
        other = pairs.get(row.id)
        if other is not None and DELETED not in {row.state, other.state}:
            yield _join(tx, into, row, other)
            continue
        # Of two cards in one place, the one that an admin deleted gives way, and the other is not put up for it.
        kept_down = other is not None and row.state != DELETED
        if other is not None and kept_down:
            tx.execute(_UNBIND, {"card": other.id, "now": tx.now})
        _pass_on(tx, gone, into, row, bound=row.by_binding and (other is None or kept_down), kept_down=kept_down)
        yield row.id, {"kept_down": kept_down}


def _pairs(theirs: Sequence[Row[Any]], mine: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """The card of `mine` that stands in the place of one of `theirs`, by its id: of its template, else of its set."""
    free = [row for row in mine if row.by_binding]
    bound = [row for row in theirs if row.by_binding]
    found: dict[str, Row[Any]] = {}
    for row in bound:
        same = next((other for other in free if other.template_id == row.template_id), None)
        if same is not None:
            free.remove(same)
            found[row.id] = same
    for row in bound:
        if row.id in found or row.exclusive is None or row.state == DELETED:
            continue
        near = next((one for one in free if one.exclusive == row.exclusive and one.state != DELETED), None)
        if near is not None:
            free.remove(near)
            found[row.id] = near
    return found


def _pass_on(tx: Transaction, gone: Person, into: Person, row: Row[Any], *, bound: bool, kept_down: bool) -> None:
    by_admin = row.paused_by_admin or kept_down
    tx.execute(_PASS_ON, {"card": row.id, "into": into.id, "bound": bound, "by_admin": by_admin, "now": tx.now})
    tx.audit("card.passed_on", row.id, {"from": gone.id, "person": into.id, "kept_down": kept_down})


def _join(tx: Transaction, into: Person, theirs: Row[Any], mine: Row[Any]) -> tuple[str, dict[str, Any]]:
    """Make one card of two: the older one's id, address and values, and how the one that is more up stands."""
    older, younger = sorted((theirs, mine), key=lambda row: (row.created_at, row.id))
    standing = min((mine, theirs), key=lambda row: _UP_FIRST[row.state])
    own_before, own_after = younger.own or {}, older.own or {}
    dropped = {
        key: entry["value"]
        for key, entry in sorted(own_before.items())
        if key in own_after and own_after[key]["value"] != entry["value"]
    }
    parties = {"older": older.id, "younger": younger.id}
    tx.execute(_LEAD_ON, parties)
    tx.execute(_CLAIMED_CARD, {**parties, "gone": theirs.person_id, "into": into.id})
    tx.execute(_TAKE_OUT, parties)
    tx.execute(insert(card_aliases), {"public_id": younger.public_id, "card_id": older.id, "created_at": tx.now})
    tx.execute(
        _JOIN,
        {
            "card": older.id,
            "into": into.id,
            "by_admin": theirs.paused_by_admin or mine.paused_by_admin,
            "first_claimed": min((at for at in (theirs.claimed_at, mine.claimed_at) if at is not None), default=None),
            "joined_own": {**own_before, **own_after} or None,
            "joined_once": _joined_once(older.once or {}, younger.once or {}) or None,
            **{f"new_{name}": standing._mapping[name] for name in _STANDING},
            "now": tx.now,
        },
    )
    detail = {
        "person": into.id,
        "from": theirs.person_id,
        "card": younger.id,
        "address": younger.public_id,
        "before": {row.id: _described(row) for row in (older, younger)},
        "dropped": dropped,
    }
    tx.audit("card.joined", older.id, detail)
    return older.id, {"address": younger.public_id, "dropped": dropped}


def _joined_once(older: Mapping[str, Any], younger: Mapping[str, Any]) -> dict[str, Any]:
    """The first values that two cards have saved, by template and item; the older card's count."""
    return {
        template: {**younger.get(template, {}), **older.get(template, {})}
        for template in (*younger, *(key for key in older if key not in younger))
    }


def _described(row: Row[Any]) -> dict[str, Any]:
    return {"template": row.template_id, "state": row.state, "paused_by_admin": row.paused_by_admin}

"""Making cards what groups, bindings and seats say: the one way cards are issued, moved, paused and resumed.

`reconcile` is level-triggered and idempotent. It looks at what is and what should be, not at what happened, so it
may be called for anybody at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Boolean, Row, bindparam, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.cards import announcing, brake, rule_book, situation
from app.cards.chunks import chunks
from app.cards.decision import (
    CREATE,
    HOLD,
    KEEP,
    PAUSE,
    RESUME,
    SEATED,
    SWITCH,
    WAIT,
    WAITING,
    Change,
    Decision,
    Rules,
)
from app.cards.public_ids import new_public_id
from app.cards.settling import moves_seats, settle
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.errors import Collision, NotAlone
from app.core.ids import new_id
from app.core.unit_of_work import Transaction, violates
from app.directory import groups
from app.directory.settings import OrganizationSettings
from app.directory.tables import organizations, people

AUDITED = {
    CREATE: "card.issued",
    RESUME: "card.resumed",
    SWITCH: "card.switched",
    PAUSE: "card.paused",
    HOLD: "card.held",
    WAIT: "card.waiting",
}

# PostgreSQL's row locks, weakest first. Every insert holds the first on its organization already, and the first two
# do not exclude each other; reconciling everybody, or changing what everybody is measured by, excludes all others.
_LIMIT = select(
    organizations.c.seat_limit,
    organizations.c.seats_taken,
    organizations.c.rules,
    organizations.c.settings,
    organizations.c.brake_released_at,
).where(organizations.c.id == ORGANIZATION)
_LIMIT_SHARED = _LIMIT.with_for_update(read=True, key_share=True)
_LIMIT_IN_TURN = _LIMIT.with_for_update(key_share=True)
_LIMIT_ALONE = _LIMIT.with_for_update()

_SET_TAKEN = (
    update(organizations)
    .where(organizations.c.id == ORGANIZATION, organizations.c.seat_limit.is_not(None))
    .values(seats_taken=bindparam("taken"))
)

_PEOPLE = (
    select(people.c.id, people.c.blocked_at)
    .where(people.c.organization_id == ORGANIZATION, people.c.id.in_(bindparam("people", expanding=True)))
    .order_by(people.c.id)
)
_LOCK_PEOPLE = _PEOPLE.with_for_update(key_share=True)
_INSERT = insert(cards)
_CHANGE = (
    update(cards)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
    .values(
        template_id=bindparam("new_template"),
        state=bindparam("new_state"),
        wanted=bindparam("new_wanted"),
        waiting_since=bindparam("new_waiting_since"),
        kept=bindparam("new_kept"),
        down_at=bindparam("new_down_at"),
        document=case((bindparam("without_wish", type_=Boolean), cards.c.document), else_=None),
        modified_at=bindparam("now"),
        version=cards.c.version + 1,
    )
)


def reconcile(
    tx: Transaction, person_ids: Collection[str], *, pushed: bool = False, joined_or_left: str | None = None
) -> Decision:
    """Make the cards of these persons, and of those who get a seat they free, what they should be; says what changed.

    When the directory asks for it (`pushed`), the brake may hold cards up that should come down. Where all that
    happened to them is that they joined or left one group, which nothing is bound to, nobody is looked at or waited
    for, but an admin who changes the bindings.

    Others who reconcile one of them wait until this transaction ends, then see what it did. With a seat limit all
    who reconcile in this organization wait for each other, each with the persons in hand already: whoever changes a
    person's record holds the person before the cards are thought of.
    """
    if not person_ids:
        return Decision()
    row = tx.execute(_LIMIT_SHARED).one()
    if joined_or_left is not None and not rule_book.named(tx, row.rules).binds(joined_or_left):
        return Decision()
    blocked = _hold(tx, person_ids)
    house = _in_turn(tx, row)
    rules = rule_book.named(tx, house.rules)
    found = situation.of_people(tx, rules.bounds, house.limit, house.taken, person_ids, blocked)
    wanted = found.wishes(Rules(rules.bounds, rules.sets, found.seats))
    if house.limit is not None and (house.taken is None or moves_seats(wanted, tx.now)):
        wanted = wanted.joined_by(situation.queue(tx, found.seats, len(person_ids)))
    braked = pushed and brake.holds(tx, wanted, house.settings.brake, house.brake_released_at)
    decision = settle(found.seats, wanted, tx.now, braked=braked)
    carry_out(tx, decision, rules.names, announce=house.settings.announce)
    if house.limit is not None and decision.taken != house.taken:
        note_seats(tx, decision.taken)
    return decision


def reconcile_everybody(tx: Transaction) -> Decision:
    """Make all cards of the organization what they should be: for a changed seat limit, and as a repair."""
    house = hold_organization(tx)
    rules = rule_book.named(tx, house.rules)
    found = situation.of_everybody(tx, rules.bounds, house.limit)
    decision = settle(found.seats, found.wishes(Rules(rules.bounds, rules.sets, found.seats)), tx.now)
    carry_out(tx, decision, rules.names, announce=house.settings.announce)
    note_seats(tx, decision.taken)
    return decision


@dataclass(frozen=True, slots=True)
class House:
    """What an organization's row says of all its cards."""

    limit: int | None
    taken: int | None
    """How many seats are taken, None when it has to be counted."""
    rules: str | None
    """What `rule_book` calls its rules."""
    settings: OrganizationSettings
    brake_released_at: datetime | None


def be_alone(tx: Transaction, group_id: str) -> None:
    """Have the organization to itself (hold_organization), said in the middle of a transaction that changes a group.

    Raises NotAlone, which has it run again from the start, behind the group and then that: in the order in which
    everybody else who changes the group takes them.
    """
    if not tx.alone and tx.dialect == "postgresql":
        raise NotAlone("a binding finds its group, or loses it", partial(_hold_behind, group_id))


def _hold_behind(group_id: str, tx: Transaction) -> None:
    groups.take(tx, group_id)
    hold_organization(tx)


def hold_seats(tx: Transaction) -> House:
    """The seat limit, which with the bindings stays as it is until this transaction ends; if there is one, alone."""
    return _in_turn(tx, tx.execute(_LIMIT_SHARED).one())


def _in_turn(tx: Transaction, row: Row[Any]) -> House:
    if row.seat_limit is not None and tx.dialect == "postgresql":  # SQLite's writers are alone already
        row = tx.execute(_LIMIT_IN_TURN).one()
    return _house(row)


def hold_people(tx: Transaction, person_ids: Collection[str]) -> None:
    """Have others who reconcile one of these persons wait for the end of this transaction."""
    row = tx.execute(_LIMIT_SHARED).one()
    _hold(tx, person_ids)
    _in_turn(tx, row)


def _house(row: Row[Any]) -> House:
    settings = OrganizationSettings.from_json(row.settings)
    return House(row.seat_limit, row.seats_taken, row.rules, settings, row.brake_released_at)


def _hold(tx: Transaction, person_ids: Collection[str]) -> set[str]:
    """Hold these persons; answers those among them whom an admin keeps out.

    Who is alone in the organization need not, and must not wait for somebody who changes a person and waits for them.
    """
    statement = _PEOPLE if tx.alone else _LOCK_PEOPLE
    return {
        row.id
        for listed in chunks(sorted(person_ids))
        for row in tx.execute(statement, {"people": listed})
        if row.blocked_at is not None
    }


def note_seats(tx: Transaction, taken: int | None) -> None:
    """Keep how many seats are taken, where there is a limit; None has the next who asks count them.

    Whoever changes the state or the person of a card by another way than `carry_out` says None.
    """
    tx.execute(_SET_TAKEN, {"taken": taken})


def hold_organization(tx: Transaction) -> House:
    """Have everybody who reconciles or inserts in this organization wait for the end of this transaction.

    To be called before anything is written: two who have written wait for each other here.
    """
    tx.alone = True
    return _house(tx.execute(_LIMIT_ALONE).one())


def carry_out(tx: Transaction, decision: Decision, template_names: Mapping[str, str], *, announce: bool) -> None:
    """Do what was decided: one insert, one update and audit lines, however many cards; `announce` first cards."""
    made = [change for change in decision.changes if change.before is None]
    ids = [new_id() for _ in made]
    if made:
        _insert(tx, [_row(tx, card_id, change) for card_id, change in zip(ids, made, strict=True)])
    written = [change for change in decision.changes if change.before is not None]
    if written:
        rows = [_assignments(tx, change) for change in written]
        tx.execute(_CHANGE, rows if len(rows) > 1 else rows[0])
    fresh = iter(ids)
    for change in decision.changes:
        card_id = change.before.id if change.before else next(fresh)
        if change.kind != KEEP:
            _audit(tx, card_id, change, template_names)
    if announce:
        announcing.announce(tx, decision)


def _insert(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    try:
        tx.execute(_INSERT, rows if len(rows) > 1 else rows[0])
    except IntegrityError as error:
        if violates(error, "cards", "person_id", "template_id"):
            # Somebody else issued the same card meanwhile; looking again finds it.
            raise Collision("the same card was issued at the same time") from error
        raise


def _row(tx: Transaction, card_id: str, change: Change) -> dict[str, Any]:
    return {
        "id": card_id,
        "public_id": new_public_id(),
        "person_id": change.person_id,
        "template_id": change.template_id,
        "by_binding": True,
        "state": change.state,
        "wanted": change.wanted,
        "paused_by_admin": False,
        "kept": False,
        "waiting_since": change.waiting_since,
        "version": 1,
        "created_at": tx.now,
        "modified_at": tx.now,
    }


def _assignments(tx: Transaction, change: Change) -> dict[str, Any]:
    assert change.before is not None
    return {
        "card": change.before.id,
        "new_template": change.template_id,
        "new_state": change.state,
        "new_wanted": change.wanted,
        "new_waiting_since": change.waiting_since,
        "new_kept": change.kept,
        "new_down_at": change.down_at,
        # Up without a wish, the card may have outlived its record; anywhere else nothing of the person stays with it.
        "without_wish": (change.state in SEATED or change.kept) and not change.wanted,
        "now": tx.now,
    }


def _audit(tx: Transaction, card_id: str, change: Change, template_names: Mapping[str, str]) -> None:
    before = change.before
    issued = change.kind == RESUME and before is not None and before.state == WAITING
    detail = {
        "person": change.person_id,
        "template": change.template_id,
        "template_name": template_names[change.template_id],
    }
    if change.group_id is not None:
        detail["group"] = change.group_id
    if change.kind == SWITCH and before is not None:
        detail |= {"from": before.template_id, "from_name": template_names[before.template_id]}
    tx.audit(AUDITED[CREATE if issued else change.kind], card_id, detail)

"""What must happen to cards so that they are what is wanted of them, as far as there are seats. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.cards.decision import (
    CREATE,
    HELD,
    HOLD,
    KEEP,
    LIVE,
    PAUSE,
    PAUSED,
    RESUME,
    SEATED,
    SWITCH,
    WAIT,
    WAITING,
    Change,
    Decision,
    Wish,
    Wishes,
)
from app.cards.seats import Seats, seated


def settle(seats: Seats, wanted: Wishes, now: datetime, *, braked: bool = False) -> Decision:
    """What makes the cards what is wanted of them, as far as there are seats.

    `braked` holds up what would fall: an admin must say that it may.
    """
    sitting, taken = _seated(seats, wanted, now, braked=braked)
    outcomes = [
        _outcome(wish, person_id in sitting, now, braked=braked)
        for person_id in sorted(wanted.by_person)
        for wish in wanted.by_person[person_id]
    ]
    changes = tuple(change for change in outcomes if _differs(change))
    return Decision(changes, sum(change.kind == KEEP for change in outcomes), taken)


def moves_seats(wanted: Wishes, now: datetime) -> bool:
    """Whether somebody would leave their seat or asks for one, so that it matters who else waits."""
    leaving, _, asking = _moving(wanted, now, braked=False)
    return bool(leaving or asking)


def _seated(seats: Seats, wanted: Wishes, now: datetime, *, braked: bool) -> tuple[frozenset[str], int]:
    """The persons who have a seat once everything wished for has happened, and how many seats are taken then."""
    leaving, staying, asking = _moving(wanted, now, braked=braked)
    sitting = seated(seats, leaving=leaving, staying=staying, asking=asking)
    return sitting, seats.taken - len(leaving) + len(sitting - staying)


def _moving(wanted: Wishes, now: datetime, *, braked: bool) -> tuple[set[str], set[str], dict[str, datetime]]:
    """Who leaves their seat, who stays, and since when others ask for one."""
    leaving: set[str] = set()
    staying: set[str] = set()
    asking: dict[str, datetime] = {}
    for person_id, theirs in wanted.by_person.items():
        up = [wish for wish in theirs if wish.up]
        if any(card.state in SEATED for card in wanted.held.get(person_id, ())):
            stays = up or any(_stays_held(wish, braked=braked) for wish in theirs)
            (staying if stays else leaving).add(person_id)
        elif up:
            asking[person_id] = min(wish.before.waiting_since or now if wish.before else now for wish in up)
    return leaving, staying, asking


def _stays_held(wish: Wish, *, braked: bool) -> bool:
    """Whether the card stays up although nobody wants it, until an admin says what shall be."""
    before = wish.before
    if before is None or before.paused_by_admin or wish.blocked or wish.up:
        return False
    return before.state == HELD or (braked and before.state == LIVE)


def _outcome(wish: Wish, has_seat: bool, now: datetime, *, braked: bool) -> Change:
    before = wish.before
    state = _state(wish, has_seat, braked=braked)
    since = (before.waiting_since if before else None) or now
    was_up = before is not None and before.state in SEATED
    change = Change(
        kind=KEEP,
        person_id=wish.person_id,
        template_id=wish.template_id,
        state=state,
        wanted=wish.wanted,
        waiting_since=since if state == WAITING else None,
        before=before,
        group_id=wish.group_id,
        kept=before is not None and before.kept if wish.blocked else wish.up and not wish.wanted,
        down_at=None if wish.wanted or before is None else before.down_at or (now if was_up else None),
    )
    return replace(change, kind=_kind(change))


def _state(wish: Wish, has_seat: bool, *, braked: bool) -> str:
    if wish.up:
        return LIVE if has_seat else WAITING
    return HELD if _stays_held(wish, braked=braked) else PAUSED


def _kind(change: Change) -> str:
    before = change.before
    if change.state == WAITING and (before is None or before.state != WAITING):
        return WAIT
    if before is None:
        return CREATE
    if before.template_id != change.template_id:
        return SWITCH
    if before.state == change.state or (before.state, change.state) == (HELD, LIVE):
        return KEEP
    return {LIVE: RESUME, HELD: HOLD}.get(change.state, PAUSE)


def _differs(change: Change) -> bool:
    before = change.before
    return before is None or (before.template_id, before.state, before.wanted, before.kept) != (
        change.template_id,
        change.state,
        change.wanted,
        change.kept,
    )

"""What must happen to cards so that they are what groups, bindings and seats say. Pure.

`decide` looks at the whole of what is and what should be, never at what has just changed: repeating it changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.cards.due import Bound, due
from app.cards.seats import Seats, seated

WAITING, LIVE, HELD, PAUSED, DELETED = "waiting", "live", "held", "paused", "deleted"
STATES = (WAITING, LIVE, HELD, PAUSED)
"""The states that people see; a card deleted by hand is shown nowhere."""

SEATED = (LIVE, HELD)
"""A person with a card in one of these states uses a seat."""

CREATE, RESUME, SWITCH, PAUSE, WAIT, KEEP = "create", "resume", "switch", "pause", "wait", "keep"
KINDS_OF_CHANGE = (CREATE, RESUME, SWITCH, PAUSE, WAIT)


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a card for deciding about it."""

    id: str
    person_id: str
    template_id: str
    state: str
    wanted: bool
    created_at: datetime
    by_binding: bool = True
    paused_by_admin: bool = False
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One card that must be made or written. `before` is None for a card to be made."""

    kind: str
    """How people call it: one of KINDS_OF_CHANGE, or KEEP when nothing about the card shows."""
    person_id: str
    template_id: str
    state: str
    wanted: bool
    waiting_since: datetime | None
    before: Card | None = None
    group_id: str | None = None
    """The group that gives the card now."""


@dataclass(frozen=True, slots=True)
class Decision:
    """All changes, in order of person, and the number of (not deleted) cards that stay as they are."""

    changes: tuple[Change, ...] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the bindings in order of precedence, each template's exclusive set, the seats."""

    bindings: Sequence[Bound]
    sets: Mapping[str, str | None]
    """The set of each template that has one, its last one when it is bound no more."""
    seats: Seats


@dataclass(frozen=True, slots=True)
class _Wish:
    """A card as the directory wants it, before seats are looked at."""

    person_id: str
    template_id: str
    wanted: bool
    before: Card | None = None
    group_id: str | None = None

    @property
    def up(self) -> bool:
        """Whether the card should be live once its person has a seat."""
        return self.wanted and not (self.before is not None and self.before.paused_by_admin)


def decide(
    rules: Rules,
    groups: Mapping[str, Collection[str]],
    cards: Iterable[Card],
    now: datetime,
    queue: Iterable[Card] = (),
) -> Decision:
    """What makes `cards` what they should be.

    `groups` names for every person in question the bound groups they are an active direct member of: () for those
    who are inactive or gone. `cards` are all cards of these persons; `queue` the waiting cards of others who may get
    a seat that becomes free. A card that its admin deleted is not made again.
    """
    by_person: dict[str, list[Card]] = {person_id: [] for person_id in groups}
    for card in cards:
        by_person[card.person_id].append(card)
    wishes = {
        person_id: _wishes(rules, person_id, due(rules.bindings, groups[person_id]), held)
        for person_id, held in by_person.items()
    }
    for card in queue:
        if card.person_id not in by_person:
            wishes.setdefault(card.person_id, []).append(_Wish(card.person_id, card.template_id, card.wanted, card))
    sitting = _seated(rules.seats, by_person, wishes, now)
    outcomes = [_outcome(wish, person_id in sitting, now) for person_id in sorted(wishes) for wish in wishes[person_id]]
    changes = tuple(change for change in outcomes if _differs(change))
    return Decision(changes, sum(change.kind == KEEP for change in outcomes))


def _wishes(rules: Rules, person_id: str, wanted: Mapping[str, str], held: Sequence[Card]) -> list[_Wish]:
    """What the directory wants of one person's cards that come from bindings."""
    mine = sorted((card for card in held if card.by_binding), key=lambda card: (card.created_at, card.id))
    there = {card.template_id for card in mine}
    spare = [card for card in mine if card.state != DELETED and card.template_id not in wanted]
    wishes = []
    for template_id, group_id in wanted.items():
        if template_id in there:
            continue
        moving = _to_move(rules.sets, template_id, spare)
        if moving is not None:
            spare.remove(moving)
        wishes.append(_Wish(person_id, template_id, wanted=True, before=moving, group_id=group_id))
    moved = {wish.before.id for wish in wishes if wish.before is not None}
    wishes.extend(
        _Wish(person_id, card.template_id, card.template_id in wanted, card, wanted.get(card.template_id))
        for card in mine
        if card.id not in moved and card.state != DELETED
    )
    return wishes


def _to_move(sets: Mapping[str, str | None], template_id: str, spare: Sequence[Card]) -> Card | None:
    """The card to move onto the template: one of its set that is not due, the one in use before the oldest."""
    exclusive = sets.get(template_id)
    if exclusive is None:
        return None
    candidates = [card for card in spare if sets.get(card.template_id) == exclusive]
    return next((card for card in candidates if card.wanted), candidates[0] if candidates else None)


def _seated(
    seats: Seats, by_person: Mapping[str, Sequence[Card]], wishes: Mapping[str, Sequence[_Wish]], now: datetime
) -> frozenset[str]:
    """The persons who have a seat once everything wished for has happened."""
    leaving: set[str] = set()
    staying: set[str] = set()
    asking: dict[str, datetime] = {}
    for person_id, wanted in wishes.items():
        held = by_person.get(person_id, ())
        others_up = any(card.state in SEATED and not card.by_binding for card in held)
        up = [wish for wish in wanted if wish.up]
        if any(card.state in SEATED for card in held):
            (staying if up or others_up else leaving).add(person_id)
        elif up:
            asking[person_id] = min(wish.before.waiting_since or now if wish.before else now for wish in up)
    return seated(seats, leaving=leaving, staying=staying, asking=asking)


def _outcome(wish: _Wish, has_seat: bool, now: datetime) -> Change:
    before = wish.before
    state = PAUSED if not wish.up else LIVE if has_seat else WAITING
    since = (before.waiting_since if before else None) or now
    change = Change(
        kind=KEEP,
        person_id=wish.person_id,
        template_id=wish.template_id,
        state=state,
        wanted=wish.wanted,
        waiting_since=since if state == WAITING else None,
        before=before,
        group_id=wish.group_id,
    )
    return replace(change, kind=_kind(change))


def _kind(change: Change) -> str:
    before = change.before
    if change.state == WAITING and (before is None or before.state != WAITING):
        return WAIT
    if before is None:
        return CREATE
    if before.template_id != change.template_id:
        return SWITCH
    if before.state == change.state:
        return KEEP
    return RESUME if change.state == LIVE else PAUSE


def _differs(change: Change) -> bool:
    before = change.before
    return before is None or (before.template_id, before.state, before.wanted) != (
        change.template_id,
        change.state,
        change.wanted,
    )

"""What the directory and admins want of cards, and in what words it is decided about them. Pure.

`wishes` and `settling.settle` look at the whole of what is and what should be, never at what has just changed:
repeating them changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.cards.due import Bound, due
from app.cards.seats import Seats

WAITING, LIVE, HELD, PAUSED, DELETED = "waiting", "live", "held", "paused", "deleted"
STATES = (WAITING, LIVE, HELD, PAUSED)
"""The states that people see; a card deleted by hand is shown nowhere."""

SEATED = (LIVE, HELD)
"""A person with a card in one of these states uses a seat."""

CREATE, RESUME, SWITCH, PAUSE, HOLD, WAIT, KEEP = "create", "resume", "switch", "pause", "hold", "wait", "keep"
KINDS_OF_CHANGE = (CREATE, RESUME, SWITCH, PAUSE, WAIT)
"""What a plan tells. HOLD is missing: the brake stops pushes, and never what an admin has seen in a plan."""


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
    kept: bool = False
    waiting_since: datetime | None = None
    down_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One card that must be made or written. `before` is None for a card to be made."""

    kind: str
    """How people call it: one of KINDS_OF_CHANGE, HOLD, or KEEP when nothing about the card shows."""
    person_id: str
    template_id: str
    state: str
    wanted: bool
    waiting_since: datetime | None
    before: Card | None = None
    group_id: str | None = None
    """The group that gives the card now."""
    kept: bool = False
    down_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """All changes, in order of person, and the number of (not deleted) cards that stay as they are."""

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    taken: int = 0
    """How many seats are taken afterwards; of use where there is a limit."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the bindings in order of precedence, each template's exclusive set, the seats."""

    bindings: Sequence[Bound]
    sets: Mapping[str, str | None]
    """The set of each template that has one, its last one when it is bound no more."""
    seats: Seats


@dataclass(frozen=True, slots=True)
class Wish:
    """A card as the directory wants it, before seats are looked at."""

    person_id: str
    template_id: str
    wanted: bool
    before: Card | None = None
    group_id: str | None = None
    blocked: bool = False
    """Whether an admin keeps the person out: then nothing of theirs is up, whatever the directory says."""

    @property
    def up(self) -> bool:
        """Whether the card should be live once its person has a seat."""
        if self.blocked:
            return False
        if self.before is None:
            return self.wanted
        return (self.wanted or self.before.kept) and not self.before.paused_by_admin

    @property
    def falling(self) -> bool:
        """Whether the directory takes a live card down by this wish."""
        before = self.before
        return (
            before is not None
            and before.state == LIVE
            and not before.paused_by_admin
            and not self.up
            and not self.blocked
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """Every card of the persons in question as it is wanted, by person, with all cards that they have."""

    by_person: Mapping[str, Sequence[Wish]]
    held: Mapping[str, Sequence[Card]]

    def falling(self, since: datetime) -> int:
        """How many persons lose a live card to the directory, and have lost none to it since then before."""
        return sum(
            any(wish.falling for wish in wanted)
            and not any(_fell(card, since) for card in self.held.get(person_id, ()))
            for person_id, wanted in self.by_person.items()
        )

    def joined_by(self, queue: Iterable[Card]) -> Wishes:
        """These and the waiting cards of others, who may get a seat that becomes free."""
        waiting: dict[str, list[Wish]] = {}
        for card in queue:
            if card.person_id not in self.held:
                waiting.setdefault(card.person_id, []).append(Wish(card.person_id, card.template_id, card.wanted, card))
        return Wishes({**self.by_person, **waiting}, self.held)


def wishes(
    rules: Rules,
    groups: Mapping[str, Collection[str]],
    cards: Iterable[Card],
    present: Collection[str],
    blocked: Collection[str] = (),
) -> Wishes:
    """What is wanted of `cards`, and of those still to be made.

    `groups` names for every person in question the bound groups they are an active direct member of: () for those
    who are inactive or gone; `present` are those of them who are neither. `cards` are all cards of these persons. A
    card that its admin deleted is not made again; one that was issued by hand is wanted as long as its person is
    present. For those who are `blocked` no card is made; what they have is wanted as before, and down.
    """
    held: dict[str, list[Card]] = {person_id: [] for person_id in groups}
    for card in cards:
        held[card.person_id].append(card)
    wanted = {
        person_id: [
            *_from_bindings(rules, person_id, due(rules.bindings, groups[person_id]), mine),
            *_by_hand(mine, present=person_id in present),
        ]
        for person_id, mine in held.items()
    }
    for person_id in wanted.keys() & set(blocked):
        wanted[person_id] = [replace(wish, blocked=True) for wish in wanted[person_id] if wish.before is not None]
    return Wishes(wanted, held)


def _from_bindings(rules: Rules, person_id: str, wanted: Mapping[str, str], held: Sequence[Card]) -> list[Wish]:
    """What the directory wants of one person's cards that come from bindings."""
    mine = sorted((card for card in held if card.by_binding), key=lambda card: (card.created_at, card.id))
    there = {card.template_id for card in mine}
    spare = [card for card in mine if card.state != DELETED and card.template_id not in wanted]
    found = []
    for template_id, group_id in wanted.items():
        if template_id in there:
            continue
        moving = _to_move(rules.sets, template_id, spare)
        if moving is not None:
            spare.remove(moving)
        found.append(Wish(person_id, template_id, wanted=True, before=moving, group_id=group_id))
    moved = {wish.before.id for wish in found if wish.before is not None}
    found.extend(
        Wish(person_id, card.template_id, card.template_id in wanted, card, wanted.get(card.template_id))
        for card in mine
        if card.id not in moved and card.state != DELETED
    )
    return found


def _by_hand(held: Sequence[Card], *, present: bool) -> list[Wish]:
    return [
        Wish(card.person_id, card.template_id, present, card)
        for card in held
        if not card.by_binding and card.state != DELETED
    ]


def _to_move(sets: Mapping[str, str | None], template_id: str, spare: Sequence[Card]) -> Card | None:
    """The card to move onto the template: one of its set that is not due, the one in use before the oldest."""
    exclusive = sets.get(template_id)
    if exclusive is None:
        return None
    candidates = [card for card in spare if sets.get(card.template_id) == exclusive]
    return next((card for card in candidates if card.wanted), candidates[0] if candidates else None)


def _fell(card: Card, since: datetime) -> bool:
    """Whether the directory took the card down, or asked for it, later than `since`."""
    return card.state in {PAUSED, HELD} and card.down_at is not None and card.down_at > since

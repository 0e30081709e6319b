"""Which cards there must be, from the specification alone: dictionaries of people, groups, bindings, and what was seen.

The model is told of every step, looks at the cards afterwards, and says what is wrong. Where the specification leaves
something open (which of two cards moves, who of two that came at once waits longer) it takes over what it sees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

UP = ("live", "held")
MARKER = "[[clear]]"

Change = tuple[str, str | None, str, str | None]
"""Kind of change, user name, template, template before if it is another: an entry of a plan."""


@dataclass
class Record:
    """A person in the directory: what their record says, by attribute, exactly as pushed."""

    user_name: str
    active: bool = True
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Group:
    """A group with the keys of its direct members."""

    name: str
    members: set[str] = field(default_factory=set)


@dataclass
class Binding:
    """A binding by a group's name; `group` is the group it has found."""

    name: str
    template: str
    group: str | None = None


@dataclass(frozen=True)
class Item:
    """A field of a template: the sync mode, and the template's own value."""

    sync: str
    value: str | None


@dataclass(frozen=True)
class Seen:
    """A card as `cards list` shows it."""

    id: str
    person: str
    template: str
    state: str
    paused_by: str | None
    values: Mapping[str, str]


@dataclass
class Card:
    """A card, and what was done to it. `waiting` and `down` are the steps since when it waits, and is not wanted."""

    id: str
    person: str
    template: str
    state: str
    by_hand: bool = False
    paused_by_admin: bool = False
    kept: bool = False
    waiting: int | None = None
    down: int | None = None
    own: dict[str, str | None] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    """The first value that the directory had for each `once` field since the card is on its template."""
    has_moved: bool = False


class Cards:
    """The organization as it must be."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """`fields` are the keys of every template's fields, each with the attribute that it shows."""
        self.fields = fields
        self.records: dict[str, Record] = {}
        self.last_values: dict[str, dict[str, str]] = {}
        self.groups: dict[str, Group] = {}
        self.bindings: list[Binding] = []
        self.sets: dict[str, str | None] = {}
        self.templates: dict[str, dict[str, Item]] = {}
        self.limit: int | None = None
        self.brake = (50, 10)
        self.released = 0
        self.step = 0
        self.cards: dict[str, Card] = {}
        self.deleted: dict[str, Card] = {}
        self.withheld: set[tuple[str, str]] = set()
        """Person and template of each card of a group that an admin deleted or moved away: not given again."""
        self.reached: Counter[str] = Counter()
        """What histories came by, so that a test can tell whether it tests anything."""

    # --- what is pushed and said ---------------------------------------------------------------------------------

    def delete_record(self, person: str) -> None:
        """The directory deletes a record; its groups lose the member."""
        self.last_values[person] = self.records.pop(person).values
        for group in self.groups.values():
            group.members.discard(person)

    def delete_group(self, group_id: str) -> None:
        """The directory deletes a group; its bindings wait again, under the name they were given."""
        del self.groups[group_id]
        for binding in self.bindings:
            if binding.group == group_id:
                binding.group = None
        self.resolve()

    def resolve(self) -> None:
        """Waiting bindings find the group of their name, for good."""
        by_name = {group.name.casefold(): group_id for group_id, group in self.groups.items()}
        for binding in self.bindings:
            binding.group = binding.group or by_name.get(binding.name.casefold())

    def bind(self, bindings: Iterable[tuple[str, str]], sets: Mapping[str, str | None]) -> None:
        """These are the bindings from now on: group and template, in order of precedence."""
        found = {(one.name.casefold(), one.template): one.group for one in self.bindings}
        self.bindings = [Binding(name, template, found.get((name.casefold(), template))) for name, template in bindings]
        self.sets |= {one.template: sets[one.template] for one in self.bindings}
        self.resolve()

    def edit_template(self, name: str, items: dict[str, Item]) -> None:
        """A template has other rules; what becomes `once` finds its first value anew."""
        before = self.templates.get(name, {})
        for key, item in items.items():
            if item.sync == "once" and (key not in before or before[key].sync != "once"):
                for card in self.cards.values():
                    if card.template == name:
                        card.first.pop(key, None)
        self.templates[name] = items

    def issue(self, card_id: str, person: str, template: str) -> None:
        """An admin issued a card; one that was deleted must have come back at its address."""
        gone = [card for card in self.deleted.values() if (card.person, card.template) == (person, template)]
        by_hand = (person, template) not in self.withheld or template not in self.due(person)
        assert card_id not in self.cards
        if (person, template) in self.withheld:
            self.withheld.discard((person, template))
            gone = [card for card in gone if not card.by_hand]
            self.reached["reissued"] += 1
        if gone:
            assert card_id in [card.id for card in gone]
        self.deleted.pop(card_id, None)
        self.cards[card_id] = Card(card_id, person, template, "new", by_hand=by_hand)

    def pause(self, card: Card, paused: bool) -> None:
        """An admin pauses a card, or ends that."""
        card.paused_by_admin = paused

    def delete(self, card: Card) -> None:
        """An admin deletes a card with what was set on it."""
        if not card.by_hand:
            self.withheld.add((card.person, card.template))
        self.deleted[card.id] = self.cards.pop(card.id)

    def move(self, card: Card, template: str) -> None:
        """An admin puts a card on another template; groups have no say in it any more."""
        if not card.by_hand:
            self.withheld.add((card.person, card.template))
        card.template, card.by_hand, card.has_moved = template, True, True
        card.first = {}

    def release(self, *, approved: bool) -> None:
        """An admin says of all held cards that they may go, or stay."""
        for card in self.cards.values():
            if card.state == "held":
                card.state, card.kept = ("paused", False) if approved else ("live", True)
                self.reached["approved" if approved else "kept"] += 1
                self.released = self.step if approved else self.released

    # --- what must follow ----------------------------------------------------------------------------------------

    def due(self, person: str) -> set[str]:
        """The templates that bindings give the person."""
        record = self.records.get(person)
        if record is None or not record.active:
            return set()
        giving = [one.template for one in self.bindings if one.group and person in self.groups[one.group].members]
        first_of_set: dict[str, str] = {}
        for template in giving:
            first_of_set.setdefault(self.sets[template] or template, template)
        return set(first_of_set.values())

    def wanted(self, card: Card) -> bool:
        """Whether the directory, or an admin for somebody who is there, wants the card."""
        if card.by_hand:
            record = self.records.get(card.person)
            return record is not None and record.active
        return card.template in self.due(card.person)

    def check(self, seen: Iterable[Seen], *, pushed: bool = False) -> Counter[Change]:
        """Compare the cards with what must be after a step; `pushed` by the directory. Returns what changed."""
        self.step += 1
        found = {one.id: one for one in seen}
        assert self.cards.keys() <= found.keys(), "a card is gone"
        before = {card_id: (card.template, card.state) for card_id, card in self.cards.items()}
        self._check_templates(found)
        up = {card.id for card in self.cards.values() if self._up(card)}
        staying = self._held_up(up, found, pushed=pushed)
        seated = self._check_seats(up, staying, found)
        for card in self.cards.values():
            state = "held" if card.id in staying else "paused"
            if card.id in up:
                state = "live" if card.person in seated else "waiting"
            one = found[card.id]
            assert one.state == state, f"{card} is {one.state} and must be {state}"
            paused_by = None if state != "paused" else "admin" if card.paused_by_admin else "directory"
            assert one.paused_by == paused_by, f"{card} is paused by {one.paused_by}, and must be by {paused_by}"
        changes = Counter(self._change(before.get(card_id), one) for card_id, one in found.items())
        for card in self.cards.values():
            self._take_over(card, found[card.id].state)
        self.reached.update(kind for kind, *_ in changes.elements())
        self.reached.update({card.state for card in self.cards.values()})
        return changes

    def shown(self, card: Card) -> dict[str, str | None]:
        """What each field of a card that is up shows, by its sync mode; None for nothing.

        Left out is what a card that has moved shows `once`: the specification does not say whether what the directory
        said in between, or before, was the first.
        """
        record = self.records.get(card.person)
        values = record.values if record is not None else self.last_values.get(card.person, {})
        shown: dict[str, str | None] = {}
        for key, item in self.templates[card.template].items():
            pushed = said(values.get(self.fields[key]))
            if key in card.own and item.sync != "always":
                shown[key] = card.own[key]
            elif item.sync == "never":
                shown[key] = item.value
            elif item.sync != "once":
                shown[key] = pushed or item.value
            elif not card.has_moved:
                shown[key] = card.first.get(key, pushed) or item.value
        return shown

    def _check_templates(self, found: Mapping[str, Seen]) -> None:
        """One card per person and template, made only where there was none to move; new cards are taken over."""
        new = {one.id: one for one in found.values() if one.id not in self.cards}
        for one in new.values():
            assert one.id not in self.deleted, "a card that an admin deleted is back"
            assert one.template in self.due(one.person), "a card that nobody is due"
            exclusive = self.sets[one.template]
            mine = [card for card in self.cards.values() if card.person == one.person and not card.by_hand]
            others = [card for card in mine if exclusive is not None and self.sets.get(card.template) == exclusive]
            assert not others, f"{others} should have moved"
        for card in self.cards.values():
            one = found[card.id]
            assert one.person == card.person, "a card has another person"
            if one.template == card.template:
                continue
            assert not card.by_hand, "a group moved a card by hand"
            due = self.due(card.person)
            assert card.template not in due, "moved although it is due where it was"
            assert one.template in due, "moved to where nobody is due"
            assert self.sets.get(card.template) == self.sets[one.template] is not None, "moved out of its set"
            card.template, card.has_moved, card.first = one.template, True, {}
        self.cards.update({one.id: Card(one.id, one.person, one.template, "new") for one in new.values()})
        bound = Counter((card.person, card.template) for card in self.cards.values() if not card.by_hand)
        assert not [pair for pair, count in bound.items() if count > 1], "two cards of one template"
        due_pairs = {(person, template) for person in self.records for template in self.due(person)}
        assert due_pairs - self.withheld <= bound.keys(), "somebody has no card"
        assert not self.withheld & bound.keys(), "a card that an admin deleted or moved is given again"

    def _up(self, card: Card) -> bool:
        return (self.wanted(card) or card.kept) and not card.paused_by_admin

    def _held_up(self, up: set[str], found: Mapping[str, Seen], *, pushed: bool) -> set[str]:
        """The cards that stay up only because the brake, now or before, holds them."""
        down = [card for card in self.cards.values() if card.id not in up and not card.paused_by_admin]
        falling = {card.person for card in down if card.state == "live"}
        lost = [
            card
            for card in self.cards.values()
            if card.state in {"paused", "held"} and card.down is not None and card.down > self.released
        ]
        had_one = {card.person for card in self.cards.values() if card.state in UP or card in lost}
        # Whether who comes back by the same push counts still is open: both is right.
        counts = [{card.person for card in lost if counts_still or card.id not in up} for counts_still in (True, False)]
        brakes = {pushed and bool(falling) and self._above(len(falling | gone), len(had_one)) for gone in counts}
        seen_held = any(card.state == "live" and found[card.id].state == "held" for card in down)
        braked = seen_held if len(brakes) > 1 else brakes.pop()
        return {card.id for card in down if card.state == "held" or (braked and card.state == "live")}

    def _above(self, removed: int, had_one: int) -> bool:
        people, percent = self.brake
        return removed > people and removed * 100 > percent * had_one

    def _check_seats(self, up: set[str], staying: set[str], found: Mapping[str, Seen]) -> set[str]:
        """The persons with a seat: nobody loses one who has a card up, those who ask longest get what is free."""
        seated = {card.person for card in self.cards.values() if card.state in UP}
        wish_up = {card.person for card in self.cards.values() if card.id in up | staying}
        asking: dict[str, int] = {}
        for card in self.cards.values():
            if card.id in up and card.person not in seated:
                since = self.step if card.waiting is None else card.waiting
                asking[card.person] = min(since, asking.get(card.person, since))
        after = {one.person for one in found.values() if one.state in UP}
        come = after - seated
        assert seated & wish_up <= after, "somebody lost a seat"
        assert come <= asking.keys(), "a seat for somebody who asks for none"
        free = len(asking) if self.limit is None else max(0, self.limit - len(seated & wish_up))
        assert len(come) == min(free, len(asking)), f"{len(come)} of {len(asking)} got {free} free seats"
        left = asking.keys() - come
        if come and left:
            self.reached["queue"] += 1
            assert max(asking[person] for person in come) <= min(asking[person] for person in left), "not in turn"
        return (seated & wish_up) | come

    def _take_over(self, card: Card, state: str) -> None:
        wanted = self.wanted(card)
        card.waiting = (self.step if card.waiting is None else card.waiting) if state == "waiting" else None
        if wanted:
            card.down = None
        elif card.down is None and card.state in UP:
            card.down = self.step
        card.kept = card.kept and not wanted and not card.paused_by_admin
        card.state = state
        self.note_first_values(card)

    def note_first_values(self, card: Card) -> None:
        """What the directory says now is the first value of a `once` field that has none yet."""
        record = self.records.get(card.person)
        for key, item in self.templates[card.template].items():
            value = said(record.values.get(self.fields[key])) if record is not None else None
            if item.sync == "once" and value is not None:
                card.first.setdefault(key, value)

    def _change(self, before: tuple[str, str] | None, one: Seen) -> Change:
        template, state = before or (None, "new")
        kinds: dict[str, Any] = {"live": "resume", "held": "keep", "paused": "pause", "waiting": "wait"}
        kind = "create" if state == "new" and one.state == "live" else kinds[one.state]
        moved = template is not None and template != one.template
        if one.state == state or (state, one.state) == ("held", "live"):
            kind = "keep"
        if moved and kind != "wait":
            kind = "switch"
        record = self.records.get(one.person)
        return kind, record.user_name if record else None, one.template, template if moved else None


def said(value: str | None) -> str | None:
    """What a value of the directory says: nothing when it was cleared."""
    return None if value in (None, "", MARKER) else value


def plan_entries(cards: Mapping[str, Any]) -> Counter[Change]:
    """The entries under `cards` of a plan, `unchanged` as so many of kind keep without a name."""
    listed = {kind: entries for kind, entries in cards.items() if kind != "unchanged"}
    return Counter(
        (kind, entry["person"], entry["template"], entry["from"])
        for kind, entries in listed.items()
        for entry in entries
    )

"""Random histories of an organization: after every step its cards are what the specification says they are."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.core.errors import Refused
from tests.storms.cards_model import MARKER, UP, Card, Cards, Group, Item, Record, plan_entries
from tests.storms.cards_world import FIELDS, WORDS, World, bindings_text, organization_text, templates_text
from tests.support.effort import effort

PEOPLE = [str(uuid.UUID(int=number + 1, version=4)) for number in range(7)]
GROUP_NAMES = ("Board", "Sales", "Öl", "Service", "Wardens")
MOST_GROUPS = 4
TEMPLATES = ("T0", "T1", "T2", "T3")
MODES = ("never", "once", "always", "unless_edited")
EVERY_STATE = ("create", "resume", "switch", "pause", "wait", "waiting", "live", "held", "paused", "kept", "queue")
"""What histories must have come by, all together, to have tested anything."""

people = st.sampled_from(PEOPLE)
crowds = st.lists(people, min_size=1, max_size=5, unique=True)
keys = st.sampled_from(sorted(FIELDS))
templates = st.sampled_from(TEMPLATES)
group_names = st.sampled_from(GROUP_NAMES)
places = st.integers(0, 30)
"""The place of what a rule is about among all that it may be about, counted round."""
limits = st.sampled_from([None, None, 2, 3, 5])
brakes = st.sampled_from([(1, 0), (1, 0), (1, 30), (2, 50), (50, 10)])
sides = st.sampled_from(["admin", "person"])
rules_of_bindings = st.tuples(
    st.lists(st.tuples(group_names, templates), max_size=6, unique=True),
    st.fixed_dictionaries(
        {"T0": st.just("main"), "T1": st.just("main"), "T2": st.sampled_from(["main", None]), "T3": st.none()}
    ),
)


class Histories(RuleBasedStateMachine):
    """Steps at random, each made in the organization and in the model."""

    def __init__(self, world: World, reached: Counter[str]) -> None:
        super().__init__()
        self.world = world
        self.model = Cards(FIELDS)
        self.reached = reached
        self.ids: dict[str, str] = {}
        self.looked_at: dict[str, object] = {}
        self.words = 0

    # --- the directory -------------------------------------------------------------------------------------------

    @initialize(rules=rules_of_bindings, limit=limits, brake=brakes, rotation=st.integers(0, 3))
    def start(self, rules: Any, limit: int | None, brake: tuple[int, int], rotation: int) -> None:
        for number, name in enumerate(TEMPLATES):
            self.model.templates[name] = self._items(rotation + number)
        rules = list(dict.fromkeys([*rules[0], ("Board", "T0"), ("Sales", "T1"), ("Sales", "T3")])), rules[1]
        self._apply(templates_text(self.model.templates) + self._settings(limit, brake) + self._bind(rules))
        for person in PEOPLE[:4]:
            self._hire(person)
        self.create_group("Board", PEOPLE[:2])
        self.create_group("Sales", PEOPLE[1:4])

    @rule(person=people, key=keys, how=st.sampled_from(["new", "new", "", MARKER, "removed"]))
    def push_value(self, person: str, key: str, how: str) -> None:
        if person not in self.model.records:
            self._hire(person)
            return
        attribute, values = FIELDS[key], self.model.records[person].values
        if how in {"removed", ""}:
            values.pop(attribute, None)
        else:
            values[attribute] = self._word(key, person) if how == "new" else how
        self.world.patch_user(self.ids[person], attribute, values.get(attribute, how), removed=how == "removed")
        self._check(pushed=True)

    @rule(person=people)
    def disable_or_enable(self, person: str) -> None:
        if person not in self.model.records:
            self._hire(person)
            return
        record = self.model.records[person]
        record.active = not record.active
        self.world.patch_user(self.ids[person], "active", str(record.active))
        self._check(pushed=True)

    @rule(person=people, active=st.booleans())
    def rename_and_replace(self, person: str, active: bool) -> None:
        if person not in self.model.records:
            self._hire(person)
            return
        record = self._record(person)
        record.active = active
        self.model.records[person] = record
        self.world.put_user(self.ids[person], person, record)
        self._check(pushed=True)

    @rule(person=people)
    def delete_or_create_again(self, person: str) -> None:
        if person not in self.model.records:
            self._hire(person)
            return
        self.world.delete(f"/Users/{self.ids.pop(person)}")
        self.model.delete_record(person)
        self._check(pushed=True)

    @rule(name=group_names, members=crowds)
    def create_group(self, name: str, members: list[str]) -> None:
        taken = [group.name for group in self.model.groups.values()]
        if name in taken or len(taken) == MOST_GROUPS:
            return
        there = [person for person in members if person in self.model.records]
        group_id = self.world.post_group(name, [self.ids[person] for person in there])
        self.model.groups[group_id] = Group(name, set(there))
        self.model.resolve()
        self._check(pushed=True)

    @rule(place=places, members=crowds)
    def join_or_leave(self, place: int, members: list[str]) -> None:
        group_id, group = nth(self.model.groups.items(), place)
        there = [person for person in members if person in self.model.records]
        operations = [
            {"op": op, "path": "members", "value": [{"value": self.ids[person]} for person in listed]}
            for op, listed in (
                ("add", [person for person in there if person not in group.members]),
                ("remove", [person for person in there if person in group.members]),
            )
            if listed
        ]
        if operations:
            self.world.patch_group(group_id, *operations)
        group.members ^= set(there)
        self._check(pushed=True)

    @rule(place=places, name=group_names, members=crowds)
    def replace_group(self, place: int, name: str, members: list[str]) -> None:
        self._replace_group(place, name, {person for person in members if person in self.model.records})

    def _replace_group(self, place: int, name: str, members: set[str]) -> None:
        group_id, group = nth(self.model.groups.items(), place)
        taken = name in [other.name for other in self.model.groups.values()]
        group.name = group.name if taken else name
        group.members = members
        self.model.resolve()
        self.world.put_group(group_id, group.name, [self.ids[person] for person in group.members])
        self._check(pushed=True)

    @rule(place=places)
    def delete_group(self, place: int) -> None:
        if len(self.model.groups) == 1:
            return
        group_id, _ = nth(self.model.groups.items(), place)
        self.world.delete(f"/Groups/{group_id}")
        self.model.delete_group(group_id)
        self._check(pushed=True)

    # --- admins --------------------------------------------------------------------------------------------------

    @rule(rules=rules_of_bindings, limit=limits, with_limit=st.booleans())
    def bind(self, rules: Any, limit: int | None, with_limit: bool) -> None:
        text = self._settings(limit, self.model.brake) if with_limit else ""
        self._apply(text + self._bind(rules))

    @rule(limit=limits, brake=brakes)
    def change_seats_and_brake(self, limit: int | None, brake: tuple[int, int]) -> None:
        self._apply(self._settings(limit, brake))

    @rule(name=templates, rotation=st.integers(0, 3))
    def edit_template(self, name: str, rotation: int) -> None:
        items = self._items(rotation)
        self.model.edit_template(name, items)
        self._apply(templates_text({name: items}))

    @rule(place=places, template=templates)
    def issue(self, place: int, template: str) -> None:
        if not self.model.records:
            return
        person, record = nth(self.model.records.items(), place)
        self.model.issue(self.world.issue(template, record.user_name), person, template)
        self._check()

    @rule(place=places, many=st.integers(1, 3))
    def pause_or_resume(self, place: int, many: int) -> None:
        listed = {card.id: card for number in range(many) if (card := self._card(place + number))}
        if not listed:
            return
        paused = not nth(listed.values(), 0).paused_by_admin
        self.world.set_paused(list(listed), paused=paused)
        for card in listed.values():
            self.model.pause(card, paused)
        self._check()

    @rule(place=places)
    def delete(self, place: int) -> None:
        card = self._card(place)
        if card is None:
            return
        self.world.delete_card(card.id)
        self.model.delete(card)
        self._check()

    @rule(place=places, template=templates)
    def move(self, place: int, template: str) -> None:
        card = self._card(place)
        if card is None:
            return
        if card.template == template:
            with pytest.raises(Refused, match="on this template already"):
                self.world.move(card.id, template)
        else:
            self.world.move(card.id, template)
            self.model.move(card, template)
        self._check()

    @rule(place=places, key=keys, by=sides, emptied=st.sampled_from([False, False, True]))
    def set_value(self, place: int, key: str, by: str, emptied: bool) -> None:
        card = self._card(place)
        if card is None:
            return
        value = "" if emptied else self._word("own", card.person)
        if self.model.templates[card.template][key].sync == "always":
            with pytest.raises(Refused, match="always shows what the directory says"):
                self.world.set_value(card.id, key, value, by)
        else:
            self.world.set_value(card.id, key, value, by)
            card.own[key] = value or None
        self._check()

    @rule(place=places, by=sides)
    def revert(self, place: int, by: str) -> None:
        card = self._card(place, lambda card: bool(card.own))
        if card is None:
            return
        key = nth(card.own, place)
        if self.model.templates[card.template][key].sync == "always":
            with pytest.raises(Refused, match="always shows what the directory says"):
                self.world.revert(card.id, key, by)
        else:
            self.world.revert(card.id, key, by)
            del card.own[key]
        self._check()

    @rule(approved=st.booleans(), place=places)
    def remove_many_or_release(self, approved: bool, place: int) -> None:
        if not any(card.state == "held" for card in self.model.cards.values()):
            _, group = nth(self.model.groups.items(), place)
            self._replace_group(place, group.name, set())
            return
        self.world.release(approved=approved)
        self.model.release(approved=approved)
        self._check()

    # --- what must hold ------------------------------------------------------------------------------------------

    def _check(self, *, pushed: bool = False) -> Counter[Any]:
        """Everything is as the model says, in the list and on the pages."""
        seen = self.world.cards()
        changes = self.model.check(seen, pushed=pushed)
        for one in seen:
            card = self.model.cards[one.id]
            known = (one.state, dict(one.values), card.template)
            if self.looked_at.get(one.id) != known:
                self._look(card, one.values)
                self.looked_at[one.id] = known
        return changes

    def _look(self, card: Card, listed: Any) -> None:
        """A card that is up shows what its template's modes say; of any other nothing is left to see."""
        status, page = self.world.visit(card.id)
        if card.state in UP:
            shown = {f"{key.title()} field": value for key, value in self.model.shown(card).items()}
            assert {label: listed.get(label) for label in shown} == shown
            assert status == 200
            assert set(WORDS.findall(page)) == {word for word in listed.values() if WORDS.fullmatch(word)}
            return
        assert status == {"waiting": 404, "paused": 410}[card.state]
        for address in ("", ".vcf", "/qr.svg", "/qr.png"):
            status, text = self.world.visit(card.id + address)
            assert status in {404, 410}
            assert not WORDS.findall(text)
            assert "@nordwind.example" not in text

    def _apply(self, text: str) -> None:
        """A file does what its dry run said, and then nothing."""
        planned = self.world.dry_run(text)
        carried_out = self.world.apply(text)
        assert planned | {"dry_run": False} == carried_out
        changes = self._check()
        entries = Counter({change: count for change, count in changes.items() if change[0] != "keep"})
        assert plan_entries(planned["cards"]) == entries
        assert planned["cards"]["unchanged"] == sum(changes.values()) - sum(entries.values())
        if planned["cards"]["pause"]:
            self.model.released = self.model.step  # an admin has seen who loses a card
        again = self.world.dry_run(text)
        assert plan_entries(again["cards"]) == Counter()

    def teardown(self) -> None:
        for what in self.model.reached:
            event(what)
        self.reached.update(self.model.reached)

    # --- in other words ------------------------------------------------------------------------------------------

    def _hire(self, person: str) -> None:
        record = self._record(person)
        self.model.records[person] = record
        self.ids[person] = self.world.post_user(person, record)
        self._check(pushed=True)

    def _record(self, person: str) -> Record:
        """A record with a user name that is new, or was somebody else's before."""
        others = {record.user_name for one, record in self.model.records.items() if one != person}
        name = nth([free for number in range(9) if (free := f"p{number}@nordwind.example") not in others], self.words)
        values = {attribute: self._word(key, person) for key, attribute in FIELDS.items() if self.words % 5}
        return Record(name, values=values | {"displayName": self._word("Name", person)})

    def _word(self, kind: str, person: str) -> str:
        self.words += 1
        return f"{kind}-{PEOPLE.index(person)}-{self.words}x"

    def _items(self, rotation: int) -> dict[str, Item]:
        """A template's fields: each mode once, some with a value for everyone."""
        self.words += 1
        return {
            key: Item(MODES[(rotation + number) % 4], f"for all {self.words}" if (rotation + number) % 3 else None)
            for number, key in enumerate(FIELDS)
        }

    def _bind(self, rules: Any) -> str:
        bindings, sets = rules
        self.model.bind(bindings, sets)
        return bindings_text(bindings, sets)

    def _settings(self, limit: int | None, brake: tuple[int, int]) -> str:
        self.model.limit, self.model.brake = limit, brake
        return organization_text(seat_limit=limit, brake={"people": brake[0], "percent": brake[1]})

    def _card(self, place: int, chosen: Callable[[Card], bool] = lambda card: True) -> Card | None:
        """A card, in an order that does not depend on ids: they are others whenever a history is tried again."""
        listed = [card for card in self.model.cards.values() if chosen(card)]
        listed.sort(key=lambda card: (card.person, card.template, card.by_hand, card.id))
        return nth(listed, place) if listed else None


def nth(items: Any, place: int) -> Any:
    """The item at a place, counted round."""
    listed = list(items)
    return listed[place % len(listed)]


def test_cards_are_always_what_the_specification_says(new_world: Callable[[], World]) -> None:
    reached: Counter[str] = Counter()

    class Here(Histories):
        def __init__(self) -> None:
            super().__init__(new_world(), reached)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=effort(9, 300),
            stateful_step_count=effort(28, 60),
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert not [what for what in EVERY_STATE if not reached[what]], reached

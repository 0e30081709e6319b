"""Whatever the order of pushes, the same directory ends in the same cards.

Without seat limit, brake and `once`. Compared is every card that is up: whose, of which template, what it shows. What is
down tells of the way: somebody who passed through a group keeps a paused card of it. Ids are of the history, too: in an
exclusive set the one card was made by the group that came first, and stands on the template that goes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from tests.storms.cards_model import Cards, Group, Item, Record
from tests.storms.cards_world import FIELDS, World, bindings_text, organization_text, templates_text
from tests.support.effort import effort

PEOPLE = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(6)]
GROUPS = ("Board", "Sales", "Service", "Wardens")
TEMPLATES = ("T0", "T1", "T2")
BINDINGS = [("Board", "T0"), ("Sales", "T1"), ("Wardens", "T2"), ("Service", "T1"), ("Service", "T2")]
SETS = {"T0": "main", "T1": "main", "T2": None}
ITEMS = {
    "nick": Item("always", "for all"),
    "kind": Item("unless_edited", None),
    "number": Item("never", "for all"),
    "cost": Item("always", None),
}


@dataclass(frozen=True)
class Directory:
    """A directory as it is in the end, and what it goes through on the way."""

    active: dict[str, bool]
    members: frozenset[tuple[str, str]]
    """Group and person."""
    passing: frozenset[tuple[str, str]] = frozenset()
    """Memberships that come and go."""
    toggled: frozenset[str] = frozenset()
    """Who is disabled for a while, or enabled."""
    deleted: frozenset[str] = frozenset()
    """Who is deleted once and created again, before their memberships come."""


@dataclass(frozen=True)
class Push:
    """One push: `after` are those that must have been before it."""

    kind: str
    about: tuple[str, ...]
    after: frozenset[Push] = field(default_factory=frozenset)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    pairs = [(group, person) for group in GROUPS for person in PEOPLE]
    members = draw(st.frozensets(st.sampled_from(pairs), min_size=4))
    others = [pair for pair in pairs if pair not in members]
    return Directory(
        active={person: draw(st.booleans() | st.just(True)) for person in PEOPLE},
        members=members,
        passing=draw(st.frozensets(st.sampled_from(others), max_size=5)) if others else frozenset(),
        toggled=draw(st.frozensets(st.sampled_from(PEOPLE), max_size=3)),
        deleted=draw(st.frozensets(st.sampled_from(PEOPLE), max_size=2)),
    )


def pushes(directory: Directory) -> list[Push]:
    """Everything that has to be pushed, in one lawful order."""
    groups = {name: Push("group", (name,)) for name in GROUPS}
    bind = Push("bind", ())
    made = {}
    for person in PEOPLE:
        made[person] = Push("create", (person,))
        if person in directory.deleted:
            made[person] = Push("create again", (person,), frozenset({made[person]}))
    found = [*groups.values(), bind, *made.values(), *(one for push in made.values() for one in push.after)]
    for group, person in sorted(directory.members | directory.passing):
        join = Push("join", (group, person), frozenset({groups[group], made[person]}))
        found.append(join)
        if (group, person) in directory.passing:
            found.append(Push("leave", (group, person), frozenset({join})))
    for person in PEOPLE:
        title = Push("value", (person,), frozenset({made[person]}))
        found.append(title)
        if person in directory.toggled or not directory.active[person]:
            off = Push("disable", (person,), frozenset({made[person]}))
            found.append(off)
            if directory.active[person]:
                found.append(Push("enable", (person,), frozenset({off})))
    return found


def in_order(listed: Sequence[Push]) -> list[Push]:
    """`listed` as it is, but that each waits for those that must come before it."""
    done: dict[Push, None] = {}
    left = list(listed)
    while left:
        following = next(push for push in left if push.after <= done.keys())
        left.remove(following)
        done[following] = None
    return list(done)


class Pushing:
    """One organization to which a directory is pushed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.users: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.steps: dict[str, Callable[..., None]] = {
            "group": self.group,
            "bind": self.bind,
            "create": self.create,
            "create again": self.create_again,
            "join": lambda group, person: self.member("add", group, person),
            "leave": lambda group, person: self.member("remove", group, person),
            "value": lambda person: world.patch_user(self.users[person], FIELDS["nick"], f"nick of {person}"),
            "disable": lambda person: world.patch_user(self.users[person], "active", "False"),
            "enable": lambda person: world.patch_user(self.users[person], "active", "True"),
        }
        world.apply(templates_text(dict.fromkeys(TEMPLATES, ITEMS)))
        world.apply(organization_text(brake={"people": 1000, "percent": 100}))

    def group(self, name: str) -> None:
        self.groups[name] = self.world.post_group(name, [])

    def bind(self) -> None:
        self.world.apply(bindings_text(BINDINGS, SETS))

    def create(self, person: str) -> None:
        self.users[person] = self.world.post_user(person, record(person))

    def create_again(self, person: str) -> None:
        self.world.delete(f"/Users/{self.users[person]}")
        self.create(person)

    def member(self, op: str, group: str, person: str) -> None:
        value = [{"value": self.users[person]}]
        self.world.patch_group(self.groups[group], {"op": op, "path": "members", "value": value})

    def cards(self) -> list[tuple[str, str, str, dict[str, str]]]:
        """Every card that is up: person, template, state, and what it shows."""
        seen = [(one.person, one.template, one.state, dict(one.values)) for one in self.world.cards()]
        return sorted((card for card in seen if card[2] != "paused"), key=lambda card: card[:2])


def record(person: str) -> Record:
    name = f"p{PEOPLE.index(person)}"
    return Record(f"{name}@nordwind.example", values={"displayName": name, FIELDS["cost"]: f"cost of {name}"})


def expected(directory: Directory) -> list[tuple[str, str]]:
    """Person and template of every card that must be up."""
    model = Cards(FIELDS)
    model.records = {person: Record(person, active=active) for person, active in directory.active.items()}
    model.groups = {
        name: Group(name, {person for group, person in directory.members if group == name}) for name in GROUPS
    }
    model.bind(BINDINGS, SETS)
    return sorted((person, template) for person in PEOPLE for template in model.due(person))


def test_the_order_of_pushes_does_not_matter(new_world: Callable[[], World]) -> None:
    @settings(max_examples=effort(4, 300), suppress_health_check=list(HealthCheck))
    @given(directory=directories(), data=st.data())
    def run(directory: Directory, data: st.DataObject) -> None:
        lawful = pushes(directory)
        both = [Pushing(new_world()), Pushing(new_world())]

        for pushing in both:
            for push in in_order(data.draw(st.permutations(lawful))):
                pushing.steps[push.kind](*push.about)

        one, other = (pushing.cards() for pushing in both)
        assert one == other
        assert [card[:2] for card in one] == expected(directory)

    run()

"""What is pushed, and what is known of it at the target."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.rehearsal.dialects import Dialect
from app.rehearsal.directory import State
from app.rehearsal.endpoint import GROUPS, USERS, Kind, Resource
from app.rehearsal.mapping import (
    ACTIVE,
    DISPLAY_NAME,
    MANAGER_ID,
    USER_NAME,
    Attributes,
    ScimPath,
    Value,
    group_attributes,
    group_body,
    user_attributes,
    user_body,
    with_primaries,
)


@dataclass(slots=True)
class Record:
    """What is known of one object at the target."""

    id: str
    sent: dict[ScimPath, Value] = field(default_factory=dict)
    """Attributes that it was sent, or was found to have."""
    manager: str | None = None
    members: set[str] = field(default_factory=set)
    """SCIM ids, as the target holds them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One object of the directory as it is to be pushed."""

    kind: Kind
    key: str
    matching: ScimPath
    """The attribute that it is looked for by."""
    wanted: Attributes
    dialect: Dialect

    @property
    def name(self) -> str:
        """The value of the matching attribute."""
        return str(self.wanted[self.matching])

    @property
    def created_when_missing(self) -> bool:
        """Whether Entra creates what it did not find: everything but people who are disabled."""
        return self.kind is GROUPS or self.wanted[ACTIVE] is True

    @property
    def first_sent(self) -> dict[ScimPath, Value]:
        """The attributes of its create."""
        return with_primaries(self.wanted) if self.kind is USERS else dict(self.wanted)

    @property
    def body(self) -> Resource:
        """The body of its create."""
        return user_body(self.first_sent) if self.kind is USERS else group_body(self.first_sent)


def subjects(state: State, keys: Collection[str], dialects: Mapping[str, Dialect]) -> Iterator[Subject]:
    """What is to be pushed of these objects, in their order: all that Entra has not deleted for good."""
    for key in keys:
        person, group = state.people.get(key), state.groups.get(key)
        if person is not None and person.deleted != "hard":
            yield Subject(USERS, key, USER_NAME, user_attributes(person), dialects[key])
        elif group is not None and not group.deleted:
            yield Subject(GROUPS, key, DISPLAY_NAME, group_attributes(group), dialects[key])


def deleted(state: State, keys: Collection[str]) -> Iterator[tuple[Kind, str]]:
    """Which of these objects Entra has deleted for good."""
    for key in keys:
        person, group = state.people.get(key), state.groups.get(key)
        if person is not None and person.deleted == "hard":
            yield USERS, key
        elif group is not None and group.deleted:
            yield GROUPS, key


def record_of(found: Resource) -> Record:
    """What a resource that was found tells, members left aside."""
    manager = MANAGER_ID.read(found)
    return Record(str(found["id"]), manager=manager if isinstance(manager, str) and manager else None)


def member_ids(group: Resource) -> set[str]:
    """The ids of the members that a server sent."""
    members = group.get("members")
    entries = members if isinstance(members, list) else []
    return {str(entry["value"]) for entry in entries if isinstance(entry, dict) and "value" in entry}

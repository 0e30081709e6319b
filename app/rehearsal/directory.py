"""A directory and its history: people and groups as Entra holds them, once for each provisioning cycle.

A stage tells only what changed. An entry is laid over what was known of the same object, key by key; a key that is
given without a value empties that value. What a stage does not name stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.rehearsal.errors import DirectoryFileError, Place

PERSON_KEYS = (
    "objectId",
    "userPrincipalName",
    "mailNickname",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "jobTitle",
    "department",
    "companyName",
    "telephoneNumber",
    "mobile",
    "facsimileTelephoneNumber",
    "streetAddress",
    "city",
    "state",
    "postalCode",
    "country",
    "physicalDeliveryOfficeName",
    "employeeId",
    "preferredLanguage",
    "manager",
    "accountEnabled",
    "deleted",
)
"""What an entry may say of a person, in Entra's names; further values stand under `extension.<name>`."""

GROUP_KEYS = ("objectId", "displayName", "deleted")

EXTENSION = "extension."

CHOICES: Mapping[str, tuple[str, ...]] = {"accountEnabled": ("true", "false"), "deleted": ("soft", "hard", "false")}
"""Keys whose values are words of a list (any case). `deleted: soft` is Entra's recycle bin, `hard` is gone for good,
`false` is restored."""

DIALECTS = ("old", "new", "both")

Given = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Reference:
    """How a file names a member or a manager: the object id, the user principal name, or both."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """What one place of a file says of a person."""

    place: Place
    given: Given


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What one place of a file says of a group; `members` is the whole list, or None when it is not mentioned."""

    place: Place
    given: Given
    members: tuple[Reference, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What changed between two cycles."""

    name: str
    people: tuple[PersonEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person as Entra holds them at one moment. `values` has no empty ones."""

    key: str
    values: Mapping[str, str]
    manager: str | None = None
    """The key of the manager, if the file has them."""

    @property
    def name(self) -> str:
        """The user principal name."""
        return self.values["userPrincipalName"]

    @property
    def deleted(self) -> str | None:
        """`soft`, `hard`, or None."""
        state = self.values.get("deleted", "false")
        return None if state == "false" else state

    @property
    def active(self) -> bool:
        """Whether the account is enabled and not deleted."""
        return self.deleted is None and self.values.get("accountEnabled", "true") == "true"


@dataclass(frozen=True, slots=True)
class Group:
    """A group as Entra holds it at one moment; `members` are keys of people and groups, each once."""

    key: str
    values: Mapping[str, str]
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The display name."""
        return self.values["displayName"]

    @property
    def deleted(self) -> bool:
        """Whether Entra has deleted the group."""
        return self.values.get("deleted", "false") != "false"


@dataclass(frozen=True, slots=True)
class State:
    """The whole directory at one cycle, and which of it that cycle is about."""

    name: str
    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    changed_people: tuple[str, ...]
    changed_groups: tuple[str, ...]
    out_of_scope: tuple[str, ...] = ()
    """Managers and members that the file does not have, as sentences: Entra does not send them."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What there is to push: one state for each cycle, at least one."""

    states: tuple[State, ...]
    dialect: str | None = None
    """One of DIALECTS, when the file names one."""


def history(stages: Sequence[Stage], dialect: str | None = None) -> Directory:
    """The directory after each of the stages, the first of which is its beginning.

    Raises DirectoryFileError for an object that two entries of one stage describe, a name that two objects share, and
    an object that begins without a name.
    """
    known = _Known()
    return Directory(tuple(known.after(stage) for stage in stages), dialect)


@dataclass(slots=True)
class _Known:
    """What is known of all objects so far; `after` lays one stage over it."""

    people: dict[str, dict[str, str | None]] = field(default_factory=dict)
    groups: dict[str, dict[str, str | None]] = field(default_factory=dict)
    members: dict[str, tuple[Reference, ...]] = field(default_factory=dict)

    def after(self, stage: Stage) -> State:
        people = _lay_over(self.people, stage.people, "userPrincipalName", "person")
        groups = _lay_over(self.groups, stage.groups, "displayName", "group")
        for key, entry in zip(groups, stage.groups, strict=True):
            if entry.members is not None:
                self.members[key] = entry.members
        keys = _keys(self.groups, "displayName") | _keys(self.people, "userPrincipalName")
        missing: list[str] = []
        return State(
            stage.name,
            {key: self._person(key, keys, missing) for key in self.people},
            {key: self._group(key, keys, missing) for key in self.groups},
            people,
            groups,
            tuple(missing),
        )

    def _person(self, key: str, keys: Mapping[str, str], missing: list[str]) -> Person:
        values = _present(self.people[key])
        named = values.get("manager")
        manager = keys.get(named.casefold()) if named is not None else None
        if named is not None and manager is None:
            missing.append(f"{named}, the manager of {values['userPrincipalName']}, is not in the file")
        return Person(key, values, manager)

    def _group(self, key: str, keys: Mapping[str, str], missing: list[str]) -> Group:
        values = _present(self.groups[key])
        members: dict[str, None] = {}
        for reference in self.members.get(key, ()):
            found = next((keys[name.casefold()] for name in reference.names if name.casefold() in keys), None)
            if found is None:
                missing.append(f"{reference.names[-1]}, a member of {values['displayName']}, is not in the file")
            else:
                members[found] = None
        return Group(key, values, tuple(members))


def _lay_over(
    known: dict[str, dict[str, str | None]],
    entries: Sequence[PersonEntry] | Sequence[GroupEntry],
    naming: str,
    kind: str,
) -> tuple[str, ...]:
    """Merge the entries into what is known; the keys of what they describe, in their order."""
    described: dict[str, Place] = {}
    names = _keys(known, naming)
    for entry in entries:
        key = _key(entry.given, names, naming)
        if key is None:
            raise DirectoryFileError(entry.place, f"a {kind} needs an objectId or a {naming}")
        if key in described:
            raise DirectoryFileError(entry.place, f"this {kind} stands already in {described[key]} ({key})")
        described[key] = entry.place
        known[key] = {**known.get(key, {}), **entry.given}
        if not known[key].get(naming):
            raise DirectoryFileError(entry.place, f"a {kind} needs a {naming}")
        if known[key].get("deleted") == "soft" and not known[key].get("objectId"):
            raise DirectoryFileError(entry.place, "only a person with an objectId can be in the recycle bin")
    _refuse_shared_names(known, described, naming, kind)
    return tuple(described)


def _key(given: Given, names: Mapping[str, str], naming: str) -> str | None:
    """What the object is known by: its object id, else the object that has the name, else the name itself."""
    if object_id := given.get("objectId"):
        return object_id.casefold()
    name = (given.get(naming) or "").casefold()
    return names.get(name, name) or None


def _keys(known: Mapping[str, Given], naming: str) -> dict[str, str]:
    """What objects may be called, folded, with their keys: by object id and by name.

    A name that several have had is that of the one who is there.
    """
    named = [(values, (values.get(naming) or "").casefold(), key) for key, values in known.items()]
    there_last = sorted(named, key=lambda one: not _is_deleted(one[0]))
    return {name: key for _, name, key in there_last} | {key: key for key in known}


def _is_deleted(given: Given) -> bool:
    return given.get("deleted") in {"soft", "hard"}


def _refuse_shared_names(known: Mapping[str, Given], described: Mapping[str, Place], naming: str, kind: str) -> None:
    holders: dict[str, list[str]] = {}
    for key, values in known.items():
        if not _is_deleted(values):
            holders.setdefault((values.get(naming) or "").casefold(), []).append(key)
    for name, keys in holders.items():
        newest = [described[key] for key in keys if key in described]
        if len(keys) > 1 and newest:
            raise DirectoryFileError(newest[-1], f"the {naming} {name!r} belongs to another {kind} already")


def _present(given: Given) -> dict[str, str]:
    return {key: value for key, value in given.items() if value}

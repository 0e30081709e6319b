"""Provisioning cycles, as Entra runs them.

Each cycle: a keep-alive probe; then every object that the stage is about, people first: match it (the first time) or
read it by id, compare, create or patch or send nothing; then the references, which need everybody's id.

Where a rehearsal differs from the service, because it keeps nothing between two runs:

- A match by name that finds nothing is followed by a match by `externalId`, so that a run over a half-pushed directory
  finds people under their later names.
- The members of a group that exists already are read once, and managers are read with their users.
- References that could not be sent in an earlier cycle, since somebody was not there, are sent as soon as they can be.
- Members that are not in the file are left alone.
- After each cycle everything is read back and compared with what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from app.rehearsal.dialects import Dialect
from app.rehearsal.directory import Group, State
from app.rehearsal.endpoint import GROUPS, USERS, Endpoint, Kind, Resource
from app.rehearsal.errors import Unexpected
from app.rehearsal.mapping import DISPLAY_NAME, EXTERNAL_ID, MANAGER_ID, USER_NAME, differences
from app.rehearsal.report import Drift, Recorder
from app.rehearsal.subjects import Record, Subject, deleted, member_ids, record_of, subjects

MEMBERS_PER_PATCH = 20
"""How many members travel in one PATCH. Microsoft names no figure; one and lists have both been seen."""

Step = Callable[[], None]


class Cycles:
    """Pushes the states of one directory, one after the other, to one target."""

    def __init__(self, endpoint: Endpoint, recorder: Recorder, dialects: Mapping[str, Dialect]) -> None:
        self._endpoint = endpoint
        self._recorder = recorder
        self._dialects = dialects
        """By key of the object: what its requests are written in."""
        self._known: dict[str, Record] = {}
        """By key: the objects that the target has, as far as it was asked or told."""
        self._ids: set[str] = set()
        """The SCIM ids of these."""

    def probe(self) -> None:
        """Test Connection. Raises Stopped."""
        self._endpoint.probe(USERS, USER_NAME)
        self._endpoint.probe(GROUPS, DISPLAY_NAME)

    def holds(self, state: State) -> bool:
        """Whether the target holds all of a state, so that pushing it would write nothing. Only reads.

        What has been read is known from then on if it does; otherwise nothing is.
        """
        try:
            everything = subjects(state, (*state.people, *state.groups), self._dialects)
            if all(map(self._is_held, everything)) and not any(self._references(state)):
                return True
        except Unexpected:
            # This was only a look; the push comes upon the same answer and reports it.
            self._recorder.findings.clear()
        self._known.clear()
        self._ids.clear()
        return False

    def push(self, state: State) -> None:
        """One cycle. Answers that Entra could not go on from are recorded, and their objects left aside."""
        self._recorder.begin(state.name, state.out_of_scope)
        self._endpoint.probe(USERS, USER_NAME)
        changed = (*state.changed_people, *state.changed_groups)
        for kind, key in deleted(state, changed):
            self._attempt(partial(self._delete, kind, key))
        for subject in subjects(state, changed, self._dialects):
            self._attempt(partial(self._push, subject))
        for reference in self._references(state):
            self._attempt(reference)
        for subject in subjects(state, list(self._known), self._dialects):
            self._attempt(partial(self._read_back, subject))

    def _attempt(self, step: Step) -> None:
        try:
            step()
        except Unexpected:
            return

    def _match(self, subject: Subject) -> Resource | None:
        """The target's resource: by name, then by `externalId`. What is found is known from then on."""
        found = None
        for path in (subject.matching, EXTERNAL_ID):
            if found is None and path in subject.wanted:
                found = self._endpoint.find(subject.kind, path, str(subject.wanted[path]), subject.dialect)
        if found is None:
            return None
        record = record_of(found)
        if subject.kind is GROUPS:
            record.members = member_ids(self._endpoint.read(GROUPS, record.id, subject.dialect, whole=True))
        self._remember(subject, record)
        return found

    def _remember(self, subject: Subject, record: Record) -> None:
        self._known[subject.key] = record
        self._ids.add(record.id)

    def _is_held(self, subject: Subject) -> bool:
        found = self._match(subject)
        if found is None:
            return not subject.created_when_missing
        self._known[subject.key].sent.update(subject.wanted)
        return not differences(subject.wanted, found)

    def _push(self, subject: Subject) -> None:
        """Match or read, compare, and send what differs."""
        record = self._known.get(subject.key)
        if record is None:
            found = self._match(subject)
        else:
            found = self._endpoint.read(subject.kind, record.id, subject.dialect)
        if found is not None:
            self._update(subject, found)
        elif subject.created_when_missing:
            new_id = self._endpoint.create(subject.kind, subject.body, subject.dialect)
            self._remember(subject, Record(new_id, subject.first_sent))

    def _update(self, subject: Subject, found: Resource) -> None:
        record = self._known[subject.key]
        changes = differences(subject.wanted, found)
        if changes:
            self._endpoint.patch(subject.kind, record.id, subject.dialect.attributes(changes), subject.dialect)
        record.sent.update(subject.wanted)

    def _delete(self, kind: Kind, key: str) -> None:
        """DELETE it, if the target was ever told of it."""
        record = self._known.pop(key, None)
        if record is not None:
            self._ids.discard(record.id)
            self._endpoint.delete(kind, record.id, self._dialects[key])

    def _references(self, state: State) -> Iterator[Step]:
        """The steps that make managers and members what is wanted, one for each PATCH."""
        for key, person in state.people.items():
            record, manager = self._known.get(key), self._known.get(person.manager or "")
            if record is not None and manager is not None and record.manager != manager.id:
                yield partial(self._set_manager, record, manager.id, self._dialects[key])
        for key, group in state.groups.items():
            record = self._known.get(key)
            if record is not None:
                yield from self._member_steps(group, record)

    def _set_manager(self, record: Record, manager_id: str, dialect: Dialect) -> None:
        operations = dialect.manager(manager_id, held=record.manager is not None)
        self._endpoint.patch(USERS, record.id, operations, dialect)
        record.manager = manager_id

    def _member_steps(self, group: Group, record: Record) -> Iterator[Step]:
        dialect = self._dialects[group.key]
        wanted = [self._known[key].id for key in group.members if key in self._known]
        for batch in _batches([member for member in wanted if member not in record.members]):
            yield partial(self._add_members, record, batch, dialect)
        for batch in _batches(sorted((record.members & self._ids) - set(wanted))):
            yield partial(self._remove_members, record, batch, dialect)

    def _add_members(self, record: Record, ids: Sequence[str], dialect: Dialect) -> None:
        self._endpoint.patch(GROUPS, record.id, dialect.add_members(ids), dialect)
        record.members.update(ids)

    def _remove_members(self, record: Record, ids: Sequence[str], dialect: Dialect) -> None:
        self._endpoint.patch(GROUPS, record.id, dialect.remove_members(ids), dialect)
        record.members.difference_update(ids)

    def _read_back(self, subject: Subject) -> None:
        """Compare what the target holds with what it was told, and record each difference."""
        record = self._known[subject.key]
        found = self._endpoint.read(subject.kind, record.id, subject.dialect, whole=True)
        told = dict(record.sent)
        if record.manager is not None and record.manager in self._ids:
            told[MANAGER_ID] = record.manager
        for change in differences(told, found):
            self._recorder.drift(Drift(subject.name, change.path.text, change.wanted, change.held))
        sent, returned = record.members & self._ids, member_ids(found) & self._ids
        for member in sorted(sent ^ returned):
            path = f'members[value eq "{member}"]'
            was_sent, came_back = (member if member in ids else None for ids in (sent, returned))
            self._recorder.drift(Drift(subject.name, path, was_sent, came_back))


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), MEMBERS_PER_PATCH):
        yield ids[start : start + MEMBERS_PER_PATCH]

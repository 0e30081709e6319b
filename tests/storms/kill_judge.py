"""What the requests that were done come to, all of them and each as a whole; and what is really there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import requests
from sqlalchemy import select

from app.cards import repairing
from app.cards.tables import cards, templates
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.tables import memberships, provisioning_log, scim_groups, scim_users
from tests.storms.kill_clients import ANSWER_SECONDS, Place
from tests.storms.kill_journal import ACTIVE, ADD, CREATE, TITLE, Asked

Deed = tuple[str, str, str]
"""What happened, to whom (user name, or the group's name), by which group (cards alone)."""


@dataclass
class Person:
    """A user, with the state of each card by the group that gives it."""

    title: str
    active: bool = True
    version: int = 1
    groups: set[str] = field(default_factory=set)
    cards: dict[str, str] = field(default_factory=dict)


@dataclass
class Directory:
    """Everything that is there."""

    people: dict[str, Person] = field(default_factory=dict)
    deeds: dict[str, Counter[Deed]] = field(default_factory=dict)
    """What each request left in the audit log; nothing, if it was not carried out."""


def expected(asked: Iterable[Asked], done: Collection[str]) -> Directory:
    """What there is when exactly the requests in `done` were carried out, each client's in its order."""
    directory = Directory()
    for one in asked:
        directory.deeds[one.request_id] = Counter(_deeds(directory, one) if one.request_id in done else ())
    return directory


def _deeds(directory: Directory, asked: Asked) -> list[Deed]:
    if asked.act == CREATE:
        directory.people[asked.users[0]] = Person(asked.value)
        return [("user.created", asked.users[0], "")]
    if asked.act in {TITLE, ACTIVE}:
        return _changed(directory.people[asked.users[0]], asked)
    moved = [name for name in asked.users if (asked.value in directory.people[name].groups) != (asked.act == ADD)]
    for name in moved:
        directory.people[name].groups ^= {asked.value}
    if not moved:
        return []
    dealt = [deed for name in moved for deed in _dealt(name, directory.people[name])]
    return [("group.changed", asked.value, ""), *dealt]


def _changed(person: Person, asked: Asked) -> list[Deed]:
    if getattr(person, asked.act) == asked.value:
        return []
    setattr(person, asked.act, asked.value)
    person.version += 1
    return [("user.changed", asked.users[0], ""), *_dealt(asked.users[0], person)]


def _dealt(name: str, person: Person) -> list[Deed]:
    """What becomes of the person's cards: one is up while they are active and in its group."""
    deeds: list[Deed] = []
    for group in sorted(person.groups | person.cards.keys()):
        before = person.cards.get(group)
        after = "live" if person.active and group in person.groups else "paused"
        if before == after or (before is None and after == "paused"):
            continue
        person.cards[group] = after
        action = {"paused": "card.paused"}.get(after, "card.issued" if before is None else "card.resumed")
        deeds.append((action, name, group))
    return deeds


def assert_whole(place: Place, database: Database, settings: Settings) -> None:
    """What was acknowledged is there; what is there is whole; cards, audit log and provisioning log agree with it."""
    asked, acknowledged = place.journal.asked(), place.journal.acknowledged()
    rows = _logged(database, place.organization_id)
    done = {one.request_id for one in asked if one.request_id in rows}
    assert acknowledged <= done
    assert {rows[request_id] for request_id in done} == {1}

    should_be = expected(asked, done)
    is_ = found(database, place.organization_id, should_be.deeds.keys())
    assert is_.people == should_be.people
    assert is_.deeds == should_be.deeds

    repaired = repairing.repair(Working(database, settings, "judge"))
    assert repaired.startswith("0 cards")
    addresses = _addresses(database, place.organization_id)
    shown = {one: requests.get(f"{place.base_url}/c/{one}", timeout=ANSWER_SECONDS).status_code for one in addresses}
    assert shown == {one: 200 if state == "live" else 410 for one, state in addresses.items()}


def _logged(database: Database, organization_id: str) -> Counter[str]:
    """How many rows the provisioning log has of each request that was carried out."""
    statement = select(provisioning_log.c.request_id).where(
        provisioning_log.c.organization_id == ORGANIZATION, provisioning_log.c.status < 300
    )
    with database.read(organization_id) as reader:
        return Counter(reader.execute(statement).scalars())


def found(database: Database, organization_id: str, request_ids: Collection[str]) -> Directory:
    """What there is, and what those requests left in the audit log. Templates are named as the groups they go with."""
    with database.read(organization_id) as reader:

        def rows(*columns: Any) -> list[Any]:
            return list(reader.execute(select(*columns).where(columns[0].table.c.organization_id == ORGANIZATION)))

        users = rows(*scim_users.c)
        group_names = {row.id: row.display_name for row in rows(*scim_groups.c)}
        names = {row.id: row.user_name for row in users}
        person_names = {row.person_id: row.user_name for row in users}
        people = {row.user_name: Person(row.document["title"], row.document["active"], row.version) for row in users}
        template_names = {row.id: row.name for row in rows(*templates.c)}
        for row in rows(*memberships.c):
            people[names[row.member_id]].groups.add(group_names[row.group_id])
        for row in rows(*cards.c):
            people[person_names[row.person_id]].cards[template_names[row.template_id]] = row.state
        deeds = {request_id: Counter[Deed]() for request_id in request_ids}
        for row in rows(*audit_log.c):
            if row.request_id in deeds:
                if row.action.startswith("card."):
                    told = (row.action, person_names[row.detail["person"]], row.detail["template_name"])
                else:
                    told = (row.action, names.get(row.subject) or group_names[row.subject], "")
                deeds[row.request_id][told] += 1
        assert all(row.active == row.document["active"] for row in users)
    return Directory(people, deeds)


def _addresses(database: Database, organization_id: str) -> dict[str, str]:
    """The state of every card by its public id."""
    statement = select(cards.c.public_id, cards.c.state).where(cards.c.organization_id == ORGANIZATION)
    with database.read(organization_id) as reader:
        return {row.public_id: row.state for row in reader.execute(statement)}

"""An organization to send requests to: people with cards, seats and sessions, and groups of many sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, select

from app.auth import tokens
from app.auth.credentials import digest
from app.auth.sign_in.tables import sessions
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.ids import new_id
from app.core.unit_of_work import Transaction
from app.directory import groups
from app.directory.groups import GroupRecord
from app.directory.tables import scim_users
from app.rehearsal.dialects import NEW, OLD
from bench.scim import Sender
from bench.wire import Request, request
from bench.worlds import GROUP, JOINING, World, join, person, settle, world

SIZES = (100, 1_000, 10_000, 100_000)
GUESTS = 200
"""People beyond the largest group, who come and go in all of them."""
SESSIONS = 2

_FILE = """
organization: {{seat_limit: {seats}, brake: {{people: 10000000}}}}
templates:
  - name: Staff
    design: {{accent: "#1f4e79"}}
    general: {{name: {{}}, title: {{}}, department: {{}}, company: {{value: Nordwind AG}}}}
    fields:
      - {{key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value'}}
      - {{key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value'}}
{more}
bindings:
  - {{group: "{group}", template: Staff}}
{bindings}
"""


@dataclass(frozen=True)
class Crowd:
    """The organization, and requests about it. Who is asked about is somebody else each time."""

    world: World
    sender: Sender
    sizes: tuple[int, ...]
    users: list[str]
    """Ids by number; the last GUESTS are in no group of a size."""
    public_ids: list[str]
    group_ids: dict[tuple[int, bool], str]
    _fresh: Iterator[int]
    _turn: Iterator[int]

    def creations(self, count: int) -> list[Request]:
        """People who were not there."""
        return [self.sender.create(number) for number in itertools.islice(self._fresh, count)]

    def changes(self, count: int) -> list[tuple[str, int]]:
        """(user id, a number that was not used before)."""
        return [(self.users[turn % len(self.users)], turn) for turn in self._turns(count)]

    def leavers(self, count: int) -> list[Request]:
        """People with a card, sessions and a seat, who are disabled: guests, who have one card at any size."""
        guests = self.users[-GUESTS:][:count]
        self.world.write(lambda tx: self._sign_in(tx, guests))
        return [self.sender.active(user, value=False) for user in guests]

    def returners(self, count: int) -> list[Request]:
        """The same people, back."""
        return [self.sender.active(user, value=True) for user in self.users[-GUESTS:][:count]]

    def names(self, count: int, *, found: bool) -> list[Request]:
        """Look-ups by user name."""
        suffix = "" if found else ".nobody"
        return [
            self.sender.look_up("Users", "userName", person(number)["userName"] + suffix, found=found)
            for number in self._numbers(count)
        ]

    def external_ids(self, count: int, *, found: bool) -> list[Request]:
        """Look-ups by external id."""
        return [
            self.sender.look_up("Users", "externalId", person(number)["externalId"] if found else new_id(), found=found)
            for number in self._numbers(count)
        ]

    def reads(self, count: int) -> list[Request]:
        """Whole users by id."""
        return [self.sender.get(f"/Users/{self.users[number]}", holds=b'"id":') for number in self._numbers(count)]

    def joining(self, size: int, *, bound: bool) -> Callable[[int], list[Request]]:
        """Guests who become members of the group of this size, one by one, in turns of both dialects."""
        group = self.group_ids[size, bound]

        def make(count: int) -> list[Request]:
            return [
                self.sender.add(group, [user], (NEW, OLD)[turn % 2])
                for turn, user in enumerate(self.users[-GUESTS:][:count])
            ]

        return make

    def leaving(self, size: int, *, bound: bool) -> Callable[[int], list[Request]]:
        """The guests leave again, one by one."""
        group = self.group_ids[size, bound]

        def make(count: int) -> list[Request]:
            return [
                self.sender.remove(group, [user], (NEW, OLD)[turn % 2])
                for turn, user in enumerate(self.users[-GUESTS:][:count])
            ]

        return make

    def pages(self, count: int) -> list[Request]:
        """Pages of a hundred users, as somebody who goes through all of them asks for."""
        starts = range(1, max(2, len(self.users) - 100), max(1, len(self.users) // (count + 1)))
        return [
            self.sender.get(f"/Users?startIndex={start}&count=100", holds=b'"itemsPerPage":100')
            for start in itertools.islice(itertools.cycle(starts), count)
        ]

    def card_pages(self, count: int) -> list[Request]:
        """The pages of cards."""
        return [request("GET", f"/c/{self._card(number)}", holds=b"<html") for number in self._numbers(count)]

    def contacts(self, count: int) -> list[Request]:
        """What is saved to an address book."""
        return [request("GET", f"/c/{self._card(number)}.vcf", holds=b"VCARD") for number in self._numbers(count)]

    def addresses(self, count: int) -> list[str]:
        """Paths of card pages."""
        return [f"/c/{self._card(number)}" for number in self._numbers(count)]

    def _card(self, number: int) -> str:
        return self.public_ids[number % len(self.public_ids)]

    def _turns(self, count: int) -> list[int]:
        return list(itertools.islice(self._turn, count))

    def _numbers(self, count: int) -> list[int]:
        # A prime's steps: neighbours in time are no neighbours in the index.
        return [turn * 7919 % len(self.users) for turn in self._turns(count)]

    def _sign_in(self, tx: Transaction, users: list[str]) -> None:
        found = select(scim_users.c.person_id).where(
            scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(users)
        )
        end = tx.now + timedelta(hours=8)
        rows = [
            {"id": digest(new_id()), "public_id": new_id(), "person_id": person_id, "who": "bench", "roles": [],
             "created_at": tx.now, "seen_at": tx.now, "expires_at": end}
            for person_id in tx.execute(found).scalars() for _ in range(SESSIONS)
        ]  # fmt: skip
        tx.execute(insert(sessions), rows)


@contextmanager
def crowd(backend: str, people: int) -> Iterator[Crowd]:
    """An organization of `people` people and some guests, all with a card each."""
    with world(backend, people + GUESTS) as made:
        sizes = tuple(size for size in SIZES if size <= people)
        users = _all(
            made,
            select(scim_users.c.id)
            .where(scim_users.c.organization_id == ORGANIZATION)
            .order_by(scim_users.c.user_name_key),
        )
        settle(made)
        group_ids = {(size, bound): _group(made, size, users, bound=bound) for size in sizes for bound in (False, True)}
        made.write(lambda tx: apply(tx, read_file(_file(made, sizes, people))))
        public_ids = _all(
            made, select(cards.c.public_id).where(cards.c.organization_id == ORGANIZATION).order_by(cards.c.public_id)
        )
        token = made.write(lambda tx: tokens.create(tx, "bench"))
        fresh = itertools.count(10_000_000)
        yield Crowd(made, Sender(token), sizes, users, public_ids, group_ids, fresh, itertools.count())


def _file(made: World, sizes: tuple[int, ...], people: int) -> Path:
    path = made.folder / "bench.yaml"
    templates = "\n".join(f"  - {{name: T{size}, general: {{name: {{}}, title: {{}}}}}}" for size in sizes)
    bindings = "\n".join(f'  - {{group: "{_name(size, True)}", template: T{size}}}' for size in sizes)
    path.write_text(_FILE.format(seats=2 * people + 100_000, more=templates, group=GROUP, bindings=bindings))
    return path


def _group(made: World, size: int, users: list[str], *, bound: bool) -> str:
    group: GroupRecord = made.write(lambda tx: groups.create(tx, {"displayName": _name(size, bound)}, []))
    for first in range(0, size, JOINING):
        made.write(partial(join, group.id, users[first : min(first + JOINING, size)]))
    return group.id


def _name(size: int, bound: bool) -> str:
    return f"{'Bound' if bound else 'Plain'} {size}"


def _all(made: World, statement: Select[Any]) -> list[str]:
    with made.database.read(made.organization_id) as reader:
        return list(reader.execute(statement).scalars())

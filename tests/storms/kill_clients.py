"""Directories that provision while everything under them is killed: each repeats what was not acknowledged until it is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import requests

from tests.storms.crowd import PATCH_URN
from tests.storms.kill_journal import ACTIVE, ADD, CREATE, REMOVE, TITLE, Asked, Journal

GROUPS = ("Cards - Sales", "Cards - Wardens")
"""The groups that everybody's clients add to and remove from; each gives a card of its own."""
ANSWER_SECONDS = 30.0
"""No answer may take longer, whatever has been killed: docs/operations.md, limits."""
MOST_PEOPLE = 60
DONE = frozenset({200, 201, 204})
SCIM = "application/scim+json; charset=utf-8"
PAUSE_SECONDS = 0.05


@dataclass
class Place:
    """What all clients know: where to push, and what was answered."""

    organization_id: str
    base_url: str
    token: str
    journal: Journal
    group_ids: dict[str, str]
    address_of: Callable[[str, str], str | None]
    """The address of the card that somebody (user name) has by a group, while the database says so."""
    stopped: threading.Event = field(default_factory=threading.Event)
    given_up: threading.Event = field(default_factory=threading.Event)
    """Nobody waits for what was begun."""
    statuses: Counter[int] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """Requests that got no answer, by what became of the connection."""
    wrong: list[str] = field(default_factory=list)
    """Answers that nobody should get."""
    looked: Counter[int] = field(default_factory=Counter)
    """What card pages answered right after an acknowledgement."""
    longest: float = 0.0
    """Seconds that the slowest answer took."""

    def told(self) -> str:
        """What it was like, for whoever looks at the figures."""
        return (
            f"{len(self.journal.asked())} writes, {len(self.journal.acknowledged())} acknowledged; answers"
            f" {dict(self.statuses)}, lost {dict(self.lost)}, pages {dict(self.looked)}, slowest {self.longest:.1f} s"
        )


@dataclass
class _Person:
    user_id: str
    active: bool = True
    groups: set[str] = field(default_factory=set)


@contextmanager
def provisioning(place: Place, clients: int, seed: int) -> Iterator[None]:
    """So many clients push meanwhile; afterwards what they had begun is brought to its end."""
    threads = [threading.Thread(target=Provisioner(place, number, seed).run) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    except BaseException:
        place.given_up.set()
        raise
    finally:
        place.stopped.set()
        for thread in threads:
            thread.join(timeout=2 * ANSWER_SECONDS)
    assert not any(thread.is_alive() for thread in threads)


class Provisioner:
    """One client with people of its own, in groups that it shares with others."""

    def __init__(self, place: Place, number: int, seed: int) -> None:
        self._place = place
        self._number = number
        self._random = random.Random(f"{seed}/{number}")
        self._people: dict[str, _Person] = {}
        self._count = 0
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {place.token}"

    def run(self) -> None:
        """Provision until the place is stopped; what was begun is brought to its end."""
        acts: list[Callable[[], None]] = [self._retitle, self._toggle, self._join, self._join, self._leave]
        while not self._place.stopped.is_set():
            young = len(self._people) < MOST_PEOPLE and self._random.random() < 0.3
            (self._create if young or len(self._people) < 3 else self._random.choice(acts))()
        self._session.close()

    def _create(self) -> None:
        self._count += 1
        name = f"p{self._number}.{self._count}@nordwind.example"
        lawful: Collection[int] = DONE
        while not self._place.given_up.is_set():
            found = self._answer("GET", f'/scim/v2/Users?filter=userName eq "{name}"')
            if found is not None and found.status_code == 200 and found.json()["totalResults"] == 1:
                # Nobody acknowledged it, and it was done.
                self._people[name] = _Person(found.json()["Resources"][0]["id"])
                return
            body = {"userName": name, "displayName": name, "title": f"Title of {name}", "active": True}
            asked = Asked(self._number, self._new_id(), CREATE, (name,), body["title"])
            created = self._ask(asked, "/Users", body, lawful)
            if created is not None:
                self._people[name] = _Person(created.json()["id"])
                return
            lawful = {*DONE, 409}  # the first may have been done after we looked

    def _retitle(self) -> None:
        name = self._somebody()
        self._patch_user(TITLE, name, "title", f"Title {self._new_id()}")

    def _toggle(self) -> None:
        name = self._somebody()
        wanted = not self._people[name].active
        self._patch_user(ACTIVE, name, "active", wanted)
        self._people[name].active = wanted
        self._look_at(name)

    def _join(self) -> None:
        group = self._random.choice(GROUPS)
        outside = [name for name, one in self._people.items() if group not in one.groups]
        self._change(ADD, group, outside)

    def _leave(self) -> None:
        group = self._random.choice(GROUPS)
        inside = [name for name, one in self._people.items() if group in one.groups]
        self._change(REMOVE, group, inside)

    def _change(self, act: str, group: str, names: list[str]) -> None:
        """One request for up to three people, as Entra batches them."""
        chosen = tuple(self._random.sample(names, min(len(names), self._random.randint(1, 3))))
        if not chosen:
            return
        operation = {
            "op": act, "path": "members", "value": [{"value": self._people[name].user_id} for name in chosen]
        }  # fmt: skip
        self._insist(act, chosen, group, f"/Groups/{self._place.group_ids[group]}", operation)
        for name in chosen:
            (self._people[name].groups.add if act == ADD else self._people[name].groups.discard)(group)
            self._look_at(name)

    def _look_at(self, name: str) -> None:
        """The pages of somebody's cards, which show at the next request what was acknowledged, whoever answers."""
        person = self._people[name]
        for group in GROUPS:
            address = self._place.address_of(name, group)
            answer = self._answer("GET", address, lawful={200, 410}) if address is not None else None
            if answer is None or answer.status_code == 503:
                continue
            self._place.looked[answer.status_code] += 1
            if answer.status_code != (200 if person.active and group in person.groups else 410):
                self._place.wrong.append(f"{name} of {group}, {person}: {answer.status_code} at {address}")

    def _patch_user(self, act: str, name: str, path: str, value: Any) -> None:
        operation = {"op": "replace", "path": path, "value": value}
        self._insist(act, (name,), value, f"/Users/{self._people[name].user_id}", operation)

    def _insist(self, act: str, users: tuple[str, ...], value: Any, path: str, operation: dict[str, Any]) -> None:
        """Send it until it is acknowledged, each time as a request of its own."""
        body = {"schemas": [PATCH_URN], "Operations": [operation]}
        while not self._place.given_up.is_set():
            if self._ask(Asked(self._number, self._new_id(), act, users, value), path, body) is not None:
                return
            time.sleep(PAUSE_SECONDS)

    def _ask(
        self, asked: Asked, path: str, body: dict[str, Any], lawful: Collection[int] = DONE
    ) -> requests.Response | None:
        """The answer that says: done; None when there was none, or another."""
        self._place.journal.ask(asked)
        method = "POST" if asked.act == CREATE else "PATCH"
        answer = self._answer(method, f"/scim/v2{path}", body, asked.request_id, lawful)
        if answer is None or answer.status_code >= 300:
            return None
        self._place.journal.acknowledge(asked.request_id)
        return answer

    def _answer(
        self, method: str, path: str, body: Any = None, request_id: str = "", lawful: Collection[int] = DONE
    ) -> requests.Response | None:
        """What is answered, which must be lawful, or later; None when the connection is lost."""
        headers = {"Content-Type": "application/scim+json", "X-Request-Id": request_id or self._new_id()}
        data = None if body is None else orjson.dumps(body)
        begun = time.monotonic()
        try:
            answer = self._session.request(
                method, self._place.base_url + path, data=data, headers=headers, timeout=ANSWER_SECONDS
            )
        except requests.RequestException as error:
            self._place.lost[type(error).__name__] += 1
            if isinstance(error, requests.Timeout):
                self._place.wrong.append(f"{method} {path}: no answer in {ANSWER_SECONDS} s")
            time.sleep(PAUSE_SECONDS)
            return None
        self._place.longest = max(self._place.longest, time.monotonic() - begun)
        self._place.statuses[answer.status_code] += 1
        if answer.status_code not in lawful and not _says_later(answer):
            self._place.wrong.append(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def _somebody(self) -> str:
        return self._random.choice(list(self._people))

    def _new_id(self) -> str:
        return f"{self._number}-{self._random.getrandbits(64):016x}"


def _says_later(answer: requests.Response) -> bool:
    """Whether the answer is that of a server whose database is away: with a time, and to directories in SCIM's words."""
    if answer.status_code != 503 or not int(answer.headers.get("Retry-After", 0)):
        return False
    scim = "/scim/v2/" in answer.url
    return not scim or (answer.headers["Content-Type"] == SCIM and answer.json()["status"] == "503")

"""An organization's first cycle, as Entra pushes it: everybody and every group over HTTP, then a cycle of changes.

    .venv/bin/python -m bench.first_cycle --people 100000 --groups 300 --database postgresql

Every person is looked for, created and read back; every group is looked for and created, then gets its members in
requests of some, and a hundred one by one. Everybody is in a group that is bound to a template, so everybody gets a
card. Afterwards a tenth changes, a hundredth leaves, comes back, leaves and is deleted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import func, select

from app.auth import tokens
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.rehearsal.dialects import NEW, OLD
from bench import processes
from bench.load import Round, send
from bench.scim import Sender
from bench.serving import SERVE, Serving, serving
from bench.wire import Request
from bench.worlds import World, person, world

EVERYBODY = "Cards - All"
AT_ONCE = 1_000
"""Requests that are made ready at a time; what is made ready is not measured."""
MEMBERS = 100
"""Members in one request."""
ONE_BY_ONE = 100
CONNECTIONS = 4

_FILE = f"""
organization: {{brake: {{people: 10000000}}}}
templates: [{{name: Staff, general: {{name: {{}}, title: {{}}, department: {{}}}}}}]
bindings: [{{group: "{EVERYBODY}", template: Staff}}]
"""


def main() -> None:
    """Push the cycle once for each database."""
    parser = argparse.ArgumentParser(description="An organization's first cycle over HTTP.")
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    report = {
        backend: pushed(backend, asked.people, asked.groups) for backend in asked.database or ("sqlite", "postgresql")
    }
    if asked.as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    for backend, told in report.items():
        sys.stdout.write(f"\n{backend}, {asked.people:,} people, {asked.groups} groups\n")
        for name, one in told["parts"].items():
            sys.stdout.write(
                f"  {name:<32} {one['requests']:7,} in {one['seconds']:7.1f} s {one['per_second']:6.0f}/s"
                f" {one['cpu_us']:6.0f} µs  {one['p50_ms']:6.1f} {one['p95_ms']:6.1f} {one['p99_ms']:6.1f} ms\n"
            )
        sys.stdout.write(
            f"  first cycle {told['minutes']:.1f} minutes, {told['errors']} errors, {told['cards']:,} cards live;"
            f" at most {told['peak_mb']:.0f} MB a process\n"
        )


def pushed(backend: str, people: int, groups: int) -> dict[str, Any]:
    """Both cycles on an empty organization, part by part."""
    with world(backend, 0) as made:
        path = made.folder / "bench.yaml"
        path.write_text(_FILE)
        made.write(lambda tx: apply(tx, read_file(path)))
        sender = Sender(made.write(lambda tx: tokens.create(tx, "bench")))
        with serving(made, SERVE, "/readyz") as server:
            cycle = _Cycle(server, sender)
            begun = time.perf_counter()
            cycle.first(people, groups)
            minutes = (time.perf_counter() - begun) / 60
            cycle.changes(people)
            peak = max(process.peak for process in processes.tree(server.pid))
            return {
                "parts": {name: one.figures() for name, one in cycle.parts.items()},
                "minutes": minutes,
                "errors": sum(len(one.wrong) for one in cycle.parts.values()),
                "wrong": [wrong for one in cycle.parts.values() for wrong in one.wrong][:10],
                "cards": _live(made),
                "peak_mb": peak,
            }


class _Cycle:
    """What is pushed, with the ids that the server gave."""

    def __init__(self, server: Serving, sender: Sender) -> None:
        self.parts: dict[str, Round] = {}
        self._server = server
        self._sender = sender
        self._users: list[str] = []
        self._groups: list[str] = []

    def first(self, people: int, groups: int) -> None:
        """Everybody, every group, every membership."""
        sender = self._sender
        for first in range(0, people, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, people))
            names = [person(number)["userName"] for number in numbers]
            self._send("look-up of a newcomer", [_unfound(sender, "Users", "userName", name) for name in names])
            ids = [_made(body)[0] for body in self._send("create", [sender.create(number) for number in numbers])]
            self._users += ids
            self._send("read back", [sender.get(f"/Users/{user}", holds=user.encode()) for user in ids])
        titles = [EVERYBODY, *(f"Department {number}" for number in range(groups - 1))]
        self._send("look-up of a group", [_unfound(sender, "Groups", "displayName", title) for title in titles])
        made = [sender.create_group(title, f"group-{title}") for title in titles]
        ids_by_name = {name: group for group, name in map(_made, self._send("create a group", made))}
        self._groups = [ids_by_name[title] for title in titles]
        self._members("members, some at once", self._groups[0], self._users[ONE_BY_ONE:], MEMBERS)
        self._members("members, one by one", self._groups[0], self._users[:ONE_BY_ONE], 1)
        for place, group in enumerate(self._groups[1:]):
            self._members("members, some at once", group, self._users[place :: groups - 1], MEMBERS)

    def changes(self, people: int) -> None:
        """A cycle in which some have changed, left, come back, and been deleted."""
        sender, users = self._sender, self._users
        changed = users[:: max(1, people // (people // 10 or 1))]
        found = [
            sender.look_up("Users", "userName", person(number)["userName"], found=True)
            for number in range(0, people, 10)
        ]
        self._send("look-up of somebody known", found)
        half = len(changed) // 2
        self._send("change, merged", [sender.merged(user, number) for number, user in enumerate(changed[:half])])
        self._send(
            "change, six paths", [sender.six_paths(user, 10**6 + number) for number, user in enumerate(changed[half:])]
        )
        leaving = users[-max(1, people // 100) :]
        for name, act in (
            ("disable", lambda user: sender.active(user, value=False)),
            ("restore", lambda user: sender.active(user, value=True)),
            ("disable", lambda user: sender.active(user, value=False)),
            ("delete", sender.delete),
        ):
            self._send(name, [act(user) for user in leaving])

    def _members(self, name: str, group: str, users: Sequence[str], at_once: int) -> None:
        requests = [
            self._sender.add(group, users[first : first + at_once], (NEW, OLD)[first // at_once % 2])
            for first in range(0, len(users), at_once)
        ]
        self._send(name, requests)

    def _send(self, name: str, requests: list[Request]) -> list[bytes]:
        """The bodies of the answers, in no order."""
        bodies: list[bytes] = []
        told = send(self._server.base_url, requests, pids=self._server.pids, connections=CONNECTIONS, bodies=bodies)
        self.parts.setdefault(name, Round()).add(told)
        return bodies


def _unfound(sender: Sender, kind: str, attribute: str, value: str) -> Request:
    return sender.look_up(kind, attribute, value, found=False)


def _made(body: bytes) -> tuple[str, str]:
    """Id and display name of what an answer shows."""
    found = orjson.loads(body)
    return found["id"], found["displayName"]


def _live(made: World) -> int:
    statement = select(func.count()).where(cards.c.organization_id == ORGANIZATION, cards.c.state == "live")
    with made.database.read(made.organization_id) as reader:
        return int(reader.execute(statement).scalar_one())


if __name__ == "__main__":
    main()

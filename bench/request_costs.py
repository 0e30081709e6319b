"""What one request costs the server and its database, against floors measured in the same run.

    .venv/bin/python -m bench.request_costs --people 1000 --people 100000 --database postgresql

Each line is the median of several rounds: processor time of all processes of server and database, how often it is the
floor's, requests a second and waiting times over two connections, and the statements that the request sends.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench import load, processes
from bench.crowd import Crowd, crowd
from bench.floors import PATHS
from bench.load import Round
from bench.scim import Sender
from bench.serving import FLOORS, SERVE, Serving, serving
from bench.statements import Asked, statements
from bench.wire import Connection, Request, request
from bench.worlds import settle

WARMING = 60
SEEN = 100
"""Card pages that are asked for again and again."""
PAGE = 100
AT_ONCE = 50
"""Requests between which what they did is undone: groups stay of their size."""

_NEXT = re.compile(rb'"nextCursor":"([^"]+)"')


@dataclass(frozen=True)
class Scenario:
    """Requests of one kind; `make(count)` gives fresh ones, which are right once only."""

    name: str
    make: Callable[[int], list[Request]]
    floor: str
    most: float
    """How often the floor's cost is the most that we allow ourselves."""
    undo: Callable[[int], list[Request]] | None = None
    """What brings the state back for the next round; not measured."""
    before: Callable[[int], list[Request]] | None = None
    """What a round needs to have been done; not measured."""
    share: float = 1.0
    """Of the usual number of requests: less for what is expensive."""


def main() -> None:
    """Run all scenarios for each size and database."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--people", type=int, action="append", help="sizes of the organization; 1000 by default")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--requests", type=int, default=1_000, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    report = []
    for backend in asked.database or ("sqlite", "postgresql"):
        for people in asked.people or (1_000,):
            figures = measured(backend, people, asked.requests, asked.rounds, asked.only)
            report.append({"database": backend, "people": people, **figures})
            if not asked.as_json:
                _print(backend, people, figures)
    if asked.as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")


def measured(backend: str, people: int, requests: int, rounds: int, only: str = "") -> dict[str, Any]:
    """Floors and scenarios with an organization of `people` people on a database of its own."""
    with ExitStack() as stack:
        made = stack.enter_context(crowd(backend, people))
        settle(made.world)
        floors = stack.enter_context(serving(made.world, FLOORS, PATHS["C"]))
        server = stack.enter_context(serving(made.world, SERVE, "/readyz"))
        chosen = [one for one in scenarios(made, server.base_url) if only in one.name]
        results: dict[str, list[Round]] = {}
        for turn in range(-1, rounds):  # the first warms caches and connections
            many = requests if turn >= 0 else WARMING
            for name in PATHS:
                results.setdefault(name, []).append(_floor(floors, name, many))
            for one in chosen:
                results.setdefault(one.name, []).append(_round(server, one, max(20, int(many * one.share))))
        told = {name: load.median(each[1:]) for name, each in results.items()}
        sent = statements(made.world, server.base_url, {one.name: _few(one) for one in chosen})
        workers = processes.tree(server.pid)
        return {
            "floors": {name: told[name].figures() for name in PATHS},
            "scenarios": {
                one.name: told[one.name].figures()
                | {
                    "floor": one.floor,
                    "ratio": told[one.name].cpu_us / told[one.floor].cpu_us,
                    "most": one.most,
                    "statements": sent[one.name],
                }
                for one in chosen
            },
            "peak_mb": max(process.peak for process in workers),
        }


def scenarios(made: Crowd, base_url: str) -> Iterable[Scenario]:
    """Everything that is measured, in the order in which it is."""
    sender = made.sender
    yield Scenario("create a user", made.creations, "I", 1.8)
    yield Scenario("patch, merged", lambda count: [sender.merged(*each) for each in made.changes(count)], "I", 1.8)
    yield Scenario(
        "patch, six paths", lambda count: [sender.six_paths(*each) for each in made.changes(count)], "I", 2.0
    )
    yield Scenario("deactivate", made.leavers, "I", 2.2, made.returners)
    yield Scenario("look-up by userName, hit", lambda count: made.names(count, found=True), "S", 1.4)
    yield Scenario("look-up by userName, miss", lambda count: made.names(count, found=False), "S", 1.4)
    yield Scenario("look-up by externalId, hit", lambda count: made.external_ids(count, found=True), "S", 1.4)
    yield Scenario("look-up by externalId, miss", lambda count: made.external_ids(count, found=False), "S", 1.4)
    yield Scenario("read a user", made.reads, "S", 1.4)
    for bound, most in ((False, 1.7), (True, 2.0)):
        for size in made.sizes:
            kind = "with cards" if bound else "plain"
            adds, removes = made.joining(size, bound=bound), made.leaving(size, bound=bound)
            name = f"of {size:,}, {kind}"
            yield Scenario(f"add a member {name}", adds, "I", most, removes)
            yield Scenario(f"remove a member {name}", removes, "I", most, before=adds)
    yield Scenario("page of 100 users, by index", made.pages, "C", 12, share=0.3)
    yield Scenario("page of 100 users, by cursor", lambda count: _by_cursor(base_url, made, count), "C", 12, share=0.3)
    yield Scenario("card page, one after the other", made.card_pages, "S", 2.0)
    yield Scenario("card page, asked for again", lambda count: made.card_pages(SEEN) * (count // SEEN or 1), "S", 2.0)
    yield Scenario("card page, not modified", lambda count: _unmodified(base_url, made, count), "S", 1.3)
    yield Scenario("contact", made.contacts, "S", 1.8)


def _few(one: Scenario) -> Asked:
    return Asked(one.make(2), one.before(2) if one.before else (), one.undo(2) if one.undo else ())


def _unmodified(base_url: str, made: Crowd, count: int) -> list[Request]:
    """Card pages that the asker has already, by their entity tags."""
    found = []
    with Connection(base_url) as connection:
        for path in made.addresses(min(count, SEEN)):
            head = connection.send(request("GET", path)).head.decode("latin-1")
            [tag] = [line[6:] for line in head.split("\r\n") if line.lower().startswith("etag: ")]
            found.append(request("GET", path, headers=f"If-None-Match: {tag}\r\n", status=304))
    return [found[place % len(found)] for place in range(count)]


def _by_cursor(base_url: str, made: Crowd, count: int) -> list[Request]:
    """Pages of a hundred users from all over the list, by cursors; the total was counted before."""
    cursors = _cursors(base_url, made.sender)
    return [made.sender.page(cursors[place * len(cursors) // count], PAGE) for place in range(count)]


@cache
def _cursors(base_url: str, sender: Sender) -> list[str]:
    """What the pages of a walk through all users end with, but for the last ones, behind which are few."""
    found = [""]
    with Connection(base_url) as connection:
        while cursor := _NEXT.search(connection.send(sender.page(found[-1], 2 * PAGE)).body):
            found.append(cursor.group(1).decode())
    return found[1:-1]


def _floor(floors: Serving, name: str, count: int) -> Round:
    method, body = ("POST", b"{}") if name == "I" else ("GET", None)
    return load.send(floors.base_url, [request(method, PATHS[name], body)] * count, pids=floors.pids)


def _round(server: Serving, scenario: Scenario, count: int) -> Round:
    if scenario.undo is None and scenario.before is None:
        return load.send(server.base_url, scenario.make(count), pids=server.pids)
    told = Round()
    for first in range(0, count, AT_ONCE):
        many = min(AT_ONCE, count - first)
        if scenario.before is not None:
            _unmeasured(server, scenario.before(many))
        told.add(load.send(server.base_url, scenario.make(many), pids=server.pids))
        if scenario.undo is not None:
            _unmeasured(server, scenario.undo(many))
    return told


def _unmeasured(server: Serving, requests: list[Request]) -> None:
    wrong = load.send(server.base_url, requests, pids=[]).wrong
    if wrong:
        raise SystemExit(f"what a round needs could not be done: {wrong[0]}")


def _print(backend: str, people: int, figures: dict[str, Any]) -> None:
    write = sys.stdout.write
    write(f"\n{backend}, {people:,} people; at most {figures['peak_mb']:.0f} MB a process\n")
    for name, floor in figures["floors"].items():
        write(f"  {name:<36} {floor['cpu_us']:7.0f} µs\n")
    for name, one in figures["scenarios"].items():
        over = " " if one["ratio"] <= one["most"] else "!"
        waits = f"{one['p50_ms']:6.1f} {one['p95_ms']:6.1f} {one['p99_ms']:6.1f} ms"
        write(
            f"  {name:<36} {one['cpu_us']:7.0f} µs {one['ratio']:6.2f} x {one['floor']} {over} (most {one['most']:g})"
            f" {one['per_second']:6.0f}/s {waits} {one['statements']:5.1f} statements\n"
        )
        for wrong in one["wrong"][:3]:
            write(f"      WRONG: {wrong}\n")


if __name__ == "__main__":
    main()

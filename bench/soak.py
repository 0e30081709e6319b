"""A directory's steady day at a server: 25 requests a second for half an hour, and what becomes of time and memory.

    SOAK_MINUTES=30 .venv/bin/python -m bench.soak --database postgresql --people 10000

Prints, for each minute, how long answers took from the moment they were due, how many were wrong, and what each process
holds; at the end the slope of each. Ends with 1 when an answer was wrong. Sends to this machine alone.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.directory.tables import scim_users
from app.rehearsal.dialects import NEW, OLD
from bench.crowd import GUESTS, SIZES, Crowd, crowd
from bench.processes import tree
from bench.serving import SERVE, Serving, serving
from bench.wire import Connection, Request, request

RATE = 25
"""Requests a second, as Entra sends for one tenant."""
CONNECTIONS = 8
LEAVERS = 2
MEMBERS = 2
SEED = 20261126
WARM_MINUTES = 1
"""Left out of the slopes: a server that has just started fills its caches."""


@dataclass
class Minute:
    """What came of the requests that were due in one minute. Milliseconds are counted from when each was due."""

    milliseconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failed: int = 0
    """Answers that say that it was the server's fault (5xx), and lost connections."""
    megabytes: dict[str, float] = field(default_factory=dict)
    """What each process holds at the end of the minute, by a name and its pid."""


def seconds(made: Crowd) -> Iterator[list[Request]]:
    """The requests of one second after the other: look-ups, changes in both dialects, members, leavers, pages."""
    chosen = random.Random(SEED)  # noqa: S311 (an order, no secret)
    guests = made.users[-GUESTS:]
    group = made.group_ids[made.sizes[-1], True]
    pages = _pages_of_others(made, guests)
    for number in itertools.count():
        back, forth = (
            [guests[(number // 2 * LEAVERS + one + shift) % GUESTS] for one in range(LEAVERS)]
            for shift in (0, GUESTS // 2)
        )
        come = number % 2 == 0
        changes = made.changes(7)
        listed = [
            *made.names(4, found=True),
            *made.names(1, found=False),
            *made.external_ids(2, found=True),
            *made.reads(1),
            *(made.sender.merged(user, turn) for user, turn in changes[:4]),
            *(made.sender.six_paths(user, turn) for user, turn in changes[4:]),
            *(made.sender.active(user, value=not come) for user in back),
            *(
                (made.sender.add if come else made.sender.remove)(group, [user], (NEW, OLD)[one])
                for one, user in enumerate(forth)
            ),
            *made.creations(1),
            *(made.pages(1) if number % 5 == 0 else made.reads(1)),
            *(request("GET", next(pages), holds=b"<html") for _ in range(4)),
        ]
        chosen.shuffle(listed)
        yield listed


def _pages_of_others(made: Crowd, guests: list[str]) -> Iterator[str]:
    """The cards' pages of those who stay."""
    statement = (
        select(cards.c.public_id)
        .join(
            scim_users, (scim_users.c.organization_id == ORGANIZATION) & (scim_users.c.person_id == cards.c.person_id)
        )
        .where(cards.c.organization_id == ORGANIZATION, scim_users.c.id.not_in(guests))
    )
    with made.world.database.read(made.world.organization_id) as reader:
        found = [f"/c/{public_id}" for public_id in reader.execute(statement).scalars()]
    return itertools.cycle(found)


class Soak:
    """Sends what is due, when it is due, over a few connections."""

    def __init__(self, made: Crowd, at: Serving, minutes: int) -> None:
        self.minutes = [Minute() for _ in range(minutes)]
        self._at = at
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._due = self._plan(seconds(made), minutes * 60)

    def run(self) -> None:
        """Send everything; prints a line for each minute that is over."""
        threads = [threading.Thread(target=self._send) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for number, minute in enumerate(self.minutes, 1):
            time.sleep(max(0.0, self._begun + 60 * number - time.monotonic()))
            minute.megabytes = {
                f"{name} {process.pid}": process.rss
                for pid, name in zip(self._at.pids, ("server", "database"), strict=False)
                for process in tree(pid)
            }
            print(line(str(number), minute), flush=True)
        for thread in threads:
            thread.join()

    def _plan(self, every: Iterator[list[Request]], count: int) -> Iterator[tuple[float, Request]]:
        for second, listed in enumerate(itertools.islice(every, count)):
            for place, one in enumerate(listed):
                yield self._begun + second + place / len(listed), one

    def _send(self) -> None:
        connection = Connection(self._at.base_url)
        while True:
            with self._lock:
                due, one = next(self._due, (0.0, None))
            if one is None:
                connection.close()
                return
            time.sleep(max(0.0, due - time.monotonic()))
            minute = self.minutes[min(len(self.minutes) - 1, int((due - self._begun) // 60))]
            try:
                answer = connection.send(one)
            except OSError as error:
                minute.failed += 1
                minute.wrong.append(f"{one.data[:60]!r}: {error}")
                connection = Connection(self._at.base_url)
                continue
            minute.milliseconds.append((time.monotonic() - due) * 1000)
            minute.failed += answer.status >= 500
            if not answer.is_right(one):
                minute.wrong.append(f"{one.data[:60]!r}: {answer.status} {answer.body[:200]!r}")


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def slopes(minutes: list[Minute]) -> dict[str, float]:
    """MB a minute by which each process grew that was there all the time; none when it was too short to say."""
    seen = minutes[WARM_MINUTES:]
    if len(seen) < 2:
        return {}
    steady = set.intersection(*(set(minute.megabytes) for minute in seen))
    return {
        name: statistics.linear_regression(range(len(seen)), [minute.megabytes[name] for minute in seen]).slope
        for name in sorted(steady)
        if name.startswith("server")
    }


def line(name: str, minute: Minute) -> str:
    """A minute as a line of the table."""
    times = "  ".join(f"{percentile(minute.milliseconds, share):7.1f}" for share in (0.5, 0.95, 0.99))
    server = " ".join(f"{value:.0f}" for name, value in minute.megabytes.items() if name.startswith("server"))
    database = sum(value for name, value in minute.megabytes.items() if name.startswith("database"))
    counts = f"{len(minute.milliseconds):8}  {times}  {len(minute.wrong):5}  {minute.failed:4}"
    return f"{name:>6}  {counts}  {server} | {database:.0f}"


def soak(backend: str, people: int, minutes: int) -> Minute:
    """All minutes of one database in one; prints as it goes."""
    print(f"\n{backend}, {people:,} people, {RATE} requests a second for {minutes} min")
    print("minute   answers   p50 ms   p95 ms   p99 ms  wrong   5xx  MB of the server's processes | of the database")
    settings = {"LANYARD_JOBS": "on", "LANYARD_LOG_LEVEL": "warning"}
    with crowd(backend, people) as made, serving(made.world, SERVE, "/readyz", settings) as at:
        run = Soak(made, at, minutes)
        run.run()
    whole = Minute()
    for minute in run.minutes:
        whole.milliseconds += minute.milliseconds
        whole.wrong += minute.wrong
        whole.failed += minute.failed
        whole.megabytes = minute.megabytes
    print(line("all", whole))
    for name, slope in slopes(run.minutes).items():
        print(f"{name}: {slope:+.2f} MB/min")
    print("\n".join(whole.wrong[:10]))
    return whole


def main() -> None:
    """Both databases, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--people", type=int, default=SIZES[1])
    parser.add_argument("--minutes", type=int, default=int(os.environ.get("SOAK_MINUTES") or 30))
    wanted = parser.parse_args()
    wholes = [soak(one, wanted.people, wanted.minutes) for one in wanted.database or ("sqlite", "postgresql")]
    sys.exit(1 if any(whole.wrong or whole.failed for whole in wholes) else 0)


if __name__ == "__main__":
    main()

"""Sends requests over several kept-alive connections and tells how long they took and what they cost the server."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench import processes
from bench.wire import Answer, Connection, Request


@dataclass
class Round:
    """What some requests took; rounds add up."""

    requests: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    """Processor time of the server and its database, in seconds."""
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Answers that were not what they had to be."""

    def add(self, other: Round) -> None:
        """Count another round in."""
        self.requests += other.requests
        self.seconds += other.seconds
        self.cpu += other.cpu
        self.times += other.times
        self.wrong += other.wrong

    @property
    def cpu_us(self) -> float:
        """Processor time for one request, in microseconds."""
        return 1e6 * self.cpu / self.requests

    def figures(self) -> dict[str, Any]:
        """As reports tell it."""
        marks = [1000 * mark for mark in statistics.quantiles(self.times, n=100)] if len(self.times) > 1 else [0.0] * 99
        return {
            "requests": self.requests,
            "seconds": self.seconds,
            "per_second": self.requests / self.seconds,
            "cpu_us": self.cpu_us,
            "p50_ms": marks[49],
            "p95_ms": marks[94],
            "p99_ms": marks[98],
            "wrong": self.wrong,
        }


def send(
    base_url: str,
    requests: Sequence[Request],
    *,
    pids: list[int],
    connections: int = 2,
    bodies: list[bytes] | None = None,
) -> Round:
    """Send all requests, shared out between connections; `pids` are the processes whose work counts;
    the answers' bodies go to `bodies`, in no order.

    A connection that is lost is an error of the request that was on it, and is opened again. Raises
    wire.NotLoopback for a target that is not this machine.
    """
    times: list[float] = []
    wrong: list[str] = []

    def work(mine: Sequence[Request]) -> None:
        connection = Connection(base_url)
        took: list[float] = []
        for request in mine:
            try:
                answer = connection.send(request)
            except OSError as error:
                wrong.append(f"{_line(request)}: {error}")
                connection.close()
                connection = Connection(base_url)
                continue
            took.append(answer.seconds)
            if bodies is not None:
                bodies.append(answer.body)
            if not answer.is_right(request):
                wrong.append(f"{_line(request)}: {_told(answer)}")
        connection.close()
        times.extend(took)

    threads = [threading.Thread(target=work, args=(requests[first::connections],)) for first in range(connections)]
    used, begun = processes.cpu(pids), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    cpu = processes.cpu(pids) - used
    return Round(len(requests), seconds, cpu, times, wrong)


def median(rounds: Sequence[Round]) -> Round:
    """The round in the middle, by what it cost, with the wrong answers of all."""
    middle = sorted(rounds, key=lambda one: one.cpu_us)[len(rounds) // 2]
    return replace(middle, wrong=[each for one in rounds for each in one.wrong])


def _line(request: Request) -> str:
    return request.data.partition(b"\r\n")[0].decode("latin-1")


def _told(answer: Answer) -> str:
    return f"{answer.status} {answer.body[:200]!r}"

"""What processes cost, with those that descend from them, from Linux's own books: processor time and memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A line of the books. `cpu` is in seconds, that of children that ended included; memory in MB."""

    pid: int
    cpu: float
    rss: float
    peak: float


def tree(pid: int) -> list[Process]:
    """A process and all that descend from it, as far as they are alive."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (fields := _stat(int(path.name))) is not None:
            children.setdefault(int(fields[1]), []).append(int(path.name))
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, ())
        if (process := _process(one)) is not None:
            found.append(process)
    return found


def cpu(pids: list[int]) -> float:
    """The seconds that these processes and all that descend from them have used up."""
    return sum(process.cpu for pid in pids for process in tree(pid))


def _process(pid: int) -> Process | None:
    fields = _stat(pid)
    if fields is None:
        return None
    memory = {}
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in {"VmRSS", "VmHWM"}:
                memory[name] = int(value.split()[0]) / 1024
    except FileNotFoundError:
        return None
    children = sum(int(fields[place]) for place in (13, 14)) / _TICK  # cutime, cstime: of those that ended
    return Process(pid, _used(pid) + children, memory.get("VmRSS", 0.0), memory.get("VmHWM", 0.0))


def _used(pid: int) -> float:
    """The seconds that a process used itself, by its clock (clock_getcpuclockid(3)): `stat` counts hundredths."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:  # it has ended
        return 0.0


def _stat(pid: int) -> list[str] | None:
    """The fields of proc(5)'s `stat` from the third on; None when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None

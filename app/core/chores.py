"""Small chores that a server process does beside its requests, in one thread of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.core.errors import LanyardError
from app.core.turns import beside_requests

Chore = Callable[[], object]

log = structlog.get_logger("lanyard.chores")


@dataclass(slots=True)
class _Entry:
    name: str
    seconds: float
    chore: Chore
    first: float
    """Seconds after the start until its first turn."""
    at_end: bool
    due: float = 0.0


class Chores:
    """Chores with the time between two turns. The thread starts with the first `wake`: after a fork, not before."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._stirred = threading.Event()
        self._process: int | None = None
        self._thread: threading.Thread | None = None

    def every(self, seconds: float, name: str, chore: Chore, *, at_once: bool = False, at_end: bool = False) -> None:
        """Have `chore` done every so many seconds: also at the start if `at_once`, and at the end if `at_end`."""
        self._entries.append(_Entry(name, seconds, chore, 0.0 if at_once else seconds, at_end))

    def wake(self) -> None:
        """Start the thread in this process, unless it runs."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
            self._ended, self._stirred = threading.Event(), threading.Event()
            for entry in self._entries:
                entry.due = time.monotonic() + entry.first
            self._thread = threading.Thread(
                target=self._run, args=(self._ended, self._stirred), name="chores", daemon=True
            )
            self._thread.start()

    def soon(self, name: str, seconds: float) -> None:
        """Have the chore of this name done within so many seconds, not only when its turn comes. Wakes the thread."""
        self.wake()
        for entry in self._entries:
            if entry.name == name:
                entry.due = min(entry.due, time.monotonic() + seconds)
        self._stirred.set()

    def end(self) -> None:
        """End the thread, then do what is to be done at the end. Without a thread there is nothing to end."""
        with self._lock:
            if self._process != os.getpid() or self._thread is None:
                return
            thread, self._thread, self._process = self._thread, None, None
            self._ended.set()
            self._stirred.set()
        thread.join()
        for entry in self._entries:
            if entry.at_end:
                _do(entry)

    def _run(self, ended: threading.Event, stirred: threading.Event) -> None:
        # Its own events: a request that is still answered may start the next thread while this one is to end.
        with beside_requests():
            while not ended.is_set():
                stirred.wait(max(0.0, min(entry.due for entry in self._entries) - time.monotonic()))
                stirred.clear()
                if ended.is_set():
                    return
                for entry in self._entries:
                    if entry.due <= time.monotonic():
                        entry.due = time.monotonic() + entry.seconds  # before: `soon` may be said while it is done
                        _do(entry)


def _do(entry: _Entry) -> None:
    try:
        entry.chore()
    except LanyardError as error:  # foreseen, such as a database that is away
        log.warning("a chore has to wait", chore=entry.name, reason=str(error))
    except Exception:  # whatever it is: the next turn may do better, and the others go on
        log.exception("a chore failed", chore=entry.name)

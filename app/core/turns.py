"""Whose turn it is to write: so that writers do not collide, and do not keep everybody else from being answered."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.away import CANNOT_BE_REACHED, WRITERS_WAIT
from app.core.errors import Unavailable

PATIENCE_SECONDS = 5.0


_mine = threading.local()


@contextmanager
def beside_requests() -> Iterator[None]:
    """This thread answers nobody, so no gate counts what it writes."""
    _mine.uncounted = True
    try:
        yield
    finally:
        _mine.uncounted = False


class Gate:
    """Lets `most` threads of this process write at a time, so that one is left to read.

    Whoever finds it full waits PATIENCE_SECONDS. After somebody did so in vain nobody waits any more until a writer
    has come out: each would keep a thread from those who only read.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._stuck = False
        self._changed = threading.Condition()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be one of those who write. Raises Unavailable when they take too long."""
        if getattr(_mine, "uncounted", False):
            yield
            return
        with self._changed:
            if not self._has_room() and (
                self._stuck or not self._changed.wait_for(self._has_room, timeout=PATIENCE_SECONDS)
            ):
                self._stuck = True
                raise Unavailable(WRITERS_WAIT)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._stuck = False
                self._changed.notify()

    def _has_room(self) -> bool:
        return self._inside < self._most


class WriterQueue:
    """Lets SQLite's writers wait in front of the database, first come first served, instead of colliding inside it."""

    def __init__(self, database: str | None) -> None:
        self._path = f"{database}.writers"
        self._threads = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the only turn among the threads of this process and all processes on this database.

        Raises Unavailable when the database's folder is away or full.
        """
        with self._threads:
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise Unavailable(CANNOT_BE_REACHED) from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

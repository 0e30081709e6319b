"""The queue that wakes consumers: huey, in a file of its own beside SQLite, in tables of its own on PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.engine import URL

log = structlog.get_logger("lanyard.jobs")

MOST_WAITING = 100
"""Wakes in the queue; one more would say nothing new."""
FILE = "jobs.db"

Do = Callable[[str, str | None], None]
"""Runs the job of that name, for the slot (RFC 3339) or because it was woken."""


class _Json(Serializer):  # type: ignore[misc]  # huey has no types
    """Messages as JSON: huey's pickles would run whatever somebody puts into the queue."""

    def _serialize(self, data: Message) -> bytes:
        return orjson.dumps(list(data))

    def _deserialize(self, data: bytes) -> Message:
        return Message(*orjson.loads(bytes(data)))


def _nothing(_name: str, _slot: str | None) -> None:
    raise RuntimeError("this process puts into the queue and takes nothing out")


class Queue:
    """The installation's queue, opened in this process; `do` is needed by consumers alone.

    Opening and putting raise the driver's errors when the queue is away.
    """

    def __init__(self, url: URL, data_dir: Path, do: Do = _nothing) -> None:
        self.huey = _open(url, data_dir)

        def run(name: str, slot: str | None = None) -> None:
            do(name, slot)

        self._run = self.huey.task(name="run")(run)

    def put(self, name: str, slot: str | None = None) -> None:
        """Have a consumer look at the job, for the slot or because something waits."""
        self._run(name, slot)

    def is_full(self) -> bool:
        """Whether so many wakes wait that another says nothing new."""
        waiting: int = self.huey.storage.queue_size()
        return waiting >= MOST_WAITING


def _open(url: URL, data_dir: Path) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": _Json()}
    if url.get_backend_name() == "sqlite":
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / FILE).touch(mode=0o600)
        # Nothing in it must survive a power cut, so nobody waits for the disk.
        return SqliteHuey("lanyard", filename=str(data_dir / FILE), fsync=False, **options)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgresHuey("lanyard", dsn=address, connect_timeout=5, **options)


class Waker:
    """Wakes the consumer, wherever it runs. Safe to share between threads; opened at the first wake of a process."""

    def __init__(self, url: URL, data_dir: Path) -> None:
        self._url = url
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._process: int | None = None
        self._queue: Queue | None = None

    def __call__(self, name: str) -> None:
        """Have the job looked at soon. Where that fails it is looked at within the minute all the same."""
        try:
            queue = self._opened()
            if not queue.is_full():
                queue.put(name)
        except Exception as error:  # noqa: BLE001 (the work is committed: nothing of the queue may undo the answer)
            log.warning("the queue of jobs is away", job=name, reason=type(error).__name__)

    def _opened(self) -> Queue:
        with self._lock:
            if self._queue is None or self._process != os.getpid():
                self._queue, self._process = Queue(self._url, self._data_dir), os.getpid()
            return self._queue

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._lock:
            if self._queue is not None and self._process == os.getpid():
                self._queue.huey.storage.close()
            self._queue = None

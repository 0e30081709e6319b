"""The HTTP server: gunicorn, set up here and nowhere else."""

from __future__ import annotations

import gc
import mmap
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from app.core.settings import Settings
from app.web import scope
from app.web.worker import ENDING, HEADER_FIELD_BYTES, HEADER_FIELDS, REQUEST_LINE_BYTES, Worker

TIMEOUT_SECONDS = 60
KEEPALIVE_SECONDS = 75
"""Longer than the idle time of common proxies, so that they close first."""
RESTART_SECONDS = 10.0
COMPANION_SECONDS = 15.0
"""Longer than it takes to end what it does."""
STOPPING_SECONDS = 60
"""For requests that are under way: a push may wait that long behind an act for everybody."""
COLLECT_AFTER = 20_000
"""New objects of the kinds that can form cycles: what a dozen requests leave."""

log = structlog.get_logger("lanyard.server")


class Companion:
    """A process beside the server's workers, started again when it ends too soon."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._tried: float | None = None

    def keep(self) -> None:
        """Start it unless it runs; not more often than every RESTART_SECONDS. When that fails, the log says so."""
        if self._process is not None and self._process.poll() is None:
            return
        now = time.monotonic()
        if self._tried is not None and now - self._tried <= RESTART_SECONDS:
            return
        self._tried = now
        try:
            self._process = self._start()
        except OSError as error:
            log.warning("the background work cannot be started", reason=str(error))

    def end(self) -> None:
        """End it: by and by, or at once after COMPANION_SECONDS."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(COMPANION_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Leaving:
    """Whether the server is about to stop: said by its first process, seen by all that it forks."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def say(self) -> None:
        """From now on it is."""
        self._shared[0] = 1

    def __bool__(self) -> bool:
        return self._shared[0] == 1


class Master(Arbiter):
    """gunicorn's first process, which looks after a companion as it does after its workers.

    Told to stop (SIGTERM), it goes on for `drain_seconds`, so that a balancer hears of it in time: a listener that is
    closed at once takes the connections with it that nobody has accepted yet. Told again, it stops.
    """

    def __init__(self, app: BaseApplication, companion: Companion | None, leaving: Leaving, drain_seconds: int) -> None:
        super().__init__(app)
        self._companion = companion
        self._leaving = leaving
        self._drain_seconds = drain_seconds
        self._last_moment: float | None = None

    def spawn_worker(self) -> int:
        """Start a worker. Signals that end it wait until it has handlers for them.

        Python forgets, in a process that it has just forked, what came before the first step there; gunicorn, which
        tells its workers once, would wait STOPPING_SECONDS for one that was told then.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            return int(super().spawn_worker())
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def manage_workers(self) -> None:
        """Once a second, and whenever a child ended: have everybody there who should be, until it is time to stop."""
        super().manage_workers()
        if self._companion is not None:
            self._companion.keep()
        if self._last_moment is not None and time.monotonic() >= self._last_moment:
            raise StopIteration

    def handle_term(self) -> None:
        """Stop when others have heard of it."""
        if self._drain_seconds == 0 or self._leaving:
            raise StopIteration
        self._leaving.say()
        self._last_moment = time.monotonic() + self._drain_seconds


def _collect_seldom() -> None:
    """Have the search for cycles of objects leave out what was made so far and is never given up, and come seldom.

    As Python sets it, the search goes through each answer's objects several times while it is made, and now and then
    through all those of the application: a fifth to a third of the processor time of a page of users.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


class Server(BaseApplication):
    """Serves one application until it is told to stop; `companion` starts a process that is kept beside it."""

    def __init__(
        self,
        settings: Settings,
        create: Callable[[Settings], Flask],
        ready: Callable[[], None],
        companion: Callable[[], subprocess.Popen[bytes]] | None = None,
    ) -> None:
        self._settings = settings
        self._create = create
        self._ready = ready
        self._companion = Companion(companion) if companion is not None else None
        self._leaving = Leaving()
        self._application: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up from the settings alone: no configuration file, no environment."""
        for name, value in {
            "bind": [self._settings.bind],
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "worker_class": Worker,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": STOPPING_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "limit_request_line": REQUEST_LINE_BYTES,
            "limit_request_fields": HEADER_FIELDS,
            "limit_request_field_size": HEADER_FIELD_BYTES,
            "control_socket_disable": True,  # it would be made in the home folder
            "loglevel": "warning",
            "proc_name": "lanyard",
            "when_ready": lambda _server: self._ready(),
            "worker_exit": lambda _server, _worker: self._end(),
            "on_exit": lambda _server: self._companion.end() if self._companion is not None else None,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker after the fork: connections are not shared between processes."""
        self._application = self._create(self._settings)
        _collect_seldom()
        scope.leave_when(self._application, lambda: bool(self._leaving))
        return self._application

    def run(self) -> None:
        """Serve until told to stop; then the process ends."""
        Master(self, self._companion, self._leaving, self._settings.drain_seconds).run()

    def _end(self) -> None:
        """Finish what a worker that ends by and by has still to do."""
        if self._application is not None:
            scope.chores(self._application).end()

"""The HTTP server: gunicorn, set up here and nowhere else."""

from __future__ import annotations

import gc
import mmap
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from http import HTTPStatus
from types import FrameType
from typing import Any

import orjson
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from app.core.settings import Settings
from app.web import scope

REQUEST_LINE_BYTES = 8190
"""Room for a filter of 4 KB in percent-encoding's worst common case; gunicorn's own maximum."""
HEADER_FIELDS = 64
HEADER_FIELD_BYTES = 8190
TIMEOUT_SECONDS = 60
KEEPALIVE_SECONDS = 75
"""Longer than the idle time of common proxies, so that they close first."""
RESTART_SECONDS = 10.0
COMPANION_SECONDS = 15.0
"""Longer than it takes to end what it does."""
COLLECT_AFTER = 20_000
"""New objects of the kinds that can form cycles: what a dozen requests leave."""


ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Worker(ThreadWorker):
    """A server process that ends when it is told to, whatever it is doing, and from its first step on."""

    def init_signals(self) -> None:
        """Heed the signals that the first process held back for this one before it came to life."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End at once; what is not committed yet is rolled back.

        gunicorn takes a lock here and raises SystemExit. The lock may be held by the very code that the signal
        interrupts, and inside a callback of the garbage collector the exception is lost; either way the process stays.
        """
        os._exit(0)

    def is_parent_alive(self) -> bool:
        """Whether the first process lives. If not, this one stops as if it had been told to.

        gunicorn's would keep its connections for as long as somebody uses them, and the port with them, which the next
        server waits for.
        """
        if not super().is_parent_alive():
            self.alive = False
        return bool(self.alive)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer what is no HTTP as RFC 7644 §3.12 says: gunicorn's own answer is HTML, which no directory can read."""
        if req is not None or not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        status, why = next(
            (known for kind, known in _MALFORMED.items() if isinstance(exc, kind)),
            (HTTPStatus.BAD_REQUEST, str(exc)),
        )
        self.log.warning(
            "Request refused: %s", type(exc).__name__
        )  # its text repeats the request, which may name people
        try:
            client.sendall(_refusal(status, f"This is no lawful HTTP request: {why}."))
        except OSError as error:
            self.log.debug("The sender of a malformed request is gone: %s", error)


_MALFORMED = {
    LimitRequestLine: (
        HTTPStatus.REQUEST_URI_TOO_LONG,
        f"its request line is longer than {REQUEST_LINE_BYTES} bytes",
    ),
    LimitRequestHeaders: (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        f"it has more than {HEADER_FIELDS} header fields, or one of more than {HEADER_FIELD_BYTES} bytes",
    ),
    ExpectationFailed: (HTTPStatus.EXPECTATION_FAILED, "the only expectation that is met is 100-continue"),
    UnsupportedTransferCoding: (HTTPStatus.NOT_IMPLEMENTED, "its transfer coding is none that is known here"),
}


def _refusal(status: HTTPStatus, detail: str) -> bytes:
    body = orjson.dumps(
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(int(status)), "detail": detail}
    )
    head = (
        f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Companion:
    """A process beside the server's workers, started again when it ends too soon."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def keep(self) -> None:
        """Start it unless it runs; not more often than every RESTART_SECONDS."""
        if self._process is not None and self._process.poll() is None:
            return
        now = time.monotonic()
        if self._process is None or now - self._started > RESTART_SECONDS:
            self._process, self._started = self._start(), now

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
        tells its workers once, would wait 20 seconds for one that was told then.
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
            "graceful_timeout": 20,
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

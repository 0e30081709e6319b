"""One process of the HTTP server: ends when it is told to, waits for no client for ever, answers what is no HTTP."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from types import FrameType
from typing import Any

import orjson
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import TConn, ThreadWorker

REQUEST_LINE_BYTES = 8190
"""Room for a filter of 4 KB in percent-encoding's worst common case; gunicorn's own maximum."""
HEADER_FIELDS = 64
HEADER_FIELD_BYTES = 8190
READING_SECONDS = 60.0
"""For a client to send its request, and longer for what it says that it sends, by the next two."""
READING_RATE = 250_000
"""Bytes a second: a photo from a telephone that has 2 Mbit/s."""
MOST_BYTES = 50_000_000
"""The longest body that is waited for: photos of a form, each of at most 25 MB. Also one in chunks."""
ANSWERING_SECONDS = 600.0
"""For the answer to be taken, from the beginning of the request on: 100,000 people as a file over a slow line."""

ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


@dataclass(slots=True)
class _Wait:
    """Until when a client is waited for, by the monotonic clock."""

    read_by: float
    answer_by: float
    is_shut: bool = False


class Worker(ThreadWorker):
    """A server process that ends when it is told to, whatever it is doing, and from its first step on."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waits: dict[TConn, _Wait] = {}

    def init_signals(self) -> None:
        """Heed the signals that the first process held back for this one before it came to life."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def handle(self, conn: TConn) -> Any:
        """Answer a request, as gunicorn's does; how long it takes is looked at meanwhile."""
        now = time.monotonic()
        wait = self._waits[conn] = _Wait(now + READING_SECONDS, now + ANSWERING_SECONDS)
        try:
            keep_open = super().handle(conn)
        finally:
            del self._waits[conn]
        return False if wait.is_shut else keep_open

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """The same once the head is there, which says how long the body is."""
        said = dict(req.headers)
        length = said.get("CONTENT-LENGTH", str(MOST_BYTES) if "TRANSFER-ENCODING" in said else "0")
        self._waits[conn].read_by += min(int(length), MOST_BYTES) / READING_RATE
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Once a second: let go of those who wait for clients that do not send, or do not take what they asked for.

        gunicorn would wait for ever, and who opens as many such connections as there are threads stops a server.
        """
        now = time.monotonic()
        if not self.alive:  # who stops does not wait for connections on which nothing was ever sent
            for conn in self.pending_conns:
                conn.timeout = now
        super().murder_pending()
        for conn, wait in self._waits.copy().items():
            if now > wait.read_by:
                wait.is_shut = True
                # Whoever reads from the connection finds its end; who writes, that nobody is there any more.
                how = socket.SHUT_RDWR if now > wait.answer_by else socket.SHUT_RD
                try:
                    conn.sock.shutdown(how)
                except OSError as error:
                    self.log.debug("A client that was waited for is gone: %s", error)

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

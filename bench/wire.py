"""HTTP/1.1 over one kept-alive connection, with as little of a client as measuring allows. Loopback only."""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

SECONDS = 60.0
_END = b"\r\n\r\n"


class NotLoopback(ValueError):
    """A target that is not this machine: load is for nobody else."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, ready to be sent, and what its answer must be to count as right."""

    data: bytes
    status: int
    holds: bytes = b""
    """What the answer's body must hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def is_right(self, request: Request) -> bool:
        """Whether this is the answer that the request wants."""
        return self.status == request.status and request.holds in self.body


class Connection:
    """A connection to a server of this machine. Raises NotLoopback for another's address."""

    def __init__(self, base_url: str) -> None:
        host, port = loopback(base_url)
        self._socket = socket.create_connection((host, port), timeout=SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def send(self, request: Request) -> Answer:
        """The answer to a request. Raises OSError when the connection is lost or nothing comes in SECONDS."""
        begun = time.perf_counter()
        self._socket.sendall(request.data)
        received = b""
        while _END not in received:
            received += self._more()
        head, _, body = received.partition(_END)
        status = int(head[9:12])
        missing = _length(head, status) - len(body)
        parts = [body]
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return Answer(status, head, b"".join(parts), time.perf_counter() - begun)

    def _more(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionResetError("the server has closed the connection")
        return data


def loopback(base_url: str) -> tuple[str, int]:
    """The address and port of a URL on this machine. Raises NotLoopback for any other."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or parts.port is None:
        raise NotLoopback(f"{base_url} is not an address of this machine with a port; load is sent nowhere else")
    return ("127.0.0.1" if host == "localhost" else host), parts.port


def request(
    method: str, target: str, body: bytes | None = None, *, headers: str = "", status: int = 200, holds: bytes = b""
) -> Request:
    """A request for `target` (path and query); `headers` are whole lines, each with its end."""
    length = f"Content-Length: {len(body)}\r\n" if body is not None else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{length}\r\n"
    return Request(head.encode("latin-1") + (body or b""), status, holds)


def _length(head: bytes, status: int) -> int:
    if status in {204, 304}:
        return 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError(f"an answer without a length: {head!r}")

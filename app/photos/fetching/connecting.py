"""One request over TLS to an address that was checked, within a time that nothing the other side does can lengthen.

http.client reads the answer. What it reads from is ours: every wait ends at the deadline, however little comes however
often; and it has a connection already, so it never looks up a name.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from app.photos.fetching.addresses import WebAddress

CONNECT_SECONDS = 5.0
"""For connecting and the TLS handshake, each."""
READ_SECONDS = 10.0
"""Without a byte."""


@contextmanager
def answer_of(
    address: WebAddress, ips: Sequence[str], tls: ssl.SSLContext, headers: Mapping[str, str], deadline: float
) -> Iterator[HTTPResponse]:
    """The answer to a GET, its body to be read within the block. `deadline` is of time.monotonic.

    The first of `ips` that takes the connection is asked. Raises OSError and HTTPException, TimeoutError among them.
    """
    with _connected(address, ips, deadline) as plain, _secured(plain, address, tls, deadline) as secure:
        connection = HTTPConnection(address.host, address.port)
        connection.auto_open = 0
        connection.sock = _Timed(secure, deadline)  # has what http.client uses of a socket
        connection.putrequest("GET", address.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": address.authority, **headers, "Connection": "close"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            yield response


def _connected(address: WebAddress, ips: Sequence[str], deadline: float) -> socket.socket:
    reason: OSError = TimeoutError()
    for ip in ips:
        try:
            return socket.create_connection((ip, address.port), timeout=_left(deadline, CONNECT_SECONDS))
        except OSError as error:
            reason = error
    raise reason


def _secured(plain: socket.socket, address: WebAddress, tls: ssl.SSLContext, deadline: float) -> ssl.SSLSocket:
    plain.settimeout(_left(deadline, CONNECT_SECONDS))
    return tls.wrap_socket(plain, server_hostname=address.host)


def _left(deadline: float, most: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, most)


class _Timed:
    """A connection as http.client uses one, which is not used beyond its deadline."""

    def __init__(self, secure: ssl.SSLSocket, deadline: float) -> None:
        self._secure = secure
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._secure.settimeout(_left(self._deadline, READ_SECONDS))
        self._secure.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._secure, self._deadline))

    def close(self) -> None:
        """Nothing: http.client closes as soon as it has the head, and the body is read from the same connection."""


class _Incoming(io.RawIOBase):
    """What comes in, until the deadline."""

    def __init__(self, secure: ssl.SSLSocket, deadline: float) -> None:
        self._secure = secure
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._secure.settimeout(_left(self._deadline, READ_SECONDS))
        return self._secure.recv_into(buffer)

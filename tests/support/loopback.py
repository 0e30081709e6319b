"""Keeps a process to this machine: whatever reaches for another address is stopped."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

from sqlalchemy.engine import make_url

_LISTENING = {"", "0.0.0.0", "::"}  # addresses to listen at, not to reach


class BeyondLoopback(RuntimeError):
    """Something reached for an address that is not on this machine."""


def keep_to_loopback() -> None:
    """From now on, connecting, sending or looking up a name beyond loopback raises BeyondLoopback.

    Only the database that TEST_DATABASE_URL names may be elsewhere.
    """
    database = os.environ.get("TEST_DATABASE_URL")
    allowed = {make_url(database).host} if database else set()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event == "socket.getaddrinfo":
            host = arguments[0]
        else:
            return
        if host is not None and host not in allowed and not _is_here(host):
            raise BeyondLoopback(f"{event} to {host!r}: tests stay on this machine")

    sys.addaudithook(watch)


def _is_here(host: str | bytes) -> bool:
    name = host.decode("idna") if isinstance(host, bytes) else host
    if name == "localhost" or name in _LISTENING:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

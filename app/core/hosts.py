"""Names of hosts, written plainly: in ASCII and whole, as certificates have them. Pure."""

from __future__ import annotations

import re

HTTPS = 443

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(
    rf"(?P<host>(?=.{{1,253}}(?::|$))(?:{_LABEL}\.)+(?=[a-z]){_LABEL})(?::(?P<port>[1-9][0-9]{{0,4}}))?", re.IGNORECASE
)
"""The last part of a name begins with a letter, which that of no spelling of an IPv4 address does."""


def parse_host(text: str) -> tuple[str, int]:
    """Name, in small letters, and port in `photos.example` or `photos.example:8443`; HTTPS where none is named.

    Raises ValueError for anything else: an IP address, a name of one part, a dot at its end, another script.
    """
    match = _HOST.fullmatch(text)
    port = int(match["port"] or HTTPS) if match else 0
    if match is None or port > 65535:
        raise ValueError(f"{text!r} is not the name of a host")
    return match["host"].lower(), port


def authority(host: str, port: int) -> str:
    """Both as an https address and the header `Host` have them."""
    return host if port == HTTPS else f"{host}:{port}"

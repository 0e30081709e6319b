"""Fetching a photo from a web address that somebody else wrote down.

Who gives an address learns of it that a photo came, that the server there answered something else, or NOT_FETCHED:
the same sentence for an address that is not allowed, a name that is not there and a machine that does not answer.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from threading import Thread

from app.photos.fetching.addresses import (
    NotAllowed,
    WebAddress,
    is_listed,
    is_public,
    parse_address,
    parse_redirect,
)
from app.photos.fetching.connecting import answer_of
from app.photos.images import MAX_BYTES

SECONDS = 20.0
"""For all of it: redirects, names, connections, bytes."""
NAME_SECONDS = 5.0
"""For looking up a name."""
REDIRECTS = 3
AT_ONCE = 64 * 1024

NOT_FETCHED = (
    "The photo cannot be fetched. Its address must begin with https:// and name a host on the internet that answers"
    " with a picture, and the server's operator must allow that host (LANYARD_PHOTO_HOSTS)."
)
TOO_LARGE = f"The photo is larger than {MAX_BYTES // 1024 // 1024} MB."

_MOVED = frozenset({301, 302, 303, 307, 308})
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


class NotFetched(Exception):
    """No photo came; the text is a sentence that may be told to whoever gave the address."""


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server knows that the photo is still the same (RFC 9110 §8.8), as far as it said."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """What asks for the photo only if it is another."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, at most images.MAX_BYTES, and unseen; None where it is what it was."""

    content: bytes | None
    validators: Validators


Resolver = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host, as text. Raises OSError where there are none."""


def resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Fetcher:
    """Fetches from `hosts` (addresses.is_listed) what lies on the internet. Safe to share between threads.

    Whoever constructs it otherwise than with `hosts` alone says themselves how names are resolved, which machines may
    be asked and whom to believe; nothing in the environment does, but the roots that OpenSSL trusts.
    """

    hosts: frozenset[str]
    resolver: Resolver = resolve
    is_allowed: Callable[[str], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = SECONDS

    def fetch(self, text: str, known: Validators = Validators()) -> Fetched:
        """What lies at the address, unless it is what it was when `known` was said of it. Raises NotFetched."""
        deadline = time.monotonic() + self.seconds
        try:
            address = parse_address(text)
            for _ in range(REDIRECTS + 1):
                found = self._asked(address, known, deadline)
                if isinstance(found, Fetched):
                    return found
                address = found
        except (NotAllowed, OSError, HTTPException, UnicodeError) as error:
            raise NotFetched(NOT_FETCHED) from error
        raise NotFetched(NOT_FETCHED)

    def _asked(self, address: WebAddress, known: Validators, deadline: float) -> Fetched | WebAddress:
        """What came, or where it is instead."""
        ips = self._checked(address, deadline)
        headers = {
            "User-Agent": "Lanyard",
            "Accept": "image/jpeg, image/png, image/webp",
            "Accept-Encoding": "identity",
            **known.headers(),
        }
        with answer_of(address, ips, self.tls, headers, deadline) as response:
            if response.status in _MOVED:
                return parse_redirect(address, response.getheader("Location") or "")
            if response.status == HTTPStatus.NOT_MODIFIED and known.headers():
                return Fetched(None, known)
            if response.status != HTTPStatus.OK:
                raise NotFetched(f"The server at the photo's address answers {response.status} instead of a photo.")
            if response.getheader("Content-Encoding", "identity").lower() != "identity":
                raise NotFetched("The server at the photo's address compresses it, which it was asked not to do.")
            return Fetched(_read(response), _said(response))

    def _checked(self, address: WebAddress, deadline: float) -> Sequence[str]:
        """The IP addresses of the host, each of which may be asked: one that may not spoils the others."""
        if not is_listed(address, self.hosts):
            raise NotAllowed
        ips = _in_time(
            lambda: self.resolver(address.host, address.port), min(NAME_SECONDS, deadline - time.monotonic())
        )
        if not ips or not all(map(self.is_allowed, ips)):
            raise NotAllowed
        return ips


def _read(response: HTTPResponse) -> bytes:
    content = bytearray()
    while piece := response.read(AT_ONCE):
        content += piece
        if len(content) > MAX_BYTES:
            raise NotFetched(TOO_LARGE)
    if response.length:
        raise HTTPException("cut off")
    return bytes(content)


def _said(response: HTTPResponse) -> Validators:
    """What the server said of the photo's version, where it is written as it should be."""
    etag, date = response.getheader("ETag", ""), response.getheader("Last-Modified", "")
    return Validators(etag if _ETAG.fullmatch(etag) else None, date if _DATE.fullmatch(date) else None)


def _in_time(work: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """What `work` returns or raises; TimeoutError after so long. What takes longer ends by itself, unheard."""
    done: Future[Sequence[str]] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 (raised where it is waited for)
            done.set_exception(error)

    Thread(target=run, name="resolving", daemon=True).start()
    return done.result(timeout=max(0.0, seconds))

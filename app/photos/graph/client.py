"""Microsoft Graph over HTTP, as far as photos go: what it says of them, and their bytes. Knows no database.

Requests go to the one address that the installation names, follow no redirect, carry no cookie, and are bounded in time
and bytes. A photo's `@odata.mediaEtag` tells whether it changed: Graph does not answer `If-None-Match` for photos.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
import requests
import urllib3

from app.core import clock
from app.core.errors import LanyardError

VERSION = "v1.0"
MOST_IN_BATCH = 20
"""Requests that Graph takes in one batch."""
CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3, 10, 30
MOST_JSON_BYTES = 512 * 1024
MOST_PHOTO_BYTES = 8 * 1024 * 1024
"""Twice what Graph takes."""
SHORTEST_WAIT, USUAL_WAIT, LONGEST_WAIT = 1, 60, 3600
"""Seconds to leave Graph alone when it wants that: at least, where it does not say, at most."""

ME = "/me/photo"


class GraphError(LanyardError):
    """Graph cannot be asked; the sentence says why. Nothing is known of anybody's photo by it."""


class Away(GraphError):
    """Graph cannot be reached, or does not answer as it should. Later it may."""


class TooLarge(GraphError):
    """What Graph answers has more bytes than are read."""


class Denied(GraphError):
    """Graph does not let whoever has this token ask. The sentence has its status and code."""


class NotTaken(GraphError):
    """Graph does not take this token (401). The sentence has its code."""


class Busy(GraphError):
    """Graph wants to be left alone for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Microsoft Graph asks to be left alone for {seconds:.0f} seconds")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What Graph answered to one request. `code` is that of its error, `wait` how long it wants to be left alone."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """Bytes; of a request in a batch what its JSON held."""

    @property
    def is_busy(self) -> bool:
        """Whether there were too many requests."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def wait(self) -> float:
        """Seconds, by `Retry-After` (RFC 9110 §10.2.3), within reason."""
        return _wait(self.headers.get("retry-after"))

    @property
    def said(self) -> Mapping[str, Any]:
        """The JSON object in the body; an empty one for anything else."""
        body = self.body
        if isinstance(body, bytes):
            try:
                body = orjson.loads(body)
            except orjson.JSONDecodeError:
                return {}
        return body if isinstance(body, Mapping) else {}

    @property
    def code(self) -> str:
        """The code of an error, such as ImageNotFound; empty where there is none."""
        error = self.said.get("error")
        code = error.get("code") if isinstance(error, Mapping) else None
        return code[:64] if isinstance(code, str) and code.isprintable() else ""

    @property
    def in_words(self) -> str:
        """Status and code, for people."""
        return f"{self.status} {self.code}".strip()


def photo_of(object_id: str) -> str:
    """The path of somebody's photo."""
    return f"/users/{quote(object_id, safe='')}/photo"


class Graph:
    """Graph, asked with one token. Safe to share between threads: each has its own connection.

    Every method raises Away, Busy, NotTaken and TooLarge.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}/{VERSION}"
        self._token = token
        self._threads = threading.local()

    def look(self, path: str) -> Answer:
        """What Graph says of the photo at `path`: one small request."""
        return self._request("GET", path, MOST_JSON_BYTES)

    def look_at_all(self, paths: Sequence[str]) -> list[Answer]:
        """The same for up to MOST_IN_BATCH paths in their order, in one request.

        Each has been judged by itself: that one is busy says nothing of the others. Status 0 stands for no answer.
        Raises Denied as well.
        """
        wanted = [{"id": str(place), "method": "GET", "url": path} for place, path in enumerate(paths)]
        answer = self._request("POST", "/$batch", MOST_JSON_BYTES, {"requests": wanted})
        if answer.status == HTTPStatus.FORBIDDEN:
            raise Denied(f"Microsoft Graph refuses to be asked: {answer.in_words}")
        listed = answer.said.get("responses")
        if answer.status != HTTPStatus.OK or not isinstance(listed, list):
            raise Away(f"Microsoft Graph does not answer as it should: {answer.in_words}")
        found = {one.get("id"): _answer(one) for one in listed if isinstance(one, Mapping)}
        return [found.get(str(place), Answer(0, {}, b"")) for place in range(len(paths))]

    def download(self, path: str) -> Answer:
        """The photo at `path`, as large as there is one: its bytes are the body of an answer of status 200."""
        return self._request("GET", f"{path}/$value", MOST_PHOTO_BYTES)

    def _request(self, method: str, path: str, most: int, content: Any = None) -> Answer:
        deadline = time.monotonic() + ALL_SECONDS
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._session().request(
                method,
                self._url + path,
                data=None if content is None else orjson.dumps(content),
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, most, deadline)
                answer = Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)
        except (requests.Timeout, urllib3.exceptions.TimeoutError, _TooSlow) as error:
            raise Away("Microsoft Graph takes too long to answer") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Away("Microsoft Graph cannot be reached") from error
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise NotTaken(f"Microsoft Graph does not take the token: {answer.in_words}")
        if answer.is_busy:
            raise Busy(answer.wait)
        return answer

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False
        session.cookies.clear()
        return session


class _TooSlow(Exception):
    pass


def _read(response: requests.Response, most: int, deadline: float) -> bytes:
    """The body, by what has arrived: the time-out is for each piece, the deadline for all."""
    body = bytearray()
    while piece := response.raw.read1(64 * 1024, decode_content=False):
        body += piece
        if len(body) > most:
            raise TooLarge(f"Microsoft Graph answers more than {most // 1024} kB")
        if time.monotonic() > deadline:
            raise _TooSlow
    return bytes(body)


def _answer(listed: Mapping[str, Any]) -> Answer:
    status, headers = listed.get("status"), listed.get("headers")
    given = headers.items() if isinstance(headers, Mapping) else ()
    return Answer(
        status if isinstance(status, int) else 0,
        {str(name).lower(): str(value) for name, value in given},
        listed.get("body"),
    )


def _wait(text: str | None) -> float:
    seconds: float = USUAL_WAIT
    if text and text.isascii() and text.isdigit():
        seconds = int(text)
    elif text:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return USUAL_WAIT
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - clock.now()).total_seconds()
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)

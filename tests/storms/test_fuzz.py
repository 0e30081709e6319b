"""Requests with something wrong with them, by the thousand: every answer is SCIM's, none of them is a server error."""

from __future__ import annotations

import http.client
import random
from collections import Counter
from contextlib import closing
from urllib.parse import urlsplit

from tests.storms.crowd import Speaker
from tests.storms.mutations import Request, lawful, mutated
from tests.support.effort import effort
from tests.support.server import Server

REQUESTS = effort(1_500, 20_000)
SEED = 7644


class Wire:
    """One connection to `server`, opened anew when the server ends it."""

    def __init__(self, server: Server) -> None:
        parts = urlsplit(server.scim_url)
        self._prefix = parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._token = server.token

    def send(self, request: Request) -> tuple[int, str, bytes]:
        """Status, media type and body of the answer."""
        headers = {"Authorization": f"Bearer {self._token}"}
        if request.content_type is not None and request.data is not None:
            headers["Content-Type"] = request.content_type
        self._connection.request(request.method, self._prefix + request.target, request.data, headers)
        response = self._connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def complaints(request: Request, status: int, media_type: str, body: bytes) -> str | None:
    """What is wrong with an answer, if anything."""
    if status >= 500:
        return f"{status}"
    if b"<html" in body.lower() or "html" in media_type:
        return f"{status} in HTML"
    silent = status in {204, 304} or request.method in {"HEAD", "OPTIONS"}
    if not silent and media_type != "application/scim+json; charset=utf-8":
        return f"{status} as {media_type or 'nothing'}"
    return None


def test_whatever_is_wrong_with_a_request_the_answer_is_one_of_scim(server: Server) -> None:
    dice, speaker = random.Random(SEED), Speaker(server)
    user = speaker.create("/Users", userName="fuzzed@nordwind.example")["id"]
    group = speaker.create("/Groups", displayName="Fuzzed")["id"]
    seeds = lawful(user, group)
    answered: Counter[int] = Counter()
    wrong: list[str] = []

    with closing(Wire(server)) as wire:
        for _ in range(REQUESTS):
            request = mutated(dice.choice(seeds), dice)
            status, media_type, body = wire.send(request)
            answered[status] += 1
            if (complaint := complaints(request, status, media_type, body)) is not None:
                wrong.append(
                    f"{complaint}: {request.method} {request.target[:300]} {(request.data or b'')[:500]!r} {body[:300]!r}"
                )

    assert wrong == []
    assert answered[400] > REQUESTS / 5, "most of what is wrong must be noticed"
    assert answered[200] + answered[201] + answered[204] > REQUESTS / 20, "and not everything must be refused"
    assert "Traceback" not in server.log.read_text()

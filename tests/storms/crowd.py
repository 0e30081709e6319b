"""Several SCIM clients that press at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import requests

from tests.support.server import Server

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Speaker:
    """A client of `server`; each thread that uses it has its own connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._own = threading.local()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """The answer to a request below the tenant URL; `If_Match="…"` names a header."""
        return self._session().request(
            method,
            self._server.scim_url + path,
            data=None if body is None else orjson.dumps(body),
            headers={
                "Content-Type": "application/scim+json",
                **{key.replace("_", "-"): headers[key] for key in headers},
            },
            timeout=60,
        )

    def create(self, path: str, **attributes: Any) -> dict[str, Any]:
        """The new resource as the server answers it."""
        answer = self.send("POST", path, attributes)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> requests.Response:
        """The answer to a PATCH."""
        return self.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}, **headers)

    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.headers["Authorization"] = f"Bearer {self._server.token}"
        session: requests.Session = self._own.session
        return session


def at_once(steps: Sequence[Callable[[], requests.Response]]) -> list[requests.Response]:
    """The answers to all steps, which start together; none of them is a server error."""
    barrier = threading.Barrier(len(steps))

    def run(step: Callable[[], requests.Response]) -> requests.Response:
        barrier.wait(timeout=60)
        return step()

    with ThreadPoolExecutor(len(steps)) as pool:
        answers = list(pool.map(run, steps))
    assert [answer.text for answer in answers if answer.status_code >= 500] == []
    return answers

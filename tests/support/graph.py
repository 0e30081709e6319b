"""Microsoft Graph on loopback, as far as photos go: what its documentation says it answers, and what it does when busy.

`@odata.mediaEtag` in what it says of a photo, another whenever the photo was set, the same bytes included; 404
ImageNotFound, or a picture of 1×1 with an empty tag, where there is none; `If-None-Match` is not looked at; batches of
up to 20, each request in them judged by itself.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]

MOST_IN_BATCH = 20
PATH = re.compile(r"/(me|users/[^/]+)/(photo|photos/\d+x\d+)(/\$value)?")
PLACEHOLDER = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
INVALID = "InvalidAuthenticationToken"


@dataclass
class MadeUpGraph:
    """What Graph knows, and what it was asked."""

    port: int
    photos: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Tag and bytes by object id."""
    tokens: dict[str, str | None] = field(default_factory=dict)
    """Who `me` is by token; an application's is nobody's."""
    me: str | None = None
    """Who `me` is by every other token; None: such are not taken."""
    instead: Callable[[str, str], Answer | None] = lambda _who, _kind: None
    """What is answered instead, if anything, to a request for somebody's `look` or `fetch`."""
    batch_instead: Callable[[], Answer | None] = lambda: None
    looks: Counter[str] = field(default_factory=Counter)
    """How often it was asked about somebody's photo."""
    fetches: Counter[str] = field(default_factory=Counter)
    """How often somebody's photo was fetched."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each request that came over the wire."""
    batches: list[int] = field(default_factory=list)
    """How large each batch was."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _set: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def set(self, who: str, photo: bytes | None) -> None:
        """Give somebody this photo, or none."""
        with self._lock:
            self._set += 1
            if photo is None:
                self.photos.pop(who, None)
            else:
                self.photos[who] = (f'"{self._set:08X}"', photo)

    def forget(self) -> None:
        """Forget what was asked."""
        with self._lock:
            self.looks.clear()
            self.fetches.clear()
            self.requests.clear()
            self.batches.clear()

    def _takes(self, token: str) -> bool:
        return token in self.tokens or (self.me is not None and token != "")

    def answer(self, path: str, token: str) -> Answer:
        """What it answers to one GET."""
        if not self._takes(token):
            return error(401, INVALID)
        match = PATH.fullmatch(path)
        if match is None:
            return error(400, "BadRequest")
        who = (self.tokens.get(token, self.me) or "nobody") if match[1] == "me" else match[1].removeprefix("users/")
        kind = "look" if match[3] is None else "fetch"
        with self._lock:
            (self.looks if kind == "look" else self.fetches)[who] += 1
            known = self.photos.get(who)
        instead = self.instead(who, kind)
        if instead is not None:
            return instead
        if known is None:
            return error(404, "ImageNotFound")
        tag, photo = known
        if kind == "fetch":
            return 200, {"Content-Type": "image/jpeg", "ETag": tag}, photo
        return of_json(
            {
                "@odata.context": f"{self.url}/v1.0/$metadata#users('{who}')/photo/$entity",
                "@odata.mediaContentType": "image/jpeg",
                "@odata.mediaEtag": tag,
                "id": "648x648",
                "width": 648,
                "height": 648,
            }
        )

    def answer_batch(self, body: bytes, token: str) -> Answer:
        """What it answers to a batch."""
        instead = self.batch_instead()
        if instead is not None:
            return instead
        if not self._takes(token):
            return error(401, INVALID)
        wanted = json.loads(body)["requests"]
        with self._lock:
            self.batches.append(len(wanted))
        if len(wanted) > MOST_IN_BATCH:
            return error(400, "BadRequest")
        answers = [(one["id"], *self.answer(one["url"], token)) for one in wanted]
        listed = [
            {"id": id_, "status": status, "headers": headers, "body": _in_batch(headers, content)}
            for id_, status, headers, content in reversed(answers)
        ]
        return of_json({"responses": listed})


def of_json(content: Any, status: int = 200, **headers: str) -> Answer:
    """An answer with JSON."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


def error(status: int, code: str, **headers: str) -> Answer:
    """An error as Graph words it."""
    return of_json({"error": {"code": code, "message": "Something that is not for us to show."}}, status, **headers)


def busy(seconds: object) -> Answer:
    """Too many requests."""
    status, headers, body = error(429, "TooManyRequests")
    return status, headers | {"Retry-After": str(seconds)}, body


def placeholder(kind: str) -> Answer:
    """What Graph has where nobody has given it a photo."""
    if kind == "fetch":
        return 200, {"Content-Type": "image/gif"}, PLACEHOLDER
    return of_json(
        {"@odata.mediaContentType": "image/gif", "@odata.mediaEtag": "", "id": "1x1", "width": 1, "height": 1}
    )


def slow(seconds: float, answer: Answer) -> Answer:
    """The same, later."""
    time.sleep(seconds)
    return answer


def _in_batch(headers: dict[str, str], content: bytes) -> Any:
    is_json = headers.get("Content-Type") == "application/json"
    return json.loads(content) if is_json else base64.b64encode(content).decode()


@contextmanager
def made_up_graph() -> Iterator[MadeUpGraph]:
    """Graph in a thread of its own; ended afterwards."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            path = self.path.removeprefix("/v1.0")
            state.requests.append((self.command, path, dict(self.headers)))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            answered = state.answer_batch(body, token) if path == "/$batch" else state.answer(path, token)
            status, headers, content = answered
            try:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):  # whoever asked was killed, or has waited long enough
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as http:
        state = MadeUpGraph(http.server_address[1])
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield state
        finally:
            http.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that its other end has dropped is no error of ours."""

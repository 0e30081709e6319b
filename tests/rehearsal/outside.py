"""Somebody else's SCIM server: as small as the rehearsal's requests allow, with oddities to choose.

It keeps every request that it gets, so that tests can say what was sent.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

TOKEN = "outside-token"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATH = re.compile(r'(?:(urn:.+:User):)?(\w+)(?:\[type eq "(\w+)"\])?(?:\.(\w+))?')
MEMBER = re.compile(r'members\[value eq "(.+)"\]')


@dataclass(frozen=True)
class Sent:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any
    port: int

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class Answer:
    status: int
    body: Any = None
    media_type: str = "application/scim+json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


Odd = Callable[[Sent], Answer | None]


def error(status: int, detail: str) -> Answer:
    return Answer(status, {"schemas": [ERROR], "status": str(status), "detail": detail})


@dataclass
class Outside:
    """The server's memory. `odd` may answer in its place; `bend` may change what it stores."""

    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    store: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"Users": {}, "Groups": {}})
    odd: Odd = lambda sent: None
    bend: Callable[[dict[str, Any]], None] = lambda resource: None

    @property
    def writes(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.method != "GET"]

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        return {user["userName"]: user for user in self.store["Users"].values()}

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        return {group["displayName"]: group for group in self.store["Groups"].values()}

    def answer(self, sent: Sent) -> Answer:
        odd = self.odd(sent)
        if odd is not None:
            return odd
        if sent.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "The token is not known.")
        path, _, query = sent.target.partition("?")
        parts = path.strip("/").split("/")
        if parts[:2] != ["scim", "v2"] or parts[2] not in self.store:
            return error(404, "There is nothing here.")
        asked = parse_qs(query)
        kept = self.store[parts[2]]
        if len(parts) == 3:
            return self._collection(kept, sent, asked)
        found = kept.get(parts[3])
        if found is None:
            return error(404, "There is no such resource.")
        if sent.method == "DELETE":
            del kept[parts[3]]
            return Answer(204)
        if sent.method == "PATCH":
            for operation in sent.body["Operations"]:
                _apply(found, operation)
            self.bend(found)
            return Answer(200, found) if parts[2] == "Users" else Answer(204)
        return Answer(200, _shown(found, asked))

    def _collection(self, kept: dict[str, dict[str, Any]], sent: Sent, asked: dict[str, list[str]]) -> Answer:
        if sent.method == "POST":
            new = {**sent.body, "id": str(uuid.uuid4())}
            self.bend(new)
            kept[new["id"]] = new
            return Answer(201, new)
        attribute, value = re.fullmatch(r'(\w+) eq "(.*)"', asked["filter"][0]).groups()  # type: ignore[union-attr]
        found = [_shown(one, asked) for one in kept.values() if str(one.get(attribute)).lower() == value.lower()]
        return Answer(200, {"schemas": [LIST], "totalResults": len(found), "Resources": found})


def _shown(resource: dict[str, Any], asked: dict[str, list[str]]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if [key] != asked.get("excludedAttributes")}


def _apply(resource: dict[str, Any], operation: dict[str, Any]) -> None:
    path: str | None = operation.get("path")
    value: Any = operation.get("value")
    if path is None:
        for key, inner in value.items():
            _apply(resource, {"op": operation["op"], "path": key, "value": inner})
    elif operation["op"].lower() == "remove":
        gone = MEMBER.fullmatch(path)
        ids = {gone[1]} if gone else {member["value"] for member in value}
        resource["members"] = [member for member in resource["members"] if member["value"] not in ids]
    elif path == "members":
        resource["members"] = [*resource.get("members", []), *({"value": one["value"]} for one in value)]
    else:
        _set(resource, path, {"True": True, "False": False}.get(value, value) if isinstance(value, str) else value)


def _set(resource: dict[str, Any], path: str, value: Any) -> None:
    urn, attribute, kind, sub = PATH.fullmatch(path).groups()  # type: ignore[union-attr]
    holder = resource.setdefault(urn, {}) if urn else resource
    if attribute == "manager":
        holder["manager"] = {"value": value}
    elif kind:
        entries = holder.setdefault(attribute, [])
        entry = next((one for one in entries if one["type"] == kind), None)
        if entry is None:
            entries.append(entry := {"type": kind})
        entry[sub] = value
    elif sub:
        holder.setdefault(attribute, {})[sub] = value
    else:
        holder[attribute] = value


@contextmanager
def serving() -> Iterator[Outside]:
    """A server on a free port of this machine."""
    outside = Outside()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _exchange(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {key.lower(): value for key, value in self.headers.items()}
            sent = Sent(self.command, self.path, headers, body, self.client_address[1])
            outside.sent.append(sent)
            answer = outside.answer(sent)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.body is not None:
                self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(0 if answer.body is None else len(content)))
            self.end_headers()
            if answer.body is not None:
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _exchange  # noqa: N815 (names of http.server)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    outside.url = f"http://127.0.0.1:{server.server_address[1]}/scim/v2"
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""How many statements the database is sent for a request, counted in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app
from app.core.logs import configure
from app.core.settings import Settings
from bench.wire import Request
from bench.worlds import World


@dataclass(frozen=True)
class Asked:
    """Requests of one kind, what has to be done before them, and what undoes them."""

    requests: Sequence[Request]
    before: Sequence[Request] = ()
    undo: Sequence[Request] = ()


def statements(made: World, public_url: str, asked: Mapping[str, Asked]) -> dict[str, float]:
    """Statements for one request of each kind, in the mean; the first of a kind, which warms caches, does not count.

    `public_url` is that of the server whose answers the requests expect.
    """
    configure("warning")
    app = create_app(Settings(made.url, made.folder, public_url=public_url, jobs="off"))
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        counts = {}
        for name, one in asked.items():
            for request in (*one.before, one.requests[0]):
                _ask(app, request)
            sent.clear()
            for request in one.requests[1:]:
                _ask(app, request)
            counts[name] = len(sent) / (len(one.requests) - 1)
            for request in one.undo:
                _ask(app, request)
        return counts
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        app.extensions["lanyard.chores"].end()
        app.extensions["lanyard.database"].close()


def _ask(app: Any, request: Request) -> None:
    head, _, body = request.data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    built = EnvironBuilder(path, method=method, query_string=query, headers=headers, data=body)
    _, status, _ = run_wsgi_app(app, built.get_environ(), buffered=True)
    if int(status[:3]) != request.status:
        raise SystemExit(f"{first} answered {status}")

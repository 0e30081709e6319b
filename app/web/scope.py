"""What a request carries with it: its id, the installation's database and settings, who is asking."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import cast

import structlog
from flask import Flask, Response, current_app, g, request

from app.core.chores import Chores
from app.core.rates import RateLimiter
from app.core.settings import Settings
from app.core.turns import Gate
from app.core.unit_of_work import Database

REQUEST_ID_HEADER = "X-Request-Id"
READ_BYTES = 64 * 1024

log = structlog.get_logger("lanyard.request")
_LAWFUL_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def settings() -> Settings:
    """The installation's settings."""
    return cast(Settings, current_app.extensions["lanyard.settings"])


def database() -> Database:
    """The installation's database."""
    return cast(Database, current_app.extensions["lanyard.database"])


def rate_limiter() -> RateLimiter:
    """What each organization may ask of this process."""
    return cast(RateLimiter, current_app.extensions["lanyard.rate_limiter"])


def request_id() -> str:
    """The id under which this request is found in logs and answers: the proxy's, if it sent a lawful one."""
    return cast(str, g.request_id)


def started() -> float:
    """The `time.perf_counter()` of this request's arrival."""
    return cast(float, g.started)


def chores(app: Flask) -> Chores:
    """What the process does beside its requests for `app`."""
    return cast(Chores, app.extensions["lanyard.chores"])


def leave_when(app: Flask, leaving: Callable[[], bool]) -> None:
    """Have `/readyz` of `app` say no from when `leaving` says so: the server stops soon."""
    app.extensions["lanyard.leaving"] = leaving


def pushes() -> Gate:
    """What lets pushes write, as many at a time as leave a thread free."""
    gate: Gate = current_app.extensions["lanyard.pushes"]
    return gate


def is_leaving() -> bool:
    """Whether this server stops soon, so that new requests should go elsewhere."""
    return bool(current_app.extensions["lanyard.leaving"]())


def install(app: Flask, settings: Settings, database: Database) -> None:
    """Give every request its scope, its id in the answer, and one line in the log without personal data."""
    app.extensions["lanyard.settings"] = settings
    app.extensions["lanyard.database"] = database
    app.extensions["lanyard.chores"] = Chores()
    leave_when(app, lambda: False)
    app.extensions["lanyard.pushes"] = Gate(max(1, settings.threads - 2))
    app.extensions["lanyard.rate_limiter"] = RateLimiter(settings.requests_per_second)

    @app.before_request
    def open_scope() -> None:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = given if _LAWFUL_ID.fullmatch(given) else secrets.token_hex(8)
        g.started = time.perf_counter()

    @app.after_request
    def close_scope(response: Response) -> Response:
        _read_the_rest(settings.max_body_bytes)
        response.headers[REQUEST_ID_HEADER] = g.request_id
        log.info(
            "request",
            id=g.request_id,
            method=request.method,
            # The rule, not the path: ids and filters name people.
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
        return response


def _read_the_rest(most: int) -> None:
    """Read what nobody read of the body: the server would end the connection without a word over a long rest."""
    if request.content_length is not None and request.content_length <= most:
        request.max_content_length = most  # a view may have refused less
        while request.stream.read(READ_BYTES):
            pass

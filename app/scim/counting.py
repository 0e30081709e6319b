"""What is counted and written by and by: reads, and what was refused as too many. The chores beside the requests."""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, current_app, g, request

from app.auth import usage
from app.auth.tokens import Bearer
from app.auth.usage import Usage
from app.scim.overload import FLUSH_SECONDS, Overload
from app.scim.resources import PREFIX
from app.web import scope

SEARCH = ".search"
USES = "write uses"


def install(app: Flask) -> None:
    """Count what tokens are used for. Counts are written beside the requests."""
    database, chores = app.extensions["lanyard.database"], scope.chores(app)
    uses, too_many = Usage(), Overload()
    app.extensions["lanyard.overload"] = too_many
    chores.every(usage.FLUSH_SECONDS, USES, lambda: uses.flush(database), at_end=True)
    chores.every(FLUSH_SECONDS, "write refusals", lambda: too_many.flush(database), at_end=True)

    @app.after_request
    def count(response: Response) -> Response:
        bearer: Bearer | None = g.get("bearer")
        if bearer is not None:
            awaited = uses.note(bearer, _read() if response.status_code < 400 else None)
            if awaited:
                chores.soon(USES, usage.AWAITED_SECONDS)
            else:
                chores.wake()
        return response


def overload() -> Overload:
    """The count of what this process refused with 429."""
    return cast(Overload, current_app.extensions["lanyard.overload"])


def endpoint() -> str:
    """The endpoint that the request is for, without the prefix: `Users`, `Users/.search`; empty for the root."""
    first, _, rest = request.path.removeprefix(PREFIX).strip("/").partition("/")
    return f"{first}/{SEARCH}" if rest == SEARCH else first


def _read() -> str | None:
    """What kind of read the request is (`users.read`, `users.search`, `search` of all, `schemas`); None for a write."""
    name = endpoint().lower().removesuffix(f"/{SEARCH}")
    if request.method != "GET" and not request.path.rstrip("/").endswith(f"/{SEARCH}"):
        return None
    if name in {"users", "groups"}:
        name = f"{name}.{'read' if (request.view_args or {}).get('resource_id') else 'search'}"
    return name.lstrip(".") or "search"

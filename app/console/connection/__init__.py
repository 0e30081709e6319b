"""The connection page: everything that an admin does once to connect a directory, and a list that ticks itself."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, request

from app.auth import tokens
from app.auth.sign_in import asking
from app.auth.sign_in.roles import ACCESS, SEE
from app.console import shell
from app.console.connection import mapping, schema
from app.console.connection.checklist import Progress, progress
from app.console.shell import GET, POST
from app.core import clock
from app.core.errors import Refused
from app.web import scope, words

SECTION = "connection"
SCHEMA_BYTES = 4 * 1024 * 1024
"""Entra's schema of a large tenant, with all its attributes, has some hundred thousand."""
WATCHED = timedelta(minutes=30)
"""How long an open page looks by itself; a page that is forgotten must not keep its session alive for ever."""


@asking.role(ACCESS, SEE)
def index() -> Response:
    """GET /console/connection; with `have`, 204 while what the page shows is still so."""
    now = clock.now()
    since = _since(now)
    with shell.reading() as reader:
        found = progress(reader, now)
    watching = not found.complete and now - since < WATCHED
    mark = _mark(found, watching)
    if request.args.get("have") == mark:
        return shell.finished(Response(status=HTTPStatus.NO_CONTENT))
    return _page(found, watching=watching, mark=mark, since=since)


@asking.reads(SCHEMA_BYTES)
@asking.role(ACCESS, SEE)
def complete_schema() -> Response:
    """POST: Entra's mapping file: what it lacked, and the completed one to download. Nothing is kept."""
    sent = request.files.get("file")
    try:
        text = sent.read() if sent is not None else b""
        made = schema.completed(text)
    except Refused as error:
        now = clock.now()
        with shell.reading() as reader:
            found = progress(reader, now)
        return _page(found, watching=False, mark="", since=now, error=shell.sentence(str(error)))
    return shell.page(
        "connection/completed.html",
        title="The completed file",
        section=SECTION,
        made=made,
        # The file itself is in the page: it goes back to whoever sent it, and stays nowhere.
        address=f"data:application/json;base64,{base64.b64encode(made.text).decode()}",
        name=f"lanyard-{shell.organization().slug}-entra-schema.json",
    )


def _page(found: Progress, *, watching: bool, mark: str, since: datetime, error: str | None = None) -> Response:
    base, here = scope.settings().public_url, shell.organization()
    with shell.reading() as reader:
        valid = [one for one in tokens.every(reader) if one.state(clock.now()) == "valid"]
    return shell.page(
        "connection/index.html",
        title="Connection",
        section=SECTION,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        progress=found,
        watching=watching,
        poll=f"/console/connection?have={mark}&since={int(since.timestamp())}",
        tenant_url=f"{base}/scim/v2",
        token_url=f"{base}/oauth/token",
        redirect_uri=f"{base}/auth/callback/{here.slug}",
        tokens=valid,
        users=mapping.USERS,
        groups=mapping.GROUPS,
        extra=mapping.EXTRA,
        wishes=mapping.wishes(here.settings.clear_marker),
        public=base.startswith("https://"),
        error=error,
    )


def _since(now: datetime) -> datetime:
    """When the page that asks was opened first."""
    said = request.args.get("since", "")
    if not (said.isascii() and said.isdigit() and len(said) <= 10):
        return now
    return min(now, datetime.fromtimestamp(int(said), now.tzinfo))


def _mark(found: Progress, watching: bool) -> str:
    """Another one whenever the page would show something else."""
    last = found.connection.last_contact
    shown = (
        found.connection.state,
        found.connection.last_asked,
        words.ago(last) if last else "",
        found.steps,
        watching,
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


ROUTES: shell.Routes = (
    ("/connection", index, GET),
    ("/connection/schema", complete_schema, POST),
)

"""The provisioning log: every push as a sentence, and one push with its body and its effect."""

from __future__ import annotations

import orjson
from flask import Response, request

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import DIRECTORY, SEE
from app.console import exports, listing, periods, shell, subjects
from app.console.listing import Choice, Column, Listing
from app.console.shell import GET
from app.core import audit_pages
from app.core.clock import rfc3339
from app.directory import actors, log_pages
from app.directory.log_pages import Wanted
from app.directory.provisioning_log import logged

PATH = "/console/log"
OUTCOME = Choice("outcome", "Outcome", {"refused": "Refused"})
KIND = Choice("kind", "About", {"User": "People", "Group": "Groups"})
COLUMNS = (Column("When"), Column("What happened"), Column("Outcome"))
EXPORTED = ("at", "actor", "status", "sentence", "user_name", "resource", "method", "duration_ms", "request_id")
BODY_CHARACTERS = 200_000


@role(DIRECTORY, SEE)
def pushes() -> Response:
    """GET /console/log"""
    asked = listing.asked(PATH, sorts=("-at",), choices=(OUTCOME, KIND), names=("person", *periods.NAMES))
    with shell.reading() as reader:
        found = log_pages.page(reader, _wanted(asked), asked.place)
    table = Listing(
        asked, COLUMNS, [logged(row) for row in found.rows], found,
        searched="a user name", choices=(OUTCOME, KIND), days=periods.LABELS, export=f"{PATH}.csv",
        nothing="Nothing was pushed yet. Connect the directory first; each of its requests then stands here.",
    )  # fmt: skip
    return shell.page("log/list.html", title="Provisioning log", section="log", listing=table)


@role(DIRECTORY, SEE)
def pushes_as_csv() -> Response:
    """GET /console/log.csv"""
    asked = listing.asked(PATH, sorts=("-at",), choices=(OUTCOME, KIND), names=("person", *periods.NAMES))
    wanted = _wanted(asked)
    return exports.csv(
        "provisioning-log",
        EXPORTED,
        lambda reader: (
            (
                rfc3339(row.at), row.actor, str(row.push.status), row.push.sentence, row.push.user_name,
                row.push.resource, row.push.method,
                None if row.push.duration_ms is None else f"{row.push.duration_ms:.1f}", row.request_id,
            )
            for row in log_pages.every(reader, wanted)
        ),
    )  # fmt: skip


@role(DIRECTORY, SEE)
def push(row_id: str) -> Response:
    """GET /console/log/<id>. Raises NotFound."""
    with shell.reading() as reader:
        found = log_pages.one(reader, row_id)
        effects = audit_pages.of_request(reader, found.request_id, found.at) if found.request_id else []
        by = actors.names(reader, [found.actor])[found.actor]
        about = subjects.named(reader, [line.subject for line in effects])
    body = None
    if found.push.body is not None:
        body = orjson.dumps(found.push.body, option=orjson.OPT_INDENT_2).decode()[:BODY_CHARACTERS]
    return shell.page(
        "log/push.html", title="A push", section="log", row=found, body=body, effects=effects,
        open_body="body" in request.args, by=by, about=about,
    )  # fmt: skip


def _wanted(asked: listing.Asked) -> Wanted:
    since, until = periods.period()
    return Wanted(
        person_id=asked.filters.get("person"),
        called=asked.search or None,
        failed=asked.filters.get("outcome") == "refused",
        kind=asked.filters.get("kind"),
        since=since,
        until=until,
    )


ROUTES: shell.Routes = (("/log", pushes, GET), ("/log.csv", pushes_as_csv, GET), ("/log/<row_id>", push, GET))

"""The audit log: who did what, when, and what it was before and after."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from sqlalchemy import Row

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import OVERSIGHT, SEE
from app.console import exports, listing, periods, shell, subjects
from app.console.listing import Choice, Column, Listing
from app.console.shell import GET
from app.core import audit_pages
from app.core.audit_pages import BY_COMMAND, BY_DIRECTORY, BY_ITSELF, BY_PEOPLE, Wanted
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader
from app.directory import actors, finding

PATH = "/console/audit"
BY = Choice(
    "by",
    "By",
    {
        BY_PEOPLE: "People in a browser",
        BY_COMMAND: "The command line",
        BY_DIRECTORY: "The directory",
        BY_ITSELF: "Lanyard itself",
    },
)
ABOUT = Choice(
    "about",
    "About",
    {
        "access": "Tokens, sign-in, roles, sessions",
        "organization": "The organization's settings",
        "templates": "Templates and bindings",
        "cards": "Cards",
        "directory": "People and groups",
    },
)
ACTIONS = {
    "access": ("token.", "oauth_client.", "sign_in.", "role.", "link.", "session.", "identity.", "request."),
    "organization": ("organization.",),
    "templates": ("template.", "binding.", "bindings."),
    "cards": ("card.", "cards.", "invitation."),
    "directory": ("user.", "group.", "person.", "people."),
}
"""How actions begin, by what they are about."""
COLUMNS = (Column("When"), Column("What"), Column("By"))
EXPORTED = ("at", "actor", "action", "subject", "detail", "request_id")


@role(OVERSIGHT, SEE)
def lines() -> Response:
    """GET /console/audit"""
    asked = listing.asked(PATH, sorts=("-at",), choices=(BY, ABOUT), names=periods.NAMES)
    with shell.reading() as reader:
        found = audit_pages.page(reader, _wanted(reader, asked), asked.place)
        by = actors.names(reader, [row.actor for row in found.rows])
        about = subjects.named(reader, [row.subject for row in found.rows])
    table = Listing(
        asked, COLUMNS, found.rows, found,
        searched="a person, card, token or template", choices=(BY, ABOUT), days=periods.LABELS, export=f"{PATH}.csv",
    )  # fmt: skip
    return shell.page("audit/list.html", title="Audit log", section="audit", listing=table, by=by, about=about)


@role(OVERSIGHT, SEE)
def lines_as_csv() -> Response:
    """GET /console/audit.csv"""
    asked = listing.asked(PATH, sorts=("-at",), choices=(BY, ABOUT), names=periods.NAMES)
    with shell.reading() as reader:
        wanted = _wanted(reader, asked)
    return exports.csv(
        "audit-log", EXPORTED, lambda reader: (_exported(row) for row in audit_pages.every(reader, wanted))
    )


def _exported(row: Row[Any]) -> tuple[str | None, ...]:
    detail = None if row.detail is None else orjson.dumps(row.detail).decode()
    return rfc3339(row.at), row.actor, row.action, row.subject, detail, row.request_id


def _wanted(reader: Reader, asked: listing.Asked) -> Wanted:
    since, until = periods.period()
    about = asked.filters.get("about")
    return Wanted(
        by=asked.filters.get("by"),
        actions=ACTIONS[about] if about else None,
        subjects=[asked.search, *finding.persons_named(reader, asked.search)] if asked.search else None,
        since=since,
        until=until,
        by_hand=about in {"access", "organization", "templates"} and asked.filters.get("by") != BY_DIRECTORY,
    )


ROUTES: shell.Routes = (("/audit", lines, GET), ("/audit.csv", lines_as_csv, GET))

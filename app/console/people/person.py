"""The page of one person: who they are, why they have the cards they have, and what was pushed."""

from __future__ import annotations

import orjson
from flask import Response

from app.auth.sign_in import asking, sessions
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import DIRECTORY, SEE
from app.cards import dossier
from app.console import shell
from app.directory import actors
from app.web import pages, scope


@role(DIRECTORY, SEE)
def person(who: str) -> Response:
    """GET /console/people/<id>; another name of the person leads there."""
    with shell.reading() as reader:
        person_id = dossier.identify(reader, who)
        if person_id != who:
            return pages.go(pages.path(f"/console/people/{person_id}"))
        found = dossier.of_person(reader, person_id, scope.settings().public_url)
        by = actors.names(reader, [one.actor for one in found.pushes])
        held = [one for one in sessions.of_person(reader, person_id) if one.is_held(asking.limits())]
    record = found.record
    document = orjson.dumps(record.document, option=orjson.OPT_INDENT_2).decode() if record is not None else None
    return shell.page(
        "people/person.html", title=found.name, section="people", person=found, sessions=held, document=document, by=by
    )


@role(DIRECTORY, SEE)
def why(who: str) -> Response:
    """GET /console/people/<id>/why: the part of the page that says it."""
    with shell.reading() as reader:
        person_id = dossier.identify(reader, who)
    return pages.go(pages.path(f"/console/people/{person_id}#why"))

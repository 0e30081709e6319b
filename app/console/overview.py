"""The overview: whether the directory is connected, what there is, what needs somebody, what the last day brought."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from app.auth.sign_in.roles import DIRECTORY, SEE
from app.console import attention, counting, lately, shell
from app.console.shell import GET, any_role
from app.core import clock
from app.directory import connection
from app.web import scope

DAY = timedelta(days=1)


@any_role()
def overview() -> Response:
    """GET /console"""
    organization = shell.organization()
    now = clock.now()
    with shell.reading() as reader:
        stands = connection.connection(reader, now)
        found = counting.counts(reader)
        needs = list(attention.needs(reader, organization, found, sends_mail=scope.settings().smtp is not None))
        changes = lately.changes(reader, now - DAY) if shell.may(DIRECTORY, SEE) else None
    shown = [one for one in needs if shell.may(one.area, SEE)]
    return shell.page(
        "overview.html",
        title="Overview",
        section="",
        connection=stands,
        counts=found,
        needs=shown,
        changes=changes,
    )


ROUTES: shell.Routes = (("", overview, GET),)

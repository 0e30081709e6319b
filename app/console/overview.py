"""The overview: whether the directory is connected, what there is, and what needs somebody."""

from __future__ import annotations

from flask import Response

from app.console import counting, shell
from app.console.shell import GET, any_role


@any_role()
def overview() -> Response:
    """GET /console"""
    with shell.reading() as reader:
        found = counting.counts(reader)
    return shell.page("overview.html", title="Overview", section="", counts=found)


ROUTES: shell.Routes = (("", overview, GET),)

"""The console: the admin's screens, one file a subject. Who may see and do what stands in auth.sign_in.roles."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from app.console import audit, files, jobs, log, overview, quality, shell
from app.core.errors import NotFound, Refused, Unavailable
from app.web import words

SUBJECTS = (overview, quality, log, audit, jobs)
"""Each has `ROUTES`: its addresses, views and methods."""


def create_blueprint() -> Blueprint:
    """All addresses below /console."""
    bp = Blueprint("console", __name__, template_folder="templates", url_prefix="/console")
    bp.add_url_rule("/files/<version>/<path:name>", "static_file", files.static_file)
    for subject in SUBJECTS:
        name = subject.__name__.removeprefix(f"{__name__}.").replace(".", "_")
        for rule, view, methods in subject.ROUTES:
            bp.add_url_rule(rule, f"{name}_{view.__name__}", view, methods=list(methods))
    bp.add_url_rule("/<path:rest>", "nothing", shell.nothing)
    for name, helper in (("icon", files.icon), ("file", files.address)):
        bp.add_app_template_global(helper, f"console_{name}")
    for filter_ in (words.moment, words.ago, words.number, words.plural):
        bp.add_app_template_filter(filter_)
    bp.register_error_handler(NotFound, shell.on_not_found)
    bp.register_error_handler(Refused, shell.on_refused)
    bp.register_error_handler(HTTPException, shell.on_http)
    bp.register_error_handler(Unavailable, shell.on_unavailable)
    return bp

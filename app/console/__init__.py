"""The console: the admin's screens, one file a subject. Who may see and do what stands in auth.sign_in.roles."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from app.cards.pages.markup import static_files
from app.console import (
    audit,
    bindings,
    card_templates,
    cards,
    connection,
    errands,
    files,
    groups,
    held,
    invitations,
    jobs,
    log,
    mail,
    oauth_clients,
    overview,
    people,
    quality,
    role_pages,
    settings,
    shell,
    sign_in,
    sign_in_change,
    tokens,
)
from app.core.errors import NotFound, Refused, Unavailable
from app.web import words

SUBJECTS = (
    overview,
    people,
    groups,
    invitations,
    mail,
    quality,
    log,
    cards,
    card_templates,
    bindings,
    held,
    errands,
    connection,
    tokens,
    oauth_clients,
    sign_in,
    sign_in_change,
    role_pages,
    audit,
    jobs,
    settings,
)
"""Each has `ROUTES`: its addresses, views and methods."""


def create_blueprint() -> Blueprint:
    """All addresses below /console."""
    bp = Blueprint("console", __name__, template_folder="templates", url_prefix="/console")
    bp.add_url_rule("/files/<version>/<path:name>", "static_file", files.static_file)
    for subject in SUBJECTS:
        for rule, view, methods in subject.ROUTES:
            endpoint = f"{view.__module__.removeprefix(f'{__name__}.')}_{view.__name__}".replace(".", "_")
            bp.add_url_rule(rule, endpoint, view, methods=list(methods))
    bp.add_url_rule("/<path:rest>", "nothing", shell.nothing)
    for name, helper in (("icon", files.icon), ("file", files.address)):
        bp.add_app_template_global(helper, f"console_{name}")
    for filter_ in (words.moment, words.ago, words.number, words.plural):
        bp.add_app_template_filter(filter_)
    bp.context_processor(static_files)  # of the cards that are previewed
    bp.register_error_handler(NotFound, shell.on_not_found)
    bp.register_error_handler(Refused, shell.on_refused)
    bp.register_error_handler(HTTPException, shell.on_http)
    bp.register_error_handler(Unavailable, shell.on_unavailable)
    return bp

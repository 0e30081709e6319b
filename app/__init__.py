"""Lanyard: digital business cards for every employee, straight from the company directory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.core.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The web application for `settings`; reads nothing else of its surroundings.

    Raises RuntimeError when a route declares no guard.
    """
    # Imported here: a module of any room imports this package first, and must not pull in the whole house.
    from flask import Flask  # noqa: PLC0415

    from app.auth.oauth import endpoint as oauth  # noqa: PLC0415
    from app.auth.sign_in import pages as sign_in  # noqa: PLC0415
    from app.cards import my, pages  # noqa: PLC0415
    from app.cards.pages import claims  # noqa: PLC0415
    from app.console import create_blueprint as create_console  # noqa: PLC0415
    from app.core.jobs.queue import Waker  # noqa: PLC0415
    from app.core.unit_of_work import Database  # noqa: PLC0415
    from app.scim import counting, responses, routes  # noqa: PLC0415
    from app.web import guards, health, scope  # noqa: PLC0415
    from app.web import pages as house  # noqa: PLC0415
    from app.wiring import HANDLERS, JOBS  # noqa: PLC0415

    app = Flask(__name__, static_folder=None)
    # A slash too many is no reason to send anybody on: the router would name the request's Host, and bodies get lost.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = 2_000  # the form of a template with a hundred fields
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=365)  # static files carry their version in the address
    waker = Waker(settings.database_url, settings.data_dir)
    # Of four threads two push at a time, and three write: whatever they wait for, a large act or a copy that is gone,
    # cards are shown.
    writers = max(1, settings.threads - 1)
    database = Database(settings.database_url, HANDLERS, waker, settings.read_database_url, writers)
    scope.install(app, settings, database)
    app.extensions["lanyard.jobs"] = JOBS
    app.register_blueprint(health.create_blueprint())
    app.register_blueprint(oauth.create_blueprint())
    app.register_blueprint(routes.create_blueprint())
    responses.install(app)
    counting.install(app)
    app.register_blueprint(pages.create_blueprint())
    app.register_blueprint(claims.create_blueprint())
    app.register_blueprint(my.create_blueprint())
    app.register_blueprint(create_console())
    app.register_blueprint(house.create_blueprint())
    sign_in.install(app, settings)
    guards.install(app, own_words={"scim"})
    return app

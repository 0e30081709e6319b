"""Plain pages of the house: one column, in the installation's own colours, without a script."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, send_from_directory

from app.web import scope
from app.web.guards import public

RETRY_AFTER_SECONDS = "5"

_STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not `no-referrer`: browsers would say of forms that they came from nowhere (`Origin: null`).
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def create_blueprint() -> Blueprint:
    """The pages' templates (`web/page.html` is the base) and style sheet."""
    bp = Blueprint("web", __name__, template_folder="templates")
    bp.add_url_rule("/house/<version>/page.css", "page_css", page_css)
    bp.add_app_template_global(stylesheet, "page_stylesheet")
    bp.add_app_template_global(path, "path")
    return bp


@public
def page_css(version: str) -> Response:
    """The style sheet, at an address that changes with it."""
    return send_from_directory(_STATIC, "page.css", max_age=365 * 24 * 3600)


def path(rest: str) -> str:
    """`rest` (from the root of the installation, with a slash) below the path of its public address."""
    return urlsplit(scope.settings().public_url).path.rstrip("/") + rest


def stylesheet() -> str:
    """The path of the style sheet."""
    return path(f"/house/{_version()}/page.css")


@cache
def _version() -> str:
    return hashlib.sha256((_STATIC / "page.css").read_bytes()).hexdigest()[:12]


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page made from a template that extends `web/page.html`."""
    return finished(make_response(render_template(template, **values), status))


def unavailable() -> Response:
    """503 while the database is away: a plain page, that needs nothing from there."""
    response = page(
        "web/unavailable.html", HTTPStatus.SERVICE_UNAVAILABLE, title="Lanyard is not available at the moment"
    )
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def finished(response: Response) -> Response:
    """The response with the headers of all pages; those it has already stay."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def go(target: str, status: int = 303) -> Response:
    """A redirect to a path of this installation or a checked address; the request's Host is not believed."""
    response = make_response("", status)
    response.autocorrect_location_header = False
    response.headers["Location"] = target
    return finished(response)

"""How everything below `/me` answers: kept by no cache, framed by nobody else, with scripts of our own alone."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from app.cards.pages.answers import RETRY_AFTER_SECONDS
from app.core.errors import Unavailable
from app.web import pages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    **pages.HEADERS,
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-write=(self), screen-wake-lock=(self)",
}


def home() -> str:
    """The path of a person's own pages, also below a proxy's path."""
    return pages.path("/me")


def page(template: str, code: int = HTTPStatus.OK, **values: object) -> Response:
    """A page from one of the templates `my/…`."""
    return make_response(render_template(f"my/{template}.html", **values), code)


def missing() -> Response:
    """404: the person has no such card, whoever else may have it."""
    return page("missing", HTTPStatus.NOT_FOUND)


def go(path: str) -> Response:
    """303: look there, below the person's own pages, for what has become of it."""
    return pages.go(f"{home()}{path}")


def finished(response: Response) -> Response:
    """The answer with the headers that all have; those that a view has set itself stay."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def on_refusal(error: HTTPException) -> Response:
    """A refusal by the web's own rules, such as a form that is too large, in words."""
    status = error.code or HTTPStatus.BAD_REQUEST
    return page("refused", status, status=status)


def on_unavailable(error: Unavailable) -> Response:
    """503 while the database is away."""
    response = page("refused", HTTPStatus.SERVICE_UNAVAILABLE, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response

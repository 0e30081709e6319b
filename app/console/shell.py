"""What every screen of the console stands in: the frame, its headers, and how it says that something is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.auth.sign_in import asking, roles
from app.console import navigation, notices
from app.core.errors import NotFound, Refused, Unavailable
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.organizations import Organization
from app.web import pages, scope
from app.web.guards import guarded

View = TypeVar("View", bound=Callable[..., Any])
Routes = tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...]
"""A subject's addresses below /console: the rule, the view, the methods."""

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    **pages.HEADERS,
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-write=(self)",
}


def any_role() -> Callable[[View], View]:
    """Declares that a view answers whoever has a role."""

    def check() -> None:
        asking.check_session()
        if not asking.session().roles:
            raise asking.Forbidden("The console is for people with a role; ask an owner for one.")

    return guarded("role: any", check)


@contextmanager
def reading() -> Iterator[Reader]:
    """A reader of the organization of whoever is signed in."""
    with scope.database().read(asking.session().organization_id) as reader:
        yield reader


def organization() -> Organization:
    """The organization of whoever is signed in; looked up once a request."""
    if "console_organization" not in g:
        with reading() as reader:
            g.console_organization = organizations.current(reader)
    return cast(Organization, g.console_organization)


def may(area: str, right: str) -> bool:
    """Whether whoever is signed in has `right` in `area`: what pages offer follows what guards allow."""
    return roles.may(asking.session().roles, area, right)


def page(template: str, *, title: str, section: str, status: int = HTTPStatus.OK, **values: object) -> Response:
    """A screen from `console/<template>`: `title` is its heading, `section` the key of the section it belongs to.

    Every template knows `organization`, `session`, `may(area, right)` and `csrf_token()`.
    """
    said = notices.waiting()
    current = asking.session()
    response = make_response(
        render_template(
            f"console/{template}",
            title=title,
            section=section,
            navigation=navigation.visible(current.roles),
            notice=said,
            organization=organization(),
            session=current,
            may=may,
            **values,
        ),
        status,
    )
    if said is not None:
        notices.shown(response)
    return finished(response)


def finished(response: Response) -> Response:
    """The answer with the headers that all screens have; those that a view has set itself stay."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def refused(said: str, *, title: str, section: str, back: str, status: int = HTTPStatus.CONFLICT) -> Response:
    """A page that says in a sentence why something was not done, and leads back."""
    return page("refused.html", title=title, section=section, status=status, said=sentence(said), back=back)


def sentence(text: str) -> str:
    """What a rule said, as a sentence."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."


@any_role()
def nothing(rest: str) -> Response:
    """Whatever else is asked below /console. Raises NotFound."""
    raise NotFound("there is no such page, or what it showed is gone")


def on_not_found(error: NotFound) -> Response:
    """404 for what is not there, or is another organization's."""
    return refused(str(error), title="Not found", section=_section(), back=_up(), status=HTTPStatus.NOT_FOUND)


def on_refused(error: Refused) -> Response:
    """409 for what a rule does not grant, where a view has no better place to say so."""
    return refused(str(error), title="This was not done", section=_section(), back=_up())


def on_http(error: HTTPException) -> Response:
    """A refusal by the web's own rules, in words."""
    status = error.code or HTTPStatus.BAD_REQUEST
    said = {
        HTTPStatus.NOT_FOUND: "There is no such page, or what it showed is gone.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address is only used by the forms of the console.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What was sent is too large.",
    }.get(HTTPStatus(status), "The request could not be read.")
    return refused(
        said,
        title="Not found" if status == HTTPStatus.NOT_FOUND else "This was not done",
        section=_section(),
        back=_up(),
        status=status,
    )


def on_unavailable(error: Unavailable) -> Response:
    """503 while the database is away; the frame needs it too, so the page is a plain one."""
    return pages.unavailable()


def _section() -> str:
    return request.path.removeprefix(pages.path("/console")).strip("/").partition("/")[0]


def _up() -> str:
    known = {one.key for _, sections in navigation.GROUPS for one in sections}
    key = _section()
    return f"/console/{key}" if key and key in known else "/console"

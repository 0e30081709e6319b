"""Acts for which somebody must have signed in a moment ago: tokens, OAuth clients, sign-in settings, roles, links."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response, request

from app.auth.sign_in import asking, roles
from app.auth.sign_in.roles import ACCESS, CHANGE
from app.console import shell
from app.core.errors import LanyardError
from app.web import pages
from app.web.guards import guarded

View = TypeVar("View", bound=Callable[..., Any])


class SignInAgain(LanyardError):
    """The sign-in is too old for a sensitive act."""


def sensitive(view: View) -> View:
    """Declares that a view answers whoever may change access and signed in a moment ago.

    Raises SignInNeeded, Forbidden, SignInAgain.
    """
    return guarded(f"role: {CHANGE} {ACCESS}, recent", _check)(view)


def _check() -> None:
    asking.check_session()
    if not roles.may(asking.session().roles, ACCESS, CHANGE):
        raise asking.Forbidden("This needs the role owner; ask an owner for it.")
    if not asking.is_recent():
        raise SignInAgain("sign in again")


def on_sign_in_again(_error: SignInAgain) -> Response:
    """403 with the way to sign in and back; a form that was sent is not repeated by itself."""
    back = request.full_path.rstrip("?") if request.method == "GET" else "/console"
    return shell.page(
        "sign_in_again.html",
        title="Sign in once more",
        section="",
        status=HTTPStatus.FORBIDDEN,
        login=pages.path(f"/login/{shell.organization().slug}?next={quote(back, safe='/')}"),
        minutes=int(asking.RECENT.total_seconds() // 60),
        by_link=asking.session().issuer is None,
        sent=request.method != "GET",
    )

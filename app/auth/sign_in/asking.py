"""Who asks for a page: the session behind the cookie, and the guards that want one."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, current_app, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, LengthRequired, RequestEntityTooLarge

from app.auth.sign_in import roles, sessions
from app.auth.sign_in.sessions import Limits, Session
from app.core import clock
from app.core.errors import LanyardError
from app.core.secrets import Sealer
from app.core.unit_of_work import Transaction
from app.web import scope
from app.web.guards import also, guarded

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
FORM_BYTES = 256 * 1024
"""The largest form that is read where a view does not say otherwise (`reads`)."""
RECENT = timedelta(minutes=10)
"""How long ago somebody may have proved who they are, for sensitive acts."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(LanyardError):
    """Nobody is signed in, or the session has ended."""


class ProofNeeded(LanyardError):
    """Whoever is signed in must prove anew who they are: they last did so too long ago, or nobody knows when."""


class Forbidden(LanyardError):
    """Whoever is signed in may not do this. The sentence says what it would take."""


def limits() -> Limits:
    """How long sessions of this installation last."""
    settings = scope.settings()
    return Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))


def cookie_name(purpose: str = "") -> str:
    """The cookie's name: bound to this host and https, but for plain http on this machine."""
    plain = f"lanyard{purpose}"
    return plain if _is_plain_loopback(scope.settings().public_url) else f"__Host-{plain}"


def set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read and other sites' requests do not bring, for so long (0: gone)."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=name.startswith("__Host-"), httponly=True, samesite="Lax"
    )


def found() -> Session | None:
    """The session of this request; None when there is none that holds. Looked up once a request."""
    if "session" not in g:
        secret = request.cookies.get(cookie_name(), "")
        g.session = sessions.find(scope.database(), secret, limits()) if secret else None
        g.session_secret = secret
    return cast(Session | None, g.session)


def organization() -> str | None:
    """Whose session this browser has or had last; None where that is not known (any more)."""
    current = found()
    if current is not None:
        return current.organization_id
    secret = cast(str, g.session_secret)
    return sessions.organization_of(scope.database(), secret) if secret else None


def session() -> Session:
    """The session of this request. Raises SignInNeeded."""
    current = found()
    if current is None:
        raise SignInNeeded("Sign in first.")
    return current


def csrf_token() -> str:
    """What a form of this session carries as CSRF_FIELD; empty where nobody is signed in."""
    return sessions.csrf_token(g.session_secret) if found() is not None else ""


def is_recent() -> bool:
    """Whether whoever is signed in has proved lately who they are.

    A new session alone does not: a provider at which a browser is signed in gives one to whoever sits before it.
    """
    proved_at = session().proved_at
    return proved_at is not None and clock.now() - proved_at < RECENT


def is_navigation() -> bool:
    """Whether a browser goes to a page with this request, and shows what the answer leads to (Fetch Metadata)."""
    if request.method not in {"GET", "HEAD"}:
        return False
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is None:  # an older browser, which says at least that it shows pages
        return "text/html" in request.accept_mimetypes.values()
    # Frames navigate as well, and providers' pages let nobody frame them.
    return mode == "navigate" and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def write(work: Callable[[Transaction], T]) -> T:
    """What `work` returns, committed in the name of whoever is signed in."""
    current = session()
    return scope.database().write(
        work, organization_id=current.organization_id, actor=current.actor, request_id=scope.request_id()
    )


def check_session() -> None:
    """Return when somebody is signed in and, where something is to be changed, the form is from one of our own pages.

    Raises SignInNeeded, Forbidden; RequestEntityTooLarge for a form of more than the view reads, LengthRequired for one
    that does not say how much it is; BadRequest for text with a NUL character, which no database keeps or looks for.
    """
    session()
    _ensure_storable(request.args)
    if request.method in _SAFE:
        return
    _limit_form()
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(sent.encode(), csrf_token().encode()) or not from_here():
        raise Forbidden("This form is not from the page that you have open; load the page again and repeat it.")
    _ensure_storable(request.form)


def _ensure_storable(sent: MultiDict[str, str]) -> None:
    if any("\0" in text for pair in sent.items(multi=True) for text in pair):
        raise BadRequest("What was sent has a NUL character in it; nothing was changed.")


def reads(most: int) -> Callable[[View], View]:
    """Declares beside its guard that a view reads forms of up to `most` bytes, files included.

    More is answered with 413 before anything of it is read, whose description is a sentence that says how much is read.
    """

    def declare(view: View) -> View:
        view.form_bytes = most  # type: ignore[attr-defined]
        return view

    return declare


def _limit_form() -> None:
    view = current_app.view_functions[request.endpoint or ""]
    most: int = getattr(view, "form_bytes", FORM_BYTES)
    request.max_content_length = most
    if "Transfer-Encoding" in request.headers:
        # It would be cut at the limit without a word, and taken for the whole. Browsers say how long their forms are.
        raise LengthRequired("This form does not say how long it is, so it was not read and nothing was changed.")
    if request.content_length is not None and request.content_length > most:
        shown = f"{most // 1024**2} MB" if most >= 1024**2 else f"{most // 1024} kB"
        raise RequestEntityTooLarge(f"This form has more than the {shown} that this page reads; nothing was changed.")


def from_here() -> bool:
    """Whether a browser says that the request comes from this installation's pages, or says nothing."""
    origin = request.headers.get("Origin")
    public = urlsplit(scope.settings().public_url)
    return origin is None or origin == f"{public.scheme}://{public.netloc}"


signed_in = guarded("session", check_session)
"""Declares that a view answers whoever is signed in. Raises SignInNeeded, Forbidden (CSRF)."""


def check_person() -> None:
    """As `check_session`, and the session is a person's. Raises SignInNeeded, Forbidden."""
    check_session()
    if session().person_id is None:
        raise Forbidden("This sign-in belongs to nobody in the directory, so there is no card of its own.")


person = guarded("session: person", check_person)
"""Declares that a view answers a person with what is their own."""


def role(area: str, right: str) -> Callable[[View], View]:
    """Declares that a view answers whoever's roles give `right` in `area` (roles.RIGHTS)."""

    def check() -> None:
        check_session()
        if not roles.may(session().roles, area, right):
            holders = ", ".join(name for name in roles.ROLES if right in roles.RIGHTS[area][name])
            raise Forbidden(f"This needs one of the roles {holders}; ask an owner for it.")

    return guarded(f"role: {right} {area}", check)


def check_recent() -> None:
    """Return when whoever is signed in has proved lately who they are. Raises ProofNeeded."""
    if not is_recent():
        raise ProofNeeded("Sign in once more for this.")


def recent(guard: Callable[[View], View]) -> Callable[[View], View]:
    """Declares a view for sensitive acts: `@recent(role(ACCESS, CHANGE))` answers whom `guard` lets pass, and who has
    proved within RECENT who they are.

    Others are led to their provider, which makes sure, and back to the page. A form is refused with a page that leads
    there, and nothing of it is kept: the page with the form wants the same guard, so that it is rarely met. Whoever
    came by a link is asked to open a new one.
    """
    return also(guard, "recent proof", check_recent)


def _is_plain_loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and (host == "localhost" or host.startswith("127.") or host == "::1")


def sealer() -> Sealer:
    """What seals and opens the installation's secrets."""
    return cast(Sealer, current_app.extensions["lanyard.sealer"])

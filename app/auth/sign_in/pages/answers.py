"""What somebody sees who does not come in, each in plain words: what happened, and what to ask IT for."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote, urlencode

import structlog
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.auth.sign_in import asking
from app.auth.sign_in.asking import Forbidden, ProofNeeded, SignInNeeded
from app.auth.sign_in.identity import AMBIGUOUS, BLOCKED, INACTIVE, NOT_PROVISIONED, WAITING
from app.auth.sign_in.pages import providers
from app.core.errors import Unavailable
from app.core.unit_of_work import Transaction
from app.web import pages, scope

WRONG_TENANT, REFUSED, UNAVAILABLE, DECLINED = "wrong tenant", "refused", "unavailable", "declined"

_TITLES = {
    NOT_PROVISIONED: "You are not set up yet",
    INACTIVE: "Your account is not active",
    BLOCKED: "Your sign-in is blocked",
    AMBIGUOUS: "Your account cannot be told apart",
    WAITING: "Your card waits for a seat",
    WRONG_TENANT: "This is another company's account",
    REFUSED: "Signing in did not work",
    UNAVAILABLE: "Signing in is not possible at the moment",
    DECLINED: "You were not signed in",
}
_STATUSES = {UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE, REFUSED: HTTPStatus.BAD_REQUEST}

log = structlog.get_logger("lanyard.sign_in")


_AS_ANOTHER = frozenset({NOT_PROVISIONED, INACTIVE, BLOCKED, AMBIGUOUS, WRONG_TENANT})
"""Whoever is signed in at the provider as the wrong person would come back as the same at once."""


def no_entry(
    kind: str, *, slug: str, organization: str, who: str | None = None, next_path: str | None = None
) -> Response:
    """The page for somebody who does not come in; `who` is what the provider calls them, `next_path` where they were
    going."""
    query = {"account": "other" if kind in _AS_ANOTHER else None, "next": next_path}
    wanted = urlencode({key: value for key, value in query.items() if value}, safe="/")
    return pages.page(
        "sign_in/no_entry.html",
        _STATUSES.get(kind, HTTPStatus.FORBIDDEN),
        title=_TITLES[kind],
        kind=kind,
        again=f"/login/{slug}" + (f"?{wanted}" if wanted else ""),
        organization=organization,
        who=who,
        request_id=scope.request_id(),
    )


def record_refusal(organization_id: str, kind: str, reason: str, who: str | None = None) -> None:
    """One line in the audit log for a sign-in that was refused; the reason names claims and no secrets."""
    log.warning("sign-in refused", kind=kind, reason=reason, id=scope.request_id())

    def work(tx: Transaction) -> None:
        tx.audit("sign_in.refused", who or "unknown", {"kind": kind, "reason": reason})

    scope.database().write(work, organization_id=organization_id, actor="visitor", request_id=scope.request_id())


def on_sign_in_needed(_error: SignInNeeded) -> Response:
    """Lead whoever goes to a page to signing in and back; all else is 401, and a form is not repeated by itself.

    Where the cookie is of a session that has run out, its organization need not be asked for.
    """
    if asking.is_navigation():
        return pages.go(_way_in(asking.organization(), request.full_path.rstrip("?")))
    return pages.page("sign_in/signed_out.html", HTTPStatus.UNAUTHORIZED, title="Your session has ended")


def on_proof_needed(_error: ProofNeeded) -> Response:
    """Lead whoever goes to a page to their provider and back; tell everybody else how to go there."""
    current = asking.session()
    if current.issuer is None:
        return _prove("Open a new link for this", mine=current.person_id is not None)
    if asking.is_navigation():
        return pages.go(_way_in(current.organization_id, request.full_path.rstrip("?"), anew=True))
    return _prove("Sign in once more for this", way=_way_in(current.organization_id, _page_before(), anew=True))


def _prove(title: str, **values: object) -> Response:
    return pages.page("sign_in/prove.html", HTTPStatus.UNAUTHORIZED, title=title, **values)


def _way_in(organization_id: str | None, next_path: str, *, anew: bool = False) -> str:
    """Where to sign in, in order to come back to this path."""
    slug = None if organization_id is None else providers.slug_of(organization_id)
    below, how = f"/{slug}" if slug else "", "anew&" if anew else ""
    return pages.path(f"/login{below}?{how}next={quote(next_path, safe='/')}")


def _page_before() -> str:
    """The path of our page that a form was sent from, as far as the browser says."""
    base, said = scope.settings().public_url, request.headers.get("Referer", "")
    return said.removeprefix(base) if said.startswith(f"{base}/") else "/me"


def on_too_large(error: RequestEntityTooLarge) -> Response:
    """413: nothing of the form was read."""
    return pages.page("sign_in/forbidden.html", error.code, title="That is too much", reason=error.description)


def on_unavailable(_error: Unavailable) -> Response:
    """503 while the database is away."""
    return pages.unavailable()


def on_forbidden(error: Forbidden) -> Response:
    """403, with one line in the audit log; 503 while none can be written."""
    current = asking.found()
    if current is not None:
        reason, place = str(error), request.url_rule.rule if request.url_rule else ""
        try:
            asking.write(lambda tx: tx.audit("request.refused", place, {"reason": reason}))
        except Unavailable:
            return pages.unavailable()
    return pages.page("sign_in/forbidden.html", HTTPStatus.FORBIDDEN, title="This is not for you", reason=str(error))

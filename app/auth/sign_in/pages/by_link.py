"""Signing in by a link that works once; looking does not use it up, since programs that check mails open links."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from flask import Response, current_app, request

from app.auth.sign_in import asking, links, sessions
from app.auth.sign_in.events import SignedIn
from app.auth.sign_in.identity import NotAdmitted
from app.auth.sign_in.pages import answers
from app.auth.sign_in.pages.coming import HOME, with_session
from app.auth.sign_in.roles import OWNER
from app.auth.sign_in.sessions import Visitor
from app.core.errors import Refused, Throttled
from app.core.rates import RateLimiter
from app.core.unit_of_work import Transaction
from app.directory import announce, outsiders
from app.web import pages, scope
from app.web.guards import public

LETTERS_PER_SECOND = 5
"""Links that a process sends by e-mail in a second, whoever asks for them."""
LONGEST_ADDRESS = 254
FORM_BYTES = 16 * 1024
_WAITS = (
    "There is no seat free for your card yet, so there is nothing to see here. Ask whoever invited you. As soon as"
    " there is one your card is up by itself, and you can sign in."
)


def install(extensions: dict[str, object]) -> None:
    """Make what this process keeps."""
    extensions["lanyard.link_rate"] = RateLimiter(LETTERS_PER_SECOND)


@public
def open_link(token: str) -> Response:
    """GET: whom the link signs in; POST: the session."""
    known = links.find(scope.database(), token)
    if known is None:
        return _over(HTTPStatus.NOT_FOUND, "This link is not known")
    if request.method == "GET":
        mine = known.kind == links.PERSON
        title = "Sign in to your card" if mine else "Open Lanyard as its owner"
        return pages.page("sign_in/by_link.html", title=title, mine=mine)
    if not asking.from_here():
        return _over(HTTPStatus.FORBIDDEN, "This link was not used")

    def work(tx: Transaction) -> str:
        used = links.use(tx, token)
        if used.person_id is not None:
            tx.emit(SignedIn(used.person_id, used.who, has_role=False))
        roles = frozenset() if used.person_id is not None else frozenset({OWNER})
        visitor = Visitor(used.who, used.person_id, roles, user_agent=request.user_agent.string, proved_at=tx.now)
        return sessions.begin(tx, visitor, asking.limits())

    try:
        secret = scope.database().write(
            work, organization_id=known.organization_id, actor="visitor", request_id=scope.request_id()
        )
    except NotAdmitted as error:
        answers.record_refusal(known.organization_id, error.kind, str(error), error.who)
        return _over(HTTPStatus.FORBIDDEN, "Your card waits for a seat", _WAITS)
    except Refused as error:
        return _over(HTTPStatus.GONE, "This link is over", str(error))
    return with_session(secret, HOME if known.kind == links.PERSON else "/console")


@public
def send() -> Response:
    """POST: send a link to somebody whom no directory knows. The answer is the same whether or not they are known."""
    request.max_content_length = FORM_BYTES
    address = request.form.get("email", "").strip()
    if not asking.from_here():
        return _over(HTTPStatus.FORBIDDEN, "No link was sent")
    try:
        cast(RateLimiter, current_app.extensions["lanyard.link_rate"]).admit("all")
    except Throttled:
        return pages.page("sign_in/busy.html", HTTPStatus.SERVICE_UNAVAILABLE, title="Try again in a moment")
    if 0 < len(address) <= LONGEST_ADDRESS:
        with scope.database().read(None) as reader:
            found = outsiders.everywhere(reader, address)
        for organization_id, person_id in found:
            _send(organization_id, person_id)
    return pages.page("sign_in/sent.html", title="Look into your mail", address=address)


def _send(organization_id: str, person_id: str) -> None:
    def work(tx: Transaction) -> None:
        address = outsiders.address_of(tx, person_id)
        secret = links.for_person(tx, person_id) if address is not None else None
        if address is None or secret is None:
            return
        link = f"{scope.settings().public_url}/login/link/{secret}"
        announce.sign_in_link(tx, asking.sealer(), to=address, link=link, minutes=links.VALID_MINUTES)

    scope.database().write(work, organization_id=organization_id, actor="visitor", request_id=scope.request_id())


def _over(status: HTTPStatus, title: str, reason: str | None = None) -> Response:
    return pages.page("sign_in/bad_link.html", status, title=title, reason=reason)

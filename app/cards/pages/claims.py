"""`/claim/<token>`: an invitation, and the one button that makes a card of it. Its address is its secret.

Looking changes nothing, since programs that check mails open what is linked there. Whoever sends the form knows the
token, so there is nothing to forge; a browser that says the form was another site's is refused all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.cards import assets, claiming, invitations
from app.cards.claiming import InDirectory
from app.cards.decision import SEATED, WAITING
from app.cards.invitations import OPEN, Invitation
from app.cards.pages import theme
from app.cards.pages.answers import HEADERS, RETRY_AFTER_SECONDS
from app.cards.pages.markup import path_of, static_files, static_url
from app.core import clock
from app.core.errors import Collision, NotFound, Unavailable
from app.web import scope
from app.web.guards import public

SHOWN_FOR = timedelta(hours=1)
"""For how long after the claim its link leads to the card: a form that was sent twice ends where it should."""

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OWN_SITE = {"same-origin", "none"}

log = structlog.get_logger("lanyard.claims")


@public
def invitation(token: str) -> Response:
    """GET /claim/<token>: what the invitation is for, or why it cannot be used."""
    found = _find(token)
    if found is None or found.state(clock.now()) != OPEN:
        return _over(found)
    return _page(
        render_template(
            "cards/claim.html",
            invitation=found,
            until=_moment(found.expires_at),
            here=_address(token),
            claim_stylesheet=static_url("claim.css", scope.settings().public_url),
        )
    )


@public
def claim(token: str) -> Response:
    """POST /claim/<token>: make the card, then show where it is; at once or twice, it is made once."""
    if _from_another_site():
        return _said("elsewhere", 403)
    found = _find(token)
    if found is not None and found.state(clock.now()) == OPEN:
        try:
            _claim(found)
        except InDirectory:
            return _said("in_directory", 409, found)
        found = _find(token)
    if found is None or not _just_claimed(found):
        return _over(found)
    return _see(f"{_address(token)}/card")


@public
def card(token: str) -> Response:
    """GET /claim/<token>/card: where the card is that was just claimed."""
    found = _find(token)
    if found is not None and found.state(clock.now()) == OPEN:
        return _see(_address(token))
    if found is None or not _just_claimed(found):
        return _over(found)
    url = f"{scope.settings().public_url}/c/{found.card_id}"
    return _page(
        render_template(
            "cards/claimed.html",
            invitation=found,
            url=url,
            path=path_of(url),
            live=found.card_state in SEATED,
            waiting=found.card_state == WAITING,
        )
    )


@public
def theme_css(token: str) -> Response:
    """GET /claim/<token>/theme.css: the template's colours."""
    found = _find(token)
    if found is None or found.state(clock.now()) != OPEN:
        return _line(404)
    return _finished(Response(theme.css(found.layout.design), content_type="text/css; charset=utf-8"))


@public
def picture(token: str, name: str) -> Response:
    """GET /claim/<token>/logo or cover: a picture of the template."""
    found = _find(token)
    asset_id = None
    if found is not None and found.state(clock.now()) == OPEN:
        asset_id = {"logo": found.layout.design.logo, "cover": found.layout.design.cover}[name]
    if found is None or asset_id is None:
        return _line(404)
    with scope.database().read(found.organization_id) as reader:
        asset = assets.find(reader, asset_id)
    return _line(404) if asset is None else _finished(Response(asset.content, content_type=asset.content_type))


@public
def nothing(token: str = "", rest: str = "") -> Response:
    """Whatever else is asked below /claim/: 404."""
    return _said("unknown", 404)


def on_error(error: Exception) -> Response:
    """Whatever went wrong, as a page. Flask would write the address, and with it the token, into the log."""
    match error:
        case Unavailable() | Collision():
            response = _said("away", 503)
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
            return response
        case NotFound():
            return _said("unknown", 404)
        case HTTPException():
            return _line(error.code or 500)
    log.error("unforeseen", id=scope.request_id(), exc_info=error)
    return _said("failed", 500)


def create_blueprint() -> Blueprint:
    """All addresses of invitations."""
    bp = Blueprint("claims", __name__, template_folder="../templates")
    bp.register_error_handler(Exception, on_error)
    bp.context_processor(static_files)
    for rule, view, methods in (
        ("/claim/", nothing, ["GET", "POST"]),
        ("/claim/<token>", invitation, ["GET"]),
        ("/claim/<token>", claim, ["POST"]),
        ("/claim/<token>/card", card, ["GET"]),
        ("/claim/<token>/theme.css", theme_css, ["GET"]),
        ("/claim/<token>/<any(logo, cover):name>", picture, ["GET"]),
        ("/claim/<token>/<path:rest>", nothing, ["GET", "POST"]),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=methods)
    return bp


def _find(token: str) -> Invitation | None:
    with scope.database().read(None) as reader:
        return invitations.find(reader, token)


def _claim(found: Invitation) -> None:
    scope.database().write(
        lambda tx: claiming.claim(tx, found.id),
        organization_id=found.organization_id,
        actor=f"invitation:{found.id}",
        request_id=scope.request_id(),
    )


def _just_claimed(found: Invitation) -> bool:
    claimed_at = found.claimed_at
    return claimed_at is not None and found.card_id is not None and clock.now() < claimed_at + SHOWN_FOR


def _from_another_site() -> bool:
    """Whether the browser says that another site sent the form.

    `Origin` is `null` in forms of pages that send no referrer, as ours do; browsers of today say `Sec-Fetch-Site`.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OWN_SITE
    parts = urlsplit(scope.settings().public_url)
    return request.headers.get("Origin", "null") not in {"null", f"{parts.scheme}://{parts.netloc}"}


def _address(token: str) -> str:
    return f"{path_of(scope.settings().public_url)}/claim/{token}"


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _over(found: Invitation | None) -> Response:
    """Why there is nothing to claim: of an unknown token nothing is said, of others whom to ask."""
    return _said("unknown", 404) if found is None else _said(found.state(clock.now()), 410, found)


def _said(what: str, status: int, found: Invitation | None = None) -> Response:
    text = render_template(
        "cards/claim_over.html",
        what=what,
        organization=found.organization if found else "",
        expired=_moment(found.expires_at) if found else "",
        claimed=_moment(found.claimed_at) if found and found.claimed_at else "",
        request_id=scope.request_id(),
    )
    return _page(text, status)


def _see(address: str) -> Response:
    return _finished(Response(status=303, headers={"Location": address}))


def _line(status: int) -> Response:
    return _finished(Response("Not found.\n" if status == 404 else "Not here.\n", status, content_type="text/plain"))


def _page(text: str, status: int = 200) -> Response:
    return _finished(make_response(text, status))


def _finished(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = _POLICY
    return response

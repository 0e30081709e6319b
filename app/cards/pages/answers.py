"""How everything below `/c/` answers: live cards with an ETag, paused ones with 410, others with 404.

Browsers may keep what they got, but ask again every time: a card that was taken back is gone at the next look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Response, make_response, render_template, request

from app.cards import links, lookup, phones
from app.cards.faces import with_face
from app.cards.pages.markup import path_of
from app.cards.rendering import render
from app.cards.view import CardView, LiveCard, PausedCard
from app.core.errors import Unavailable
from app.web import scope

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

RETRY_AFTER_SECONDS = "5"

_PROGRAM = Path(__file__).parents[1]

Make = Callable[[CardView, LiveCard], Response | None]
"""Makes the answer for a live card; None when the card has no such thing."""


def answer(card_id: str, kind: str, make: Make) -> Response:
    """The answer for one representation (`kind`) of the card with this public id, in whatever case it came.

    A live card's carries an ETag of card and kind, and is 304 for a browser that has it. A paused card is 410 without
    any ETag, so that an old one never gets a 304. While the database is away it is 503. An address of a live card that
    is not its permanent one leads there.
    """
    page = kind == "page"
    try:
        view: CardView | None = None
        with scope.database().read(None) as reader:
            found = lookup.find(reader, card_id)
            if isinstance(found, LiveCard):
                view = render(found.source, scope.settings().public_url)
                view = with_face(reader.within(found.organization_id), view)
        if isinstance(found, LiveCard) and view is not None:
            if found.source.public_id != card_id.lower():
                return _finished(_elsewhere(card_id, found.source.public_id))
            return _finished(_live(view, found, kind, make))
    except Unavailable:
        return _unavailable(page=page)
    if isinstance(found, PausedCard):
        return _finished(_said(_gone(found) if page else "Gone.\n", 410, page=page))
    return missing(page=page)


def missing(*, page: bool) -> Response:
    """404, as a page or as a line."""
    return _finished(_said(render_template("cards/missing.html") if page else "Not found.\n", 404, page=page))


def _unavailable(*, page: bool) -> Response:
    text = render_template("cards/unavailable.html") if page else "Try again in a moment.\n"
    response = _said(text, 503, page=page)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return _finished(response)


def _elsewhere(card_id: str, public_id: str) -> Response:
    """302 to the same below the permanent address: the card may be paused or deleted at the next look, so not 301."""
    rest = request.path[len("/c/") + len(card_id) :]
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    response = _said("This card has another address now.\n", 302, page=False)
    response.headers["Location"] = f"{path_of(scope.settings().public_url)}/c/{public_id}{rest}{query}"
    return response


def _live(view: CardView, found: LiveCard, kind: str, make: Make) -> Response:
    etag = f"{view.etag}-{_program()}-{kind}"
    known = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if known else make(view, found)
    if response is None:
        return _said("Not found.\n", 404, page=False)
    response.set_etag(etag)
    return response


@cache
def _program() -> str:
    """Another text when the program may make something else of the same card: after an upgrade nothing old is kept."""
    files = sorted(path for path in _PROGRAM.rglob("*") if path.suffix in {".py", ".html", ".css", ".svg"})
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:8]


def _gone(card: PausedCard) -> str:
    return render_template(
        "cards/gone.html",
        card=card,
        mail=links.mail_link(card.email or ""),
        call=phones.tel_link(card.phone or "", None),
        cards_path=f"{path_of(scope.settings().public_url)}/c",
    )


def _said(text: str, status: int, *, page: bool) -> Response:
    response = make_response(text, status)
    response.content_type = "text/html; charset=utf-8" if page else "text/plain; charset=utf-8"
    return response


def _finished(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response

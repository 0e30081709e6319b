"""How everything below `/c/` answers: live cards with an ETag, paused ones with 410, others with 404.

Browsers may keep what they got, but ask again every time: a card that was taken back is gone at the next look.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock

from flask import Response, make_response, render_template, request

from app.cards import faces, links, lookup, phones
from app.cards.pages.markup import path_of
from app.cards.rendering import etag, photo_id, render
from app.cards.view import CardView, Face, LiveCard, PausedCard
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

KEPT_KINDS = frozenset({"page", "theme", "qr.svg"})
"""What is made of the card alone: no file of a store that may be away, no headers of its own."""
KEPT = 1_000
LONGEST_KEPT = 16 * 1024
"""How many answers a process keeps, and of how many bytes: those that were asked for last."""

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
        face: Face | None = None
        with scope.database().read_card(None) as reader:
            found = lookup.find(reader, card_id)
            if isinstance(found, LiveCard):
                photo = photo_id(found.source, scope.settings().public_url)
                if photo is not None:
                    face = faces.find(reader.within(found.organization_id), found.source.public_id, photo)
        if isinstance(found, LiveCard):
            if found.source.public_id != card_id.lower():
                return _finished(_elsewhere(card_id, found.source.public_id))
            return _finished(_live(found, face, kind, make))
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


def _live(found: LiveCard, face: Face | None, kind: str, make: Make) -> Response:
    public_url = scope.settings().public_url
    tag = f"{faces.etag(etag(found.source, public_url), face)}-{_program()}-{kind}"
    if request.if_none_match.contains_weak(tag):
        response: Response | None = Response(status=304)
    else:
        response = _made.get(tag)
        if response is None:
            response = make(faces.showing(render(found.source, public_url), face), found)
            if response is not None and kind in KEPT_KINDS:
                _made.keep(tag, response)
    if response is None:
        return _said("Not found.\n", 404, page=False)
    if "ETag" not in response.headers:  # what is not all that it should be has one of its own
        response.set_etag(tag)
    return response


class _Made:
    """Answers that were made already, by their ETags: the same ETag is the same answer, whatever happened meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    def get(self, tag: str) -> Response | None:
        with self._lock:
            found = self._answers.get(tag)
            if found is None:
                return None
            self._answers.move_to_end(tag)
        return Response(found[0], content_type=found[1])

    def keep(self, tag: str, response: Response) -> None:
        data = response.get_data()
        if len(data) > LONGEST_KEPT:
            return
        with self._lock:
            self._answers[tag] = data, response.content_type
            if len(self._answers) > KEPT:
                self._answers.popitem(last=False)


_made = _Made()


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

"""Each public address of a card: read the request, make the representation."""

from __future__ import annotations

from flask import Response, request

from app.cards import qr
from app.cards.pages import representations
from app.cards.pages.answers import answer, missing
from app.web.guards import public


@public
def page(card_id: str) -> Response:
    """GET /c/<id>: the card's page, or that of the organization when the card is paused."""
    return answer(card_id, "page", lambda view, _: representations.page(view))


@public
def nothing(card_id: str = "", rest: str = "") -> Response:
    """Whatever else is asked below /c/: 404, in the words and with the headers of all the others."""
    return missing(page=True)


@public
def contact(card_id: str) -> Response:
    """GET /c/<id>.vcf: the contact to save."""
    return answer(card_id, "vcf", lambda view, found: representations.contact(view, found.organization_id))


@public
def theme_css(card_id: str) -> Response:
    """GET /c/<id>/theme.css: the template's colours, safe to read in light and dark."""
    return answer(card_id, "theme", lambda view, _: representations.theme_css(view))


@public
def qr_as_svg(card_id: str) -> Response:
    """GET /c/<id>/qr.svg"""
    return answer(card_id, "qr.svg", lambda view, _: representations.qr_svg(view))


@public
def qr_as_png(card_id: str) -> Response:
    """GET /c/<id>/qr.png?size=: pixels, kept within what is sensible for screens and print"""
    wanted = request.args.get("size", "")
    size = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else qr.DEFAULT_PIXELS
    size = min(qr.MAX_PIXELS, max(qr.MIN_PIXELS, size))
    return answer(card_id, f"qr{size}", lambda view, _: representations.sent(qr.qr_png(view.url, size), "image/png"))


@public
def photo(card_id: str, name: str) -> Response:
    """GET /c/<id>/photo/<hash>-<size>.jpg or .webp: the photo that the card shows now, no other"""
    return answer(
        card_id, f"photo-{name}", lambda view, found: representations.photo(view, found.organization_id, name)
    )


@public
def picture(card_id: str, name: str) -> Response:
    """GET /c/<id>/logo, cover or poster: a picture of the card's template"""
    return answer(card_id, name, lambda view, found: representations.picture(view, found.organization_id, name))

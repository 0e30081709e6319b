"""Each public address of a card: read the request, make the representation."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from flask import Response, render_template, request

from app.cards import assets, links, qr, vcard
from app.cards.names import initials, language_tag, primary_language
from app.cards.pages import theme
from app.cards.pages.answers import answer, missing
from app.cards.view import CardView, LiveCard
from app.photos.images import UnsafeImage, decode_data_url, square_jpeg
from app.web import scope
from app.web.guards import public

PHOTO_PIXELS = 512
CONTACT_PHOTO_PIXELS = 256
"""Phones show contacts small, and some refuse large ones."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "yi", "dv"})


@public
def page(card_id: str) -> Response:
    """GET /c/<id>: the card's page, or that of the organization when the card is paused."""
    return answer(card_id, "page", _page)


@public
def nothing(card_id: str = "", rest: str = "") -> Response:
    """Whatever else is asked below /c/: 404, in the words and with the headers of all the others."""
    return missing(page=True)


@public
def contact(card_id: str) -> Response:
    """GET /c/<id>.vcf: the contact to save."""
    return answer(card_id, "vcf", _contact)


@public
def theme_css(card_id: str) -> Response:
    """GET /c/<id>/theme.css: the template's colours, safe to read in light and dark."""
    return answer(card_id, "theme", lambda view, _: _sent(theme.css(view.layout.design).encode(), "text/css"))


@public
def qr_as_svg(card_id: str) -> Response:
    """GET /c/<id>/qr.svg"""
    return answer(card_id, "qr.svg", lambda view, _: _sent(qr.qr_svg(view.url), "image/svg+xml"))


@public
def qr_as_png(card_id: str) -> Response:
    """GET /c/<id>/qr.png?size=: pixels, kept within what is sensible for screens and print"""
    wanted = request.args.get("size", "")
    size = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else qr.DEFAULT_PIXELS
    size = min(qr.MAX_PIXELS, max(qr.MIN_PIXELS, size))
    return answer(card_id, f"qr{size}", lambda view, _: _sent(qr.qr_png(view.url, size), "image/png"))


@public
def photo(card_id: str) -> Response:
    """GET /c/<id>/photo.jpg"""
    return answer(card_id, "photo", _photo)


@public
def picture(card_id: str, name: str) -> Response:
    """GET /c/<id>/logo, cover or poster: a picture of the card's template"""
    return answer(card_id, name, lambda view, found: _picture(view, found, name))


def _page(view: CardView, _found: LiveCard) -> Response:
    html = render_template(
        "cards/card.html",
        card=view,
        initials=initials(view.name) if "name" in view.general else "",
        has_photo=_jpeg(view.photo, PHOTO_PIXELS) is not None,
        language=language_tag(view.language),
        direction="rtl" if primary_language(view.language) in RIGHT_TO_LEFT else "ltr",
        map_link=links.map_link,
        theme_color=theme.browser_colour(view.layout.design),
    )
    return _sent(html.encode(), "text/html")


def _contact(view: CardView, _found: LiveCard) -> Response:
    response = _sent(vcard.vcard(view, _jpeg(view.photo, CONTACT_PHOTO_PIXELS)), "text/vcard")
    name = vcard.file_name(view)
    # Headers hold ASCII; the whole name comes encoded beside a plain one (RFC 6266 §4.3).
    plain = name if name.isascii() else "contact.vcf"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response


def _photo(view: CardView, _found: LiveCard) -> Response | None:
    jpeg = _jpeg(view.photo, PHOTO_PIXELS)
    return None if jpeg is None else _sent(jpeg, "image/jpeg")


def _picture(view: CardView, found: LiveCard, name: str) -> Response | None:
    layout = view.layout
    poster = layout.video.poster if layout.video else None
    asset_id = {"logo": layout.design.logo, "cover": layout.design.cover, "poster": poster}[name]
    if asset_id is None:
        return None
    with scope.database().read(found.organization_id) as reader:
        asset = assets.find(reader, asset_id)
    return None if asset is None else _sent(asset.content, asset.content_type)


@lru_cache(maxsize=128)
def _jpeg(data_url: str | None, side: int) -> bytes | None:
    """The picture in a data URL as a safe square JPEG; None when there is none, or none that is safe to open."""
    if data_url is None:
        return None
    try:
        data = decode_data_url(data_url)
        return None if data is None else square_jpeg(data, side)
    except UnsafeImage:
        # What cannot be shown safely is not shown: initials stand in for it.
        return None


def _sent(content: bytes, media_type: str) -> Response:
    text = media_type.startswith("text/")
    return Response(content, content_type=f"{media_type}; charset=utf-8" if text else media_type)

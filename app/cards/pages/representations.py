"""What a card is shown as: page, contact, photo, pictures of its template. Each is made from the view alone.

The same representations answer at the card's public address and, for its holder, below their own.
"""

from __future__ import annotations

from urllib.parse import quote

import structlog
from flask import Response, render_template

from app.cards import assets, links, qr, vcard
from app.cards.faces import place_of
from app.cards.names import initials, language_tag, primary_language
from app.cards.pages import theme
from app.cards.view import CardView
from app.core.ids import new_id
from app.core.stores import StoreAway
from app.photos.images import CONTACT_SIZE, KINDS
from app.photos.preparing import open_store
from app.web import scope

log = structlog.get_logger("lanyard.photos")

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "yi", "dv"})


def page(view: CardView, below: str | None = None) -> Response:
    """The card's page; `below` is the path at which its pictures and styles are asked for in a preview."""
    html = render_template(
        "cards/card.html",
        card=view,
        initials=initials_of(view),
        language=language_tag(view.language),
        direction=direction(view),
        map_link=links.map_link,
        theme_color=theme.browser_colour(view.layout.design),
        below=below,
    )
    return sent(html.encode(), "text/html")


def initials_of(view: CardView) -> str:
    """The letters that stand where there is no photo; empty for a card without a name."""
    return initials(view.name) if "name" in view.general else ""


def direction(view: CardView) -> str:
    """`ltr` or `rtl`, by the person's language."""
    return "rtl" if primary_language(view.language) in RIGHT_TO_LEFT else "ltr"


def contact(view: CardView, organization_id: str) -> Response:
    """The contact to save; without its photo, and with an ETag that never comes again, while the store is away."""
    jpeg, once = None, None
    if view.face is not None:
        try:
            jpeg = _file(view, organization_id, view.face.file(CONTACT_SIZE, "jpg"))
        except StoreAway as error:
            log.warning("a contact goes without its photo", reason=str(error))
            once = new_id()
    response = sent(vcard.vcard(view, jpeg), "text/vcard")
    if once is not None:
        response.set_etag(once)
    name = vcard.file_name(view)
    # Headers hold ASCII; the whole name comes encoded beside a plain one (RFC 6266 §4.3).
    plain = name if name.isascii() else "contact.vcf"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response


def theme_css(view: CardView) -> Response:
    """The template's colours, safe to read in light and dark."""
    return sent(theme.css(view.layout.design).encode(), "text/css")


def qr_svg(view: CardView) -> Response:
    """The QR code of the card's permanent address."""
    return sent(qr.qr_svg(view.url), "image/svg+xml")


def photo(view: CardView, organization_id: str, name: str) -> Response | None:
    """The file `<hash>-<size>.<kind>` of the photo; None for any but those of the photo that the card shows.

    Raises StoreAway when the store is away.
    """
    content = _file(view, organization_id, name)
    return None if content is None else sent(content, KINDS[name.rpartition(".")[2]])


def _file(view: CardView, organization_id: str, name: str) -> bytes | None:
    with scope.database().read(organization_id) as reader:
        place = place_of(reader, view.face, name)
    return None if place is None else open_store(scope.settings()).get(place)


def picture(view: CardView, organization_id: str, name: str) -> Response | None:
    """The logo, cover or poster of the card's template; None where it has none."""
    layout = view.layout
    poster = layout.video.poster if layout.video else None
    asset_id = {"logo": layout.design.logo, "cover": layout.design.cover, "poster": poster}[name]
    if asset_id is None:
        return None
    with scope.database().read(organization_id) as reader:
        asset = assets.find(reader, asset_id)
    return None if asset is None else sent(asset.content, asset.content_type)


def sent(content: bytes, media_type: str) -> Response:
    """An answer with this content."""
    text = media_type.startswith("text/")
    return Response(content, content_type=f"{media_type}; charset=utf-8" if text else media_type)

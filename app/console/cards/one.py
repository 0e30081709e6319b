"""One card: what it shows and why, what it looks like, and what can be done with it."""

from __future__ import annotations

from flask import Response, render_template

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, SEE
from app.cards import admin_card, template_store
from app.cards.admin_card import AdminCard
from app.cards.my.answers import PREVIEW_POLICY
from app.cards.pages import representations
from app.cards.view import CardView
from app.console import shell
from app.core.errors import NotFound
from app.web import pages, scope


def found(card_id: str) -> AdminCard:
    """The card of this organization. Raises NotFound."""
    with shell.reading() as reader:
        return admin_card.find(reader, card_id, scope.settings().public_url)


@role(CARDS, SEE)
def card(card_id: str) -> Response:
    """GET /console/cards/<id>"""
    with shell.reading() as reader:
        shown = admin_card.find(reader, card_id, scope.settings().public_url)
        templates = [one.name for one in template_store.every(reader) if one.id != shown.template_id]
    title = shown.view.name.display if "name" in shown.view.general else shown.holder or shown.template
    return shell.page("cards/card.html", title=title, section="cards", card=shown, templates=templates)


@role(CARDS, SEE)
def preview(card_id: str) -> Response:
    """GET /console/cards/<id>/preview: the card's page, for a frame."""
    response = representations.page(found(card_id).view, pages.path(f"/console/cards/{card_id}/preview"))
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    return shell.finished(response)


@role(CARDS, SEE)
def theme_css(card_id: str) -> Response:
    """GET /console/cards/<id>/preview/theme.css"""
    return shell.finished(representations.theme_css(found(card_id).view))


@role(CARDS, SEE)
def photo(card_id: str, name: str) -> Response:
    """GET /console/cards/<id>/preview/photo/<hash>-<size>.<kind>"""
    return photo_file(found(card_id).view, name)


@role(CARDS, SEE)
def face(card_id: str) -> Response:
    """GET /console/cards/<id>/face: the photo of a card that is up, small, for lists; its initials where it has none.

    Raises NotFound.
    """
    with shell.reading() as reader:
        view = admin_card.face_of(reader, card_id, scope.settings().public_url)
    if view is None:
        raise NotFound("the card is not up")
    if view.face is not None:
        return photo_file(view, view.face.file(min(view.face.sizes), "jpg"))
    drawing = render_template("console/cards/initials.svg", initials=representations.initials_of(view))
    return shell.finished(Response(drawing, content_type="image/svg+xml"))


@role(CARDS, SEE)
def picture(card_id: str, name: str) -> Response:
    """GET /console/cards/<id>/preview/logo, cover or poster"""
    return _sent(representations.picture(found(card_id).view, asking.session().organization_id, name))


@role(CARDS, SEE)
def qr_svg(card_id: str) -> Response:
    """GET /console/cards/<id>/preview/qr.svg"""
    return shell.finished(representations.qr_svg(found(card_id).view))


def photo_file(view: CardView, name: str) -> Response:
    """A file of the photo that the card shows. Raises NotFound, and Unavailable while the store is away."""
    return _sent(representations.photo(view, asking.session().organization_id, name))


def _sent(response: Response | None) -> Response:
    if response is None:
        raise NotFound("the card shows no such picture")
    return shell.finished(response)

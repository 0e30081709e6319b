"""The photo of a card, which admins replace where the template lets anybody."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, CHANGE
from app.cards import admin_card, by_hand, editing, uploading
from app.cards.holding.photo import standing
from app.cards.layout import PHOTO
from app.cards.pages import photo_form, representations
from app.cards.pages.markup import static_url
from app.cards.pages.photo_form import REVERT, UPLOAD, SentPhoto
from app.cards.view import ADMIN
from app.console import notices, shell
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.photos.images import UnsafeImage
from app.web import scope


@asking.reads(photo_form.FORM_BYTES)
@role(CARDS, CHANGE)
def photo_page(card_id: str) -> Response:
    """GET /console/cards/<id>/photo: the photo and its form. POST: send another, give it back, remove it.

    Raises NotFound.
    """
    if request.method == "GET":
        return _page(card_id)
    with shell.reading() as reader:
        by_hand.find(reader, [card_id])
    asked = photo_form.act(request)
    if asked is None:
        raise Refused("this form is none of this page's; load it again")
    try:
        sent = photo_form.sent_photo(request) if asked == UPLOAD else None
        asking.write(partial(_change, card_id=card_id, asked=asked, sent=sent))
    except UnsafeImage as error:
        return _page(card_id, str(error))
    except Refused as error:
        return _page(card_id, shell.sentence(str(error)))
    said = "The photo is sent. It shows once it is drawn." if sent is not None else "The card's photo is changed."
    return notices.go(f"/console/cards/{card_id}/photo", said)


def _change(tx: Transaction, card_id: str, asked: str, sent: SentPhoto | None) -> None:
    if sent is not None:
        uploading.send(tx, card_id, sent.content, sent.box, ADMIN)
    elif asked == REVERT:
        editing.revert(tx, card_id, PHOTO, ADMIN)
    else:
        editing.set_value(tx, card_id, PHOTO, "", ADMIN)


def _page(card_id: str, problem: str | None = None) -> Response:
    public_url = scope.settings().public_url
    with shell.reading() as reader:
        card = admin_card.find(reader, card_id, public_url)
        photo = standing(reader, card.source, card.view, card.id, card.person_id, ADMIN)
    if photo is None:
        raise NotFound("cards of this template show no photo")
    return shell.page(
        "cards/photo.html", title="Photo of the card", section="cards",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        card=card, photo=photo, problem=problem, limits=photo_form.LIMITS, of=representations,
        files={name: static_url(name, public_url) for name in ("photo.css", "photo.js")},
    )  # fmt: skip

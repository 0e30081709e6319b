"""The photo of a person's own card: what shows, a form to send another, and the ways back."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.auth.sign_in import asking
from app.auth.sign_in.asking import person
from app.cards import editing, uploading
from app.cards.holding import own_cards, saving
from app.cards.holding.photo import standing
from app.cards.layout import PHOTO
from app.cards.my import answers
from app.cards.my.holder import holder
from app.cards.pages import photo_form, representations
from app.cards.pages.photo_form import REMOVE, REVERT, UPLOAD, SentPhoto
from app.cards.view import PERSON
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.photos.images import UnsafeImage
from app.web import scope


@asking.reads(photo_form.FORM_BYTES)
@person
def photo_page(card_id: str) -> Response:
    """GET /me/<id>/photo: the photo and its form. POST: send another, give it back to the directory, or remove it."""
    if request.method == "GET":
        return _page(card_id)
    asked = photo_form.act(request)
    if asked is None:
        return _page(card_id, HTTPStatus.BAD_REQUEST, "That form is none of this page's. Nothing was changed.")
    sent, problem = None, None
    try:
        sent = photo_form.sent_photo(request) if asked == UPLOAD else None
    except UnsafeImage as error:
        problem = str(error)
    status = asking.write(partial(_change, card_id=card_id, asked=asked, sent=sent))
    if status == HTTPStatus.SEE_OTHER:
        return answers.go(f"/{card_id}/photo")
    if status == HTTPStatus.NOT_FOUND:
        return answers.missing()
    return _page(card_id, status, _LOCKED if status == HTTPStatus.FORBIDDEN else problem)


def _change(tx: Transaction, card_id: str, asked: str, sent: SentPhoto | None) -> HTTPStatus:
    person_id = holder().person_id
    card = saving.held(tx, person_id, card_id, scope.settings().public_url)
    if card is None:
        return HTTPStatus.NOT_FOUND
    try:
        editing.ensure_settable(tx, card.public_id, PHOTO, PERSON)
    except (NotFound, Refused):
        saving.refuse_keys(tx, person_id, card.id, (PHOTO,))
        return HTTPStatus.FORBIDDEN
    if asked == REVERT:
        editing.revert(tx, card.public_id, PHOTO, PERSON)
    elif asked == REMOVE:
        editing.set_value(tx, card.public_id, PHOTO, "", PERSON)
    elif sent is None:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    else:
        uploading.send(tx, card.public_id, sent.content, sent.box, PERSON)
    return HTTPStatus.SEE_OTHER


def on_too_large(error: RequestEntityTooLarge) -> Response:
    """413: a form of more than its page reads; a photo's says so where the file is chosen."""
    card_id = (request.view_args or {}).get("card_id", "")
    if request.endpoint != "my.photo_page":
        return answers.on_refusal(error)
    return _page(card_id, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The photo is larger than {photo_form.LIMITS['size']}.")


def _page(card_id: str, status: HTTPStatus = HTTPStatus.OK, problem: str | None = None) -> Response:
    person_id = holder().person_id
    with scope.database().read(holder().organization_id) as reader:
        card = own_cards.find(reader, person_id, card_id, scope.settings().public_url)
        if card is None:
            return answers.missing()
        photo = standing(reader, card.source, card.view, card.id, person_id, PERSON)
    if photo is None:
        return answers.missing()
    return answers.page(
        "photo", status, card=card, photo=photo, problem=problem, limits=photo_form.LIMITS, of=representations
    )


_LOCKED = "The photo of this card is not yours to change. Nothing was saved."

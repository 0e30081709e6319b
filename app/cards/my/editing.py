"""The form of a card: shown, previewed, saved."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import person
from app.cards.holding import saving
from app.cards.holding.form import form_of
from app.cards.holding.items import standings
from app.cards.holding.own_cards import OwnCard
from app.cards.holding.submission import Judgement, Submission, with_typed
from app.cards.my import answers
from app.cards.my.holder import holder
from app.cards.my.views import own_card
from app.cards.pages import representations
from app.cards.rendering import render
from app.core import clock
from app.web import scope


@person
def edit(card_id: str) -> Response:
    """GET /me/<id>/edit: the form. POST: save it, or show it again with what was typed and what is wrong with it."""
    if request.method == "GET":
        return own_card(card_id, lambda card: _form(card, _NOTHING_SENT, Judgement()))
    sent, person_id, public_url = _sent(), holder().person_id, scope.settings().public_url
    outcome = asking.write(lambda tx: saving.save(tx, person_id, card_id, sent, public_url))
    if outcome is None:
        return answers.missing()
    if outcome.judgement.stands:
        return answers.go(f"/{outcome.card.public_id}?saved")
    return _form(outcome.card, sent, outcome.judgement)


@person
def preview(card_id: str) -> Response:
    """The card's page as visitors would see it. GET: as it is saved; POST: with what is typed. Nothing is saved."""
    return own_card(card_id, _preview)


def _preview(card: OwnCard) -> Response:
    view = card.view
    if request.method == "POST":
        source = with_typed(card.source, _sent(), standings(card.source, view), clock.now())
        view = replace(render(source, scope.settings().public_url), face=view.face)
    response = representations.page(view, f"{answers.home()}/{card.public_id}")
    response.headers["Content-Security-Policy"] = answers.PREVIEW_POLICY
    return response


def _form(card: OwnCard, sent: Submission, judgement: Judgement) -> Response:
    form = form_of(card.source, standings(card.source, card.view), sent, judgement)
    return answers.page("edit", _status(judgement), card=card, form=form, locked=bool(judgement.locked))


def _status(judgement: Judgement) -> HTTPStatus:
    if judgement.locked:
        return HTTPStatus.FORBIDDEN
    if judgement.problems:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.CONFLICT if judgement.conflicts else HTTPStatus.OK


def _sent() -> Submission:
    return Submission.read(request.form.items(multi=True))


_NOTHING_SENT = Submission({}, {}, frozenset())

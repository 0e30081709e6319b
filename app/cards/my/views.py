"""A person's own cards, one by one: looking at them, claiming them, giving them away. Editing is in `editing`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import person
from app.cards import claiming
from app.cards.holding import own_cards, saving
from app.cards.holding.own_cards import OwnCard
from app.cards.my import answers, sharing
from app.cards.my.holder import holder
from app.cards.pages import representations, theme
from app.core.unit_of_work import Transaction
from app.web import scope

Make = Callable[[OwnCard], Response | None]


def own_card(card_id: str, make: Make) -> Response:
    """What `make` makes of the person's card with this id; 404 where it is none of theirs."""
    with scope.database().read(holder().organization_id) as reader:
        card = own_cards.find(reader, holder().person_id, card_id, scope.settings().public_url)
    made = make(card) if card is not None else None
    return answers.missing() if made is None else made


@person
def cards() -> Response:
    """GET /me: all cards of the person; of a single one at once that."""
    found = _all()
    if len(found) == 1:
        return answers.go(f"/{found[0].public_id}")
    return answers.page("cards", cards=found, of=representations)


@person
def cards_css() -> Response:
    """GET /me/cards.css: the colours of each card in the list."""
    styles = [theme.css(card.view.layout.design, f"#card-{card.public_id}") for card in _all()]
    return representations.sent("".join(styles).encode(), "text/css")


@person
def card(card_id: str) -> Response:
    """GET /me/<id>: the card as visitors see it, its state, and what can be done with it."""
    saved = "saved" in request.args
    return own_card(card_id, lambda card: answers.page("card", card=card, saved=saved, several=len(_all()) > 1))


@person
def claim(card_id: str) -> Response:
    """POST /me/<id>/claim: the person takes all their cards as theirs."""

    def work(tx: Transaction) -> bool:
        if own_cards.find(tx, holder().person_id, card_id, scope.settings().public_url) is None:
            saving.refuse_card(tx, holder().person_id, card_id)
            return False
        claiming.claim_for_person(tx, holder().person_id)
        return True

    return answers.go(f"/{card_id}") if asking.write(work) else answers.missing()


@person
def share(card_id: str) -> Response:
    """GET /me/<id>/share: every way to give the card to somebody."""
    return own_card(card_id, lambda card: answers.page("share", card=card, ways=sharing.ways(card.view)))


@person
def qr_page(card_id: str) -> Response:
    """GET /me/<id>/qr: the code alone, as large as the screen; what a device may keep to show without network."""

    def make(card: OwnCard) -> Response | None:
        return answers.page("qr", card=card) if card.is_up else None

    return own_card(card_id, make)


@person
def qr_as_svg(card_id: str) -> Response:
    """GET /me/<id>/qr.svg"""
    return own_card(card_id, lambda card: representations.qr_svg(card.view))


@person
def contact(card_id: str) -> Response:
    """GET /me/<id>.vcf: the contact as others would save it."""
    return own_card(card_id, lambda card: representations.contact(card.view, holder().organization_id))


@person
def theme_css(card_id: str) -> Response:
    """GET /me/<id>/theme.css"""
    return own_card(card_id, lambda card: representations.theme_css(card.view))


@person
def photo(card_id: str, name: str) -> Response:
    """GET /me/<id>/photo/<hash>-<size>.jpg or .webp"""
    return own_card(card_id, lambda card: representations.photo(card.view, holder().organization_id, name))


@person
def picture(card_id: str, name: str) -> Response:
    """GET /me/<id>/logo, cover or poster: a picture of the card's template"""
    return own_card(card_id, lambda card: representations.picture(card.view, holder().organization_id, name))


@person
def nothing(card_id: str, rest: str) -> Response:
    """Whatever else is asked below /me/: 404, in the words and with the headers of all the others."""
    return answers.missing()


def _all() -> list[OwnCard]:
    with scope.database().read(holder().organization_id) as reader:
        return own_cards.of_person(reader, holder().person_id, scope.settings().public_url)

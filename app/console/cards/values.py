"""Values that an admin sets on a card itself, and gives back to the template's rule."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, CHANGE
from app.cards import editing
from app.cards.layout import PHOTO
from app.console import notices, shell
from app.console.cards.one import found
from app.core.errors import NotFound, Refused

LONGEST = 4096


@role(CARDS, CHANGE)
def value(card_id: str, key: str) -> Response:
    """GET /console/cards/<id>/values/<key>: the form. POST: set it, by the template's rules. Raises NotFound."""
    card = found(card_id)
    item = next((one for one in card.items if one.key == key and key != PHOTO), None)
    if item is None:
        raise NotFound("the card has no such field")
    shown = card.values.get(item.label)
    typed, problem = (shown.value if shown else ""), None
    if request.method == "POST":
        typed = request.form.get("value", "")[:LONGEST]
        try:
            asking.write(lambda tx: editing.set_value(tx, card_id, key, typed))
        except Refused as error:
            problem = shell.sentence(str(error))
        else:
            return notices.go(f"/console/cards/{card.public_id}", f"{item.label} is set.")
    return shell.page(
        "cards/value.html", title=f"Set {item.label}", section="cards", status=422 if problem else 200,
        card=card, item=item, typed=typed, problem=problem,
    )  # fmt: skip


@role(CARDS, CHANGE)
def revert(card_id: str, key: str) -> Response:
    """POST /console/cards/<id>/values/<key>/revert: show again what directory and template say. Raises NotFound."""
    card = found(card_id)
    asking.write(lambda tx: editing.revert(tx, card_id, key))
    return notices.go(f"/console/cards/{card.public_id}", "It shows again what directory and template say.")

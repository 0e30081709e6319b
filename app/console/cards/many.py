"""What is done to several cards at once, asked first and done as it was shown; and issuing further ones."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, CHANGE
from app.cards import by_hand, template_store
from app.cards.bulk import acts
from app.cards.by_hand import Handled
from app.cards.decision import LIVE, WAITING
from app.console import deciding, exports, notices, shell
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.directory import users
from app.web import scope

PATH = "/console/cards"
COLUMNS = ("card", "field", "now", "then")


@role(CARDS, CHANGE)
def preview() -> Response:
    """POST /console/cards/many: what an act would do to the chosen cards. Nothing is done."""
    return deciding.ask(_act(), section="cards", to=f"{PATH}/many/do")


@role(CARDS, CHANGE)
def carry_out() -> Response:
    """POST /console/cards/many/do: exactly what was shown, or what it would be now, and nothing done."""
    return deciding.do(_act(), section="cards", path=PATH, to=f"{PATH}/many/do")


@role(CARDS, CHANGE)
def move_as_csv() -> Response:
    """POST /console/cards/many/move.csv: what each of the chosen cards would show differently."""
    what, template, public_url = deciding.chosen(), deciding.move_target(), scope.settings().public_url
    return exports.csv("move", COLUMNS, lambda reader: deciding.fields_of(reader, what, template, public_url))


def _act() -> str:
    act = request.form.get(deciding.ACT, "")
    if act not in acts.BY_HAND:
        raise Refused(f"there is no {act!r} for cards; there are {', '.join(acts.BY_HAND)}")
    return act


@role(CARDS, CHANGE)
def issue() -> Response:
    """GET /console/cards/issue: the form. POST: a further card, a person's or nobody's."""
    with shell.reading() as reader:
        templates = {one.name: one.name for one in template_store.every(reader)}
    typed = {name: (request.values.get(name) or "").strip() for name in ("template", "person", "whose")}
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            card = asking.write(lambda tx: _issue(tx, typed))
        except (Refused, NotFound) as error:
            problems[getattr(error, "field", None) or "person"] = shell.sentence(str(error))
        else:
            said = {LIVE: "It is live.", WAITING: "It waits for a seat."}.get(
                card.state, "It is paused: its person is not active."
            )
            return notices.go(f"{PATH}/{card.public_id}", f"The card is issued. {said}")
    return shell.page(
        "cards/issue.html", title="Issue a card", section="cards", status=422 if problems else 200,
        templates=templates, typed=typed, problems=problems,
    )  # fmt: skip


def _issue(tx: Transaction, typed: dict[str, str]) -> Handled:
    template = template_store.find(tx, typed["template"])
    if typed["whose"] == "nobody":
        return by_hand.issue(tx, template.id, None)
    if not typed["person"]:
        raise Refused("say whose card it is, or that it is nobody's", "person")
    return by_hand.issue(tx, template.id, users.person_named(tx, typed["person"]))

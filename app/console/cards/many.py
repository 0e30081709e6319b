"""What is done to several cards at once, asked first and done as it was shown; and issuing further ones."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, CHANGE
from app.cards import bulk, by_hand, card_pages, moving, template_store
from app.cards.bulk import DELETE, PAUSE, RESUME, BulkPlan
from app.cards.by_hand import Handled
from app.cards.decision import LIVE, WAITING
from app.cards.fingerprints import PlanChangedError, is_fingerprint
from app.cards.moving import MovePlan
from app.console import notices, shell
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.directory import users
from app.web import scope
from app.web.words import plural

PATH = "/console/cards"
MOVE = "move"
SHOWN = 50
"""Cards of which the preview tells what changes; the others are counted."""

_TITLES = {PAUSE: "Pause {cards}", RESUME: "Resume {cards}", DELETE: "Delete {cards}"}
_MEANS = {
    PAUSE: "Their addresses answer that the card is not shared any more, until an admin resumes them. What was set on"
    " them stays.",
    RESUME: "The pause that an admin set ends. A card whose person the directory has taken away, or who is in no bound"
    " group any more, stays down.",
    DELETE: "Their addresses answer 404, what was set on them is gone for good, and no group brings them back; only"
    " issuing them by hand does.",
}
_DONE = {PAUSE: "paused", RESUME: "resumed", DELETE: "deleted"}


@role(CARDS, CHANGE)
def preview() -> Response:
    """POST /console/cards/many: what an act would do to the chosen cards. Nothing is done."""
    act, ids = request.form.get("do", ""), request.form.getlist("id")
    if act == MOVE:
        return _asked_to_move(_move_plan(ids, request.form.get("template", "")))
    with shell.reading() as reader:
        return _asked(bulk.make_plan(reader, act, ids))


@role(CARDS, CHANGE)
def carry_out() -> Response:
    """POST /console/cards/many/do: exactly what was shown, or what it would be now, and nothing done."""
    act, ids, expected = request.form.get("do", ""), request.form.getlist("id"), request.form.get("plan", "")
    if not is_fingerprint(expected):
        raise Refused("look at what this does before you do it")
    try:
        if act == MOVE:
            name, public_url = request.form.get("template", ""), scope.settings().public_url
            moved = asking.write(lambda tx: moving.move(tx, ids, name, public_url, expected))
            return notices.go(PATH, f"{plural(len(moved.cards), 'card')} moved to {moved.template.name}.")
        plan = asking.write(lambda tx: bulk.carry_out(tx, act, ids, expected))
    except PlanChangedError as error:
        if isinstance(error.plan, MovePlan):
            return _asked_to_move(error.plan, changed=True)
        return _asked(error.plan, changed=True)
    return notices.go(PATH, f"{plural(len(plan.changing), 'card')} {_DONE[act]}.")


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


def _move_plan(ids: list[str], name: str) -> MovePlan:
    if not ids:
        raise Refused("choose the cards first")
    if len(ids) > bulk.MOST:
        raise Refused(f"{len(ids)} cards are too many at a time; choose {bulk.MOST} at most")
    with shell.reading() as reader:
        return moving.make_plan(reader, ids, name, scope.settings().public_url)


def _asked(plan: BulkPlan, *, changed: bool = False) -> Response:
    many = len(plan.changing)
    sentences = [_MEANS[plan.act]]
    if many < len(plan.cards):
        rest = len(plan.cards) - many
        sentences.append(f"{plural(rest, 'of them is', 'of them are')} so already: nothing happens to these.")
    with shell.reading() as reader:
        names = card_pages.holders(reader, [card.public_id for card in plan.changing[:SHOWN]])
    return shell.page(
        "cards/many.html", title=_TITLES[plan.act].format(cards=plural(many, "card")), section="cards",
        status=409 if changed else 200, changed=changed, sentences=sentences, names=names, act=plan.act,
        ids=[card.public_id for card in plan.cards], plan=plan.fingerprint, more=max(0, many - SHOWN),
        to=None, moves=(), nothing=many == 0, danger=plan.act == DELETE,
    )  # fmt: skip


def _asked_to_move(plan: MovePlan, *, changed: bool = False) -> Response:
    many = len(plan.cards)
    return shell.page(
        "cards/many.html", title=f"Move {plural(many, 'card')} to {plan.template.name}", section="cards",
        status=409 if changed else 200, changed=changed,
        sentences=["Addresses, codes, own values and photos stay. Groups move these cards no more."],
        names=(), act=MOVE, ids=[card.public_id for card in plan.cards], plan=plan.fingerprint,
        more=max(0, many - SHOWN), to=plan.template.name, moves=plan.cards[:SHOWN], nothing=False, danger=False,
    )  # fmt: skip

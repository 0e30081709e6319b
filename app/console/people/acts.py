"""What an admin does to a person: issue a card, keep them out and let them in, end their sessions."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking, sessions
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, CHANGE, DIRECTORY
from app.cards import blocking, by_hand, dossier, template_store
from app.cards.decision import LIVE, WAITING
from app.cards.dossier import Dossier
from app.cards.template_store import Template
from app.console import notices, shell
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.web import scope
from app.web.words import plural


@role(CARDS, CHANGE)
def issue(who: str) -> Response:
    """GET and POST /console/people/<id>/issue: a further card of a template."""
    with shell.reading() as reader:
        found = _person(reader, who)
        templates = template_store.every(reader)
    if request.method == "GET":
        return _issue_form(found, templates)
    chosen = next((one for one in templates if one.id == request.form.get("template")), None)
    if chosen is None:
        return _issue_form(found, templates, "Choose a template; the one you chose may have been deleted meanwhile.")
    card = asking.write(lambda tx: by_hand.issue(tx, chosen.id, found.id))
    state = {
        LIVE: "It is live.",
        WAITING: "All seats are taken, so it waits for one.",
    }.get(card.state, "It is paused, because the person is blocked here or not active in the directory.")
    return notices.go(f"/console/people/{found.id}", f"{found.name} has a card of {chosen.name}. {state}")


@role(DIRECTORY, CHANGE)
def block(who: str) -> Response:
    """GET and POST /console/people/<id>/block: what will happen, and it does."""
    with shell.reading() as reader:
        found = _person(reader, who)
        held = len(sessions.of_person(reader, found.id))
    if request.method == "POST":
        done = asking.write(lambda tx: blocking.block(tx, found.id))
        said = f"{found.name} is blocked: {plural(done.down, 'card')} down, {plural(done.sessions, 'session')} ended."
        return notices.go(f"/console/people/{found.id}", said)
    cards = [f"{card.template} ({card.state})" for card in found.explanation.cards]
    return shell.page(
        "confirm.html",
        title=f"Block {found.name}",
        section="people",
        sentences=[
            "Their cards stop answering at once: pages, QR codes and contact files. They are signed out everywhere and"
            " cannot sign in.",
            "This stays so whatever the directory sends, until an admin lets them in again. Then the same cards"
            " are up again at the same addresses. The directory itself is not changed.",
        ],
        facts=[("Cards", ", ".join(cards) or "none"), ("Sessions", str(held))],
        act=f"Block {found.name}",
        danger=True,
        to=f"/console/people/{found.id}/block",
        back=f"/console/people/{found.id}",
    )


@role(DIRECTORY, CHANGE)
def unblock(who: str) -> Response:
    """GET and POST /console/people/<id>/unblock: what will happen, and it does."""
    with shell.reading() as reader:
        found = _person(reader, who)
    if request.method == "POST":
        done = asking.write(lambda tx: blocking.unblock(tx, found.id))
        said = f"{found.name} is let in again: {plural(done.up, 'card')} up, {plural(done.down, 'card')} down."
        return notices.go(f"/console/people/{found.id}", said)
    return shell.page(
        "confirm.html",
        title=f"Let {found.name} in again",
        section="people",
        sentences=[
            "Their cards are again what the directory and its groups say, at the addresses they had; cards that an"
            " admin paused one by one stay paused. They can sign in if the directory has them active.",
        ],
        act="Let in again",
        danger=False,
        to=f"/console/people/{found.id}/unblock",
        back=f"/console/people/{found.id}",
    )


@role(DIRECTORY, CHANGE)
def end_sessions(who: str) -> Response:
    """POST /console/people/<id>/sessions/end: the one that is named, or all."""
    with shell.reading() as reader:
        person_id = dossier.identify(reader, who)
    session_id = request.form.get("session")
    if session_id:
        asking.write(lambda tx: sessions.end(tx, session_id, "ended by an admin", of=person_id))
        return notices.go(f"/console/people/{person_id}", "The session has ended.")
    ended = asking.write(lambda tx: sessions.end_of_person(tx, person_id, "ended by an admin"))
    return notices.go(f"/console/people/{person_id}", f"{plural(ended, 'session has', 'sessions have')} ended.")


def _person(reader: Reader, who: str) -> Dossier:
    return dossier.of_person(reader, dossier.identify(reader, who), scope.settings().public_url)


def _issue_form(found: Dossier, templates: list[Template], error: str | None = None) -> Response:
    if not templates:
        raise NotFound("there is no template yet; make one first, then its cards can be issued")
    return shell.page(
        "people/issue.html",
        title=f"Issue a card to {found.name}",
        section="people",
        status=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        person=found,
        templates={one.id: one.name for one in templates},
        error=error,
    )

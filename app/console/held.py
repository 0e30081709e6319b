"""Held removals: cards that the directory took away by the dozen, and that stay up until an admin decides."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY, SEE
from app.cards import card_pages, releasing
from app.cards.card_pages import CHANGED, Wanted
from app.cards.decision import HELD
from app.cards.fingerprints import fingerprint
from app.console import listing, notices, shell
from app.console.listing import Column, Listing
from app.console.shell import GET, POST
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction
from app.web.words import plural

PATH = "/console/held"
COLUMNS = (Column("Person"), Column("Template"), Column("Held since"))
APPROVE, REJECT = "approve", "reject"
SHOWN = 50


@role(DIRECTORY, SEE)
def held() -> Response:
    """GET /console/held"""
    asked = listing.asked(PATH, sorts=("-changed",))
    with shell.reading() as reader:
        found = card_pages.page(reader, Wanted(HELD), CHANGED, asked.place)
    table = Listing(asked, COLUMNS, found.rows, found, nothing="Nothing is held. The brake has nothing to ask you.")
    return shell.page("held/list.html", title="Held removals", section="held", listing=table)


@role(DIRECTORY, CHANGE)
def ask() -> Response:
    """POST /console/held/ask: what approving or rejecting all held cards would do. Nothing is done."""
    return _asked(request.form.get("do", ""))


@role(DIRECTORY, CHANGE)
def decide() -> Response:
    """POST /console/held/decide: for exactly the cards that were shown, or they are shown anew and nothing is done."""
    act, expected = request.form.get("do", ""), request.form.get("plan", "")

    def work(tx: Transaction) -> int | None:
        ids = _held(tx)
        if _fingerprint(act, ids) != expected:
            return None
        return len((releasing.approve if act == APPROVE else releasing.reject)(tx, ids)) if ids else 0

    if act not in {APPROVE, REJECT}:
        raise Refused("say whether the removals are approved or rejected")
    done = asking.write(work)
    if done is None:
        return _asked(act, changed=True)
    said = "paused, and their seats are free" if act == APPROVE else "kept up until the directory wants them again"
    return notices.go(PATH, f"{plural(done, 'card is', 'cards are')} {said}.")


def _asked(act: str, *, changed: bool = False) -> Response:
    if act not in {APPROVE, REJECT}:
        raise Refused("say whether the removals are approved or rejected")
    with shell.reading() as reader:
        ids = _held(reader)
        names = card_pages.holders(reader, ids[:SHOWN])
    many = plural(len(ids), "card")
    sentences = ["Meanwhile the directory has changed something: look again, nothing has been done."] if changed else []
    sentences.append(
        f"{many} will be paused: their addresses say that the card is not shared any more, and their seats are free."
        if act == APPROVE
        else f"{many} will stay up although the directory took their people away, until it wants them again by itself."
    )
    if len(ids) > SHOWN:
        sentences.append(f"The first {SHOWN} of them are named here.")
    return shell.page(
        "confirm.html", title="Approve the removals" if act == APPROVE else "Reject the removals", section="held",
        status=409 if changed else 200, sentences=sentences, names=names, names_label="Whose cards these are",
        hidden={"do": act, "plan": _fingerprint(act, ids)}, act="Pause them" if act == APPROVE else "Keep them up",
        danger=act == APPROVE, to=f"{PATH}/decide", back=PATH,
    )  # fmt: skip


def _held(reader: Reader) -> list[str]:
    return sorted(row.public_id for row in card_pages.every(reader, Wanted(HELD)))


def _fingerprint(act: str, ids: list[str]) -> str:
    return fingerprint([act, ids])


ROUTES: shell.Routes = (("/held", held, GET), ("/held/ask", ask, POST), ("/held/decide", decide, POST))

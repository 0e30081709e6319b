"""Held removals: cards that the brake keeps up although the directory took their people away, and what shall be."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY, SEE
from app.cards import card_pages, releasing
from app.cards.bulk import acts
from app.cards.card_pages import Wanted
from app.cards.decision import HELD
from app.console import deciding, exports, listing, shell
from app.console.listing import Column, Listing
from app.console.shell import GET, POST
from app.core.clock import rfc3339
from app.core.errors import Refused
from app.directory import actors

PATH = "/console/held"
COLUMNS = (Column("Whose"), Column("Template"), Column("Held since", "changed"), Column("By request"))
EXPORTED = ("id", "user_name", "display_name", "template", "held_since")


@role(DIRECTORY, SEE)
def held() -> Response:
    """GET /console/held"""
    asked = listing.asked(PATH, sorts=("-changed",))
    with shell.reading() as reader:
        found, rows = card_pages.page(
            reader, Wanted(asked.search, state=HELD), place=asked.place, descending=asked.descending
        )
        requests = releasing.requests(reader, [row.id for row in found.rows])
        who = actors.names(reader, [line.actor for line in requests.values()])
    table = Listing(
        asked, COLUMNS, rows, found, searched="a part of a user name", export=f"{PATH}.csv",
        nothing="Nothing is held. Cards are held when the directory takes away unusually many people within an hour.",
    )  # fmt: skip
    ids = {row.public_id: row.id for row in found.rows}
    return shell.page(
        "held/list.html",
        title="Held removals",
        section="held",
        listing=table,
        who=who,
        by={public_id: requests.get(card_id) for public_id, card_id in ids.items()},
    )


@role(DIRECTORY, SEE)
def held_as_csv() -> Response:
    """GET /console/held.csv"""
    asked = listing.asked(PATH, sorts=("-changed",))
    wanted = Wanted(asked.search, state=HELD)
    return exports.csv(
        "held",
        EXPORTED,
        lambda reader: (
            (one.public_id, one.called, one.name, one.template, rfc3339(one.down_at) if one.down_at else None)
            for one in card_pages.every(reader, wanted)
        ),
    )


@role(DIRECTORY, CHANGE)
def look() -> Response:
    """POST /console/held/ask: what approving or rejecting does. Raises Refused."""
    return deciding.ask(_act(), section="held", to=f"{PATH}/decide", only_state=HELD)


@role(DIRECTORY, CHANGE)
def do() -> Response:
    """POST /console/held/decide: it happens. Raises Refused."""
    return deciding.do(_act(), section="held", path=PATH, to=f"{PATH}/decide", only_state=HELD)


def _act() -> str:
    act = request.form.get(deciding.ACT, "")
    if act not in {acts.APPROVE, acts.REJECT}:
        raise Refused("choose whether the removals are approved or rejected")
    return act


ROUTES: shell.Routes = (
    ("/held", held, GET),
    ("/held.csv", held_as_csv, GET),
    ("/held/ask", look, POST),
    ("/held/decide", do, POST),
)

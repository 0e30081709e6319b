"""The list of cards."""

from __future__ import annotations

from flask import Response

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, SEE
from app.cards import card_pages, template_store
from app.cards.card_pages import Wanted
from app.cards.decision import HELD, LIVE, PAUSED, WAITING
from app.console import exports, listing, shell
from app.console.listing import Asked, Choice, Column, Listing
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader
from app.directory import finding
from app.web import scope

PATH = "/console/cards"
STATE = Choice("state", "State", {LIVE: "Live", WAITING: "Waiting for a seat", HELD: "Held", PAUSED: "Paused"})
COLUMNS = (
    Column("Choose"),
    Column("Holder"),
    Column("Template"),
    Column("State"),
    Column("Last change", "changed"),
    Column("Issued", "created"),
)
EXPORTED = (
    "id", "url", "state", "paused_by_admin", "template", "user_name", "display_name", "invited_as", "claimed_at",
    "created", "changed",
)  # fmt: skip


@role(CARDS, SEE)
def cards() -> Response:
    """GET /console/cards"""
    with shell.reading() as reader:
        template = _templates(reader)
        asked = _asked(template)
        found = card_pages.page(reader, _wanted(reader, asked), asked.column, asked.place, descending=asked.descending)
    table = Listing(
        asked, COLUMNS, found.rows, found, searched="a holder's user name", choices=(STATE, template),
        export=f"{PATH}.csv", nothing="There are no cards yet. Bind a group to a template, and its members have one.",
    )  # fmt: skip
    return shell.page("cards/list.html", title="Cards", section="cards", listing=table, templates=template.options)


@role(CARDS, SEE)
def cards_as_csv() -> Response:
    """GET /console/cards.csv"""
    with shell.reading() as reader:
        wanted = _wanted(reader, _asked(_templates(reader)))
    public_url = scope.settings().public_url
    return exports.csv(
        "cards",
        EXPORTED,
        lambda reader: (
            (
                row.public_id, f"{public_url}/c/{row.public_id}", row.state, str(row.paused_by_admin).lower(),
                row.template, row.user_name, row.display_name, row.invited_as,
                rfc3339(row.claimed_at) if row.claimed_at else None, rfc3339(row.created_at), rfc3339(row.modified_at),
            )
            for row in card_pages.every(reader, wanted)
        ),
    )  # fmt: skip


def _templates(reader: Reader) -> Choice:
    return Choice("template", "Template", {one.id: one.name for one in template_store.every(reader)})


def _asked(template: Choice) -> Asked:
    return listing.asked(PATH, sorts=("-changed", "created"), choices=(STATE, template))


def _wanted(reader: Reader, asked: Asked) -> Wanted:
    persons = finding.persons_named(reader, asked.search) if asked.search else None
    return Wanted(asked.filters.get("state"), asked.filters.get("template"), persons)

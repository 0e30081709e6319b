"""The list of all cards, and the queue of those that wait for a seat."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CARDS, SEE
from app.cards import card_pages, queueing, template_store
from app.cards.bulk import acts, errands
from app.cards.card_pages import BY_ADMIN, BY_DIRECTORY, CHANGED, CREATED, FILLERS, Wanted
from app.cards.decision import HELD, LIVE, PAUSED, WAITING
from app.cards.quality import kept
from app.console import exports, listing, shell
from app.console.listing import Choice, Column, Listing
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader
from app.web import scope

PATH = "/console/cards"
COLUMNS = (
    Column("Whose"),
    Column("State"),
    Column("Template"),
    Column("Last change", CHANGED),
    Column("Issued", CREATED),
)
EXPORTED = (
    "id", "url", "state", "paused_by", "template", "user_name", "display_name", "claimed_at", "created", "changed",
)  # fmt: skip
SORTS = (f"-{CHANGED}", f"-{CREATED}")
_STATE = Choice("state", "State", {LIVE: "Live", WAITING: "Waiting for a seat", HELD: "Held", PAUSED: "Paused"})
_PAUSED_BY = Choice("paused_by", "Paused by", {BY_ADMIN: "an admin", BY_DIRECTORY: "the directory"})
_LACKING = Choice(
    "lacking", "Incomplete", {filler: f"the {filler} can fill" for filler in FILLERS} | {"admin": "an admin can fill"}
)


@role(CARDS, SEE)
def cards() -> Response:
    """GET /console/cards"""
    with shell.reading() as reader:
        choices = choices_of(reader)
        asked = listing.asked(PATH, sorts=SORTS, choices=choices)
        found, rows = card_pages.page(
            reader, wanted(asked.search, asked.filters), asked.column, asked.place, descending=asked.descending
        )
        looked_at = kept.current(reader).looked_at if "lacking" in asked.filters else None
        going_on = [one for one in errands.open_ones(reader) if one.kind in acts.BY_HAND]
    table = Listing(
        asked, COLUMNS, rows, found,
        searched="a name, user name, e-mail, department or card’s address", choices=choices, export=f"{PATH}.csv",
        nothing="There are no cards yet. Bind a group to a template, or issue a card by hand.",
    )  # fmt: skip
    return shell.page(
        "cards/list.html",
        title="Cards",
        section="cards",
        listing=table,
        looked_at=looked_at,
        lacking="lacking" in asked.filters,
        going_on=going_on,
    )


@role(CARDS, SEE)
def cards_as_csv() -> Response:
    """GET /console/cards.csv"""
    with shell.reading() as reader:
        asked = listing.asked(PATH, sorts=SORTS, choices=choices_of(reader))
    narrowed, public_url = wanted(asked.search, asked.filters), scope.settings().public_url
    return exports.csv(
        "cards",
        EXPORTED,
        lambda reader: (
            (
                one.public_id, f"{public_url}/c/{one.public_id}", one.state, one.paused_by, one.template, one.called,
                one.name, rfc3339(one.claimed_at) if one.claimed_at else None, rfc3339(one.created_at),
                rfc3339(one.modified_at),
            )
            for one in card_pages.every(reader, narrowed)
        ),
    )  # fmt: skip


@role(CARDS, SEE)
def queue() -> Response:
    """GET /console/cards/waiting: who waits for a seat, in the order in which seats are given."""
    asked = listing.asked(f"{PATH}/waiting", sorts=("since",))
    with shell.reading() as reader:
        found, rows = queueing.page(reader, asked.place)
        seats = queueing.seats(reader)
    table = Listing(
        asked, (Column("Whose"), Column("Template"), Column("Waits since")), rows, found,
        nothing="Nobody waits for a seat.",
    )  # fmt: skip
    return shell.page("cards/waiting.html", title="Waiting for a seat", section="cards", listing=table, seats=seats)


def choices_of(reader: Reader) -> tuple[Choice, ...]:
    """The filters of the list."""
    names = {one.id: one.name for one in template_store.every(reader)}
    return (_STATE, Choice("template", "Template", names), _PAUSED_BY, _LACKING)


def wanted(search: str, filters: Mapping[str, str]) -> Wanted:
    """What a search and filters ask of cards."""
    return Wanted(
        search=search,
        state=filters.get("state"),
        paused_by=filters.get("paused_by"),
        template_id=filters.get("template"),
        lacking=filters.get("lacking"),
    )

"""The list of people, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import DIRECTORY, SEE
from app.cards import people_list, template_store
from app.cards.decision import STATES
from app.cards.people_filters import BLOCKED, NONE, Wanted
from app.cards.people_list import CALLED, CHANGED, NAME
from app.cards.quality import report
from app.console import exports, listing, quality, shell
from app.console.listing import Asked, Choice, Column, Listing
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader
from app.directory import group_list
from app.directory.listed import ACTIVE, INACTIVE, INVITED, LEFT

PATH = "/console/people"
STANDINGS = {
    ACTIVE: "Active in the directory",
    INACTIVE: "Disabled in the directory",
    LEFT: "Deleted by the directory",
    INVITED: "Invited from outside",
    BLOCKED: "Blocked here",
}
COLUMNS = (
    Column("Name", NAME),
    Column("User name", CALLED),
    Column("Directory"),
    Column("Cards"),
    Column("Last change", CHANGED),
)


@role(DIRECTORY, SEE)
def people() -> Response:
    """GET /console/people"""
    with shell.reading() as reader:
        asked = _asked(reader)
        group = _group(reader, asked)
        page, rows = people_list.page(reader, _wanted(asked), asked.column, asked.place, descending=asked.descending)
        choices = _choices(reader)
    shown = Listing(
        asked=asked,
        columns=COLUMNS,
        rows=rows,
        page=page,
        searched="name, user name, e-mail or department",
        choices=choices,
        export="/console/people.csv",
        nothing="Nobody has been pushed yet. People appear here as soon as the directory sends the first of them.",
    )
    return shell.page("people/list.html", title="People", section="people", listing=shown, group=group)


@role(DIRECTORY, SEE)
def people_csv() -> Response:
    """GET /console/people.csv: everybody whom the list shows, by name."""
    with shell.reading() as reader:
        wanted = _wanted(_asked(reader))
    return export("people", wanted)


def export(name: str, wanted: Wanted) -> Response:
    """Everybody who is wanted, by name, as a download."""

    def rows(reader: Reader) -> Iterator[tuple[str | None, ...]]:
        for one in people_list.every(reader, wanted):
            yield (
                one.name,
                one.called,
                one.mail,
                one.directory_id,
                one.standing,
                "yes" if one.blocked_at else "no",
                ", ".join(f"{card.template} ({card.state})" for card in one.cards),
                rfc3339(one.changed_at),
            )

    columns = ("name", "user name", "e-mail", "directory id", "directory", "blocked", "cards", "last change")
    return exports.csv(name, columns, rows)


def _asked(reader: Reader) -> Asked:
    return listing.asked(PATH, sorts=people_list.SORTS, choices=_choices(reader), names=("group",))


def _choices(reader: Reader) -> tuple[Choice, ...]:
    templates = {one.id: one.name for one in template_store.every(reader)}
    return (
        Choice("standing", "Directory", STANDINGS),
        Choice("cards", "Cards", {**{state: state.capitalize() for state in STATES}, NONE: "No card"}),
        Choice("template", "Template", templates),
        Choice("finding", "Doubtful data", {kind: quality.LABELS[kind] for kind in report.CHECKS}),
    )


def _wanted(asked: Asked) -> Wanted:
    chosen = asked.filters
    return Wanted(
        asked.search,
        chosen.get("standing"),
        chosen.get("cards"),
        chosen.get("template"),
        chosen.get("group"),
        chosen.get("finding"),
    )


def _group(reader: Reader, asked: Asked) -> group_list.ListedGroup | None:
    """The group whose members are listed. Raises NotFound for one that there is not."""
    group_id = asked.filters.get("group")
    return None if group_id is None else group_list.find(reader, group_id)

"""Data quality: what is doubtful in the directory's data, as of the last look, and what to do about it there."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY, SEE
from app.cards.quality import kept, report, tabular
from app.console import exports, listing, notices, shell
from app.console.listing import Asked, Choice, Column, Listing
from app.console.shell import GET, POST
from app.core.paging import Page
from app.core.unit_of_work import Reader
from app.directory import finding

PATH = "/console/quality"
LABELS = {
    "phone": "Phone numbers that are not valid",
    "missing-mail": "People without an e-mail address",
    "mail": "E-mail addresses that are none",
    "website": "Web addresses that do not open",
    "capitals": "Names in capitals",
    "guest": "Guests' user names",
    "tombstone": "Names from Entra's recycle bin",
    "manager": "Managers who are not in the directory",
    "long": "Values too long for a card",
    "clear-marker": "Clear markers that clear nothing",
    "photo": "Photos that cannot be shown",
    "missing-photo": "People without a photo",
    "incomplete-directory": "Incomplete cards: the directory has no value",
    "incomplete-holder": "Incomplete cards: the holder can fill in",
    "incomplete-admin": "Incomplete cards: an admin can fill in",
    "never-filled": "Required items that nobody has",
    "empty-group": "Groups without people",
    "duplicate-mail": "People with the same e-mail address",
    "duplicate-person": "People who may be one person",
    "new-identity": "People who may have come back",
}
KIND = Choice("kind", "Kind", {kind: LABELS.get(kind, kind) for kind in report.KINDS})
COLUMNS = (Column("Who or what"), Column("What is wrong, and what to do"))


@role(DIRECTORY, SEE)
def findings() -> Response:
    """GET /console/quality"""
    asked = _asked()
    with shell.reading() as reader:
        known = kept.current(reader)
        found = Page([], None, None)
        if known.run is not None:
            found = kept.page(
                reader, known.run, asked.place, kind=asked.filters.get("kind"), persons=_persons(reader, asked)
            )
    counts = sorted((known.counts or {}).items(), key=lambda one: (-one[1], one[0]))
    table = Listing(
        asked, COLUMNS, found.rows, found, searched="a user name", choices=(KIND,), export=f"{PATH}.csv",
        nothing="Nothing is doubtful." if known.run else "Nobody has looked yet.",
    )  # fmt: skip
    return shell.page(
        "quality.html",
        title="Data quality",
        section="quality",
        listing=table,
        report=known,
        counts=counts,
        labels=LABELS,
    )


@role(DIRECTORY, SEE)
def findings_as_csv() -> Response:
    """GET /console/quality.csv: what the list shows, as of its look, in the columns of `lanyard quality --csv`."""
    asked = _asked()

    def rows(reader: Reader) -> Iterator[list[str | None]]:
        run = kept.current(reader).run
        if run is not None:
            for one in kept.every(reader, run, kind=asked.filters.get("kind"), persons=_persons(reader, asked)):
                yield [getattr(one, name) for name in tabular.COLUMNS]

    return exports.csv("data-quality", tabular.COLUMNS, rows)


def _asked() -> Asked:
    return listing.asked(PATH, sorts=("position",), choices=(KIND,))


def _persons(reader: Reader, asked: Asked) -> list[str] | None:
    """About whom findings are shown; None: about everybody."""
    return finding.persons_named(reader, asked.search) if asked.search else None


@role(DIRECTORY, CHANGE)
def look_again() -> Response:
    """POST /console/quality/look"""
    asking.write(kept.ask)
    return notices.go(PATH, "Lanyard is looking at everybody now. Reload this page in a moment.")


ROUTES: shell.Routes = (
    ("/quality", findings, GET),
    ("/quality.csv", findings_as_csv, GET),
    ("/quality/look", look_again, POST),
)

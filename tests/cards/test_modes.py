"""The sync modes: what a card shows after a push, an edit, another push, a revert and a removal by the directory.

Each cell is looked at on the page, in the vCard and in `cards list`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import pytest
from flask import Flask

from app.cards import editing, listing
from app.cards.view import ADMIN, PERSON
from app.core.errors import Refused
from tests.cards.conftest import Company

FIRST, SECOND, OWN, TEMPLATE = "First title", "Second title", "Own title", "Title for all"
NOTHING, REFUSED = None, Refused
MARKER = "[[clear]]"
CARD = """
    templates:
      - name: Sales
        general: {{title: {{sync: {mode}, value: {value}, editable: {editable}}}}}
    bindings: [{{group: "Cards - Sales", template: Sales}}]
    """


class Card:
    """Ines' card, whose title is in question."""

    def __init__(self, company: Company, app: Flask, mode: str, *, value: str = TEMPLATE, editable: str = "") -> None:
        self._company = company
        self._visitor = app.test_client()
        company.apply(CARD.format(mode=mode, value=value, editable=editable or str(mode != "always").lower()))
        company.hire("ines")
        company.group("Cards - Sales", "ines")
        [self.public_id] = company.card_ids().values()

    def push(self) -> None:
        self._company.change("ines", title=FIRST)

    def push_again(self) -> None:
        self._company.change("ines", title=SECOND)

    def clear(self) -> None:
        self._company.change("ines", title=None)

    def mark_clear(self) -> None:
        self._company.change("ines", title=MARKER)

    def edit(self, value: str = OWN, by: str = ADMIN) -> None:
        self._company.write(lambda tx: editing.set_value(tx, self.public_id, "title", value, by))

    def empty(self) -> None:
        self.edit("")

    def revert(self) -> None:
        self._company.write(lambda tx: editing.revert(tx, self.public_id, "title"))

    def shows(self) -> str | None:
        """The title, of which page, vCard and list say the same."""
        with self._company.database.read(self._company.organization_id) as reader:
            [listed] = listing.every(reader, "https://cards.example")
        title = listed.values.get("title")
        page = self._visitor.get(f"/c/{self.public_id}").text
        contact = self._visitor.get(f"/c/{self.public_id}.vcf").text
        others = {FIRST, SECOND, OWN, TEMPLATE, MARKER} - {title}
        assert (title or "Ines") in page
        assert (f"TITLE:{title}\r\n" in contact) is (title is not None)
        assert not [other for other in others if other in page or other in contact]
        return title


Step = Callable[[Card], None]
STEPS: dict[str, Step] = {
    "push": Card.push,
    "edit": Card.edit,
    "push again": Card.push_again,
    "revert": Card.revert,
    "cleared": Card.clear,
    "cleared by the marker": Card.mark_clear,
    "emptied": Card.empty,
}
ROAD = ("push", "edit", "push again", "revert", "cleared")
"""The road whose every step is a cell of the table."""

TABLE: dict[str, tuple[str | None, ...]] = {
    "never": (TEMPLATE, OWN, OWN, TEMPLATE, TEMPLATE),
    "once": (FIRST, OWN, OWN, FIRST, FIRST),
    "always": (FIRST, FIRST, SECOND, SECOND, TEMPLATE),
    "unless_edited": (FIRST, OWN, OWN, SECOND, TEMPLATE),
}
SIDEWAYS: dict[str, dict[str, str | None]] = {
    "nothing": {"never": TEMPLATE, "once": TEMPLATE, "always": TEMPLATE, "unless_edited": TEMPLATE},
    "edit": {"never": OWN, "once": OWN, "unless_edited": OWN},
    "edit, push": {"never": OWN, "once": OWN, "unless_edited": OWN},
    "edit, push, push again, revert": {"never": TEMPLATE, "once": FIRST, "unless_edited": SECOND},
    "push, push again": {"never": TEMPLATE, "once": FIRST, "always": SECOND, "unless_edited": SECOND},
    "push, cleared": {"never": TEMPLATE, "once": FIRST, "always": TEMPLATE, "unless_edited": TEMPLATE},
    "push, cleared by the marker": {"never": TEMPLATE, "once": FIRST, "always": TEMPLATE, "unless_edited": TEMPLATE},
    "push, cleared, push again": {"never": TEMPLATE, "once": FIRST, "always": SECOND, "unless_edited": SECOND},
    "cleared by the marker, push": {"never": TEMPLATE, "once": FIRST, "always": FIRST, "unless_edited": FIRST},
    "push, edit, cleared": {"never": OWN, "once": OWN, "unless_edited": OWN},
    "push, edit, cleared, revert": {"never": TEMPLATE, "once": FIRST, "unless_edited": TEMPLATE},
    "push, emptied": {"never": NOTHING, "once": NOTHING, "unless_edited": NOTHING},
    "push, emptied, push again": {"never": NOTHING, "once": NOTHING, "unless_edited": NOTHING},
    "push, emptied, push again, revert": {"never": TEMPLATE, "once": FIRST, "unless_edited": SECOND},
    "push, emptied, edit": {"never": OWN, "once": OWN, "unless_edited": OWN},
}
ROADS = [
    (mode, tuple(road.split(", ")), shown)
    for mode, row in TABLE.items()
    for road, shown in zip(accumulate(ROAD, lambda so_far, step: f"{so_far}, {step}"), row, strict=True)
] + [
    (mode, tuple(road.split(", ")) if road != "nothing" else (), shown)
    for road, modes in SIDEWAYS.items()
    for mode, shown in modes.items()
]


@pytest.mark.parametrize(
    ("mode", "road", "shown"),
    [pytest.param(*cell, id=f"{cell[0]} - {', '.join(cell[1]) or 'nothing'}") for cell in ROADS],
)
def test_what_shows(nordwind: Company, app: Flask, mode: str, road: tuple[str, ...], shown: str | None) -> None:
    card = Card(nordwind, app, mode)

    for step in road:
        if mode == "always" and step in {"edit", "revert"}:
            with pytest.raises(Refused, match="title always shows what the directory says"):
                STEPS[step](card)
        else:
            STEPS[step](card)

    assert card.shows() == shown


@pytest.mark.parametrize(
    ("mode", "by", "editable", "allowed"),
    [
        pytest.param(
            mode, by, editable, mode != "always" and (by == ADMIN or editable), id=f"{mode} - {by} - {editable}"
        )
        for mode in TABLE
        for by in (ADMIN, PERSON)
        for editable in (True, False)
        if mode != "always" or not editable
    ],
)
def test_who_may_edit(nordwind: Company, app: Flask, mode: str, by: str, editable: bool, allowed: bool) -> None:
    card = Card(nordwind, app, mode, editable=str(editable).lower())

    if allowed:
        card.edit(by=by)
    else:
        with pytest.raises(Refused, match="title"):
            card.edit(by=by)

    assert card.shows() == (OWN if allowed else TEMPLATE)


def test_where_neither_directory_nor_template_has_a_value_nothing_shows(nordwind: Company, app: Flask) -> None:
    card = Card(nordwind, app, "unless_edited", value="null")
    card.push()

    card.clear()

    assert card.shows() is None


def test_a_template_that_turns_to_once_keeps_what_shows_from_then_on(nordwind: Company, app: Flask) -> None:
    card = Card(nordwind, app, "always")
    card.push()
    card.push_again()

    nordwind.apply(CARD.format(mode="once", value=TEMPLATE, editable="true"))
    before = card.shows()
    card.push()

    assert (before, card.shows()) == (SECOND, SECOND)


def test_an_own_value_waits_behind_always_and_is_back_when_the_template_lets_it(nordwind: Company, app: Flask) -> None:
    card = Card(nordwind, app, "unless_edited")
    card.push()
    card.edit()

    nordwind.apply(CARD.format(mode="always", value=TEMPLATE, editable="false"))
    during = card.shows()
    nordwind.apply(CARD.format(mode="unless_edited", value=TEMPLATE, editable="true"))

    assert (during, card.shows()) == (FIRST, OWN)

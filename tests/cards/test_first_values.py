"""`once`: the first directory value stays, although the directory goes on."""

from __future__ import annotations

from typing import Any

import pytest

from app.cards.layout import Item, Layout
from app.cards.values import first_values, first_values_of
from app.cards.view import OnceValue
from tests.cards.conftest import Company

TITLE = Item("title", "title", "text", "once", "title", once_since=3)
LAYOUT = Layout(general=(TITLE,))
MARKER = "[[clear]]"


@pytest.mark.parametrize(
    ("saved", "before", "after", "fresh"),
    [
        pytest.param({}, {"title": "CFO"}, {"title": "CEO"}, "CFO", id="the first value is saved when it changes"),
        pytest.param({}, {"title": "CFO"}, {}, "CFO", id="and when it is removed"),
        pytest.param({}, {"title": "CFO"}, {"title": "CFO"}, None, id="not when it stays"),
        pytest.param({}, {}, {"title": "CEO"}, None, id="not when there was none yet"),
        pytest.param({}, {"title": MARKER}, {"title": "CEO"}, None, id="the clear marker is no value"),
        pytest.param(
            {"title": {"value": "CTO", "since": 3}}, {"title": "CFO"}, {"title": "CEO"}, None, id="only the first"
        ),
        pytest.param(
            {"title": {"value": "CTO", "since": 2}}, {"title": "CFO"}, {"title": "CEO"}, "CFO",
            id="a value from before the template made it once does not count",
        ),
    ],
)  # fmt: skip
def test_first_values(saved: dict[str, Any], before: dict[str, Any], after: dict[str, Any], fresh: str | None) -> None:
    found = first_values(LAYOUT, saved, before, after, MARKER)

    assert found == ({"title": {"value": fresh, "since": 3}} if fresh else {})


def test_a_whole_name_is_saved_as_what_it_is_made_from() -> None:
    layout = Layout(general=(Item("name", "name", "text", "once"),))
    before = {"userName": "i@nordwind.example", "displayName": "Ines", "name": {"givenName": "Ines"}, "title": "CFO"}

    found = first_values(layout, {}, before, {**before, "displayName": "Agnes"}, MARKER)

    assert found["name"]["value"] == {"displayName": "Ines", "name": {"givenName": "Ines"}}


OFFICE = Item("office", "Office", "address", "once", 'addresses[type eq "work"]')


@pytest.mark.parametrize(
    ("item", "cleared"),
    [
        pytest.param(OFFICE, {"addresses": [{"type": "work", "primary": True, "formatted": MARKER}]}, id="an address"),
        pytest.param(OFFICE, {"addresses": [{"type": "work", "country": "CH"}]}, id="a country alone"),
        pytest.param(Item("name", "name", "text", "once"), {"displayName": MARKER}, id="a whole name"),
    ],
)
def test_a_value_of_which_nothing_can_be_shown_is_not_saved(item: Item, cleared: dict[str, Any]) -> None:
    assert first_values(Layout(fields=(item,), general=()), {}, cleared, {}, MARKER) == {}


def test_the_value_before_a_push_is_kept_on_the_card(nordwind: Company) -> None:
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply("""
        templates: [{name: Sales, general: {title: {sync: once}}}]
        bindings: [{group: "Cards - Sales", template: Sales}]
        """)

    nordwind.change("ines", request_id="req-1", title="CEO")
    nordwind.change("ines", request_id="req-2", title="Chair")

    (card,) = nordwind.card_rows()
    assert first_values_of(card.once, card.template_id) == {"title": OnceValue("CFO", since=1)}
    assert card.once[card.template_id]["title"]["request_id"] == "req-1"
    assert card.version == 2


def test_cards_without_once_items_are_not_touched(nordwind: Company) -> None:
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply("""
        templates: [{name: Sales, general: {title: {sync: always}}}]
        bindings: [{group: "Cards - Sales", template: Sales}]
        """)

    nordwind.change("ines", title="CEO")

    (card,) = nordwind.card_rows()
    assert (card.once, card.version) == (None, 1)

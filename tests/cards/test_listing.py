"""Lists of cards are read a page at a time, each card once."""

from __future__ import annotations

import pytest

from app.cards import listing, roster, why
from tests.cards.conftest import SALES_ONLY, Company


@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_every_card_is_listed_once_whatever_the_size_of_pages(page: int, nordwind: Company) -> None:
    names = ["ines", "jo", "kim", "lea", "max"]
    nordwind.hire(*names)
    nordwind.group("Cards - Sales", *names)
    nordwind.apply(SALES_ONLY)

    with nordwind.database.read(nordwind.organization_id) as reader:
        listed = [card.user_name for card in listing.every(reader, "https://cards.nordwind.example", page=page)]

    assert sorted(name or "" for name in listed) == [f"{name}@nordwind.example" for name in names]


def test_a_display_name_that_was_cleared_is_listed_nowhere(nordwind: Company) -> None:
    nordwind.hire("ines", displayName="[[clear]]")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES_ONLY)

    with nordwind.database.read(nordwind.organization_id) as reader:
        [card] = listing.every(reader, "https://cards.nordwind.example")
        [person] = roster.every(reader)
        explained = why.explain(reader, "ines@nordwind.example", "https://cards.nordwind.example")

    assert (card.display_name, person.display_name, explained.display_name) == (None, None, None)

"""The address of a card: what is behind it, and for whom nothing is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.cards import lookup
from app.cards.tables import cards
from app.cards.view import CardSource, LiveCard, OnceValue, OwnValue, PausedCard
from app.core.db import ORGANIZATION
from tests.cards.conftest import Company

SALES = """
    organization: {name: Nordwind, leaver: {email: hello@nordwind.example, phone: "+41445550100"}}
    templates: [{name: Sales, general: {title: {sync: once}}}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


def find(company: Company, public_id: str) -> LiveCard | PausedCard | None:
    with company.database.read(None) as reader:
        return lookup.find(reader, public_id)


def only_card(company: Company) -> str:
    (public_id,) = company.card_ids().values()
    return public_id


def source_of(company: Company) -> CardSource:
    found = find(company, only_card(company))
    assert isinstance(found, LiveCard)
    return found.source


@pytest.fixture
def ines(nordwind: Company) -> Company:
    """A company in which Ines alone has a card."""
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES)
    return nordwind


@pytest.mark.parametrize("written", [str.lower, str.upper])
def test_a_live_card_is_found_with_all_that_it_shows(written: Callable[[str], str], ines: Company) -> None:
    found = find(ines, written(only_card(ines)))

    assert isinstance(found, LiveCard)
    assert found.organization_id == ines.organization_id
    assert found.source.public_id == only_card(ines)
    assert (found.source.organization, found.source.template) == ("Nordwind", "Sales")
    assert found.source.document is not None
    assert found.source.document["title"] == "CFO"
    assert [item.key for item in found.source.layout.items()] == ["name", "title"]


def test_own_and_first_values_come_along(ines: Company) -> None:
    at = "2026-11-02T09:00:00.000000Z"
    own = {"headline": {"value": None, "by": "person", "at": at, "request_id": None}}
    ines.write(lambda tx: tx.execute(cards.update().where(cards.c.organization_id == ORGANIZATION).values(own=own)))
    ines.change("ines", title="CEO")

    source = source_of(ines)

    assert source.own == {"headline": OwnValue(None, "person", source.own["headline"].at)}
    assert source.own["headline"].at.isoformat() == "2026-11-02T09:00:00+00:00"
    assert source.once == {"title": OnceValue("CFO", since=1)}


def test_a_paused_card_names_the_company_and_nothing_of_the_person(ines: Company) -> None:
    public_id = only_card(ines)

    ines.leave("Cards - Sales", "ines")

    assert find(ines, public_id) == PausedCard("Nordwind", "hello@nordwind.example", "+41445550100")


@pytest.mark.parametrize(
    ("leaver", "paused"),
    [
        pytest.param("{show: nothing}", PausedCard("Nordwind"), id="nothing"),
        pytest.param(
            "{show: company, email: sales@nordwind.example}", PausedCard("Nordwind", "sales@nordwind.example"),
            id="another contact",
        ),
    ],
)  # fmt: skip
def test_a_template_may_say_what_its_paused_cards_offer(leaver: str, paused: PausedCard, ines: Company) -> None:
    ines.apply(f"templates: [{{name: Sales, leaver: {leaver}}}]")
    public_id = only_card(ines)

    ines.leave("Cards - Sales", "ines")

    assert find(ines, public_id) == paused


def _takes_all_seats(company: Company) -> None:
    company.apply("organization: {seat_limit: 0}")
    company.leave("Cards - Sales", "ines")
    company.join("Cards - Sales", "ines")


def _deletes_the_card(company: Company) -> None:
    by_hand = cards.update().where(cards.c.organization_id == ORGANIZATION).values(state="deleted")
    company.write(lambda tx: tx.execute(by_hand))


def _publishes_on_claim(company: Company) -> None:
    company.apply("organization: {publish: on_claim}")


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(_takes_all_seats, id="a card that waits for a seat"),
        pytest.param(_deletes_the_card, id="a deleted card"),
        pytest.param(_publishes_on_claim, id="a card that nobody claimed, where that is asked for"),
    ],
)
def test_the_public_does_not_find(happens: Callable[[Company], None], ines: Company) -> None:
    public_id = only_card(ines)

    happens(ines)

    assert find(ines, public_id) is None


@pytest.mark.parametrize("text", ["", "0" * 26, "../../etc/passwd", "0" * 5000])
def test_nothing_is_behind(text: str, ines: Company) -> None:
    assert find(ines, text) is None


def _edits_template(company: Company) -> None:
    company.apply('templates: [{name: Sales, design: {accent: "#b00020"}}]')


def _changes_document(company: Company) -> None:
    company.change("ines", nickName="Ini")


def _renames_organization(company: Company) -> None:
    company.apply("organization: {name: Nordwind AG}")


def _changes_region(company: Company) -> None:
    company.apply("organization: {phone_region: DE}")


def _leaves_and_returns(company: Company) -> None:
    company.leave("Cards - Sales", "ines")
    company.join("Cards - Sales", "ines")


@pytest.mark.parametrize(
    "happens", [_edits_template, _changes_document, _renames_organization, _changes_region, _leaves_and_returns]
)
def test_versions_change_with_everything_that_a_card_shows(happens: Callable[[Company], None], ines: Company) -> None:
    before = source_of(ines).versions

    unchanged = source_of(ines).versions
    happens(ines)

    assert unchanged == before
    assert source_of(ines).versions != before

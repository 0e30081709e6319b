"""The list of cards: searched, filtered, sorted and paged; and the queue of those that wait for a seat."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from app.cards import by_hand, template_store
from app.core.jobs import running
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

PATH = "/console/cards"


def rows(page: Any) -> str:
    """What somebody reads in the list of a page."""
    text = page.text[page.text.index('id="list"') :]
    return " ".join(text.split())


def test_the_list_names_whose_each_card_is(owner: Admin, nordwind: Company) -> None:
    seen = text_of(owner.get(PATH))

    assert "Ines ines@nordwind.example live Sales" in seen
    assert seen.count("Olaf") == 2


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ({"search": "ine nordwind"}, ["Ines"], ["Olaf"]),
        ({"search": "nobody"}, ["Nothing matches"], ["Ines", "Olaf"]),
        ({"state": "paused"}, ["Ines"], ["Olaf"]),
        ({"state": "paused", "paused_by": "admin"}, ["Ines"], ["Olaf"]),
        ({"paused_by": "directory"}, ["Nothing matches"], ["Ines", "Olaf"]),
        ({"search": "olaf", "state": "live", "sort": "created"}, ["Olaf"], ["Ines"]),
        ({"state": "held"}, ["Nothing matches"], ["Ines", "Olaf"]),
    ],
    ids=["words", "nobody", "a state", "paused by an admin", "paused by the directory", "all of it", "no such"],
)
def test_the_list_is_narrowed(
    owner: Admin, nordwind: Company, query: dict[str, Any], there: list[str], not_there: list[str]
) -> None:
    nordwind.write(lambda tx: by_hand.pause(tx, [nordwind.card_ids()["ines", "Sales"]]))

    seen = rows(owner.get(PATH, **query))

    assert [one for one in there if one not in seen] == []
    assert [one for one in not_there if one in seen] == []


def test_a_card_is_found_by_its_address_and_by_its_template(owner: Admin, nordwind: Company) -> None:
    card = nordwind.card_ids()["olaf", "Wardens"]

    with nordwind.database.read(nordwind.organization_id) as reader:
        sales = template_store.find(reader, "Sales").id

    by_address = rows(owner.get(PATH, search=f"https://cards.example/c/{card.upper()}"))
    by_template = rows(owner.get(PATH, template=sales))

    assert by_address.count('data-label="Template"') == 1
    assert "Wardens" in by_address
    assert by_template.count('data-label="Template"') == 2


def test_incomplete_cards_are_those_of_the_last_look(
    owner: Admin, nordwind: Company, database: Database, settings: Settings
) -> None:
    nordwind.apply(
        """
        templates: [{name: Wardens, general: {name: {sync: always}}, fields: [
          {key: zone, kind: text, label: Zone, sync: never, required: true}]}]
        """
    )
    before = text_of(owner.get(PATH, lacking="admin"))

    running.run(database, settings, running.named(JOBS, "quality"))

    assert "Nobody has looked yet" in before
    found = rows(owner.get(PATH, lacking="admin"))
    assert found.count('data-label="Template"') == 1
    assert "Wardens" in found
    assert "Nothing matches" in rows(owner.get(PATH, lacking="holder"))


def test_the_list_as_csv_is_what_it_is_narrowed_to(owner: Admin, nordwind: Company) -> None:
    lines = list(csv.DictReader(owner.get(f"{PATH}.csv", search="olaf").text.removeprefix("\ufeff").splitlines()))

    assert {(one["user_name"], one["state"], one["template"]) for one in lines} == {
        ("olaf@nordwind.example", "live", "Sales"),
        ("olaf@nordwind.example", "live", "Wardens"),
    }


def test_pages_follow_each_other(owner: Admin, nordwind: Company) -> None:
    names = [f"p{number:03}" for number in range(60)]
    nordwind.hire(*names)
    nordwind.join("Cards - Wardens", *names)

    first = owner.get(PATH)
    later = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = owner.get(later)

    seen = [f"p{number:03}@nordwind" in rows(first) for number in range(60)]
    rest = [f"p{number:03}@nordwind" in rows(second) for number in range(60)]
    assert sum(seen) == 50
    assert [one != other for one, other in zip(seen, rest, strict=True)] == [True] * 60


def test_who_waits_stands_in_order_with_the_seat_limit(owner: Admin, nordwind: Company) -> None:
    nordwind.write(lambda tx: organizations.change(tx, {"seat_limit": 2}))
    nordwind.join("Cards - Wardens", "nora")
    nordwind.hire("zoe")
    nordwind.join("Cards - Wardens", "zoe")

    seen = text_of(owner.get(f"{PATH}/waiting"))

    assert "2 of 2 seats are taken" in seen
    assert seen.index("Nora") < seen.index("Zoe")

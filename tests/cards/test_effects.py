"""What a dry run of publishing tells: which cards show something else, and which lack something then."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import pytest
from PIL import Image

from app.cards import by_hand, editing
from app.cards.listing import every
from app.cards.versioning import effects as versioning_effects
from app.cards.versioning.effects import MOST_NAMES, Tally
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.cards.versions import draft, effects_of_draft, proposal, publish, restore, template
from tests.scim.test_statements import statements

MODES = """
templates:
  - name: Sales
    general:
      title: {sync: %s, editable: %s, value: Colleague}
      department: {sync: unless_edited, editable: true}
"""
BOUND = """
bindings: [{group: "Cards - Sales", template: Sales}]
"""


def with_title(sync: str) -> str:
    """Sales with this sync mode of the title."""
    return MODES % (sync, "false" if sync == "always" else "true")


@pytest.fixture
def sales(nordwind: Company) -> Company:
    """Ines with a title of the directory's, Jo with one of her own, Kim with none; all in sales."""
    nordwind.hire("ines", title="CFO")
    nordwind.hire("jo", title="CEO")
    nordwind.hire("kim")
    nordwind.group("Cards - Sales", "ines", "jo", "kim")
    nordwind.apply(with_title("unless_edited") + BOUND)
    jo = nordwind.card_ids()["jo", "Sales"]
    nordwind.write(lambda tx: editing.set_value(tx, jo, "title", "Boss"))
    return nordwind


def told(company: Company, page: int = 500) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """What publishing the draft would change, by short name of the person."""
    return {(effect.person or "-").partition("@")[0]: effect.changes for effect in effects_of_draft(company, page=page)}


def shown(company: Company) -> dict[str, dict[str, str]]:
    with company.database.read(company.organization_id) as reader:
        return {(card.user_name or "-").partition("@")[0]: card.values for card in every(reader, "")}


@pytest.mark.parametrize(
    ("sync", "changes"),
    [
        pytest.param("always", {"jo": {"title": ("Boss", "CEO")}}, id="always ends own values"),
        pytest.param("once", {}, id="once keeps what shows"),
        pytest.param("never", {"ines": {"title": ("CFO", "Colleague")}}, id="never shows the template's value"),
    ],
)
def test_another_mode_is_told_for_those_whom_it_concerns(
    sales: Company, sync: str, changes: dict[str, dict[str, tuple[str, str]]]
) -> None:
    draft(sales, with_title(sync))

    assert told(sales) == changes


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(with_title("never"), id="a mode"),
        pytest.param(with_title("always"), id="the stricter mode"),
        pytest.param("templates: [{name: Sales}]", id="items fewer"),
        pytest.param(
            "templates: [{name: Sales, general: {title: {source: userName}}, fields: [{key: t, kind: text, label: T, "
            "source: title}, {key: web, kind: url, label: Website, value: 'https://n.example'}]}]",
            id="sources, and items more",
        ),
        pytest.param("templates: [{name: SALES, design: {theme: dark}, general: {title: {}}}]", id="name and look"),
    ],
)
def test_what_was_told_is_what_happens(sales: Company, text: str) -> None:
    draft(sales, text)
    before, foretold = shown(sales), told(sales)

    publish(sales)

    happened = {
        name: {label: (before[name].get(label), now.get(label)) for label in {*before[name], *now}}
        for name, now in shown(sales).items()
    }
    assert foretold == {
        name: changed
        for name, values in happened.items()
        if (changed := {label: pair for label, pair in values.items() if pair[0] != pair[1]})
    }
    assert shown(sales) != before


def test_first_values_that_were_saved_are_told_too(nordwind: Company) -> None:
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply("templates: [{name: Sales, general: {title: {sync: once}}}]" + BOUND)
    nordwind.change("ines", title="CEO")

    draft(nordwind, "templates: [{name: Sales, general: {title: {sync: always}}}]")

    assert told(nordwind) == {"ines": {"title": ("CFO", "CEO")}}


@pytest.mark.parametrize("page", [1, 2, 3, 500])
def test_cards_are_read_in_pages_of_any_size(sales: Company, page: int) -> None:
    draft(sales, "templates: [{name: Sales}]")

    assert told(sales, page) == {
        "ines": {"title": ("CFO", None)},
        "jo": {"title": ("Boss", None)},
        "kim": {"title": ("Colleague", None)},
    }


@pytest.mark.parametrize(("most", "told"), [(1, 1), (2, 2), (3, 3), (None, 3)])
def test_of_more_cards_than_are_to_be_looked_at_the_first_are_told(sales: Company, most: int | None, told: int) -> None:
    draft(
        sales,
        "templates: [{name: Sales, general: {title: {sync: always, value: Somebody}, company: {sync: never, value: Nordwind}}}]",
    )

    with sales.database.read(sales.organization_id) as reader:
        planned = proposal(sales)
        found = list(versioning_effects.effects(reader, planned.before, planned.after, page=1, most=most))

    assert len(found) == told


def test_paused_cards_are_none_of_those_that_are_looked_at(sales: Company) -> None:
    ids = sales.card_ids()
    sales.write(lambda tx: by_hand.pause(tx, [ids["ines", "Sales"], ids["jo", "Sales"]]))
    draft(sales, "templates: [{name: Sales}]")

    with sales.database.read(sales.organization_id) as reader:
        planned = proposal(sales)
        [found] = versioning_effects.effects(reader, planned.before, planned.after, page=1, most=1)

    assert found.person == "kim@nordwind.example"


def test_cards_that_wait_for_a_seat_are_told_and_paused_ones_are_not(sales: Company) -> None:
    sales.write(lambda tx: by_hand.pause(tx, [sales.card_ids()["ines", "Sales"]]))
    sales.apply("organization: {seat_limit: 2}")
    sales.hire("lea", title="CTO")
    sales.join("Cards - Sales", "lea")

    draft(sales, "templates: [{name: Sales}]")

    assert (sales.states()["ines", "Sales"], sales.states()["lea", "Sales"]) == ("paused", "waiting")
    assert set(told(sales)) == {"jo", "kim", "lea"}


def test_cards_that_the_brake_holds_are_told(sales: Company) -> None:
    sales.apply("organization: {brake: {people: 1, percent: 0}}")
    sales.leave("Cards - Sales", "ines", "jo")

    draft(sales, "templates: [{name: Sales}]")

    assert (sales.states()["ines", "Sales"], sales.states()["jo", "Sales"]) == ("held", "held")
    assert set(told(sales)) == {"ines", "jo", "kim"}


def test_cards_of_other_templates_and_deleted_ones_are_not_told(sales: Company) -> None:
    sales.apply("templates: [{name: Service, general: {title: {}}}]")
    ids = sales.card_ids()
    sales.write(lambda tx: by_hand.move(tx, [ids["ines", "Sales"]], template(sales, "Service").id))
    sales.write(lambda tx: by_hand.delete(tx, [ids["jo", "Sales"]]))

    draft(sales, "templates: [{name: Sales}]")

    assert set(told(sales)) == {"kim"}


def tally(company: Company) -> Tally:
    wanted = proposal(company)
    with company.database.read(company.organization_id) as reader:
        return versioning_effects.tally(reader, wanted.before, wanted.after)


REQUIRED = "templates: [{name: Sales, general: {title: {required: true}}}]"


def test_cards_that_become_incomplete_or_complete_are_counted_and_named(sales: Company) -> None:
    draft(sales, REQUIRED)
    wanting = tally(sales)
    publish(sales)
    draft(sales, "templates: [{name: Sales, general: {title: {required: true, value: Colleague}}}]")
    mended = tally(sales)

    assert (wanting.incomplete.count, wanting.incomplete.first) == (1, ["kim@nordwind.example"])
    assert (wanting.complete.count, wanting.shows.count, dict(wanting.items)) == (0, 2, {"title": 2})
    assert (mended.complete.count, mended.complete.first) == (1, ["kim@nordwind.example"])
    assert (mended.incomplete.count, mended.shows.count) == (0, 1)


def test_a_card_that_lacks_a_value_is_told_although_nothing_shows_differently(nordwind: Company) -> None:
    nordwind.hire("kim")
    nordwind.group("Cards - Sales", "kim")
    nordwind.apply("templates: [{name: Sales, general: {title: {}}}]" + BOUND)
    draft(nordwind, REQUIRED)

    [effect] = effects_of_draft(nordwind)

    assert (effect.changes, effect.missing_before, effect.missing) == ({}, (), ("title",))


def test_no_more_people_are_named_than_fit_in_a_sentence(nordwind: Company) -> None:
    names = [f"person{number}" for number in range(MOST_NAMES + 3)]
    nordwind.hire(*names, title="CFO")
    nordwind.group("Cards - Sales", *names)
    nordwind.apply(with_title("always") + BOUND)
    draft(nordwind, with_title("never"))

    counted = tally(nordwind)

    assert counted.shows.count == MOST_NAMES + 3
    assert len(counted.shows.first) == MOST_NAMES


def picture(colour: str) -> str:
    stream = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(stream, "PNG")
    return "data:image/png;base64," + b64encode(stream.getvalue()).decode()


def test_a_photo_is_told_in_words(nordwind: Company) -> None:
    photos: list[dict[str, Any]] = [
        {"type": "photo", "value": picture("red")},
        {"type": "thumbnail", "value": picture("blue")},
    ]
    nordwind.hire("ines", photos=photos)
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply("templates: [{name: Sales, photo: {}}]" + BOUND)

    draft(nordwind, "templates: [{name: Sales, photo: {source: 'photos[type eq \"thumbnail\"].value'}}]")
    other = told(nordwind)
    publish(nordwind)
    draft(nordwind, "templates: [{name: Sales}]")
    none = told(nordwind)
    publish(nordwind)
    restore(nordwind, 2)
    draft(
        nordwind, "templates: [{name: Sales, photo: {source: 'photos[type eq \"thumbnail\"].value', required: true}}]"
    )

    assert other == {"ines": {"photo": ("a picture", "another picture")}}
    assert none == {"ines": {"photo": ("a picture", None)}}
    assert told(nordwind) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("design: {accent: '#b00020'}, general: {title: {}}", id="a look"),
        pytest.param("general: {title: {}}, video: 'https://v.example'", id="a video"),
        pytest.param("general: {title: {placeholder: A motto}}", id="a hint for editors"),
    ],
)
def test_cards_are_not_read_for_what_shows_no_other_value(nordwind: Company, text: str) -> None:
    nordwind.apply("templates: [{name: Sales, general: {title: {}}}]")
    draft(nordwind, f"templates: [{{name: Sales, {text}}}]")
    wanted = proposal(nordwind)

    with nordwind.database.read(nordwind.organization_id) as reader, statements() as sent:
        found = list(versioning_effects.effects(reader, wanted.before, wanted.after))

    assert (found, sent) == ([], [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_of_cards_is_read_from_an_index_in_its_order(
    database: Database, organization: Organization, nordwind: Company
) -> None:
    nordwind.apply("templates: [{name: Sales, general: {title: {}}}]")
    draft(nordwind, "templates: [{name: Sales}]")
    wanted = proposal(nordwind)

    with database.read(organization.id) as reader, statements() as sent:
        list(versioning_effects.effects(reader, wanted.before, wanted.after))
        [(statement, parameters)] = [one for one in sent if "FROM cards" in one[0]]
        rows = reader._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    plan = [row.detail for row in rows]
    assert any("COVERING INDEX ix_cards_created_at (organization_id=? AND (created_at,id)>(?,?))" in it for it in plan)
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan)

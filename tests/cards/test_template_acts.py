"""Copies of templates, and the end of them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select

from app.cards import by_hand, merging, template_acts
from app.cards.applying.carrying import apply
from app.cards.applying.drafting import make_drafts
from app.cards.applying.reading import read_text
from app.cards.applying.spec import FileSpec
from app.cards.tables import assets, cards, template_drafts, template_versions, templates
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import LanyardError, NotFound, Refused
from tests.cards.conftest import Company
from tests.cards.versions import BOUND, NEXT, draft, draft_of, publish, restore, template, version_numbers

A_DAY = timedelta(days=1, minutes=1)


@pytest.fixture
def sales(nordwind: Company) -> Company:
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(BOUND)
    return nordwind


def duplicate(company: Company, name: str, new: str) -> None:
    company.write(lambda tx: template_acts.duplicate(tx, name, new))


def remove(company: Company, name: str = "Sales") -> None:
    company.write(lambda tx: template_acts.remove(tx, name))


def test_a_copy_says_the_same_and_has_neither_cards_groups_nor_versions(sales: Company) -> None:
    sales.apply("templates: [{name: Sales, general: {title: {sync: once}}}]")
    draft(sales, NEXT)

    duplicate(sales, "sales", "Sales, new look")

    original, copy = template(sales), template(sales, "Sales, new look")
    assert (original.version, copy.version, version_numbers(sales, copy.name)) == (2, 1, [1])
    assert [(item.key, item.sync) for item in copy.layout.items()] == [("name", "always"), ("title", "once")]
    assert [item.once_since for item in copy.layout.once_items] == [1]
    assert draft_of(sales, copy.name) is None
    assert sales.states() == {("ines", "Sales"): "live"}
    assert sales.audited()[-1] == "template.duplicated"


@pytest.mark.parametrize(
    ("name", "new", "error", "reason"),
    [
        pytest.param("Nothing", "New", NotFound, "there is no template 'Nothing'", id="of nothing"),
        pytest.param("Sales", "SALES", Refused, "there is a template 'Sales' already", id="its own name"),
        pytest.param("Sales", " ", Refused, "the name of the new template must not be empty", id="no name"),
        pytest.param("Sales", "a\nb", Refused, "must not contain control characters or several lines", id="two lines"),
        pytest.param("Sales", "x" * 129, Refused, "must not be longer than 128 characters", id="a long name"),
    ],
)
def test_what_is_not_copied(sales: Company, name: str, new: str, error: type[LanyardError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        duplicate(sales, name, new)


def rows_left(company: Company) -> dict[str, int]:
    """How many rows there are of what belongs to templates."""
    with company.database.read(company.organization_id) as reader:
        return {
            table.name: reader.execute(
                select(func.count()).select_from(table).where(table.c.organization_id == ORGANIZATION)
            ).scalar_one()
            for table in (templates, template_versions, template_drafts, cards, assets)
        }


def test_a_template_goes_with_its_versions_its_draft_and_what_deleted_cards_left(sales: Company) -> None:
    sales.apply("templates: [{name: Service}]\nbindings: []")
    draft(sales, NEXT)
    publish(sales)
    draft(sales, "templates: [{name: Sales}]")
    sales.write(lambda tx: by_hand.delete(tx, [sales.card_ids()["ines", "Sales"]]))

    remove(sales)

    assert rows_left(sales) == {
        "templates": 1,
        "template_versions": 1,
        "template_drafts": 0,
        "cards": 0,
        "assets": 0,
    }
    assert sales.audited()[-1] == "template.deleted"


def test_a_template_with_bound_groups_is_not_deleted(sales: Company) -> None:
    with pytest.raises(Refused, match="Sales is bound to Cards - Sales; apply a file whose bindings leave it out"):
        remove(sales)

    assert template(sales).version == 1


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        pytest.param(0, "1 card hangs on Sales; move them", id="a paused card"),
        pytest.param(1, "2 cards hang on Sales; move them", id="and one by hand"),
    ],
)
def test_a_template_with_cards_is_not_deleted(sales: Company, further: int, reason: str) -> None:
    sales.apply("bindings: []")
    for _ in range(further):
        sales.write(lambda tx: by_hand.issue(tx, template(sales).id, None))

    with pytest.raises(Refused, match=reason):
        remove(sales)

    assert len(sales.card_rows()) == 1 + further


def test_a_template_that_is_not_there_is_not_deleted(sales: Company) -> None:
    with pytest.raises(NotFound, match="there is no template 'Service'"):
        remove(sales, "Service")


class Studio:
    """Templates with logos that lie in a folder."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company = company
        self._folder = folder
        for name, colour in (("red", "#ff0000"), ("blue", "#0000ff"), ("green", "#00ff00")):
            stream = BytesIO()
            Image.new("RGB", (2, 2), colour).save(stream, "PNG")
            (folder / f"{name}.png").write_bytes(stream.getvalue())

    def publish(self, name: str, logo: str) -> None:
        self.company.write(partial(apply, spec=self._spec(name, logo)))

    def draft(self, name: str, logo: str) -> None:
        self.company.write(partial(make_drafts, spec=self._spec(name, logo)))

    def _spec(self, name: str, logo: str) -> FileSpec:
        return read_text(f"templates: [{{name: {name}, design: {{logo: {logo}.png}}}}]".encode(), self._folder)

    def pictures(self) -> int:
        return rows_left(self.company)["assets"]


@pytest.fixture
def studio(nordwind: Company, tmp_path: Path) -> Studio:
    return Studio(nordwind, tmp_path)


def test_pictures_of_versions_are_kept_for_restoring(studio: Studio) -> None:
    studio.publish("Sales", "red")
    studio.publish("Sales", "blue")
    studio.draft("Sales", "green")

    restore(studio.company, 1)

    assert studio.pictures() == 3
    assert template(studio.company).layout.assets() <= stored_pictures(studio.company)


def stored_pictures(company: Company) -> set[str]:
    with company.database.read(company.organization_id) as reader:
        return {row.id for row in reader.execute(select(assets.c.id).where(assets.c.organization_id == ORGANIZATION))}


def test_pictures_that_nothing_names_any_more_go_with_the_template(studio: Studio) -> None:
    studio.publish("Sales", "red")
    studio.publish("Sales", "blue")
    studio.publish("Service", "blue")
    studio.draft("Sales", "green")

    with time_machine.travel(clock.now() + A_DAY):
        remove(studio.company)

    assert stored_pictures(studio.company) == template(studio.company, "Service").layout.assets()


def test_the_picture_of_a_draft_goes_a_day_after_another_has_taken_its_place(studio: Studio) -> None:
    studio.publish("Sales", "red")
    studio.draft("Sales", "green")

    studio.draft("Sales", "blue")
    with_another = studio.pictures()
    with time_machine.travel(clock.now() + A_DAY):
        studio.draft("Sales", "red")

    assert (with_another, studio.pictures()) == (3, 1)


def test_a_template_goes_with_deleted_cards_that_two_had_become(sales: Company) -> None:
    sales.dismiss("ines")
    sales.hire("kim")
    sales.join("Cards - Sales", "kim")
    sales.write(lambda tx: merging.merge(tx, "ines@nordwind.example", "kim@nordwind.example"))
    sales.write(lambda tx: by_hand.delete(tx, [row.public_id for row in sales.card_rows()]))
    sales.apply("bindings: []")

    remove(sales)

    assert sales.card_rows() == []

"""Bindings are edited as a whole, previewed with names and counts, and saved exactly as they were previewed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.auth.sign_in.roles import AUDITOR, CARD_ADMIN
from app.console.bindings import views
from app.core.jobs import running
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

NOW = (("Cards - Sales", "name", "Sales", ""), ("Cards - Wardens", "name", "Wardens", ""))
Rows = tuple[tuple[str, str, str, str], ...]


def form(*rows: tuple[str, str, str, str]) -> dict[str, list[str]]:
    """What a browser sends of these rows."""
    return {name: [row[at] for row in rows] for at, name in enumerate(("group", "by", "template", "exclusive"))}


def plan_in(page: str) -> str:
    found = re.search(r'name="plan" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return found[1]


def rows_in(page: str) -> list[tuple[str, str]]:
    groups = re.findall(r'name="group" value="([^"]*)"', page)
    chosen = re.findall(r"<option selected>([^<]+)</option>", page)
    return list(zip(groups, chosen, strict=True))


def test_the_form_shows_the_bindings_in_their_order(owner: Admin, nordwind: Company) -> None:
    page = owner.get("/console/bindings").text

    assert rows_in(page) == [("Cards - Sales", "Sales"), ("Cards - Wardens", "Wardens")]


@pytest.mark.parametrize(
    ("act", "groups"),
    [
        ("up:1", ["Cards - Wardens", "Cards - Sales"]),
        ("down:0", ["Cards - Wardens", "Cards - Sales"]),
        ("up:0", ["Cards - Sales", "Cards - Wardens"]),
        ("remove:0", ["Cards - Wardens"]),
        ("add", ["Cards - Sales", "Cards - Wardens", ""]),
    ],
)
def test_rows_are_added_moved_and_taken_out_without_a_script(
    owner: Admin, nordwind: Company, act: str, groups: list[str]
) -> None:
    page = owner.post("/console/bindings/edit", 200, do=act, **form(*NOW)).text

    assert [group for group, _ in rows_in(page)] == groups
    assert [group for group, _ in rows_in(owner.get("/console/bindings").text)] == ["Cards - Sales", "Cards - Wardens"]


def test_what_was_previewed_is_what_happens(
    owner: Admin, nordwind: Company, audited: Callable[[str], list[Any]]
) -> None:
    nordwind.group("Everybody", "ines", "olaf", "nora")
    wanted = form(*NOW, ("everybody", "name", "Sales", ""))
    shown = owner.post("/console/bindings/preview", 200, **wanted)

    said = owner.follow(owner.post("/console/bindings/save", plan=plan_in(shown.text), **wanted))

    assert "Cards that are issued: 1 nora@nordwind.example" in text_of(shown)
    assert "3 cards stay as they are" in text_of(shown)
    assert "1 card: issued" in text_of(said)
    assert list(nordwind.states().values()) == ["live"] * 4
    assert len(audited("bindings.changed")) == 2


def test_a_push_in_between_shows_the_new_plan_and_saves_nothing(owner: Admin, nordwind: Company) -> None:
    nordwind.group("Everybody", "nora")
    wanted = form(*NOW, ("Everybody", "name", "Sales", ""))
    shown = owner.post("/console/bindings/preview", 200, **wanted)
    nordwind.hire("emma")
    nordwind.join("Everybody", "emma")

    asked = owner.post("/console/bindings/save", 409, plan=plan_in(shown.text), **wanted)

    assert "Nothing is saved" in text_of(asked)
    assert "Cards that are issued: 2" in text_of(asked)
    assert len(nordwind.states()) == 3
    owner.post("/console/bindings/save", plan=plan_in(asked.text), **wanted)
    assert len(nordwind.states()) == 5


def test_a_group_that_nobody_has_pushed_is_waited_for(owner: Admin, nordwind: Company) -> None:
    shown = owner.post("/console/bindings/preview", 200, **form(*NOW, ("Later", "name", "Sales", "")))

    assert "waits until the directory pushes this group" in text_of(shown)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((*NOW, NOW[0]), "row 3 binds Cards - Sales to Sales as row 1 does"),
        ((*NOW, ("Board", "name", "Sales", "main")), "row 3 puts Sales into another exclusive set than row 1"),
        ((*NOW, ("Board", "name", "Gold", "")), "there is no template &#39;Gold&#39;"),
        ((*NOW, ("", "name", "Sales", "main")), "row 3 names no group"),
    ],
    ids=["twice", "two sets", "no template", "no group"],
)
def test_what_contradicts_itself_is_said_at_its_row(owner: Admin, nordwind: Company, rows: Rows, reason: str) -> None:
    page = owner.post("/console/bindings/preview", 422, **form(*rows)).text

    assert reason.lower() in page[page.index('id="problem-3"') :].lower()


def test_saving_without_a_look_is_refused(owner: Admin, nordwind: Company) -> None:
    owner.post("/console/bindings/save", 409, **form(*NOW[:1]))

    assert len(rows_in(owner.get("/console/bindings").text)) == 2


def test_groups_are_found_by_a_part_of_their_name(owner: Admin, nordwind: Company) -> None:
    nordwind.group("100% Wardens")

    found = owner.http.get("/console/bindings/groups?group=WARD", base_url="https://cards.example").text
    percent = owner.http.get("/console/bindings/groups?group=0%25", base_url="https://cards.example").text

    assert re.findall(r'value="([^"]+)"', found) == ["100% Wardens", "Cards - Wardens"]
    assert re.findall(r'value="([^"]+)"', percent) == ["100% Wardens"]


def test_all_of_a_plan_can_be_had_as_csv(owner: Admin, nordwind: Company) -> None:
    lines = owner.post("/console/bindings/preview.csv", 200, **form(NOW[0])).text.splitlines()

    assert lines == ["what,person,template,before", "pause,olaf@nordwind.example,Wardens,"]


@pytest.mark.parametrize("role", [AUDITOR, CARD_ADMIN])
def test_who_may_only_look_has_no_form(as_role: Callable[..., Admin], nordwind: Company, role: str) -> None:
    viewer = as_role(role)

    page = viewer.get("/console/bindings")
    viewer.post("/console/bindings/preview", 403, **form(*NOW))

    assert "Cards - Sales" in text_of(page)
    assert 'id="bindings"' not in page.text


def test_each_row_says_how_far_it_reaches(owner: Admin, nordwind: Company) -> None:
    seen = text_of(owner.post("/console/bindings/edit", 200, do="keep", **form(*NOW, ("Later", "name", "Sales", ""))))

    assert "2 members 2 cards of Sales are up." in seen
    assert "1 member 1 card of Wardens is up." in seen
    assert "not pushed yet The binding waits for the group." in seen


def test_a_binding_that_another_admin_has_added_meanwhile_is_not_lost_unseen(owner: Admin, nordwind: Company) -> None:
    nordwind.group("Empty")
    mine = form(*NOW[::-1])
    shown = owner.post("/console/bindings/preview", 200, **mine)
    theirs = form(*NOW, ("Empty", "name", "Sales", ""))
    owner.post(
        "/console/bindings/save",
        plan=plan_in(owner.post("/console/bindings/preview", 200, **theirs).text),
        **theirs,
    )

    asked = owner.post("/console/bindings/save", 409, plan=plan_in(shown.text), **mine)

    assert "Group Empty is no longer bound to Sales" in text_of(asked)
    assert ("Empty", "Sales") in rows_in(owner.get("/console/bindings").text)


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    """One change of a card is much."""
    monkeypatch.setattr(views, "SLOW", 0)


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize(
    ("meanwhile", "said", "cards"),
    [((), "The bindings are saved; 1 card changed.", 4), (("emma",), "Nothing was changed.", 3)],
    ids=["as it was shown", "another plan by then"],
)
def test_much_is_saved_in_the_background_as_it_was_shown_or_not_at_all(
    owner: Admin,
    nordwind: Company,
    database: Database,
    settings: Settings,
    meanwhile: tuple[str],
    said: str,
    cards: int,
) -> None:
    nordwind.group("Everybody", "nora")
    nordwind.hire("emma")
    wanted = form(*NOW, ("Everybody", "name", "Sales", ""))
    shown = owner.post("/console/bindings/preview", 200, **wanted)
    begun = owner.post("/console/bindings/save", plan=plan_in(shown.text), many="1", **wanted)
    waiting = text_of(owner.follow(begun))
    for name in meanwhile:
        nordwind.join("Everybody", name)

    running.run(database, settings, running.named(JOBS, "errands"))

    assert "in the background" in text_of(shown)
    assert "You may leave this page" in waiting
    assert said in text_of(owner.follow(begun))
    assert len(nordwind.states()) == cards

"""Acts on many cards, and on held ones: shown with names and counts before they are done, and then exactly that."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from app.auth.sign_in.roles import AUDITOR, CARD_ADMIN, DIRECTORY_ADMIN, TEMPLATE_ADMIN
from app.cards import template_store
from app.cards.bulk import acts
from app.core.jobs import running
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

CARDS, HELD = "/console/cards", "/console/held"


def planned(page: Any) -> dict[str, list[str]]:
    """The hidden fields of the form that carries the plan out."""
    form = next(one for one in page.text.split("<form")[1:] if 'name="plan"' in one)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form.partition("</form>")[0]
    ):
        if name != "csrf_token":
            found.setdefault(name, []).append(unescape(value))
    return found


def template_id(company: Company, name: str) -> str:
    with company.database.read(company.organization_id) as reader:
        return template_store.find(reader, name).id


@pytest.mark.parametrize(
    ("act", "says", "said", "states"),
    [
        ("pause", "3 cards are paused", "3 cards paused.", {"paused"}),
        ("delete", "3 cards are deleted", "3 cards deleted.", {"deleted"}),
    ],
)
def test_all_that_the_list_shows_is_chosen_and_done(
    owner: Admin, nordwind: Company, act: str, says: str, said: str, states: set[str]
) -> None:
    looked = owner.post(f"{CARDS}/many", 200, do=act, every="yes")

    done = owner.follow(owner.post(f"{CARDS}/many/do", **planned(looked)))

    assert says in text_of(looked)
    assert "Ines" in text_of(looked)
    assert said in text_of(done)
    assert set(nordwind.states().values()) == states


def test_what_is_ticked_alone_is_done(owner: Admin, nordwind: Company, audited: Callable[[str], list[Any]]) -> None:
    ids = nordwind.card_ids()
    looked = owner.post(f"{CARDS}/many", 200, do="pause", id=[ids["ines", "Sales"], ids["olaf", "Wardens"]])

    owner.post(f"{CARDS}/many/do", **planned(looked))

    assert nordwind.states() == {
        ("ines", "Sales"): "paused",
        ("olaf", "Sales"): "live",
        ("olaf", "Wardens"): "paused",
    }
    assert [line.actor for line in audited("card.pause_set")] == ["visitor:an-admin@nordwind.example"] * 2


def test_filters_choose_as_the_list_does(owner: Admin, nordwind: Company) -> None:
    looked = owner.post(
        f"{CARDS}/many",
        200,
        do="pause",
        every="yes",
        **{"filter.search": "olaf", "filter.template": template_id(nordwind, "Sales")},
    )

    owner.post(f"{CARDS}/many/do", **planned(looked))

    assert [key for key, state in nordwind.states().items() if state == "paused"] == [("olaf", "Sales")]


def test_resuming_says_what_the_directory_still_keeps_down(owner: Admin, nordwind: Company) -> None:
    owner.post(f"{CARDS}/many/do", **planned(owner.post(f"{CARDS}/many", 200, do="pause", every="yes")))
    nordwind.change("ines", active=False)

    looked = owner.post(f"{CARDS}/many", 200, do="resume", every="yes")
    owner.post(f"{CARDS}/many/do", **planned(looked))

    assert "2 cards are live again" in text_of(looked)
    assert "1 card stays paused" in text_of(looked)
    assert sorted(nordwind.states().values()) == ["live", "live", "paused"]


def test_a_plan_that_has_changed_is_shown_and_asked_again(owner: Admin, nordwind: Company) -> None:
    looked = owner.post(f"{CARDS}/many", 200, do="pause", every="yes")
    nordwind.join("Cards - Wardens", "nora")

    again = owner.post(f"{CARDS}/many/do", 409, **planned(looked))

    assert "Nothing is done" in text_of(again)
    assert "4 cards are paused" in text_of(again)
    assert "paused" not in nordwind.states().values()


def test_a_move_is_shown_field_by_field(owner: Admin, nordwind: Company) -> None:
    card, to = nordwind.card_ids()["ines", "Sales"], "wardens"
    asked = owner.post(f"{CARDS}/many", 200, do="move", id=card)

    looked = owner.post(f"{CARDS}/many", 200, do="move", id=card, template=to)
    file = owner.post(f"{CARDS}/many/move.csv", 200, do="move", id=card, template=to).text
    owner.post(f"{CARDS}/many/do", **planned(looked))

    assert "Show what would change" in text_of(asked)
    assert "title CFO → –" in text_of(looked)
    assert f"{card},title,CFO," in file
    assert nordwind.states()["ines", "Wardens"] == "live"


def test_a_push_that_changes_what_a_move_shows_has_it_asked_again(owner: Admin, nordwind: Company) -> None:
    card, to = nordwind.card_ids()["ines", "Sales"], "wardens"
    looked = owner.post(f"{CARDS}/many", 200, do="move", id=card, template=to)
    nordwind.change("ines", title="CEO")

    again = owner.post(f"{CARDS}/many/do", 409, **planned(looked))

    assert "title CEO → –" in text_of(again)
    assert ("ines", "Wardens") not in nordwind.states()


@pytest.mark.parametrize("act", ["pause", "move"])
def test_much_is_done_in_the_background_piece_by_piece(
    owner: Admin, nordwind: Company, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr(acts, "AT_ONCE", 1)
    to = {"template": "Wardens"} if act == "move" else {}
    looked = owner.post(f"{CARDS}/many", 200, do=act, every="yes", **to)
    begun = owner.post(f"{CARDS}/many/do", **planned(looked))
    nordwind.dismiss("ines")
    waiting, listed = text_of(owner.follow(begun)), text_of(owner.get(CARDS))

    running.run(database, settings, running.named(JOBS, "errands"))

    ended = text_of(owner.follow(begun))
    assert "in the background" in text_of(looked)
    assert "You may leave this page" in waiting
    assert "Something goes on" in listed
    assert "cards: done." in ended
    assert "Something goes on" not in text_of(owner.get(CARDS))
    if act == "pause":
        assert set(nordwind.states().values()) == {"paused"}
    else:
        assert {template for _, template in nordwind.states()} >= {"Wardens"}


def test_what_changed_meanwhile_is_left_alone_and_counted(
    owner: Admin, nordwind: Company, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    begun = owner.post(f"{CARDS}/many/do", **planned(owner.post(f"{CARDS}/many", 200, do="pause", every="yes")))
    monkeypatch.setattr(acts, "AT_ONCE", 500)
    one = planned(owner.post(f"{CARDS}/many", 200, do="pause", id=nordwind.card_ids()["ines", "Sales"]))
    owner.post(f"{CARDS}/many/do", **one)

    running.run(database, settings, running.named(JOBS, "errands"))

    assert "2 of 3 cards: done. 1 had changed meanwhile and were left alone." in text_of(owner.follow(begun))


@pytest.mark.parametrize("fields", [{}, {"do": "pause"}, {"do": "paint", "every": "yes"}])
def test_nothing_chosen_is_said(owner: Admin, nordwind: Company, fields: dict[str, str]) -> None:
    owner.post(f"{CARDS}/many", 409, **fields)


@pytest.fixture
def braked(nordwind: Company) -> Company:
    """Everybody has been taken away at once."""
    nordwind.write(lambda tx: organizations.change(tx, {"brake": {"people": 1, "percent": 10}}))
    nordwind.dismiss("ines")
    nordwind.change("olaf", active=False)
    return nordwind


def test_held_removals_say_who_since_when_and_by_which_request(owner: Admin, braked: Company) -> None:
    seen = text_of(owner.get(HELD))

    assert "Olaf olaf@nordwind.example" in seen
    assert "just now" in seen
    assert "more than 1 person and 10 %" in seen
    assert owner.get(f"{HELD}.csv").text.count("olaf@nordwind.example") == 2


@pytest.mark.parametrize(
    ("act", "says", "said", "state"),
    [
        ("approve", "2 cards are paused", "2 cards paused, and their seats are free.", "paused"),
        ("reject", "2 cards stay up", "2 cards kept up", "live"),
    ],
)
def test_held_removals_are_approved_or_rejected(
    owner: Admin, braked: Company, act: str, says: str, said: str, state: str
) -> None:
    looked = owner.post(f"{HELD}/ask", 200, do=act, every="yes")

    done = owner.follow(owner.post(f"{HELD}/decide", **planned(looked)))

    assert says in text_of(looked)
    assert said in text_of(done)
    assert braked.states()["olaf", "Sales"] == state
    assert "Nothing is held" in text_of(done)


@pytest.mark.parametrize(
    ("role", "changes"), [(DIRECTORY_ADMIN, True), (CARD_ADMIN, False), (TEMPLATE_ADMIN, False), (AUDITOR, False)]
)
def test_who_decides(as_role: Callable[..., Admin], braked: Company, role: str, changes: bool) -> None:
    admin = as_role(role)

    page = admin.get(HELD)

    assert ("Approve…" in page.text) is changes
    admin.post(f"{HELD}/ask", 200 if changes else 403, do="approve", every="yes")
    admin.post(f"{HELD}/decide", 409 if changes else 403, do="approve", every="yes", plan="0" * 16)


def test_an_errand_is_seen_by_those_who_see_what_it_is_about(
    owner: Admin, as_role: Callable[..., Admin], nordwind: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "AT_ONCE", 1)
    begun = owner.post(f"{CARDS}/many/do", **planned(owner.post(f"{CARDS}/many", 200, do="pause", every="yes")))
    path = begun.headers["Location"]

    as_role(AUDITOR).get(path)
    owner.get("/console/errands/nothing", 404)

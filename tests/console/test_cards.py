"""Cards in the console: the list, what is done to many, and each one with why it is as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.auth.sign_in.roles import CARD_ADMIN, DIRECTORY_ADMIN, TEMPLATE_ADMIN
from app.cards import listing
from app.cards.listing import ListedCard
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.console.test_bindings import plan_in


def listed(company: Company) -> list[ListedCard]:
    """The cards that there are, the oldest first."""
    with company.database.read(company.organization_id) as reader:
        return list(listing.every(reader, "https://cards.example"))


def id_of(company: Company) -> str:
    """The public id of Ines's card."""
    return next(card.id for card in listed(company) if card.user_name == "ines@nordwind.example")


def list_in(page: str) -> str:
    return page[page.index('id="list"') :]


@pytest.mark.parametrize(
    ("query", "many"),
    [({}, 3), ({"state": "paused"}, 0), ({"search": "olaf@nordwind.example"}, 2), ({"sort": "created"}, 3)],
    ids=["all", "paused", "a holder", "oldest first"],
)
def test_cards_are_listed_and_narrowed(owner: Admin, nordwind: Company, query: dict[str, Any], many: int) -> None:
    page = list_in(owner.get("/console/cards", **query).text)

    assert page.count('name="id"') == many


def test_cards_of_a_template(owner: Admin, nordwind: Company) -> None:
    page = owner.get("/console/cards").text
    wardens = re.search(r'<option value="([^"]+)">Wardens', page)
    assert wardens is not None

    assert list_in(owner.get("/console/cards", template=wardens[1]).text).count('name="id"') == 1


@pytest.mark.parametrize(
    ("act", "state", "said"),
    [("pause", "paused", "1 card paused."), ("delete", None, "1 card deleted.")],
)
def test_an_act_asks_and_does_what_was_shown(
    owner: Admin, nordwind: Company, act: str, state: str | None, said: str
) -> None:
    card = id_of(nordwind)
    asked = owner.post("/console/cards/many", 200, do=act, id=card)

    done = owner.follow(owner.post("/console/cards/many/do", do=act, id=card, plan=plan_in(asked.text)))

    assert "Ines ines@nordwind.example (Sales)" in text_of(asked)
    assert said in text_of(done)
    assert {one.id: one.state for one in listed(nordwind)}.get(card) == state


def test_what_has_changed_meanwhile_is_asked_again(owner: Admin, nordwind: Company) -> None:
    card = id_of(nordwind)
    asked = owner.post("/console/cards/many", 200, do="delete", id=card)
    nordwind.leave("Cards - Sales", "ines")

    again = owner.post("/console/cards/many/do", 409, do="delete", id=card, plan=plan_in(asked.text))

    assert "Nothing is done" in text_of(again)
    assert card in {one.id for one in listed(nordwind)}


def test_a_move_shows_each_difference_first(owner: Admin, nordwind: Company) -> None:
    card = id_of(nordwind)
    asked = owner.post("/console/cards/many", 200, do="move", template="Wardens", id=card)

    owner.post("/console/cards/many/do", do="move", template="Wardens", id=card, plan=plan_in(asked.text))

    assert "title CFO → –" in text_of(asked)
    assert {one.id: one.template for one in listed(nordwind)}[card] == "Wardens"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"do": "pause"}, "Choose the cards first"),
        ({"do": "burn", "id": "x"}, "no &#39;burn&#39;"),
        ({"do": "move", "template": "Gold", "id": "x"}, "no template"),
    ],
)
def test_what_cannot_be_asked_is_said(owner: Admin, nordwind: Company, fields: dict[str, str], reason: str) -> None:
    answer = owner.http.post(
        "/console/cards/many", data={"csrf_token": owner.csrf, **fields}, base_url="https://cards.example"
    )

    assert answer.status_code in {404, 409}
    assert reason.lower() in answer.text.lower()


def test_a_card_says_what_it_shows_where_from_and_why(owner: Admin, nordwind: Company) -> None:
    seen = text_of(owner.get(f"/console/cards/{id_of(nordwind)}"))

    assert "Members of Cards - Sales get a card of Sales." in seen
    assert "title CFO the directory title" in seen
    assert "company Nordwind AG the template" in seen


def test_its_preview_is_the_card_for_a_frame_of_ours(owner: Admin, nordwind: Company) -> None:
    frame = owner.http.get(f"/console/cards/{id_of(nordwind)}/preview", base_url="https://cards.example")
    style = owner.http.get(f"/console/cards/{id_of(nordwind)}/preview/theme.css", base_url="https://cards.example")

    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert "Ines" in frame.text
    assert style.mimetype == "text/css"


def test_an_admin_sets_a_value_and_gives_it_back(owner: Admin, nordwind: Company) -> None:
    card = id_of(nordwind)
    place = f"/console/cards/{card}/values"

    owner.post(f"{place}/title", value="Chief")
    set_ = text_of(owner.get(f"/console/cards/{card}"))
    owner.post(f"{place}/title/revert")
    reverted = text_of(owner.get(f"/console/cards/{card}"))

    assert "title Chief an admin" in set_
    assert "title CFO the directory" in reverted


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("name", "Someone", 422),
        ("mobile", "+41 79 555 01 00", 303),
        ("nothing", "x", 404),
        ("site", "javascript:alert(1)", 422),
    ],
)
def test_values_follow_the_rules_of_the_template(
    owner: Admin, nordwind: Company, key: str, value: str, status: int
) -> None:
    owner.post(f"/console/cards/{id_of(nordwind)}/values/{key}", status, value=value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"whose": "person", "person": "nora@nordwind.example"}, "It is live"),
        ({"whose": "nobody", "person": ""}, "It is live"),
    ],
    ids=["a person's", "nobody's"],
)
def test_a_further_card_is_issued(owner: Admin, nordwind: Company, fields: dict[str, str], said: str) -> None:
    done = owner.follow(owner.post("/console/cards/issue", template="Sales", **fields))

    assert said in text_of(done)
    assert len(listed(nordwind)) == 4


def test_a_card_for_somebody_who_is_not_there_is_refused_at_the_field(owner: Admin, nordwind: Company) -> None:
    page = owner.post("/console/cards/issue", 422, template="Sales", whose="person", person="eva@nordwind.example")

    assert "eva@nordwind.example" in text_of(page)


def test_cards_of_another_organization_are_not_there(
    nordwind: Company, as_role: Callable[..., Admin], new_organization: Callable[..., Organization]
) -> None:
    stranger, card = as_role("owner", of=new_organization("other")), id_of(nordwind)

    for path in (card, f"{card}/preview", f"{card}/values/title"):
        stranger.get(f"/console/cards/{path}", 404)
    stranger.post("/console/cards/many", 404, do="delete", id=card)
    stranger.post(f"/console/cards/{card}/values/title", 404, value="Chief")


@pytest.mark.parametrize("role", [DIRECTORY_ADMIN, TEMPLATE_ADMIN])
def test_who_may_only_look_changes_nothing(as_role: Callable[..., Admin], nordwind: Company, role: str) -> None:
    viewer, card = as_role(role), id_of(nordwind)

    page = viewer.get(f"/console/cards/{card}").text
    viewer.post("/console/cards/many", 403, do="pause", id=card)
    viewer.post(f"/console/cards/{card}/values/title", 403, value="Chief")

    assert "/console/cards/many" not in page


def test_held_removals_are_approved_for_exactly_those_that_were_shown(
    owner: Admin, nordwind: Company, as_role: Callable[..., Admin]
) -> None:
    nordwind.apply("organization: {brake: {people: 1, percent: 0}}")
    nordwind.leave("Cards - Sales", "ines")
    nordwind.leave("Cards - Sales", "olaf")
    listed = text_of(owner.get("/console/held"))
    asked = owner.post("/console/held/ask", 200, do="approve", every="yes")

    wrong = owner.post("/console/held/decide", 409, do="approve", every="yes", plan="0" * 16)
    done = owner.follow(owner.post("/console/held/decide", do="approve", every="yes", plan=plan_in(asked.text)))

    assert "olaf@nordwind.example" in listed
    assert "Nothing is done" in text_of(wrong)
    assert "paused, and their seats are free" in text_of(done)
    assert "Nothing is held" in text_of(done)
    as_role(CARD_ADMIN).post("/console/held/ask", 403, do="approve")

"""The list of people and the page of each: who is found, why they have what they have, and what an admin may do."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event

from app.auth.sign_in import roles, sessions
from app.auth.sign_in.sessions import Visitor
from app.cards import blocking, by_hand
from app.core.jobs import running
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import finding, outsiders
from app.directory.organizations import Organization
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import LIMITS, Admin, text_of

pytestmark = pytest.mark.usefixtures("nordwind")


def person(company: Company, name: str) -> str:
    with company.database.read(company.organization_id) as reader:
        return finding.one(reader, f"{name}@nordwind.example").id


def listed(page: Any) -> list[str]:
    return re.findall(r'class="name" href="/console/people/[^"]+" dir="auto">([^<]+)<', page.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({}, ["Ines", "Nora", "Olaf"], id="everybody by name"),
        pytest.param({"sort": "-name"}, ["Olaf", "Nora", "Ines"], id="the other way round"),
        pytest.param({"sort": "called"}, ["Ines", "Nora", "Olaf"], id="by user name"),
        pytest.param({"sort": "-changed"}, ["Nora", "Olaf", "Ines"], id="the last change first"),
        pytest.param({"search": "OLA"}, ["Olaf"], id="a part of the name, in any case"),
        pytest.param({"search": "nordwind no"}, ["Ines", "Nora", "Olaf"], id="all words somewhere"),
        pytest.param({"search": "nora example"}, ["Nora"], id="words in any order"),
        pytest.param({"search": "nobody%"}, [], id="nobody"),
        pytest.param({"standing": "active"}, ["Ines", "Nora", "Olaf"], id="active"),
        pytest.param({"standing": "left"}, [], id="who has left"),
        pytest.param({"cards": "live"}, ["Ines", "Olaf"], id="with a live card"),
        pytest.param({"cards": "paused"}, [], id="with a paused card"),
        pytest.param({"cards": "none"}, ["Nora"], id="without a card"),
        pytest.param({"cards": "live", "search": "ola"}, ["Olaf"], id="a filter and a search"),
        pytest.param({"standing": "blocked"}, [], id="blocked here"),
    ],
)
def test_the_list_shows_who_is_searched_and_filtered(owner: Admin, query: dict[str, str], found: list[str]) -> None:
    assert listed(owner.get(f"/console/people?{urlencode(query)}")) == found


def test_templates_and_groups_are_filters_as_well(owner: Admin) -> None:
    page = owner.get("/console/people").text
    choices = {name: key for key, name in re.findall(r'<option value="([^"]+)">([^<]+)<', page)}
    group = re.search(r"/console/groups/([0-9a-f-]{36})", owner.get("/console/groups", search="wardens").text)

    assert group is not None
    assert listed(owner.get("/console/people", template=choices["Wardens"])) == ["Olaf"]
    assert listed(owner.get("/console/people", group=group[1])) == ["Olaf"]
    assert 'type="hidden" name="group"' in owner.get("/console/people", group=group[1]).text


def test_somebody_whose_only_card_was_deleted_by_hand_is_without_a_card(owner: Admin, nordwind: Company) -> None:
    def deleted(name: str) -> None:
        card = nordwind.card_ids()[name, "Sales"]
        nordwind.write(lambda tx: by_hand.delete(tx, [card]))

    deleted("ines")
    deleted("olaf")  # who has another

    assert listed(owner.get("/console/people", cards="none")) == ["Ines", "Nora"]
    assert listed(owner.get("/console/people", cards="none", sort="-changed")) == ["Nora", "Ines"]


def test_who_has_left_and_who_was_invited_are_there_and_who_was_merged_is_not(owner: Admin, nordwind: Company) -> None:
    nordwind.dismiss("olaf")
    nordwind.write(lambda tx: outsiders.person_with(tx, "pat@partner.example"))

    assert listed(owner.get("/console/people")) == ["Ines", "Nora", "Olaf", "pat@partner.example"]
    assert listed(owner.get("/console/people", standing="left")) == ["Olaf"]
    assert listed(owner.get("/console/people", standing="invited")) == ["pat@partner.example"]


def test_pages_of_the_list_lead_on_and_back(owner: Admin, nordwind: Company) -> None:
    nordwind.hire(*(f"p{number:03}" for number in range(70)))

    first = owner.get("/console/people")
    onwards = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert onwards is not None
    target = urlsplit(onwards[1].replace("&amp;", "&"))
    second = owner.get(f"{target.path}?{target.query}")

    assert len(listed(first)) == 50
    assert listed(second) == [f"P{number:03}" for number in range(47, 70)]
    assert 'rel="prev"' in second.text


def test_a_page_of_many_costs_as_many_statements_as_one_of_few(owner: Admin, nordwind: Company, app: Flask) -> None:
    def counted() -> int:
        seen: list[str] = []
        engine = app.extensions["lanyard.database"]._reading

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(engine, "before_cursor_execute", note)
        owner.get("/console/people")
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = counted()
    nordwind.hire(*(f"p{number:03}" for number in range(70)))

    assert counted() == few


def test_the_file_has_everybody_whom_the_list_shows(owner: Admin) -> None:
    sent = owner.get("/console/people.csv", cards="live")

    rows = list(csv.DictReader(StringIO(sent.text.removeprefix("\ufeff"))))
    assert [(row["name"], row["user name"], row["cards"]) for row in rows] == [
        ("Ines", "ines@nordwind.example", "Sales (live)"),
        ("Olaf", "olaf@nordwind.example", "Sales (live), Wardens (live)"),
    ]


def test_the_page_says_why(owner: Admin, nordwind: Company) -> None:
    seen = text_of(owner.get(f"/console/people/{person(nordwind, 'olaf')}"))

    assert "Members of Cards - Sales get a card of Sales." in seen
    assert "Members of Cards - Wardens get a card of Wardens." in seen


def test_the_page_says_why_there_is_no_card(owner: Admin, nordwind: Company) -> None:
    assert "in no group that is bound" in text_of(owner.get(f"/console/people/{person(nordwind, 'nora')}"))


def test_other_names_of_a_person_lead_to_the_page(owner: Admin, nordwind: Company) -> None:
    ines = person(nordwind, "ines")

    assert owner.get("/console/people/ines@nordwind.example", 303).headers["Location"] == f"/console/people/{ines}"
    assert (
        owner.get("/console/people/INES@nordwind.example/why", 303).headers["Location"] == f"/console/people/{ines}#why"
    )
    assert "nobody is called" in text_of(owner.get("/console/people/nobody@nordwind.example", 404)).lower()
    owner.get("/console/people/a%00b", 404)


def test_the_record_is_shown_with_long_values_cut_and_without_photos(owner: Admin, nordwind: Company) -> None:
    photo = "data:image/jpeg;base64," + "A" * 400
    nordwind.change("ines", title="T" * 500, photos=[{"type": "photo", "value": photo}])

    seen = owner.get(f"/console/people/{person(nordwind, 'ines')}").text

    assert "(500 characters)" in seen
    assert "(a picture that was pushed as data)" in seen
    assert "A" * 100 not in seen


def test_blocking_asks_first_does_it_and_can_be_undone(
    owner: Admin, nordwind: Company, audited: Callable[[str], list[Any]]
) -> None:
    here = f"/console/people/{person(nordwind, 'olaf')}"

    asked = text_of(owner.get(f"{here}/block"))
    said = text_of(owner.follow(owner.post(f"{here}/block")))
    down = nordwind.states()
    owner.get(f"{here}/unblock")
    back = text_of(owner.follow(owner.post(f"{here}/unblock")))

    assert "Sales (live), Wardens (live)" in asked
    assert "Olaf is blocked: 2 cards down" in said
    assert "whatever the directory says, until an admin lets them in again" in said
    assert {state for (name, _), state in down.items() if name == "olaf"} == {"paused"}
    assert "2 cards up" in back
    assert [line.detail["before"] for line in audited("person.blocked")] == [None]
    assert audited("person.let_in")[0].detail["after"] is None


def test_a_card_is_issued_from_the_page(owner: Admin, nordwind: Company) -> None:
    here = f"/console/people/{person(nordwind, 'nora')}"
    form = owner.get(f"{here}/issue").text
    [template] = re.findall(r'<option value="([^"]+)">Wardens<', form)

    said = text_of(owner.follow(owner.post(f"{here}/issue", template=template)))
    owner.post(f"{here}/issue", 400, template="gone")

    assert "Nora has a card of Wardens. It is live." in said
    assert nordwind.states()["nora", "Wardens"] == "live"


def test_sessions_are_listed_and_ended(owner: Admin, nordwind: Company) -> None:
    ines = person(nordwind, "ines")
    for agent in ("Telephone", "Laptop", "Tablet"):
        visitor = Visitor("ines", ines, user_agent=agent)
        nordwind.write(partial(sessions.begin, visitor=visitor, limits=LIMITS))

    page = owner.get(f"/console/people/{ines}").text
    one = re.findall(r'name="session" value="([^"]+)"', page)[0]
    owner.post(f"/console/people/{ines}/sessions/end", session=one)
    left = owner.get(f"/console/people/{ines}").text
    said = text_of(owner.follow(owner.post(f"/console/people/{ines}/sessions/end")))

    assert len(re.findall(r'name="session" value', page)) == 3
    assert len(re.findall(r'name="session" value', left)) == 2
    assert "2 sessions have ended." in said


def test_who_came_back_under_another_identity_is_merged_as_previewed(owner: Admin, nordwind: Company) -> None:
    gone = person(nordwind, "olaf")
    nordwind.dismiss("olaf")
    nordwind.hire("olaf", externalId="77777777-6f0e-4b7e-8a51-2b8d0f1c9e77")
    into = person(nordwind, "olaf")

    offered = owner.get(f"/console/people/{into}").text
    preview = owner.get(f"/console/people/{gone}/merge", into=into)
    untouched = nordwind.states()
    plan = re.search(r'name="plan" value="([0-9a-f]+)"', preview.text)
    assert plan is not None
    stale = owner.post(f"/console/people/{gone}/merge", 409, into=into, plan="0" * 16)
    said = text_of(owner.follow(owner.post(f"/console/people/{gone}/merge", into=into, plan=plan[1])))

    assert f"/console/people/{gone}/merge?into={into}" in offered.replace("&amp;", "&")
    assert "Card of Sales" in text_of(preview)
    assert {name for name, _ in untouched} >= {"?", "ines"}
    assert "This has changed since you looked at it" in text_of(stale)
    assert "one person now, olaf@nordwind.example; 2 of the cards came over" in said
    assert owner.get(f"/console/people/{gone}", 303).headers["Location"].endswith(into)
    assert listed(owner.get("/console/people", search="olaf")) == ["Olaf"]


def test_two_who_are_both_there_are_not_merged(owner: Admin, nordwind: Company) -> None:
    refusal = owner.get(f"/console/people/{person(nordwind, 'ines')}/merge", 409, into="olaf@nordwind.example")

    assert "two people" in text_of(refusal)


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (roles.OWNER, {"issue", "block"}),
        (roles.DIRECTORY_ADMIN, {"block"}),
        (roles.TEMPLATE_ADMIN, set()),
        (roles.CARD_ADMIN, {"issue"}),
        (roles.AUDITOR, set()),
    ],
)
def test_a_role_is_offered_what_it_may_do_and_refused_the_rest(
    as_role: Callable[..., Admin], nordwind: Company, role: str, offered: set[str]
) -> None:
    here, admin = f"/console/people/{person(nordwind, 'ines')}", as_role(role)

    page = admin.get(here).text

    assert set(re.findall(rf'href="{here}/([a-z]+)"', page)) == offered
    for act in {"issue", "block"} - offered:
        admin.get(f"{here}/{act}", 403)
        admin.post(f"{here}/{act}", 403)


def test_people_of_another_organization_are_not_there(
    as_role: Callable[..., Admin], nordwind: Company, new_organization: Callable[..., Organization]
) -> None:
    stranger, ines = as_role(roles.OWNER, of=new_organization("other")), person(nordwind, "ines")

    assert listed(stranger.get("/console/people")) == []
    for below in ("", "/why", "/issue", "/block", "/unblock", "/merge"):
        stranger.get(f"/console/people/{ines}{below}", 404)
    nordwind.write(lambda tx: blocking.block(tx, ines))
    stranger.post(f"/console/people/{ines}/unblock", 404)


def test_findings_of_the_last_look_are_a_filter(owner: Admin, database: Database, settings: Settings) -> None:
    before = listed(owner.get("/console/people", finding="missing-mail"))
    owner.post("/console/quality/look")
    running.run(database, settings, running.named(JOBS, "quality"))

    assert before == []
    assert listed(owner.get("/console/people", finding="missing-mail")) == ["Nora", "Olaf"]
    assert listed(owner.get("/console/people", finding="missing-mail", cards="none")) == ["Nora"]

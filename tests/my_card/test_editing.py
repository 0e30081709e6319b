"""Editing one's own card over HTTP: what is saved, what is refused and why, and what nobody can forge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.cards import editing, listing
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.my_card.conftest import CARDS, Form, Person, refusals

SignIn = Callable[[str], Person]


@pytest.fixture
def ines(signed_in: SignIn) -> Person:
    return signed_in("ines")


@pytest.fixture
def card(nordwind: Company) -> str:
    """The public id of Ines' card."""
    return nordwind.card_ids()["ines", "Sales"]


def shown(company: Company, card: str) -> dict[str, str]:
    with company.database.read(company.organization_id) as reader:
        [found] = [one for one in listing.every(reader, "") if one.id == card]
    return found.values


def kept(company: Company) -> list[tuple[str, object, int]]:
    """Every card with its own values and its version: what no refused request may change."""
    return sorted((row.public_id, row.own, row.version) for row in company.card_rows())


def test_what_is_saved_shows_at_once_and_says_so(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    answer = ines.save(
        card, headline="Numbers, mostly", mobile="+41 79 555 01 99", office="Seestrasse 1\r\n8002 Zürich"
    )
    after = ines.get(answer.headers["Location"])
    public = app.test_client().get(f"/c/{card}").text

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/me/{card}?saved")
    assert "Your card shows it now" in after.text
    assert "Numbers, mostly" in public
    assert "Seestrasse 1<br>8002 Zürich" in public
    assert shown(nordwind, card)["Mobile"] == "+41 79 555 01 99"


def test_saving_without_a_change_writes_nothing(nordwind: Company, ines: Person, card: str) -> None:
    before = kept(nordwind)

    answer = ines.save(card)

    assert answer.status_code == 303
    assert kept(nordwind) == before


def test_an_emptied_field_shows_nothing_until_it_is_given_back(nordwind: Company, ines: Person, card: str) -> None:
    ines.save(card, title="")
    emptied, page = shown(nordwind, card), ines.get(f"/me/{card}/edit").text
    ines.post(f"/me/{card}/edit", {**ines.form(card), "revert": "title"})

    assert "title" not in emptied
    assert "your card shows nothing here" in page
    assert "Go back to what your directory says: <q" in page
    assert shown(nordwind, card)["title"] == "CFO"


def test_wrong_texts_are_explained_where_they_stand_and_nothing_typed_is_lost(
    nordwind: Company, ines: Person, card: str
) -> None:
    before = kept(nordwind)

    answer = ines.save(card, mobile="later", site="not a site", headline="Numbers <b>mostly</b>")

    again = Form(answer.text).fields
    assert answer.status_code == 422
    assert "Mobile must be a telephone number such as" in answer.text
    assert "Website must be a web address such as" in answer.text
    assert '<a href="#field-mobile">Mobile</a>' in answer.text
    assert {key: again[f"value.{key}"] for key in ("mobile", "site", "headline")} == {
        "mobile": "later", "site": "not a site", "headline": "Numbers <b>mostly</b>",
    }  # fmt: skip
    assert kept(nordwind) == before


def test_whoever_changed_the_same_field_meanwhile_is_not_overwritten_unseen(
    nordwind: Company, ines: Person, card: str
) -> None:
    form = ines.form(card, title="Chair", headline="Numbers")
    nordwind.change("ines", title="CEO")

    first = ines.post(f"/me/{card}/edit", form)
    between = shown(nordwind, card)
    second = ines.post(f"/me/{card}/edit", dict(Form(first.text).fields))

    assert first.status_code == 409
    assert "it became" in first.text
    assert ">CEO</q>" in first.text
    assert 'value="Chair"' in first.text
    assert (between["title"], "headline" in between) == ("CEO", False)
    assert second.status_code == 303
    assert (shown(nordwind, card)["title"], shown(nordwind, card)["headline"]) == ("Chair", "Numbers")


def test_changes_of_other_fields_meanwhile_are_both_kept(nordwind: Company, ines: Person, card: str) -> None:
    form = ines.form(card, headline="Numbers")
    nordwind.change("ines", title="CEO")
    nordwind.write(lambda tx: editing.set_value(tx, card, "note", "On leave in May"))

    answer = ines.post(f"/me/{card}/edit", form)

    assert answer.status_code == 303
    assert {key: shown(nordwind, card)[key] for key in ("title", "headline", "Note")} == {
        "title": "CEO", "headline": "Numbers", "Note": "On leave in May",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        pytest.param({"value.mail": "ines@elsewhere.example"}, ["mail"], id="a field that follows the directory"),
        pytest.param({"value.name": "Queen Ines"}, ["name"], id="the name"),
        pytest.param({"value.company": "Ines & Co"}, ["company"], id="what the company says"),
        pytest.param({"value.department": "Board"}, ["department"], id="what only admins may override"),
        pytest.param({"value.photo": ""}, ["photo"], id="the photo"),
        pytest.param({"value.shoes": "44"}, ["shoes"], id="a field that the card does not have"),
        pytest.param({"revert": "department"}, ["department"], id="giving back what is not theirs"),
        pytest.param({"value.mail": "ines@nordwind.example"}, ["mail"], id="a locked field with the value it has"),
    ],
)
def test_a_forged_form_is_refused_as_a_whole_and_recorded(
    nordwind: Company, ines: Person, card: str, changes: dict[str, str], keys: list[str]
) -> None:
    before, form = kept(nordwind), ines.form(card, headline="Numbers")

    answer = ines.post(f"/me/{card}/edit", {**form, **changes})

    [row] = [row for row in nordwind.card_rows() if row.public_id == card]
    assert answer.status_code == 403
    assert "not yours to change" in answer.text
    assert Form(answer.text).fields["value.headline"] == "Numbers"
    assert kept(nordwind) == before
    assert refusals(nordwind) == [
        (f"person:{row.person_id}", row.id, {"person": row.person_id, "reason": "locked", "keys": keys})
    ]


@pytest.mark.parametrize("below", ["edit", "claim"])
def test_another_persons_card_is_none_of_theirs(nordwind: Company, ines: Person, card: str, below: str) -> None:
    other, before = nordwind.card_ids()["olaf", "Sales"], kept(nordwind)
    form = ines.form(card, headline="Numbers")

    answer = ines.post(f"/me/{other}/{below}", form)

    assert answer.status_code == 404
    assert kept(nordwind) == before
    assert [(subject, detail["reason"]) for _, subject, detail in refusals(nordwind)] == [(other, "not theirs")]


@pytest.mark.parametrize("below", ["edit", "claim"])
def test_another_organizations_card_is_not_there(
    nordwind: Company,
    database: Database,
    new_organization: Callable[..., Organization],
    ines: Person,
    card: str,
    below: str,
) -> None:
    suedwind = Company(database, new_organization("suedwind").id)
    suedwind.apply(CARDS)
    suedwind.hire("ines")
    suedwind.group("Cards - Sales", "ines")
    [other] = suedwind.card_ids().values()
    before = kept(suedwind)

    answer = ines.post(f"/me/{other}/{below}", ines.form(card, headline="Numbers"))

    assert answer.status_code == 404
    assert kept(suedwind) == before
    assert (len(refusals(nordwind)), refusals(suedwind)) == (1, [])


def test_a_form_of_no_page_of_this_session_changes_nothing(nordwind: Company, ines: Person, card: str) -> None:
    before, form = kept(nordwind), ines.form(card, headline="Numbers")

    answers = [
        ines.post(f"/me/{card}/{below}", {**form, "csrf_token": token})
        for below in ("edit", "claim", "preview")
        for token in ("", "0" * 64)
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert kept(nordwind) == before


def test_a_field_that_was_locked_meanwhile_is_refused_and_the_rest_is_still_there(
    nordwind: Company, ines: Person, card: str
) -> None:
    form = ines.form(card, title="Chair", headline="Numbers")
    nordwind.apply(CARDS.replace("title: {sync: unless_edited, editable: true}", "title: {sync: always}"))

    first = ines.post(f"/me/{card}/edit", form)
    second = ines.post(f"/me/{card}/edit", dict(Form(first.text).fields))

    assert (first.status_code, second.status_code) == (403, 303)
    assert (shown(nordwind, card)["title"], shown(nordwind, card)["headline"]) == ("CFO", "Numbers")


def test_a_preview_shows_what_is_typed_and_saves_nothing(nordwind: Company, ines: Person, card: str) -> None:
    before, form = kept(nordwind), ines.form(card, headline="Numbers", mobile="+41 7")

    answer = ines.post(f"/me/{card}/preview", {**form, "value.company": "Ines & Co"})

    assert answer.status_code == 200
    assert "Numbers" in answer.text
    assert "+41 7" in answer.text
    assert "Ines &amp; Co" not in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert kept(nordwind) == before


def test_nothing_but_forms_of_a_sensible_size_is_read(nordwind: Company, ines: Person, card: str) -> None:
    before, form = kept(nordwind), ines.form(card, note="x" * 600_000)

    answer = ines.post(f"/me/{card}/edit", form)

    assert answer.status_code == 413
    assert "shorten it" in answer.text
    assert kept(nordwind) == before


def test_of_two_forms_that_were_open_at_once_both_keep_what_they_changed(
    nordwind: Company, ines: Person, card: str
) -> None:
    forms = [ines.form(card, headline="Numbers"), ines.form(card, note="Mondays")]

    for form in forms:
        ines.post(f"/me/{card}/edit", form)

    assert (shown(nordwind, card)["headline"], shown(nordwind, card)["Note"]) == ("Numbers", "Mondays")

"""Own values: what each kind of field takes, what is refused and why, and the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from app.cards import editing, listing
from app.cards.view import ADMIN, PERSON
from app.core.errors import LanyardError
from tests.cards.conftest import Company
from tests.cards.test_cards_cli import Operator

KINDS = """
    templates:
      - name: Sales
        general: {name: {sync: unless_edited}, title: {sync: unless_edited, editable: true, required: true}, department: {}}
        fields:
          - {key: mail, kind: email, label: E-mail, sync: never}
          - {key: site, kind: url, label: Site, sync: never}
          - {key: mobile, kind: phone, label: Mobile, sync: never}
          - {key: since, kind: date, label: Since, sync: never}
          - {key: office, kind: address, label: Office, sync: never}
          - {key: code, kind: social, service: github, label: GitHub, sync: never}
          - {key: note, kind: text, label: Note, sync: never}
        photo: {sync: unless_edited}
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


@pytest.fixture
def ines(nordwind: Company) -> Company:
    """A company in which Ines alone has a card, with a field of every kind."""
    nordwind.apply(KINDS)
    nordwind.hire(
        "ines", title="CFO", **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Finance"}}
    )
    nordwind.group("Cards - Sales", "ines")
    return nordwind


def only_card(company: Company) -> str:
    [public_id] = company.card_ids().values()
    return public_id


def set_value(company: Company, key: str, value: str, by: str = ADMIN, request_id: str | None = None) -> None:
    company.write(lambda tx: editing.set_value(tx, only_card(company), key, value, by), request_id)


def shown(company: Company) -> dict[str, str]:
    with company.database.read(company.organization_id) as reader:
        [card] = listing.every(reader, "https://cards.example")
    return card.values


@pytest.mark.parametrize(
    ("key", "label", "value", "text", "saved"),
    [
        pytest.param("name", "name", "Ines A. Jones", "Ines A. Jones", "FN:Ines A. Jones", id="name"),
        pytest.param(
            "mail", "E-mail", " ines@nordwind.example ", "ines@nordwind.example",
            "EMAIL;TYPE=INTERNET,WORK:ines@nordwind.example", id="email",
        ),
        pytest.param(
            "site", "Site", "nordwind.example/ines", "nordwind.example/ines", "URL:https://nordwind.example/ines",
            id="url",
        ),
        pytest.param(
            "mobile", "Mobile", "079 555 01 00", "079 555 01 00", "TEL;TYPE=CELL,VOICE:079 555 01 00",
            id="phone, as it is written",
        ),
        pytest.param("since", "Since", "2019-04-01", "2019-04-01", "NOTE:Since: 2019-04-01", id="date"),
        pytest.param(
            "office", "Office", "Quaistrasse 4\r\n8001 Zürich", "Quaistrasse 4, 8001 Zürich",
            "LABEL;TYPE=WORK:Quaistrasse 4\\n8001 Zürich", id="address",
        ),
        pytest.param(
            "code", "GitHub", "@ines", "@ines", "X-SOCIALPROFILE;TYPE=github:https://github.com/ines", id="social"
        ),
        pytest.param("note", "Note", "One\nTwo", "One\nTwo", "NOTE:Note: One\\nTwo", id="text"),
    ],
)  # fmt: skip
def test_an_own_value_of_each_kind_shows_and_is_saved(
    ines: Company, app: Flask, key: str, label: str, value: str, text: str, saved: str
) -> None:
    set_value(ines, key, value)

    assert shown(ines)[label] == text
    assert f"\r\n{saved}\r\n" in app.test_client().get(f"/c/{only_card(ines)}.vcf").text


@pytest.mark.parametrize(
    ("key", "value", "by", "reason"),
    [
        pytest.param("mail", "ines at nordwind", ADMIN, "E-mail must be an e-mail address such as", id="email"),
        pytest.param("site", "javascript:alert(1)", ADMIN, "Site must be a web address such as", id="url"),
        pytest.param("mobile", "later", ADMIN, "Mobile must be a telephone number such as", id="phone"),
        pytest.param("since", "1.4.2019", ADMIN, "Since must be a date such as", id="date"),
        pytest.param("since", "2019-02-30", ADMIN, "Since must be a date such as", id="no such day"),
        pytest.param("code", "what is it", ADMIN, "GitHub must be the address of a profile", id="social"),
        pytest.param("photo", "ines.jpg", ADMIN, "photo is a picture", id="photo"),
        pytest.param("title", "C\x00O", ADMIN, r"title must not contain the character U\+0000", id="NUL"),
        pytest.param("title", "C\ud800O", ADMIN, r"title must not contain the character U\+D800", id="half a character"),
        pytest.param("title", "C\nO", ADMIN, "title must not contain a line break", id="lines in a slot"),
        pytest.param("title", "x" * 256, ADMIN, "title must have at most 255 characters, not 256", id="long title"),
        pytest.param("note", "x" * 4001, ADMIN, "Note must have at most 4,000 characters", id="long text"),
        pytest.param("note", "[[clear]]", ADMIN, "Note cannot be .* clears a value", id="the clear marker"),
        pytest.param("department", "Sales", ADMIN, "department always shows what the directory says", id="always"),
        pytest.param("note", "Hello", PERSON, "Note is set by your organization", id="a holder, where not editable"),
        pytest.param("shoes", "44", ADMIN, "no field 'shoes'; it has name, title", id="no such field"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_changes_nothing(
    ines: Company, key: str, value: str, by: str, reason: str
) -> None:
    before = shown(ines)

    with pytest.raises(LanyardError, match=reason):
        set_value(ines, key, value, by)

    assert shown(ines) == before
    assert [(row.own, row.version) for row in ines.card_rows()] == [(None, 1)]


def test_an_own_value_is_kept_with_who_when_and_by_which_request(ines: Company) -> None:
    set_value(ines, "title", "Chair", PERSON, request_id="req-1")
    set_value(ines, "title", "Chair", PERSON, request_id="req-2")

    [card] = ines.card_rows()
    assert card.own == {
        "title": {"value": "Chair", "by": "person", "at": card.own["title"]["at"], "request_id": "req-1"}
    }
    assert card.version == 2
    assert ines.audited().count("card.value_set") == 1


def test_a_required_field_may_be_emptied_and_is_back_when_reverted(ines: Company) -> None:
    set_value(ines, "title", "", PERSON)
    emptied = shown(ines)
    for _ in range(2):
        ines.write(lambda tx: editing.revert(tx, only_card(ines), "title", PERSON))

    [card] = ines.card_rows()
    assert "title" not in emptied
    assert shown(ines)["title"] == "CFO"
    assert (card.own, card.version) == (None, 3)


def test_own_values_stay_through_absence(ines: Company) -> None:
    set_value(ines, "title", "Chair")

    ines.change("ines", active=False)
    ines.change("ines", active=True, title="CEO")

    assert shown(ines)["title"] == "Chair"


def test_the_commands_set_and_revert_by_the_same_rules(ines: Company, database_url: URL, tmp_path: Path) -> None:
    operator, card = Operator(database_url, tmp_path), only_card(ines)

    results = [
        operator.run("cards", "set", card.upper(), "note=a=b"),
        operator.run("cards", "set", card, "title=Chair", "--as", "holder"),
    ]
    explained = operator.json("people", "why", "ines@nordwind.example")["cards"][0]["values"]
    refused = operator.run("cards", "set", card, "note=Hello", "--as", "holder")
    results.append(operator.run("cards", "revert", card, "note"))

    assert [result.exit_code for result in results] == [0, 0, 0], results
    assert [(explained[label]["value"], explained[label]["from"]) for label in ("Note", "title")] == [
        ("a=b", "admin"),
        ("Chair", "person"),
    ]
    assert explained["title"]["at"] is not None
    assert (refused.exit_code, refused.stderr) == (
        1, "Error: Note is set by your organization; only an admin can change it\n",
    )  # fmt: skip
    assert "Note" not in shown(ines)


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        pytest.param(("set", "nobody", "note=x"), 1, "there is no card 'nobody'", id="no card"),
        pytest.param(("set", "nobody", "note"), 2, "note=VALUE, or note= to empty it", id="no value"),
    ],
)
def test_the_commands_say_what_is_wrong(
    ines: Company, database_url: URL, tmp_path: Path, arguments: tuple[str, ...], status: int, reason: str
) -> None:
    result = Operator(database_url, tmp_path).run("cards", *arguments)

    assert result.exit_code == status
    assert reason in result.stderr

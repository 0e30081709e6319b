"""`lanyard invite`, `lanyard invitations`, and what other commands say of people from outside, as operators run them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import URL

from app.cards.invitations import Invited
from tests.cards.conftest import Company
from tests.cards.test_cards_cli import Operator
from tests.invitations.conftest import PAT

LINK = "https://cards.nordwind.example/claim/"
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


@pytest.fixture
def operator(database_url: URL, tmp_path: Path) -> Operator:
    return Operator(database_url, tmp_path)


@pytest.fixture
def guest(operator: Operator, open_house: Company, visitor: FlaskClient) -> str:
    """The id of the card that somebody from outside has claimed."""
    link = operator.run("invite", "--template", "Guest", PAT).stdout.strip()
    assert visitor.post(f"/claim/{link.removeprefix(LINK)}").status_code == 303
    [card] = open_house.card_rows()
    return str(card.public_id)


def test_invite_prints_the_link_alone(operator: Operator, open_house: Company, visitor: FlaskClient) -> None:
    result = operator.run("invite", "--template", "guest", PAT)

    assert result.exit_code == 0
    [link] = result.stdout.splitlines()
    assert link.startswith(LINK)
    assert visitor.get(f"/claim/{link.removeprefix(LINK)}").status_code == 200
    assert "It works once, until " in result.stderr


@pytest.mark.parametrize(("options", "mails"), [((), 1), (("--no-mail",), 0)], ids=["by mail", "by hand"])
def test_the_invitation_goes_out_by_mail_unless_it_is_given_by_hand(
    operator: Operator, open_house: Company, options: tuple[str, ...], mails: int
) -> None:
    link = operator.run("invite", "--template", "Guest", *options, PAT).stdout.strip()

    sent = operator.json("mail", "list")

    assert [(mail["to"], mail["link"], mail["state"]) for mail in sent] == [(PAT, link, "waiting")] * mails


def test_invite_again_says_that_the_old_link_is_dead(
    operator: Operator, open_house: Company, visitor: FlaskClient
) -> None:
    first = operator.json("invite", "--template", "Guest", "--days", "3", PAT)

    again = operator.run("invite", "--template", "Guest", PAT.upper())

    assert (set(first), first["email"], first["replaced"]) == (
        {"id", "url", "email", "expires", "replaced"},
        PAT,
        False,
    )
    assert "The link that was made for them before has stopped working." in again.stderr
    assert visitor.get(f"/claim/{first['url'].removeprefix(LINK)}").status_code == 410


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        pytest.param(("--template", "None", PAT), 1, "there is no template 'None'", id="no template"),
        pytest.param(("--template", "Guest", "pat"), 1, "'pat' is no e-mail address", id="no address"),
        pytest.param(("--template", "Staff", PAT), 1, "name and title would stay empty", id="unfillable"),
        pytest.param(("--template", "Guest", "ines@nordwind.example"), 1, "is in the directory as ines@", id="inside"),
        pytest.param(("--template", "Guest", "--days", "0", PAT), 1, "1 to 365 days, not 0", id="no time"),
        pytest.param(("--template", "Guest", "--days", "x", PAT), 2, "Invalid value for '--days'", id="no number"),
        pytest.param((PAT,), 2, "Missing option '--template'", id="no template named"),
    ],
)
def test_what_is_refused_is_one_sentence_and_makes_nothing(
    operator: Operator, open_house: Company, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    open_house.apply("templates: [{name: Staff, general: {title: {}}}]")
    open_house.hire("ines")

    result = operator.run("invite", *arguments)

    assert (result.exit_code, result.stdout) == (code, "")
    assert reason in result.stderr
    assert operator.json("invitations", "list") == []


def test_the_list_tells_what_became_of_each_and_never_a_link(
    operator: Operator, open_house: Company, guest: str, invite: Callable[..., Invited], shift: Callable[..., None]
) -> None:
    opened, old, ended = invite("a@x.example"), invite("b@x.example"), invite("c@x.example")
    shift(old, days=15)
    operator.run("invitations", "revoke", ended.id)

    found = {one["email"]: one for one in operator.json("invitations", "list")}
    printed = operator.run("invitations", "list").stdout

    states = {email: (one["state"], one["card"]) for email, one in found.items()}
    assert states == {
        PAT: ("claimed", guest),
        "a@x.example": ("open", None),
        "b@x.example": ("expired", None),
        "c@x.example": ("revoked", None),
    }
    assert found["a@x.example"]["made_by"] == "cli"
    assert found["a@x.example"]["template"] == "Guest"
    assert [one for one in (opened, old, ended) if one.token in str(found) + printed] == []
    assert printed.splitlines()[0].split()[:4] == ["ID", "E-MAIL", "TEMPLATE", "STATE"]


@pytest.mark.parametrize("which", ["claimed", "unknown"])
def test_of_a_list_with_one_that_cannot_be_revoked_nothing_is(
    operator: Operator, open_house: Company, guest: str, invite: Callable[..., Invited], which: str
) -> None:
    opened = invite("a@x.example")
    claimed = next(one["id"] for one in operator.json("invitations", "list") if one["state"] == "claimed")

    result = operator.run("invitations", "revoke", opened.id, claimed if which == "claimed" else "x")

    assert result.exit_code == 1
    assert ("was claimed already" if which == "claimed" else "there is no invitation 'x'") in result.stderr
    assert [one["state"] for one in operator.json("invitations", "list")] == ["claimed", "open"]


def test_cards_list_says_who_holds_the_card(operator: Operator, guest: str) -> None:
    [card] = operator.json("cards", "list")
    line = operator.run("cards", "list").stdout.splitlines()[1]

    assert card["person"] == {"user_name": None, "external_id": None, "display_name": None, "invited_as": PAT}
    assert card["claimed"] is True
    assert card["claimed_at"].startswith(TODAY)
    assert line.endswith(f"{PAT}, since {TODAY} (by invitation)")


def test_an_admin_fills_the_card_and_its_holder_is_called_by_it(operator: Operator, guest: str) -> None:
    operator.run("cards", "set", guest, "name=Pat Partner")

    [card] = operator.json("cards", "list")

    assert card["values"] == {"name": "Pat Partner", "company": "Nordwind AG"}
    assert "Pat Partner, since" in operator.run("cards", "list").stdout


def test_people_list_has_people_from_outside_behind_the_directory(
    operator: Operator, open_house: Company, guest: str
) -> None:
    open_house.hire("ines")

    found = operator.json("people", "list")
    lines = operator.run("people", "list").stdout.splitlines()

    assert [(one["user_name"], one["invited_as"]) for one in found] == [("ines@nordwind.example", None), (None, PAT)]
    assert found[1]["cards"] == [{"template": "Guest", "state": "live"}]
    assert lines[2].split() == [PAT, "-", "invited", "Guest", "(live)"]


def test_people_why_finds_them_by_their_address_and_tells_of_the_invitation(operator: Operator, guest: str) -> None:
    told = operator.json("people", "why", PAT.upper())
    printed = operator.run("people", "why", PAT).stdout.splitlines()

    assert told["person"] == {
        "user_name": None, "external_id": None, "display_name": None, "invited_as": PAT, "active": True, "deleted": False,
    }  # fmt: skip
    [card] = told["cards"]
    assert card["because"] == [f"They were invited by cli on {TODAY} and claimed it on {TODAY}."]
    assert told["no_card_because"] == []
    assert printed[0] == f"{PAT}, invited from outside the directory"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        pytest.param("pause", "An admin paused the card of Guest.", id="paused"),
        pytest.param("delete", "An admin deleted the card of Guest.", id="deleted"),
    ],
)
def test_people_why_says_why_they_have_no_card(operator: Operator, guest: str, command: str, sentence: str) -> None:
    operator.run("cards", command, guest)

    assert operator.json("people", "why", PAT)["no_card_because"] == [sentence]


def test_a_record_with_that_user_name_comes_first(operator: Operator, open_house: Company, guest: str) -> None:
    open_house.hire("pat", userName=PAT)

    assert operator.json("people", "why", PAT)["person"]["user_name"] == PAT


@pytest.mark.parametrize(
    ("days", "end"),
    [
        pytest.param(0, "the link works until ", id="open"),
        pytest.param(15, "the link is expired", id="expired"),
    ],
)
def test_people_why_says_that_somebody_was_invited_and_has_not_come(
    operator: Operator,
    open_house: Company,
    invite: Callable[..., Invited],
    shift: Callable[..., None],
    days: int,
    end: str,
) -> None:
    shift(invite(), days=days)

    result = operator.run("people", "why", PAT.upper())

    assert result.exit_code == 1
    assert f"{PAT} was invited to Guest on " in result.stderr
    assert f"and has not claimed the card; {end}" in result.stderr

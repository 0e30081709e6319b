"""Cards by hand, the brake and the seat limit, as operators run them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.cards.conftest import Company
from tests.cards.test_cards_cli import Operator

FILE = """\
organization: {brake: {people: 1, percent: 0}}
templates: [{name: Sales, general: {title: {}}}, {name: Service}]
bindings: [{group: "Cards - Sales", template: Sales}]
"""


@pytest.fixture
def operator(database_url: URL, tmp_path: Path) -> Operator:
    return Operator(database_url, tmp_path)


@pytest.fixture
def staffed(operator: Operator, nordwind: Company) -> Company:
    """Three people in sales, each with a card."""
    nordwind.hire("ines", "jo", "kim", title="CFO")
    nordwind.group("Cards - Sales", "ines", "jo", "kim")
    assert operator.run("apply", operator.file(FILE)).exit_code == 0
    return nordwind


def test_a_further_card_is_issued_and_its_address_printed(operator: Operator, staffed: Company) -> None:
    printed = operator.run(
        "cards", "issue", "--template", "service", "--person", "INES@nordwind.example"
    ).stdout.strip()
    described = operator.json("cards", "issue", "--template", "Service", "--free")

    assert printed == f"https://cards.nordwind.example/c/{staffed.card_ids()['ines', 'Service']}"
    assert (described["state"], described["url"].endswith(described["id"])) == ("live", True)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        pytest.param(("--template", "Service"), 2, "whose card it is", id="nobody named"),
        pytest.param(("--template", "Service", "--free", "--person", "x"), 2, "whose card it is", id="both"),
        pytest.param(("--template", "None", "--free"), 1, "there is no template 'None'", id="no template"),
        pytest.param(("--template", "Service", "--person", "x"), 1, "there is no user 'x'", id="no person"),
    ],
)
def test_what_cannot_be_issued(
    operator: Operator, staffed: Company, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    result = operator.run("cards", "issue", *arguments)

    assert result.exit_code == code
    assert reason in result.stderr


def test_cards_are_paused_resumed_and_deleted_by_their_ids(operator: Operator, staffed: Company) -> None:
    ids = [public_id for (_, template), public_id in staffed.card_ids().items() if template == "Sales"]

    for command in ("pause", "resume", "delete"):
        assert operator.run("cards", command, *ids[:2]).exit_code == 0
        states = sorted(staffed.states().values())
        assert (
            states
            == {
                "pause": ["live", "paused", "paused"],
                "resume": ["live", "live", "live"],
                "delete": ["deleted", "deleted", "live"],
            }[command]
        )


def test_resuming_says_why_a_card_stays_down(operator: Operator, staffed: Company) -> None:
    public_id = staffed.card_ids()["ines", "Sales"]
    operator.run("cards", "pause", public_id)
    staffed.leave("Cards - Sales", "ines")

    result = operator.run("cards", "resume", public_id)

    assert f"{public_id} stays paused: the directory gives its person no such card now" in result.stderr


def test_a_move_is_shown_first_and_then_done(operator: Operator, staffed: Company) -> None:
    public_id = staffed.card_ids()["ines", "Sales"]

    shown = operator.run("cards", "move", "--template", "Service", "--dry-run", public_id).stdout.splitlines()
    before = staffed.states()
    plan = operator.json("cards", "move", "--template", "Service", public_id)["plan"]

    assert shown == [
        f"{public_id}: Sales → Service",
        "  title: CFO → –",
        f"Plan {plan}: run it with --plan {plan}",
        "This was a dry run: nothing has been changed.",
    ]
    assert ("ines", "Service") not in before
    assert staffed.states()["ines", "Service"] == "live"


def test_held_cards_are_listed_and_let_go_or_kept(operator: Operator, staffed: Company) -> None:
    staffed.leave("Cards - Sales", "ines", "jo")
    held = operator.json("brake", "list")

    kept = operator.json("brake", "reject", held[0]["id"])
    gone = operator.json("brake", "approve")

    assert {one["person"] for one in held} == {"ines@nordwind.example", "jo@nordwind.example"}
    assert all(one["since"] and one["template"] == "Sales" for one in held)
    assert (kept, gone) == ({"kept": [held[0]["id"]]}, {"paused": [held[1]["id"]]})
    assert operator.json("brake", "list") == []


def test_a_new_seat_limit_says_first_who_gets_a_card(operator: Operator, nordwind: Company) -> None:
    nordwind.apply("organization: {seat_limit: 1}\n" + FILE.partition("\n")[2])
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines", "jo")
    waiting = [name for (name, _), state in nordwind.states().items() if state == "waiting"]

    told = operator.set("seat_limit=2", "--dry-run").stdout.splitlines()
    before = set(nordwind.states().values())
    operator.set("seat_limit=2")

    assert told[1] == f"1 card is live again: {waiting[0]}@nordwind.example (Sales)."
    assert told[-1] == "This was a dry run: nothing has been changed."
    assert before == {"live", "waiting"}
    assert set(nordwind.states().values()) == {"live"}


def test_a_setting_that_is_refused_is_refused_in_a_dry_run_too(operator: Operator, nordwind: Company) -> None:
    result = operator.set("phone_region=XX", "--dry-run")

    assert result.exit_code == 1
    assert "phone_region must be a two-letter country code" in result.stderr

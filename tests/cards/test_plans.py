"""A plan that was previewed is carried out as it was, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.engine import URL

from tests.cards.conftest import Company
from tests.cards.test_cards_cli import Operator

STAFFED = """
    organization: {seat_limit: 2}
    templates: [{name: Sales, general: {title: {}}}, {name: Service}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """
FILE = """\
organization: {seat_limit: 3}
templates: [{name: Wardens, general: {title: {}}}, {name: Sales}]
bindings:
  - {group: "Cards - Wardens", template: Wardens, exclusive: main}
  - {group: "Cards - Sales", template: Sales, exclusive: main}
"""

Push = Callable[[Company], None]


@dataclass
class Change:
    """A command that can be planned, for an operator and a company with two seats, both taken, and kim waiting."""

    operator: Operator
    company: Company
    command: str

    def run(self, *options: str) -> Result:
        if self.command == "apply":
            return self.operator.run("apply", self.operator.file(FILE), *options)
        if self.command == "org set":
            return self.operator.set("seat_limit=3", *options)
        card_id = self.company.card_ids()["ines", "Sales"]
        return self.operator.run("cards", "move", "--template", "service", card_id, *options)

    def plan(self) -> str:
        """The fingerprint that a dry run prints."""
        [line] = [line for line in self.run("--dry-run").stdout.splitlines() if line.startswith("Plan ")]
        return line.rpartition(" ")[2]


@pytest.fixture(params=["apply", "org set", "cards move"])
def change(request: pytest.FixtureRequest, database_url: URL, tmp_path: Path, nordwind: Company) -> Change:
    nordwind.hire("ines", "jo", "kim", title="CFO")
    nordwind.group("Cards - Wardens", "jo")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(STAFFED)
    for name in ("jo", "kim"):
        nordwind.join("Cards - Sales", name)
    return Change(Operator(database_url, tmp_path), nordwind, request.param)


def leaves(company: Company) -> None:
    company.change("ines", active=False)


def is_promoted(company: Company) -> None:
    company.change("ines", title="CEO")


def joins(company: Company) -> None:
    company.join("Cards - Wardens", "kim")


def leaves_the_group(company: Company) -> None:
    company.leave("Cards - Sales", "kim")


def is_hired(company: Company) -> None:
    company.hire("lea")


AFTERWARDS = {
    "apply": {("ines", "Sales"): "live", ("jo", "Wardens"): "live", ("kim", "Sales"): "live"},
    "org set": {("ines", "Sales"): "live", ("jo", "Sales"): "live", ("kim", "Sales"): "live"},
    "cards move": {("ines", "Service"): "live", ("jo", "Sales"): "live", ("kim", "Sales"): "waiting"},
}


def test_without_a_push_it_is_carried_out(change: Change) -> None:
    plan = change.plan()

    result = change.run("--plan", plan)

    assert result.exit_code == 0, result.stderr
    states = change.company.states()
    assert {key: states[key] for key in AFTERWARDS[change.command]} == AFTERWARDS[change.command]


def test_a_push_that_changes_nothing_of_it_stops_nothing(change: Change) -> None:
    plan = change.plan()
    is_hired(change.company)

    result = change.run("--plan", plan)

    assert result.exit_code == 0, result.stderr


PUSHES = [
    pytest.param("apply", joins, id="apply, somebody joins a bound group"),
    pytest.param("apply", leaves, id="apply, somebody leaves and frees a seat"),
    pytest.param("org set", leaves_the_group, id="org set, who waited waits no more"),
    pytest.param("org set", leaves, id="org set, somebody leaves"),
    pytest.param("cards move", is_promoted, id="cards move, the card shows something else"),
    pytest.param("cards move", leaves, id="cards move, the card goes down"),
]


@pytest.mark.parametrize(("change", "push"), PUSHES, indirect=["change"])
def test_a_push_that_changes_it_shows_the_new_plan_and_changes_nothing_else(change: Change, push: Push) -> None:
    plan = change.plan()
    push(change.company)
    rows, audited = change.company.card_rows(), change.company.audited()

    refused = change.run("--plan", plan)

    assert refused.exit_code == 1
    assert refused.stdout == change.run("--dry-run").stdout
    assert f"no longer plan {plan}, so nothing has been changed" in refused.stderr
    assert (change.company.card_rows(), change.company.audited()) == (rows, audited)
    assert change.run("--plan", change.plan()).exit_code == 0


@pytest.mark.parametrize("change", ["apply", "cards move"], indirect=True)
def test_as_json_the_new_plan_is_one_document(change: Change) -> None:
    plan = json.loads(change.run("--dry-run", "--json").stdout)["plan"]
    leaves(change.company)

    refused = change.run("--plan", plan, "--json")

    shown = json.loads(refused.stdout)
    assert refused.exit_code == 1
    assert shown["dry_run"] is True
    assert shown["plan"] not in {plan, None}
    assert shown == json.loads(change.run("--dry-run", "--json").stdout)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--plan", "0123456789ABCDEF"), id="in capitals"),
        pytest.param(("--plan", "0123"), id="short"),
        pytest.param(("--plan", "0123456789abcdef", "--dry-run"), id="with a dry run"),
    ],
)
def test_what_is_no_plan_is_bad_usage(options: tuple[str, ...], change: Change) -> None:
    result = change.run(*options)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_card_that_is_there_already_is_refused_in_the_dry_run_too(
    nordwind: Company, database_url: URL, tmp_path: Path
) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(STAFFED)
    card_id = nordwind.card_ids()["ines", "Sales"]

    result = Operator(database_url, tmp_path).run("cards", "move", "--template", "Sales", "--dry-run", card_id)

    assert (result.exit_code, "is on this template already" in result.stderr) == (1, True)

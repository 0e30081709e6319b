"""`lanyard apply` and `lanyard cards`, as operators run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import URL

from app.cli import main
from tests.cards.conftest import Company

GUID = "8a52b4a0-5c5e-4a4f-9a55-2f5f0c9d7c11"

FILE = """\
templates:
  - name: Sales
    general: {title: {}}
    fields:
      - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value'}
bindings: [{group: "Cards - Sales", template: Sales}]
"""


class Operator:
    """Runs commands on the test's database."""

    def __init__(self, database_url: URL, folder: Path) -> None:
        url = database_url.render_as_string(hide_password=False)
        self._env = {"DATABASE_URL": url, "LANYARD_DATA_DIR": str(folder)}
        self._folder = folder

    def run(self, *arguments: str) -> Result:
        env = {**self._env, "LANYARD_PUBLIC_URL": "https://cards.nordwind.example"}
        return CliRunner().invoke(main, [*arguments, "--org", "nordwind"], env=env)

    def set(self, *arguments: str) -> Result:
        """`lanyard org set nordwind …`."""
        return CliRunner().invoke(main, ["org", "set", "nordwind", *arguments], env=self._env)

    def file(self, text: str) -> str:
        path = self._folder / "cards.yaml"
        path.write_text(text)
        return str(path)

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def operator(database_url: URL, tmp_path: Path) -> Operator:
    return Operator(database_url, tmp_path)


def test_apply_prints_its_plan_as_json_dry_or_not(operator: Operator, nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    path = operator.file(FILE)

    dry = operator.json("apply", path, "--dry-run")
    nothing_yet = nordwind.states()
    done = operator.json("apply", path)

    assert nothing_yet == {}
    assert (dry["dry_run"], done["dry_run"]) == (True, False)
    assert dry.pop("shows") == []
    assert {**dry, "dry_run": False} == done
    assert done["cards"]["create"] == [{"person": "ines@nordwind.example", "template": "Sales", "from": None}]
    assert nordwind.states() == {("ines", "Sales"): "live"}


def test_apply_names_file_line_and_reason(operator: Operator, nordwind: Company) -> None:
    path = operator.file("templates:\n  - name: Sales\n    desing: {}\nbindings: [{group: G, template: Sales, x: y}]\n")

    result = operator.run("apply", path)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{path}:3: unknown key 'desing'; did you mean 'design'?",
        f"{path}:4: unknown key 'x'; known are group, external_id, template, exclusive",
    ]


def test_apply_speaks_in_sentences(operator: Operator, nordwind: Company) -> None:
    path = operator.file(FILE)

    first, second = operator.run("apply", path), operator.run("apply", path)

    assert "Template Sales: new." in first.stdout
    assert second.stdout == "Everything is as the file says; nothing to change.\n"


def test_cards_list_tells_what_every_card_shows(operator: Operator, nordwind: Company) -> None:
    nordwind.hire(
        "ines", title="CFO", externalId=GUID, emails=[{"type": "work", "value": "ines.jones@nordwind.example"}]
    )
    nordwind.group("Cards - Sales", "ines")
    operator.run("apply", operator.file(FILE))
    (row,) = nordwind.card_rows()

    (listed,) = operator.json("cards", "list")

    assert listed == {
        "id": row.public_id,
        "url": f"https://cards.nordwind.example/c/{row.public_id}",
        "state": "live",
        "paused_by": None,
        "template": "Sales",
        "person": {
            "user_name": "ines@nordwind.example",
            "external_id": GUID,
            "display_name": "Ines",
            "invited_as": None,
        },
        "claimed": False,
        "claimed_at": None,
        "created": listed["created"],
        "values": {"name": "Ines", "title": "CFO", "E-mail": "ines.jones@nordwind.example"},
    }


def test_cards_list_can_be_narrowed_to_a_state(operator: Operator, nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines", "jo")
    operator.run("apply", operator.file(FILE))
    nordwind.leave("Cards - Sales", "jo")

    listed = {state: operator.json("cards", "list", "--state", state) for state in ("live", "paused", "waiting")}

    assert [card["person"]["user_name"] for card in listed["live"]] == ["ines@nordwind.example"]
    assert [(card["person"]["user_name"], card["paused_by"]) for card in listed["paused"]] == [
        ("jo@nordwind.example", "directory")
    ]
    assert listed["waiting"] == []


def test_a_card_whose_record_is_gone_still_says_whose_it_was(operator: Operator, nordwind: Company) -> None:
    nordwind.hire("ines", externalId=GUID)
    nordwind.group("Cards - Sales", "ines")
    operator.run("apply", operator.file(FILE))

    nordwind.dismiss("ines")

    (listed,) = operator.json("cards", "list")
    assert listed["person"] == {"user_name": None, "external_id": GUID, "display_name": None, "invited_as": None}


def test_cards_list_for_people_is_a_table(operator: Operator, nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    operator.run("apply", operator.file(FILE))

    lines = operator.run("cards", "list").stdout.splitlines()

    assert lines[0].split() == ["STATE", "PERSON", "TEMPLATE", "URL", "HOLDER"]
    assert lines[1].split()[:3] == ["live", "ines@nordwind.example", "Sales"]
    assert lines[1].endswith("  Not sharing with anyone")


def test_an_unknown_organization_is_one_sentence(operator: Operator) -> None:
    result = operator.run("cards", "list")

    assert result.exit_code == 1
    assert "there is no organization 'nordwind'" in result.stderr

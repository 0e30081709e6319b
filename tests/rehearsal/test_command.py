from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.rehearse import command
from tests.rehearsal.outside import TOKEN, Outside, error
from tests.rehearsal.pushing import BOTH


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "directory.yaml"
    path.write_text(BOTH)
    return path


def run(file: Path, outside: Outside, *options: str) -> Result:
    return CliRunner().invoke(command, [str(file), "--url", outside.url, "--token", TOKEN, *options])


def test_json_is_one_document_and_messages_go_elsewhere(file: Path, outside: Outside) -> None:
    result = run(file, outside, "--json", "--dialect", "new")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["unexpected"], report["drift"]) == (0, [], [])
    assert (report["writes"], [stage["name"] for stage in report["stages"]]) == (5, ["initial cycle"])
    assert "initial cycle: people 2, groups 1." in result.stderr


def test_people_get_sentences(file: Path, outside: Outside) -> None:
    result = run(file, outside)

    assert result.stdout.splitlines()[-2:] == [
        "Every answer was one that Entra expects.",
        "Every attribute came back as sent.",
    ]


def test_findings_end_with_status_1(file: Path, outside: Outside) -> None:
    outside.odd = lambda sent: error(500, "Out of order.") if sent.method == "POST" else None

    result = run(file, outside)

    assert result.exit_code == 1
    assert "    POST /Users answered 500 (Out of order.); expected 201 with the resource and its id." in result.stdout


def test_a_bad_file_is_one_sentence_with_the_line(file: Path, outside: Outside) -> None:
    file.write_text("users:\n  - {mial: ines@nordwind.example}\n")

    result = run(file, outside)

    assert (result.exit_code, outside.sent) == (1, [])
    assert result.stderr == "Error: directory.yaml, line 2: a user has no key 'mial'; did you mean mail?\n"


def test_a_server_that_refuses_is_one_sentence(file: Path, outside: Outside) -> None:
    outside.odd = lambda sent: error(401, "The token has been revoked.")

    result = run(file, outside)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {outside.url} refuses the token (401: The token has been revoked.); check")


@pytest.mark.parametrize("arguments", [["missing.yaml"], [], ["--dialect", "newer"]])
def test_bad_usage_ends_with_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, [*arguments, "--url", "http://127.0.0.1/", "--token", "t"]).exit_code == 2

"""`lanyard template` and `lanyard apply --draft`, as operators run them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from app.cards import by_hand, template_store
from tests.cards.conftest import Company
from tests.cards.test_cards_cli import Operator
from tests.cards.versions import template, version_numbers

FILE = """\
templates: [{name: Sales, general: {title: {}}}, {name: Service}]
bindings: [{group: "Cards - Sales", template: Sales}]
"""
NEXT = """\
templates:
  - name: Sales
    general: {title: {required: true}, department: {}}
    fields: [{key: web, kind: url, label: Website, value: "https://nordwind.example"}]
"""


@pytest.fixture
def operator(database_url: URL, tmp_path: Path) -> Operator:
    return Operator(database_url, tmp_path)


@pytest.fixture
def staffed(operator: Operator, nordwind: Company) -> Company:
    """Ines and Jo in sales with a card each; a draft of another Sales."""
    nordwind.hire("ines", title="CFO")
    nordwind.hire("jo")
    nordwind.group("Cards - Sales", "ines", "jo")
    assert operator.run("apply", operator.file(FILE)).exit_code == 0
    assert operator.run("apply", operator.file(NEXT), "--draft").exit_code == 0
    return nordwind


def ids(company: Company) -> list[str]:
    """The cards' ids in the order in which they are told."""
    return [row.public_id for row in sorted(company.card_rows(), key=lambda row: (row.created_at, row.id))]


def test_drafts_are_made_dry_or_not_and_told(operator: Operator, staffed: Company) -> None:
    other = operator.file("templates: [{name: Sales}, {name: Service}]")

    dry = operator.json("apply", other, "--draft", "--dry-run")
    done = operator.run("apply", other, "--draft").stdout.splitlines()
    given_up = operator.run("apply", operator.file(FILE.splitlines()[0]), "--draft", "--dry-run").stdout.splitlines()

    assert dry == {"dry_run": True, "drafts": {"save": ["Sales"], "drop": [], "unchanged": ["Service"]}}
    assert done == [
        "Template Sales: a draft of what follows version 1.",
        "Template Service: nothing to change.",
    ]
    assert given_up == [
        "Template Sales: the draft is given up; the file says what is published.",
        "Template Service: nothing to change.",
        "This was a dry run: nothing has been changed.",
    ]


def test_what_no_draft_is_made_of_is_named_with_its_line(operator: Operator, staffed: Company) -> None:
    path = operator.file("templates:\n  - {name: Sales}\n  - {name: New}\n")

    result = operator.run("apply", path, "--draft")

    assert result.exit_code == 1
    assert f"{path}:3: there is no template 'New' to make a draft of" in result.stderr


def test_a_dry_run_says_who_shows_what_and_publishing_takes_its_plan(operator: Operator, staffed: Company) -> None:
    told = operator.run("template", "publish", "Sales", "--dry-run").stdout.splitlines()
    before = template(staffed).version
    fingerprint = told[-2].rpartition(" ")[2]
    done = operator.run("template", "publish", "sales", "--plan", fingerprint)

    assert told[0] == "Sales, version 1 → 2: department, Website added; title changed."
    assert told[1].startswith("2 cards show something else: ")
    assert {"ines@nordwind.example", "jo@nordwind.example"} <= set(told[1].rstrip(".").replace(",", "").split())
    assert told[2:4] == [
        "  Website: 2 cards",
        "1 card becomes incomplete, for want of a required value: jo@nordwind.example.",
    ]
    assert told[-1] == "This was a dry run: nothing has been changed."
    assert (before, template(staffed).version) == (1, 2)
    assert done.stdout == "Sales is published in version 2: department, Website added; title changed.\n"


def test_a_dry_run_as_json_lists_every_card(operator: Operator, staffed: Company) -> None:
    names = {public_id: name for (name, _), public_id in staffed.card_ids().items()}

    told = operator.json("template", "publish", "Sales", "--dry-run")
    done = operator.json("template", "publish", "Sales", "--plan", told["plan"])

    cards, shows = told.pop("cards"), told.pop("shows")
    assert cards == [
        {
            "person": f"{names[public_id]}@nordwind.example",
            "id": public_id,
            "changes": {"Website": [None, "https://nordwind.example"]},
            "missing": ["title"] if names[public_id] == "jo" else [],
        }
        for public_id in ids(staffed)
    ]
    assert shows == {"cards": 2, "items": {"Website": 2}, "incomplete": 1, "complete": 0}
    assert {**told, "dry_run": False} == done
    assert {key: done[key] for key in ("template", "from", "version")} == {"template": "Sales", "from": 1, "version": 2}


def test_a_dry_run_without_an_effect_is_a_document_too(operator: Operator, staffed: Company) -> None:
    operator.run("apply", operator.file("templates: [{name: Service, design: {theme: dark}}]"), "--draft")

    told = operator.json("template", "publish", "Service", "--dry-run")
    said = operator.run("template", "publish", "Service", "--dry-run").stdout.splitlines()

    assert (told["cards"], told["shows"]["cards"], told["changes"]) == ([], 0, ["design changed"])
    assert said[1] == "No card shows another value."


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        pytest.param(("publish", "Service"), 1, "Service has no draft", id="no draft"),
        pytest.param(
            ("publish", "Sales", "--plan", "0" * 16), 1, "is no longer plan 0000000000000000", id="another plan"
        ),
        pytest.param(("publish", "Sales", "--dry-run", "--plan", "0" * 16), 2, "give one of them", id="both"),
        pytest.param(("restore", "Sales"), 2, "--version", id="no version"),
        pytest.param(("restore", "Sales", "--version", "4"), 1, "Sales has no version 4", id="no such version"),
        pytest.param(("preview", "Service"), 1, "Service has no draft", id="nothing to preview"),
        pytest.param(("preview", "Sales", "--person", "x"), 1, "there is no user 'x'", id="nobody"),
        pytest.param(("versions", "Nothing"), 1, "there is no template 'Nothing'", id="no template"),
        pytest.param(("duplicate", "Sales", "service"), 1, "there is a template 'Service' already", id="a name taken"),
        pytest.param(("delete", "Sales"), 1, "Sales is bound to Cards - Sales", id="bound"),
    ],
)
def test_what_is_refused(
    operator: Operator, staffed: Company, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    result = operator.run("template", *arguments)

    assert result.exit_code == code
    assert reason in result.stderr
    assert (template(staffed).version, version_numbers(staffed)) == (1, [1])


def test_versions_are_listed_and_restored(operator: Operator, staffed: Company) -> None:
    operator.run("template", "publish", "Sales")

    told = operator.run("template", "restore", "Sales", "--version", "1", "--dry-run").stdout.splitlines()
    done = operator.json("template", "restore", "Sales", "--version", "1")
    listed = operator.json("template", "versions", "Sales")
    table = operator.run("template", "versions", "Sales").stdout.splitlines()

    assert told[0] == "Sales, version 2 → 3: department, Website removed; title changed."
    assert "1 card becomes complete: jo@nordwind.example." in told
    assert (done["from"], done["version"]) == (2, 3)
    assert [(one["version"], one["by"], one["changes"]) for one in listed] == [
        (1, "cli", ["first version"]),
        (2, "cli", ["department, Website added", "title changed"]),
        (3, "cli", ["department, Website removed", "title changed"]),
    ]
    assert [line.split()[0] for line in table] == ["VERSION", "1", "2", "3"]
    assert table[2].endswith("cli  department, Website added; title changed")


def test_a_preview_shows_real_people_with_a_card_or_without(operator: Operator, staffed: Company) -> None:
    staffed.hire("kim", title="CTO")
    [jo] = [public_id for (name, _), public_id in staffed.card_ids().items() if name == "jo"]

    named = operator.run("template", "preview", "Sales", "--person", "jo@nordwind.example").stdout.splitlines()
    without = operator.json("template", "preview", "Sales", "--person", "KIM@nordwind.example")
    few = operator.json("template", "preview", "Sales")

    assert named == ["jo@nordwind.example", "  Website: – → https://nordwind.example"]
    assert without == {
        "template": "Sales",
        "version": 1,
        "of": "draft",
        "people": [
            {
                "person": "kim@nordwind.example",
                "id": None,
                "before": {},
                "after": {"name": "Kim", "title": "CTO", "Website": "https://nordwind.example"},
            }
        ],
    }
    assert [one["id"] for one in few["people"]] == ids(staffed)
    assert {one["id"]: one["before"] for one in few["people"]}[jo] == {"name": "Jo"}


def test_a_preview_of_a_kept_version_and_of_a_draft_that_is_out_of_date(operator: Operator, staffed: Company) -> None:
    operator.run("apply", operator.file("templates: [{name: Sales}]"))

    kept = operator.json("template", "preview", "Sales", "--version", "1", "--person", "ines@nordwind.example")
    stale = operator.run("template", "preview", "Sales", "--person", "ines@nordwind.example")
    nobody = operator.run("template", "preview", "Service", "--version", "1")

    assert kept["people"][0]["after"] == {"name": "Ines", "title": "CFO"}
    assert "The draft was made from version 1; version 2 was published since." in stale.stderr
    assert "Website: – → https://nordwind.example" in stale.stdout
    assert "Nobody has a card of Service; name somebody with --person USERNAME." in nobody.stderr


def test_templates_are_listed_with_what_hangs_on_them(operator: Operator, staffed: Company) -> None:
    staffed.write(lambda tx: by_hand.issue(tx, template_store.find(tx, "Service").id, None))
    staffed.leave("Cards - Sales", "jo")
    operator.run("apply", operator.file("templates: [{name: Sales, general: {title: {}, headline: {}}}]"))

    listed = operator.json("template", "list")
    table = operator.run("template", "list").stdout.splitlines()

    drafts = [one.pop("draft") for one in listed]
    assert [(one["name"], one["version"], one["groups"]) for one in listed] == [
        ("Sales", 2, ["Cards - Sales"]),
        ("Service", 1, []),
    ]
    assert [one["cards"] for one in listed] == [
        {"waiting": 0, "live": 1, "held": 0, "paused": 1},
        {"waiting": 0, "live": 1, "held": 0, "paused": 0},
    ]
    assert (drafts[0]["based_on"], drafts[0]["by"], drafts[0]["stale"], drafts[1]) == (1, "cli", True, None)
    assert table[1].endswith("1 live, 1 paused  Cards - Sales  of version 1, out of date")


def test_apply_tells_in_a_dry_run_what_changed_templates_would_show(operator: Operator, staffed: Company) -> None:
    path = operator.file(NEXT)

    told = operator.run("apply", path, "--dry-run").stdout.splitlines()
    described = operator.json("apply", path, "--dry-run")

    assert told[0] == "Template Sales:"
    assert told[1].startswith("  2 cards show something else: ")
    assert told[3] == "  1 card becomes incomplete, for want of a required value: jo@nordwind.example."
    assert described["shows"] == [
        {"template": "Sales", "cards": 2, "items": {"Website": 2}, "incomplete": 1, "complete": 0}
    ]


def test_a_template_is_copied_and_the_copy_deleted(operator: Operator, staffed: Company) -> None:
    copied = operator.json("template", "duplicate", "Sales", "Sales 2027")

    deleted = operator.run("template", "delete", "Sales 2027")

    assert copied == {"template": "Sales 2027", "version": 1}
    assert deleted.exit_code == 0
    assert [one["name"] for one in operator.json("template", "list")] == ["Sales", "Service"]

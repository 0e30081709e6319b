"""The report as an operator gets it, from a directory in either database."""

from __future__ import annotations

import csv
import json
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import URL, Engine

from app.attributes.definitions import ENTERPRISE_USER
from app.cards.quality import report, tabular
from app.cards.quality.subject import Finding
from app.cli import main
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.tables import scim_users
from app.rehearsal import SAMPLE, read_directory
from app.rehearsal.mapping import group_body, user_attributes, user_body
from tests.cards.conftest import Company
from tests.photos.conftest import pushed
from tests.support.client import Client
from tests.support.photos import prepare

REQUIRED = """
    templates:
      - name: Sales
        fields:
          - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', required: true}
          - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', required: true}
    bindings: [{group: "Cards - Sales", template: Sales}, {group: "Cards - Board", template: Sales}]
    """


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    return Company(database, organization.id)


@pytest.fixture
def run(database_url: URL, organization: Organization) -> Any:
    """Runs `lanyard quality`."""

    def run(*options: str) -> Result:
        env = {"DATABASE_URL": database_url.render_as_string(hide_password=False)}
        return CliRunner().invoke(main, ["quality", "--org", organization.slug, *options], env=env)

    return run


def found(company: Company, *kinds: str, page: int = report.PAGE) -> list[Finding]:
    with company.database.read(company.organization_id) as reader:
        return [finding for finding in report.every(reader, page) if not kinds or finding.kind in kinds]


def mail(text: str) -> list[dict[str, str]]:
    return [{"type": "work", "value": text}]


def test_people_with_the_same_mail_are_listed_each_with_the_others(nordwind: Company) -> None:
    nordwind.hire("ines", emails=mail("Desk@nordwind.example"))
    nordwind.hire("jo", emails=mail("desk@nordwind.example"))
    nordwind.hire("kim", emails=mail("kim@nordwind.example"))
    nordwind.hire("lea", "max", emails=mail("[[clear]]"))

    listed = found(nordwind, "duplicate-mail")

    assert [(one.person, one.value) for one in listed] == [
        ("ines@nordwind.example", "desk@nordwind.example"),
        ("jo@nordwind.example", "desk@nordwind.example"),
    ]
    assert listed[0].problem == "The same e-mail address as jo@nordwind.example."


def test_people_with_the_same_name_and_number_are_listed(nordwind: Company) -> None:
    def number(text: str) -> dict[str, Any]:
        return {ENTERPRISE_USER: {"employeeNumber": text}}

    nordwind.hire("ines", **number("10443"))
    nordwind.hire("ines.jones", **{"displayName": "INES", **number("10443")})
    nordwind.hire("jo", **number("10443"))
    nordwind.hire("ines.meier", **{"displayName": "Ines", **number("10444")})
    nordwind.hire("ines.roth", **{"displayName": "Ines"})

    listed = found(nordwind, "duplicate-person")

    assert [one.person for one in listed] == ["ines.jones@nordwind.example", "ines@nordwind.example"]


def test_a_photo_that_was_refused_is_listed_until_another_is_pushed(nordwind: Company, app: Flask) -> None:
    nordwind.hire("ines", photos=[{"type": "photo", "value": "data:image/png;base64,R0lGODlh"}])
    nordwind.hire("jo", photos=pushed("red"))
    prepare(app)

    [listed] = found(nordwind, "photo")
    nordwind.change("ines", photos=pushed("blue"))
    prepare(app)

    assert (listed.person, listed.field) == ("ines@nordwind.example", 'photos[type eq "photo"].value')
    assert "a GIF; JPEG, PNG and WebP are shown" in listed.problem
    assert "a JPEG, PNG or WebP" in listed.remedy
    assert found(nordwind, "photo") == []


def test_groups_without_people_are_listed_bound_or_not(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.group("Cards - Board")
    nordwind.group("Staff")
    nordwind.apply(REQUIRED)

    listed = found(nordwind, "empty-group")

    assert [(one.group, one.template, one.problem) for one in listed] == [
        (
            "Cards - Board", "Sales",
            "The group has no person as a direct member, so nobody gets a card of Sales through it.",
        ),
        ("Staff", None, "The group has no person as a direct member."),
    ]  # fmt: skip


def test_what_a_template_requires_and_nobody_has_is_listed_once(nordwind: Company) -> None:
    nordwind.apply(REQUIRED)
    nordwind.hire("ines", emails=mail("ines@nordwind.example"))
    nordwind.hire("jo")
    nordwind.group("Cards - Sales", "ines", "jo")

    listed = found(nordwind, "never-filled", "incomplete-directory")

    mobile, work = 'phoneNumbers[type eq "mobile"].value', 'emails[type eq "work"].value'
    assert [(one.kind, one.person, one.template, one.field) for one in listed] == [
        ("incomplete-directory", "ines@nordwind.example", "Sales", mobile),
        ("incomplete-directory", "jo@nordwind.example", "Sales", mobile),
        ("incomplete-directory", "jo@nordwind.example", "Sales", work),
        ("never-filled", None, "Sales", mobile),
    ]


def test_a_manager_who_is_gone_and_people_who_are_disabled(nordwind: Company) -> None:
    nordwind.hire("ines")
    with nordwind.database.read(nordwind.organization_id) as reader:
        [boss] = reader.execute(select(scim_users.c.id).where(scim_users.c.organization_id == ORGANIZATION))
    nordwind.hire("jo", **{ENTERPRISE_USER: {"manager": {"value": boss.id}}})
    before = found(nordwind, "manager")
    nordwind.dismiss("ines")
    after = found(nordwind, "manager")
    nordwind.change("jo", active=False, displayName="0a1b2c3d" * 4 + "Jo")

    assert (before, [one.person for one in after]) == ([], ["jo@nordwind.example"])
    assert [one.kind for one in found(nordwind)] == ["tombstone"]


@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_everybody_is_looked_at_once_whatever_the_size_of_pages(page: int, nordwind: Company) -> None:
    names = ["ines", "jo", "kim", "lea", "max"]
    nordwind.hire(*names)

    listed = found(nordwind, "missing-mail", page=page)

    assert sorted(one.person or "" for one in listed) == [f"{name}@nordwind.example" for name in names]


def test_the_number_of_queries_does_not_grow_with_people(nordwind: Company) -> None:
    def queries() -> int:
        ran: list[str] = []

        def note(*arguments: Any) -> None:
            ran.append(arguments[2])

        event.listen(Engine, "before_cursor_execute", note)
        found(nordwind)
        event.remove(Engine, "before_cursor_execute", note)
        return sum(statement.lstrip().upper().startswith(("SELECT", "WITH")) for statement in ran)

    nordwind.apply(REQUIRED)
    nordwind.hire("ines")
    few = queries()
    nordwind.hire("jo", "kim", "lea", "max")
    nordwind.group("Cards - Sales", "ines", "jo", "kim", "lea", "max")

    assert few >= 5
    assert queries() == few


def test_json_is_one_document_and_the_summary_goes_elsewhere(run: Any, nordwind: Company) -> None:
    nordwind.hire("ines", emails=mail("ines@nordwind.example"), title="CFO [[clear]]")

    result = run("--json")

    [finding] = json.loads(result.stdout)
    assert list(finding) == ["kind", "person", "group", "template", "field", "value", "problem", "remedy"]
    assert (finding["kind"], finding["person"], finding["group"]) == ("clear-marker", "ines@nordwind.example", None)
    assert result.stderr == "1 finding: clear-marker 1.\n"


def test_nothing_doubtful(run: Any, nordwind: Company) -> None:
    nordwind.hire("ines", emails=mail("ines@nordwind.example"))

    assert run().stdout == "Nothing doubtful was found.\n"
    assert json.loads(run("--json").stdout) == []
    assert run("--csv").stdout.splitlines() == [",".join(tabular.COLUMNS)]


def test_csv_and_json_exclude_each_other(run: Any) -> None:
    assert run("--csv", "--json").exit_code == 2


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+41 44", "'+41 44", id="plus"),
        pytest.param("-tbd", "'-tbd", id="minus"),
        pytest.param("@ines", "'@ines", id="at"),
        pytest.param("\t=1+1", "'\t=1+1", id="a tab before"),
        pytest.param('Ines "JO", CFO\r\nBern', 'Ines "JO", CFO\r\nBern', id="quotes, commas, lines"),
        pytest.param(None, "", id="no value"),
    ],
)
def test_csv_is_safe_in_a_spreadsheet(value: str | None, cell: str) -> None:
    finding = Finding("phone", "ines@nordwind.example", None, None, "title", value, "Wrong.", "Right.")

    text = "".join(tabular.lines([finding]))

    header, record = csv.reader(StringIO(text, newline=""))
    assert header == ["kind", "person", "group", "template", "field", "value", "problem", "remedy"]
    assert record == ["phone", "ines@nordwind.example", "", "", "title", cell, "Wrong.", "Right."]
    assert text.endswith("\r\n")


def test_the_sample_company(client: Client, nordwind: Company, run: Any) -> None:
    nordwind.apply((SAMPLE.parent / "nordwind-cards.yaml").read_text())
    state = read_directory(SAMPLE).states[0]
    ids = {
        key: client.post("/Users", user_body(user_attributes(person))).get_json(force=True)["id"]
        for key, person in state.people.items()
        if person.active
    }
    for group in state.groups.values():
        members = [{"value": ids[key]} for key in group.members if key in ids]
        client.post("/Groups", {**group_body({}), "displayName": group.name, "members": members})

    listed = json.loads(run("--json").stdout)

    named = {
        (one["kind"], one["person"].partition("@")[0], one["field"], one["value"])
        for one in listed
        if one["kind"] not in {"missing-photo", "long"}
    }
    work = 'phoneNumbers[type eq "work"].value'
    assert named == {
        ("phone", "siobhan.o'neil", work, "+353 20 910 1234"),
        ("phone", "anselm.vogt", work, "+41 44 555 01 02 / 03"),
        ("phone", "urs.staeheli", work, "ext. 4711"),
        ("phone", "samira.el-khatib", work, "tbd"),
        ("capitals", "ines", "displayName", "Ines JONES"),
        ("capitals", "ines", "name.familyName", "JONES"),
        ("capitals", "anselm.vogt", "displayName", "VOGT Anselm (ext)"),
        ("capitals", "anselm.vogt", "name.familyName", "VOGT"),
        ("missing-mail", "reto.caviezel", 'emails[type eq "work"].value', None),
        ("missing-mail", "grazyna.nowak", 'emails[type eq "work"].value', None),
    }
    assert {one["person"] for one in listed if one["kind"] == "long"} == {"m.hohenstein@nordwind.example"}
    assert Counter(one["kind"] for one in listed)["missing-photo"] > len(ids) / 2

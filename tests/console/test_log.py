"""The provisioning log, the audit log, data quality and jobs, as an admin reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.auth.sign_in.roles import AUDITOR
from app.core import clock
from app.core.jobs import running, runs
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.support.client import Client


@pytest.fixture
def pushed(client: Client) -> Any:
    """Ines, pushed and renamed; a second one of her name, refused; a group with her."""
    ines = client.create_user("ines@nordwind.example", title="CFO")
    client.patch(f"/Users/{ines['id']}", {"op": "replace", "path": "title", "value": "CEO"})
    assert client.post("/Users", {"userName": "ines@nordwind.example"}).status_code == 409
    client.create_group("Board", ines["id"])
    return ines


def test_every_push_is_a_sentence_with_its_outcome(owner: Admin, pushed: Any) -> None:
    seen = text_of(owner.get("/console/log"))

    assert "title" in seen
    assert "Refused, 409" in seen
    assert "Board" in seen


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ({"outcome": "refused"}, ["Refused, 409"], ["Board", "changed to"]),
        ({"kind": "Group"}, ["Board"], ["Refused", "changed to"]),
        ({"search": "INES@nordwind.example"}, ["changed to", "Refused, 409"], []),
        ({"search": "nobody@nordwind.example"}, ["Nothing matches"], ["changed to"]),
        ({"until": "2020-01-01"}, ["Nothing matches"], ["changed to"]),
        ({"since": "2020-01-01"}, ["changed to", "Board"], []),
    ],
    ids=["refused", "groups", "a person", "nobody", "before", "since"],
)
def test_the_log_is_narrowed(
    owner: Admin, pushed: Any, query: dict[str, Any], there: list[str], not_there: list[str]
) -> None:
    page = owner.get("/console/log", **query).text
    seen = page[page.index('id="list"') :]

    assert [one for one in there if one not in seen] == []
    assert [one for one in not_there if one in seen] == []


@pytest.mark.parametrize(
    "query", [{"outcome": "maybe"}, {"sort": "colour"}, {"since": "yesterday"}, {"until": "9999-12-31"}, {"place": "x"}]
)
def test_what_the_log_cannot_look_for_is_said(owner: Admin, query: dict[str, Any]) -> None:
    owner.get("/console/log", 409, **query)


def test_one_push_shows_its_body_and_what_it_did(owner: Admin, pushed: Any) -> None:
    page = owner.get("/console/log", kind="User").text
    path = page[page.index('"plain name" href="/console/log/') :].split('"')[3]

    opened = text_of(owner.get(path))

    assert "409" in opened
    assert "userName" in opened
    assert "a request that is refused changes nothing" in opened


def test_another_organizations_push_is_not_there(
    owner: Admin, pushed: Any, as_role: Callable[..., Admin], new_organization: Callable[..., Organization]
) -> None:
    page = owner.get("/console/log").text
    path = page[page.index('"plain name" href="/console/log/') :].split('"')[3]

    as_role("owner", of=new_organization("other")).get(path, 404)


def test_the_log_as_csv_is_what_the_list_is_narrowed_to(owner: Admin, pushed: Any) -> None:
    lines = owner.get("/console/log.csv", outcome="refused").text.splitlines()

    assert lines[0].startswith("\ufeffat,actor,status,sentence")
    assert [line.split(",")[2] for line in lines[1:]] == ["409"]


def test_the_audit_log_says_who_did_what(owner: Admin, pushed: Any) -> None:
    by_directory = text_of(owner.get("/console/audit", by="directory"))
    about_access = text_of(owner.get("/console/audit", about="access"))

    assert "user.changed" in by_directory
    assert "token.created" not in by_directory
    assert "token.created" in about_access


def test_the_audit_log_names_what_it_is_about_and_leads_there(owner: Admin, nordwind: Company) -> None:
    nordwind.change("ines", title="CEO")
    people = text_of(owner.get("/console/audit", about="directory"))
    cards = owner.get("/console/audit", about="cards")

    assert "user.changed ines@nordwind.example" in people
    assert "group.created Cards - Sales" in people
    assert "card.issued card of olaf@nordwind.example, Wardens" in text_of(cards)
    assert re.search(r'href="/console/cards/[0-9a-z]{26}"', cards.text)


def test_the_log_and_the_audit_log_are_narrowed_to_days(owner: Admin, pushed: Any) -> None:
    for path in ("/console/log", "/console/audit"):
        page = owner.get(path, since="2020-01-01", search="x")

        assert '<input class="form-control" id="list-since" type="date" name="since" value="2020-01-01">' in page.text
        assert 'type="hidden" name="since"' not in page.text


def test_the_audit_log_as_csv(owner: Admin, pushed: Any) -> None:
    lines = owner.get("/console/audit.csv", about="directory").text.splitlines()

    assert lines[0] == "\ufeffat,actor,action,subject,detail,request_id"
    assert {line.split(",")[2] for line in lines[1:]} == {"user.created", "user.changed", "group.created"}


def test_data_quality_is_as_of_the_last_look_and_asked_for_anew(
    owner: Admin, nordwind: Company, database: Database, settings: Settings, audited: Callable[[str], list[Any]]
) -> None:
    before = text_of(owner.get("/console/quality"))
    owner.post("/console/quality/look")

    running.run(database, settings, running.named(JOBS, "quality"))

    after = owner.get("/console/quality")
    assert "Nobody has looked yet" in before
    assert "As of just now" in text_of(after)
    assert "People without an e-mail address" in text_of(after)
    assert "olaf" in text_of(owner.get("/console/quality", kind="missing-mail"))
    assert "Nothing matches" in text_of(owner.get("/console/quality", kind="missing-mail", search="ines"))


def test_data_quality_as_csv_is_what_the_list_shows(
    owner: Admin, nordwind: Company, database: Database, settings: Settings
) -> None:
    unseen = owner.get("/console/quality.csv").text.splitlines()
    running.run(database, settings, running.named(JOBS, "quality"))
    nordwind.hire("emma")  # whom nobody has looked at yet

    lines = owner.get("/console/quality.csv", kind="missing-mail").text.splitlines()
    of_olaf = owner.get("/console/quality.csv", kind="missing-mail", search="olaf@nordwind.example").text.splitlines()

    assert unseen == ["\ufeffkind,person,group,template,field,value,problem,remedy"]
    assert {tuple(line.split(",")[:2]) for line in lines[1:]} == {
        ("missing-mail", "nora@nordwind.example"),
        ("missing-mail", "olaf@nordwind.example"),
    }
    assert of_olaf[1:] == [line for line in lines if "olaf" in line]


def test_a_look_replaces_the_one_before(
    nordwind: Company, owner: Admin, database: Database, settings: Settings
) -> None:
    job = running.named(JOBS, "quality")
    running.run(database, settings, job)
    nordwind.hire("emma")

    owner.post("/console/quality/look")
    running.run(database, settings, job)
    seen = text_of(owner.get("/console/quality", kind="missing-mail"))

    assert seen.count("People without an e-mail address") == 1 + 3  # the filter, and three people


def test_a_job_is_asked_for_and_runs_once(
    owner: Admin, database: Database, settings: Settings, audited: Callable[[str], list[Any]]
) -> None:
    owner.post("/console/jobs/repair/run")
    owner.post("/console/jobs/repair/run")
    waiting = [job.name for job in running.due(database, settings, JOBS, clock.now())]

    running.run(database, settings, running.named(JOBS, "repair"))

    assert "repair" in waiting
    assert "0 cards were not what groups and bindings say." in text_of(owner.get("/console/jobs"))
    assert "repair" not in [job.name for job in running.due(database, settings, JOBS, clock.now())]
    assert [line.subject for line in audited("job.asked")] == ["repair", "repair"]


def test_an_auditor_sees_jobs_and_cannot_run_them(as_role: Callable[..., Admin], database: Database) -> None:
    auditor = as_role(AUDITOR)

    seen = text_of(auditor.get("/console/jobs"))
    auditor.post("/console/jobs/repair/run", 403)

    assert "Run now" not in seen
    with database.read(None) as reader:
        assert runs.asked(reader) == set()


def test_a_job_that_there_is_not_is_not_found(owner: Admin) -> None:
    owner.post("/console/jobs/coffee/run", 404)

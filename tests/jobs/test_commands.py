"""`lanyard jobs list` and `lanyard jobs run`, and what the jobs find."""

from __future__ import annotations

from sqlalchemy import update

from app.cards.tables import cards
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.jobs import runs
from app.core.unit_of_work import Database
from tests.cards.conftest import SALES_ONLY, Company
from tests.jobs.conftest import Installation


def test_jobs_that_never_ran_are_listed_with_what_they_do_and_when(installation: Installation) -> None:
    listed = installation.jobs()
    table = installation.lanyard("jobs", "list")

    names = [
        "repair",
        "quality",
        "retention",
        "errands",
        "photos",
        "graph-sign-in",
        "graph",
        "uploads",
        "fetch",
        "sweep",
        "mail",
    ]
    assert list(listed) == names
    assert all(job["does"] and job["outcome"] is None and job["next"] for job in listed.values())
    assert listed["repair"]["next"][14:16] == "05"
    assert len(table.splitlines()) == 1 + len(names)


def test_a_job_that_ran_is_listed_with_how_it_ended(installation: Installation) -> None:
    installation.lanyard("jobs", "run", "repair")
    repair = installation.jobs()["repair"]

    assert repair["outcome"] == "done"
    assert repair["sentence"] == "0 cards were not what groups and bindings say."
    assert repair["started"] <= repair["finished"]


def test_a_job_that_is_not_there_and_one_that_runs_already_are_refused(
    installation: Installation, database: Database
) -> None:
    database.write(lambda tx: runs.claim(tx, "repair", None), organization_id=None, actor="system")

    installation.lanyard("jobs", "run", "nightly", code=1)
    installation.lanyard("jobs", "run", "repair", code=1)

    assert installation.jobs()["repair"]["outcome"] == "running"


def test_the_repair_mends_what_was_changed_behind_its_back_and_says_so(
    installation: Installation, nordwind: Company
) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "ines", "jo")
    nordwind.apply(SALES_ONLY)
    down = update(cards).where(cards.c.organization_id == ORGANIZATION).values(state="paused", wanted=False)
    nordwind.write(lambda tx: tx.execute(down))

    installation.lanyard("jobs", "run", "repair")
    mended = installation.jobs()["repair"]["sentence"]
    installation.lanyard("jobs", "run", "repair")

    assert mended == "2 cards were not what groups and bindings say."
    assert installation.jobs()["repair"]["sentence"].startswith("0 cards")
    assert {row.state for row in nordwind.card_rows()} == {"live"}
    statement = audit_log.select().where(
        audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == "cards.repaired"
    )
    with nordwind.database.read(nordwind.organization_id) as reader:
        [line] = reader.execute(statement).all()
    assert (line.actor, line.detail) == ("system", {"cards": 2})
    assert line.request_id in {run.id for run in installation.runs()}

"""The background work: what each job does, how its last run ended, when the next is, and having it run now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import Response, current_app

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import OVERSIGHT, RUN, SEE
from app.console import notices, shell
from app.console.shell import GET, POST
from app.core.jobs import running, runs
from app.core.jobs.running import Job
from app.core.unit_of_work import Transaction
from app.web import scope

PATH = "/console/jobs"


@role(OVERSIGHT, SEE)
def jobs() -> Response:
    """GET /console/jobs"""
    with scope.database().read(None) as reader:
        listed = running.overview(reader, _jobs())
        asked = runs.asked(reader)
    is_busy = bool(asked) or any(last is not None and last.outcome is None for _, last, _ in listed)
    return shell.page("jobs.html", title="Jobs", section="jobs", jobs=listed, asked=asked, is_busy=is_busy)


@role(OVERSIGHT, RUN)
def run(name: str) -> Response:
    """POST /console/jobs/<name>/run: have the job run soon. Raises NotFound."""
    job = running.named(_jobs(), name)

    def work(tx: Transaction) -> None:
        runs.ask(tx, job.name)
        tx.audit("job.asked", job.name)

    asking.write(work)
    return notices.go(PATH, f"{job.name} runs now; this page shows how it ends.")


def _jobs() -> Sequence[Job]:
    return cast(Sequence[Job], current_app.extensions["lanyard.jobs"])


ROUTES: shell.Routes = (("/jobs", jobs, GET), ("/jobs/<name>/run", run, POST))

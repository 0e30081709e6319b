"""Jobs as an operator runs them: by the command, and by consumers in processes of their own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.cli import main
from app.core.jobs.runs import job_runs
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.support.server import environment_of, run_lanyard, start

DEADLINE_SECONDS = 40


def wait_until(true: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """What `true` gives once it is true. Fails when that takes longer than a slow machine needs."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
    return found


class Installation:
    """The commands of an installation, and what its jobs left in the database."""

    def __init__(self, url: URL, folder: Path, database: Database) -> None:
        self.environment = environment_of(url, folder)
        self.folder = folder
        self.database = database

    def lanyard(self, *arguments: str, code: int = 0) -> str:
        return run_lanyard(self.environment, *arguments, code=code)

    def jobs(self) -> dict[str, dict[str, Any]]:
        """What `jobs list --json` says of each job."""
        listed = CliRunner().invoke(main, ["jobs", "list", "--json"], env=self.environment)
        return {job["name"]: job for job in json.loads(listed.stdout)}

    def runs(self) -> list[Any]:
        """Every run, oldest first."""
        with self.database.read(None) as reader:
            return list(reader.execute_across(select(job_runs).order_by(job_runs.c.id)))

    @contextmanager
    def consumer(self) -> Iterator[subprocess.Popen[bytes]]:
        """`lanyard jobs worker`; ended afterwards, if it is not ended already."""
        with (self.folder / "worker.log").open("ab") as output:
            process = start(self.environment, "jobs", "worker", stdout=output, stderr=output)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(timeout=DEADLINE_SECONDS)

    def told(self) -> str:
        """What the consumers said."""
        return (self.folder / "worker.log").read_text()


@pytest.fixture
def installation(database_url: URL, database: Database, tmp_path: Path) -> Installation:
    """An installation on either kind of database in turn."""
    return Installation(database_url, tmp_path, database)


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """The organization `nordwind`, whose directory can be pushed in plain words."""
    return Company(database, organization.id)

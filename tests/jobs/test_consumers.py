"""Consumers as processes of their own: each slot once, what was missed at once, and beside the server."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import URL

from app.core import clock
from app.core.jobs import runs
from app.core.jobs.queue import Queue
from app.core.jobs.running import slot_of
from app.core.jobs.runs import job_runs
from app.core.unit_of_work import Database
from tests.jobs.conftest import Installation, wait_until
from tests.support.server import Server, start

HOURLY = ["repair", "retention"]


def ended(installation: Installation) -> list[Any]:
    return [run for run in installation.runs() if run.finished_at is not None and run.name in HOURLY]


def wait_until_idle(installation: Installation, url: URL, consumers: int) -> None:
    """Wait until so many consumers have started, and nothing is left in the queue."""
    wait_until(lambda: installation.told().count("consumer started") == consumers, "all have started")
    queue = Queue(url, installation.folder)
    wait_until(lambda: queue.huey.storage.queue_size() == 0, "nothing waits")
    queue.huey.storage.close()


def test_two_consumers_do_what_was_missed_once(installation: Installation, database_url: URL) -> None:
    with installation.consumer(), installation.consumer():
        wait_until_idle(installation, database_url, 2)

    found = ended(installation)
    assert {run.outcome for run in found} == {"done"}
    assert sorted((run.name, run.slot) for run in found) == sorted(
        (name, slot) for slot in {run.slot for run in found} for name in HOURLY
    )


def test_a_consumer_that_is_started_again_within_the_hour_does_nothing_twice(
    installation: Installation, database_url: URL
) -> None:
    for started in (1, 2):
        with installation.consumer():
            wait_until_idle(installation, database_url, started)

    found = ended(installation)
    assert {run.slot for run in found} <= {slot_of(found[0].started_at), slot_of(clock.now())}
    assert len(found) == len({(run.name, run.slot) for run in found}) == 2 * len({run.slot for run in found})


def test_a_run_whose_process_was_killed_is_done_again(installation: Installation, database: Database) -> None:
    lost = database.write(lambda tx: runs.claim(tx, "repair", None), organization_id=None, actor="system")
    assert lost is not None
    past = update(job_runs).where(job_runs.c.id == lost.id).values(alive_until=lost.started_at)
    database.write(lambda tx: tx.execute_across(past), organization_id=None, actor="system")

    with installation.consumer():
        wait_until(
            lambda: {run.outcome for run in ended(installation) if run.name == "repair"} == {"lost", "done"}, "again"
        )


def test_a_consumer_ends_when_it_is_told_to(installation: Installation) -> None:
    with installation.consumer() as process:
        wait_until(lambda: len(ended(installation)) >= 2, "both ran")
        process.terminate()

        assert process.wait(timeout=20) == 0


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed if b"\0jobs\0worker\0" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def serving(installation: Installation) -> subprocess.Popen[bytes]:
    environment = {**installation.environment, "LANYARD_JOBS": "on"}
    with (installation.folder / "worker.log").open("ab") as output:
        return start(environment, "serve", stdout=output, stderr=output)


def test_the_server_has_a_consumer_beside_it_that_ends_with_it(installation: Installation) -> None:
    process = serving(installation)
    try:
        wait_until(lambda: len(ended(installation)) >= 2, "both ran")
        [consumer] = children(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)

    assert not alive(consumer)


def test_a_consumer_that_was_killed_is_started_again_and_one_without_its_server_ends(
    installation: Installation,
) -> None:
    process = serving(installation)
    try:
        [first] = wait_until(lambda: children(process.pid), "there is a consumer")
        wait_until(lambda: len(ended(installation)) >= 2, "both ran")
        os.kill(first, signal.SIGKILL)
        [second] = wait_until(lambda: [one for one in children(process.pid) if one != first], "there is another")
    finally:
        process.kill()
        process.wait(timeout=40)

    wait_until(lambda: not alive(second), "it ended too")


def test_with_jobs_off_the_server_has_none(server: Server) -> None:
    assert server.environment["LANYARD_JOBS"] == "off"
    assert "jobs" not in server.log.read_text()

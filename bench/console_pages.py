"""What the console's pages cost with 100,000 people: whole pages, asked of the application as a browser asks them.

    .venv/bin/python -m bench.console_pages --people 100000 --pushes 1000000 --database postgresql

Prints milliseconds of the process by the clock (median, worst), its CPU, and the statements of each page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

from app import create_app
from app.auth.sign_in import sessions
from app.auth.sign_in.roles import OWNER
from app.auth.sign_in.sessions import Limits, Visitor
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.core import clock
from app.core.ids import timed_id
from app.core.jobs import running
from app.core.settings import Settings
from app.directory.tables import provisioning_log
from app.wiring import JOBS
from bench.worlds import GROUP, World, settle, world

REPEATS = 7
AT_ONCE = 5_000
CARDS = f"""
templates: [{{name: Staff, general: {{name: {{}}, title: {{}}}}}}, {{name: Board, general: {{name: {{}}}}}}]
bindings: [{{group: "{GROUP}", template: Staff}}]
"""
PAGES = (
    "/console",
    "/console/people",
    "/console/people?sort=-changed",
    "/console/people?sort=called",
    "/console/people?search=given4+department+7",
    "/console/people?search=person077777",
    "/console/people?search=nobody+is+called+so",
    "/console/people?state=live",
    "/console/people?state=held",
    "/console/groups",
    "/console/groups?search=every",
    "/console/cards",
    "/console/cards?sort=created",
    "/console/cards?state=live",
    "/console/cards?state=paused",
    "/console/cards?search=person077777%40bench.example",
    "/console/held",
    "/console/bindings",
    "/console/templates",
    "/console/invitations",
    "/console/mail",
    "/console/quality",
    "/console/quality?kind=missing-photo",
    "/console/quality?kind=guest",
    "/console/log",
    "/console/log?outcome=refused",
    "/console/log?kind=Group",
    "/console/log?search=person077777%40bench.example",
    "/console/log?until=2000-01-01",
    "/console/audit",
    "/console/audit?by=people",
    "/console/audit?about=access",
    "/console/audit?search=person077777%40bench.example",
    "/console/jobs",
    "/console/tokens",
    "/console/roles",
    "/console/settings",
    "/console/connection",
    "/console/sign-in",
)
DOWNLOADS = ("/console/people.csv", "/console/cards.csv", "/console/log.csv", "/console/audit.csv")


def main() -> None:
    """Measure, and print a line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--pushes", type=int, default=1_000_000, help="rows of the provisioning log")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    chosen = parser.parse_args()
    for backend in chosen.database or ("sqlite", "postgresql"):
        with world(backend, chosen.people) as made, TemporaryDirectory(prefix="lanyard-bench-") as folder:
            settings = Settings(made.url, Path(folder), public_url="https://cards.example")
            _fill(made, settings, chosen.pushes)
            settle(made)
            app = create_app(settings)
            with closing(app.extensions["lanyard.database"]):
                sys.stdout.write(f"{backend}, {chosen.people:,} people, {chosen.pushes:,} pushes\n")
                _measure(app, _owner(app, made))
                app.extensions["lanyard.chores"].end()


def _fill(made: World, settings: Settings, pushes: int) -> None:
    path = settings.data_dir / "file.yaml"
    path.write_text(CARDS)
    spec = read_file(path)
    made.write(lambda tx: apply(tx, spec))
    now = clock.now()
    for first in range(0, pushes, AT_ONCE):
        rows = [_push(number, pushes, now) for number in range(first, min(first + AT_ONCE, pushes))]
        made.write(lambda tx, rows=rows: tx.execute(insert(provisioning_log), rows))  # type: ignore[misc]
    running.run(made.database, settings, running.named(JOBS, "quality"))


def _push(number: int, pushes: int, now: Any) -> dict[str, Any]:
    at = now - timedelta(days=80) * (1 - number / pushes)
    refused, group = number % 5_000 == 0, number % 20_000 == 1
    return {
        "id": timed_id(at), "at": at, "actor": "token:Entra", "request_id": f"{number:016x}", "method": "PATCH",
        "resource": "Group" if group else "User", "resource_id": f"{number:036}", "person_id": None,
        "user_name": f"person{number % 100_000:06}@bench.example", "past_name_key": None,
        "sentence": "title changed to Engineer", "status": 400 if refused else 200, "scim_type": None,
        "duration_ms": 3.5, "body": None,
    }  # fmt: skip


def _owner(app: Flask, made: World) -> FlaskClient:
    limits = Limits(timedelta(hours=8), timedelta(hours=8))
    visitor = Visitor("owner", roles=frozenset({OWNER}))
    secret = made.write(lambda tx: sessions.begin(tx, visitor, limits))
    client = app.test_client()
    client.set_cookie("__Host-lanyard", secret, domain="cards.example", secure=True)
    return client


def _measure(app: Flask, client: FlaskClient) -> None:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        for path in PAGES:
            _get(client, path)
            times, used = [], time.process_time()
            for _ in range(REPEATS):
                begun = time.perf_counter()
                statements.clear()
                _get(client, path)
                times.append((time.perf_counter() - begun) * 1000)
            cpu = (time.process_time() - used) / REPEATS * 1000
            sys.stdout.write(
                f"  {path:<58} {statistics.median(times):7.1f} {max(times):7.1f} {cpu:7.1f} {len(statements):4}\n"
            )
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    for path in DOWNLOADS:
        begun = time.perf_counter()
        with client.get(path, base_url="https://cards.example", buffered=False) as answer:
            size = sum(len(piece) for piece in answer.iter_encoded())
        sys.stdout.write(f"  {path:<58} {size / 1e6:7.1f} MB in {time.perf_counter() - begun:.1f} s\n")


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url="https://cards.example")
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")


if __name__ == "__main__":
    main()

"""`lanyard jobs`: the background work, its last runs, and a consumer for it."""

from __future__ import annotations

from contextlib import closing

import click

from app.cli.common import Sentences, json_option, open_database, print_json, print_table, settings, shown
from app.core.errors import Refused
from app.core.jobs import consumer, running
from app.core.jobs.runs import DONE
from app.core.logs import configure
from app.wiring import JOBS


@click.group("jobs", cls=Sentences)
def group() -> None:
    """Work that is done in the background, by the hour or when something waits for it."""


@group.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the jobs with their last run and when they are looked at next."""
    with closing(open_database()) as database, database.read(None) as reader:
        found = running.overview(reader, JOBS)
    if as_json:
        print_json(
            [
                {
                    "name": job.name,
                    "does": job.sentence,
                    "started": last and last.started_at,
                    "finished": last and last.finished_at,
                    "outcome": last and (last.outcome or "running"),
                    "sentence": last and last.sentence,
                    "next": due,
                }
                for job, last, due in found
            ]
        )
        return
    print_table(
        ("NAME", "DOES", "LAST RUN", "OUTCOME", "NEXT"),
        [
            (
                job.name,
                job.sentence,
                shown(last.started_at if last else None),
                "-" if last is None else f"{last.outcome or 'running'}: {last.sentence or ''}".rstrip(": "),
                shown(due),
            )
            for job, last, due in found
        ],
    )


@group.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run a job now, here."""
    chosen = settings()
    configure(chosen.log_level)
    with closing(open_database()) as database:
        ended = running.run(database, chosen, running.named(JOBS, name))
    if ended is None:
        raise Refused(f"{name} is running already; `lanyard jobs list` says since when.")
    if ended.outcome != DONE:
        raise Refused(ended.sentence)
    click.echo(ended.sentence, err=True)


@group.command("worker")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def worker(parent: int | None) -> None:
    """Do the background work until stopped: for a node that serves nothing, or beside LANYARD_JOBS=off."""
    chosen = settings()
    configure(chosen.log_level)
    with closing(open_database()) as database:
        consumer.consume(database, chosen, JOBS, parent=parent)

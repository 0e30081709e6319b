"""`lanyard photos`: who has no photo and why, and asking Microsoft Graph once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from app.cards.from_graph import report
from app.cards.from_graph.report import Pictured
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    on_a_line,
    open_database,
    organization_option,
    print_json_list,
    shown,
    write,
)
from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from app.directory import organizations
from app.directory.settings import EVERYONE
from app.photos.graph import rounds
from app.photos.graph.rounds import Round
from app.photos.graph.taking import HAS


@click.group("photos", cls=Sentences)
def group() -> None:
    """Photos that the directory and Microsoft Graph have of people."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the live cards whose template shows the directory's photo and that show none, with the reason."""
    counts: Counter[str] = Counter()
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            current = rounds.of_organization(reader)
            without = _counted(report.every(reader), counts)
            if as_json:
                head = {"photos_from_graph": organization.settings.photos_from_graph, "graph": asdict(current)}
                print_json_list(head, "without", map(asdict, without), lambda: _counts(counts))
                return
            for card in without:
                click.echo(f"{card.state:<10}  {on_a_line(card.user_name):<36}  {card.why or ''}")
    listed = ", ".join(f"{counts[state]} {state}" for state in report.STATES if counts[state])
    click.echo(f"{counts.total()} cards{f': {listed}' if listed else ''}.", err=True)
    for line in _sentences(current):
        click.echo(line, err=True)


@group.command("fetch")
@organization_option
def fetch(slug: str) -> None:
    """Have Microsoft Graph asked about everybody once more, now and not at five past."""

    def work(tx: Transaction) -> None:
        if organizations.settings(tx).photos_from_graph != EVERYONE:
            raise Refused(f"Only with photos_from_graph=everyone: lanyard org set {slug} photos_from_graph=everyone")
        rounds.ask_anew(tx)

    write(slug, work)
    click.echo(f"The background work asks now; `lanyard photos list --org {slug}` says what came of it.", err=True)


def _counted(found: Iterator[Pictured], counts: Counter[str]) -> Iterator[Pictured]:
    for card in found:
        counts[card.state] += 1
        if card.state != HAS:
            yield card


def _counts(counts: Counter[str]) -> dict[str, Any]:
    return {"counts": {state: counts[state] for state in report.STATES}}


def _sentences(current: Round) -> Iterator[str]:
    if current.begun_at is not None:
        until = f"ended {shown(current.ended_at)}" if current.ended_at else "goes on"
        waits = f", not before {shown(current.not_before)}" if current.not_before and not current.ended_at else ""
        yield f"Microsoft Graph: the round of {shown(current.begun_at)} {until}{waits}."
    for problem in (current.problem, current.sign_in_problem):
        if problem is not None:
            yield problem

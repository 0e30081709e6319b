"""`lanyard quality`: what is doubtful in the directory's data, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict

import click
import orjson

from app.cards.quality import report, tabular
from app.cards.quality.subject import Finding
from app.cli.common import find_organization, json_option, open_database, organization_option

_SHOWN = 60
"""Characters of a value that a line for people repeats."""


@click.command("quality")
@organization_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV (RFC 4180) with a header.")
@json_option
def command(slug: str, as_csv: bool, as_json: bool) -> None:
    """List what is doubtful in the directory's data, with what to do in Entra. Nothing is changed."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    counts: Counter[str] = Counter()
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            findings = _counted(report.every(reader), counts)
            if as_csv:
                for line in tabular.lines(findings):
                    click.echo(line, nl=False)
            elif as_json:
                _print_json(findings)
            else:
                for finding in findings:
                    _print(finding)
    click.echo(_summary(counts), err=as_csv or as_json)


def _counted(findings: Iterator[Finding], counts: Counter[str]) -> Iterator[Finding]:
    for finding in findings:
        counts[finding.kind] += 1
        yield finding


def _print_json(findings: Iterator[Finding]) -> None:
    """One document, written finding by finding: there may be more of them than memory holds."""
    separator = "[\n"
    for finding in findings:
        click.echo(separator + orjson.dumps(asdict(finding)).decode(), nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def _print(finding: Finding) -> None:
    who = finding.person or finding.group or finding.template or "-"
    value = finding.value or ""
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    about = f"{finding.field or '-'}{f' {shown!r}' if shown else ''}"
    click.echo(f"{finding.kind:<20}  {who:<36}  {about}")
    click.echo(f"{'':<20}  {finding.problem} {finding.remedy}")


def _summary(counts: Counter[str]) -> str:
    if not counts:
        return "Nothing doubtful was found."
    listed = ", ".join(f"{kind} {counts[kind]}" for kind in report.KINDS if counts[kind])
    return f"{counts.total()} finding{'s' if counts.total() > 1 else ''}: {listed}."

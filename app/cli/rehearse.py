"""`lanyard rehearse`: push a directory file to a SCIM server as Entra would."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from app.cli.common import json_option, print_json
from app.rehearsal import RehearsalError, read_directory, rehearse, sentences
from app.rehearsal.directory import DIALECTS


@click.command("rehearse")
@click.argument("file", type=click.Path(exists=True, path_type=Path), metavar="FILE")
@click.option("--url", required=True, metavar="URL", help="The tenant URL, such as https://cards.example/scim/v2")
@click.option("--token", required=True, metavar="TOKEN", help="The token, without the word Bearer.")
@click.option("--dialect", type=click.Choice(DIALECTS), help="How changes are written; the file's own when left out.")
@json_option
def command(file: Path, url: str, token: str, dialect: str | None, as_json: bool) -> None:
    """Push a directory FILE, or a folder of Entra's CSV exports, as Entra would.

    What is pushed is stored: use an organization made for the trial. The exit status is 1 when an answer was not as
    Entra expects or an attribute did not come back as sent.
    """
    try:
        directory = read_directory(file)
        report = rehearse(directory, url, token, dialect=dialect, progress=partial(click.echo, err=True))
    except RehearsalError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(report.to_json())
    else:
        click.echo("\n".join(sentences(report)))
    if not report.good:
        raise click.exceptions.Exit(1)

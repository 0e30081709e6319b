"""`lanyard migrate`: bring the database up to date."""

from __future__ import annotations

import click

from app.cli.common import settings
from app.core.migrating import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database up to date."""
    before, now = migrate(settings().database_url)
    if before == now:
        click.echo(f"The database is up to date (revision {now}).", err=True)
    else:
        click.echo(f"Brought the database from revision {before or 'none'} to {now}.", err=True)

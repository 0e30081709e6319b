"""`lanyard export`: an organization as the file that `lanyard apply` reads."""

from __future__ import annotations

from pathlib import Path

import click

from app.cards.applying.exporting import export
from app.cli.common import organization_option, write


@click.command("export")
@organization_option
@click.option(
    "--pictures",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pictures into DIR, where the file belongs then too; left out, the file holds them itself.",
)
def command(slug: str, folder: Path | None) -> None:
    """Print settings, templates and bindings as the file that `lanyard apply` reads back to the same state."""
    found = write(slug, lambda tx: export(tx, pictures_beside=folder is not None))
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in found.pictures.items():
                (folder / name).write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written to: {error.strerror}") from error
    click.echo(found.text.encode(), nl=False)

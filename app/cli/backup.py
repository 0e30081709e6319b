"""`lanyard backup`: the whole installation as one file."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import click

from app.auth.sign_in.tables import links, sessions
from app.cards import photo_sweep
from app.cli.common import json_option, open_database, print_json, settings, shown
from app.core import clock
from app.core.backup.files import Files
from app.core.backup.manifest import FORMAT, Contents, Head
from app.core.backup.taking import take
from app.core.clock import rfc3339
from app.core.db import metadata
from app.core.jobs.running import kept_from_running
from app.core.jobs.runs import job_runs
from app.core.migrating import newest_revision
from app.core.secrets import FILE, Sealer, existing_key
from app.core.settings import Settings
from app.core.stores import FolderStore
from app.photos import stored
from app.photos.graph.tables import graph_tokens
from app.photos.preparing import open_store

LEFT_OUT = {sessions, links, graph_tokens, job_runs}
"""What counts for minutes or hours. A session or a link that has ended since would open a door again."""

_COUNTED = (("organizations", "organization"), ("people", "person"), ("cards", "card"), ("photo files", "photo file"))


@click.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--photos/--no-photos",
    default=None,
    help="Whether the files of photos are in it; left out, they are where they lie in a folder and not where in S3.",
)
@click.option("--with-key", is_flag=True, help="Put the installation's secret key into it as well.")
@json_option
def command(path: Path, force: bool, photos: bool | None, with_key: bool, as_json: bool) -> None:
    """Write the whole installation, as it is now, to FILE. Servers may go on."""
    current = settings()
    files = files_of(current)
    included = isinstance(files.store, FolderStore) if photos is None else photos
    key = existing_key(current.secret_key, current.data_dir)
    with closing(open_database()) as database, ExitStack() as meanwhile:
        if included:
            # What it deletes may have been in use at the moment of the backup, whose files are copied one by one.
            said = "A backup was taken, and needed all files to stay."
            meanwhile.enter_context(kept_from_running(database, photo_sweep.JOB, said))
        now = clock.now()
        head = Head(
            format=FORMAT,
            revision=newest_revision(),
            database=current.database_url.get_backend_name(),
            taken_at=rfc3339(now),
            public_url=current.public_url,
            key=mark_of(key),
            photos=included,
        )
        contents = take(
            path,
            current.database_url,
            [table for table in metadata.sorted_tables if table not in LEFT_OUT],
            head,
            files=files if included else None,
            key=key if with_key else None,
            force=force,
        )
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, **described(head, contents), "with_key": bool(with_key and key)})
        return
    click.echo(f"Wrote {path}: {summary(contents)}, {size / 1e6:.1f} MB, as of {shown(now)}.", err=True)
    if not included:
        click.echo("The files of photos are not in it: their store needs a backup of its own.", err=True)
    if contents.missing:
        click.echo(
            f"Photo files that the database speaks of and the store does not have: {contents.missing:,}. The backup"
            " lacks them as well; their cards show initials until the directory pushes other photos.",
            err=True,
        )
    if key is not None:
        click.echo(_about_key(current, with_key), err=True)


def files_of(current: Settings) -> Files:
    """The installation's files of photos."""
    return Files(open_store(current), stored.PLACES, stored.content_type)


def mark_of(key: str | None) -> str | None:
    """What tells secret keys apart without telling them; None for no key."""
    return None if key is None else Sealer(key).mark("which key", "backup")


def described(head: Head, contents: Contents) -> dict[str, object]:
    """What is in a backup, for `--json`."""
    return {
        "taken_at": head.taken_at,
        "revision": head.revision,
        "database": head.database,
        "public_url": head.public_url,
        "tables": {name: rows.count for name, rows in contents.tables.items()},
        "photos": {
            "included": head.photos,
            "files": contents.files,
            "bytes": contents.size,
            "missing": contents.missing,
        },
    }


def summary(contents: Contents) -> str:
    """What is in a backup, in a few words."""
    counts = {name: rows.count for name, rows in contents.tables.items()} | {"photo files": contents.files}
    return ", ".join(f"{counts.get(many, 0):,} {one if counts.get(many) == 1 else many}" for many, one in _COUNTED)


def _about_key(current: Settings, with_key: bool) -> str:
    if with_key:
        return "The secret key is in it: whoever has this file can open what is sealed. Keep it as you keep the key."
    name = current.data_dir / FILE if current.secret_key is None else "LANYARD_SECRET_KEY"
    return (
        f"The secret key is not in it: keep a copy of {name} in another place. Without it, the client secrets of"
        " sign-in and mails that wait cannot be opened after a restore; everything else can."
    )

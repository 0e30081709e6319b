"""`lanyard restore`: an installation made of a backup."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from app.cli import doctor
from app.cli.backup import described, files_of, mark_of, summary
from app.cli.common import ACTOR, json_option, print_json, print_table, settings, shown
from app.cli.serve import PortTaken, check_free
from app.core.backup import restoring
from app.core.backup.restoring import Backup
from app.core.errors import ConfigError, Refused
from app.core.secrets import FILE, existing_key, keep_key
from app.core.settings import Settings
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations

NONE, SAME, OTHER, MISSING, RESTORED = "none", "same", "other", "missing", "restored"
"""What is to be said of the secret key: the backup needs none; the one here is its own, or another; there is none here;
it was in the backup."""


@click.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only see whether FILE is whole, and what is in it.")
@json_option
def command(path: Path, dry_run: bool, as_json: bool) -> None:
    """Make an installation of the backup FILE, on an empty database of either kind. Stop the servers first."""
    current = settings()
    backup = restoring.examine(path)
    key = _key_here(current, backup)
    if not dry_run:
        _ensure_stopped(current)
        _make_folder(current)
        restoring.restore(
            backup,
            current.database_url,
            files=files_of(current),
            after=lambda connection: _finish(connection, current, backup, key),
        )
    found = [] if dry_run else list(doctor.examine(current))
    if as_json:
        document = {"file": str(path), "dry_run": dry_run, **described(backup.head, backup.contents), "key": key}
        health = {"healthy": all(one.ok for one in found), "checks": [asdict(one) for one in found]}
        print_json(document if dry_run else document | health)
        return
    taken_at = shown(datetime.fromisoformat(backup.head.taken_at))
    done = f"{path} is whole: it holds" if dry_run else f"Restored from {path}:"
    click.echo(f"{done} {summary(backup.contents)}, as of {taken_at}.", err=True)
    if found:
        print_table(("CHECK", "", "WHAT"), ((one.check, "ok" if one.ok else "BAD", one.says) for one in found))
    for sentence in _sentences(current, backup, key):
        click.echo(sentence, err=True)
    if not dry_run:
        click.echo(
            "What the directory has pushed since then is not there, and it will not push it again by itself: restart"
            f" provisioning in Entra. Block again who was blocked after {taken_at}, and revoke what was revoked.",
            err=True,
        )


def _key_here(current: Settings, backup: Backup) -> str:
    """One of the words about the key. Raises Refused for a backup that brings one where there is another."""
    here = existing_key(current.secret_key, current.data_dir)
    if backup.key is not None and mark_of(backup.key) != backup.head.key:
        raise Refused("The secret key in the backup is not the one that it says it brings.")
    if backup.head.key is None:
        return NONE
    if mark_of(here) == backup.head.key:
        return SAME
    if backup.key is None:
        return MISSING if here is None else OTHER
    if here is not None:
        raise Refused(
            f"The backup brings its secret key, and there is another: take {_place_of_key(current)} away first."
        )
    return RESTORED


def _place_of_key(current: Settings) -> str:
    return str(current.data_dir / FILE) if current.secret_key is None else "LANYARD_SECRET_KEY"


def _ensure_stopped(current: Settings) -> None:
    try:
        check_free(current.bind)
    except PortTaken as error:
        raise Refused(f"Something listens at {current.bind}: stop the server before you restore.") from error


def _make_folder(current: Settings) -> None:
    try:
        current.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {current.data_dir} cannot be made ({error.strerror}); LANYARD_DATA_DIR names another."
        ) from error


def _finish(connection: Connection, current: Settings, backup: Backup, key: str) -> None:
    """Whoever reads an organization's audit log finds where its history goes back and begins anew."""
    for organization in organizations.every(Reader(connection, None)):
        tx = Transaction(connection, organization.id, actor=ACTOR, request_id=None)
        tx.audit("organization.restored", organization.slug, {"taken_at": backup.head.taken_at})
        tx.finish({})
    if key == RESTORED:
        keep_key(str(backup.key), current.data_dir)


def _sentences(current: Settings, backup: Backup, key: str) -> list[str]:
    """What to mind, as far as there is something."""
    place = _place_of_key(current)
    sentences = {
        MISSING: f"The secret key of that installation is not here: put it to {place} before the first start.",
        OTHER: f"{place} is another secret key than that installation had: put back the one it had.",
        RESTORED: f"The secret key was in the backup; it is {place} now.",
    }
    said = [sentences[key]] if key in sentences else []
    if key in {MISSING, OTHER}:
        said.append(
            "Without it, the client secrets of sign-in (`lanyard sso set` takes them again) and mails that waited"
            " cannot be opened; everything else can."
        )
    if backup.head.public_url != current.public_url:
        said.append(
            f"The cards were at {backup.head.public_url}, and LANYARD_PUBLIC_URL is {current.public_url}: codes that"
            " are printed lead to the former."
        )
    if not backup.head.photos:
        said.append("The files of photos are not in the backup: LANYARD_PHOTO_STORE must name the store that has them.")
    if backup.contents.missing:
        said.append(f"Photo files that were missing when the backup was taken: {backup.contents.missing:,}.")
    return said

"""`lanyard doctor`: whether the installation is in health, and who may use which of its addresses."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import click

from app import create_app
from app.auth.sign_in import provider
from app.auth.sign_in.wanted import is_acceptable
from app.cli import graph_check, sso
from app.cli.common import json_option, print_json, print_table, settings
from app.core import durability
from app.core.errors import LanyardError, Refused
from app.core.jobs.queue import FILE as QUEUE
from app.core.mail import outbox
from app.core.migrating import ensure_migrated
from app.core.secrets import FILE
from app.core.settings import SHORTEST_KEY, Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.settings import OFF
from app.photos import stored
from app.photos.preparing import open_store
from app.web.guards import declared_guard
from app.wiring import HANDLERS

MOST_PROVIDERS = 1000
MOST_PHOTOS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and a sentence about it."""

    check: str
    ok: bool
    says: str


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Look at database, secret key, data folder, public address, photos and providers; `--json` lists routes as well.

    Changes nothing. Ends with 1 when something is not well.
    """
    found = list(examine(settings()))
    if as_json:
        print_json(
            {
                "healthy": all(one.ok for one in found),
                "checks": [asdict(one) for one in found],
                "routes": list(routes(settings())),
            }
        )
    else:
        print_table(("CHECK", "", "WHAT"), ((one.check, "ok" if one.ok else "BAD", one.says) for one in found))
    if not all(one.ok for one in found):
        raise click.ClickException("something is not well with this installation; see above")


def examine(current: Settings) -> Iterator[Finding]:
    """What can be said of the installation, one check after the other."""
    database = _checked("database", lambda: _database(current))
    yield database
    yield _checked("secret key", lambda: _secret_key(current, database.ok))
    yield _checked("data folder", lambda: _data_folder(current))
    yield _checked("public address", lambda: _public_url(current))
    if database.ok:
        with closing(Database(current.database_url, HANDLERS)) as opened:
            yield _checked("files of photos", lambda: _photos(current, opened))
            if not _has_key(current):
                return  # asking providers would make one, and what is sealed cannot be opened anyway
            for slug in provider.slugs(opened, MOST_PROVIDERS):
                yield _checked(f"sign-in of {slug}", lambda slug=slug: f"{sso.probe(slug).issuer} answers.")  # type: ignore[misc]
            with opened.read(None) as reader:
                fetching = [one for one in organizations.every(reader) if one.settings.photos_from_graph != OFF]
            for one in fetching[:MOST_PROVIDERS]:
                yield _checked(f"photos of {one.slug}", partial(graph_check.check, opened, current, one))


def routes(current: Settings) -> Iterator[dict[str, object]]:
    """Every address of the server with its methods and the guard that it declares, in order."""
    # The key does not matter here, and looking must not make the file that holds it.
    app = create_app(replace(current, secret_key=secrets.token_urlsafe(SHORTEST_KEY)))
    try:
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            yield {"route": rule.rule, "methods": methods, "guard": declared_guard(app, rule.endpoint)}
    finally:
        app.extensions["lanyard.chores"].end()
        app.extensions["lanyard.database"].close()


def _checked(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, True, look())
    except (LanyardError, OSError) as error:
        return Finding(check, False, str(error))


def _database(current: Settings) -> str:
    if current.database_url.get_backend_name() == "sqlite":
        path = Path(current.database_url.database or "")
        beside = [path.with_name(f"{path.name}-{more}") for more in ("wal", "shm")]
        for one in (path, *beside, current.data_dir / QUEUE):
            if one.exists():
                _ensure_private(one)
    ensure_migrated(current.database_url)
    with closing(Database(current.database_url, HANDLERS)) as opened:
        durability.check(opened, copied=current.read_database_url is not None)
    return f"{current.database_url.get_backend_name()} answers, and is up to date."


def _has_key(current: Settings) -> bool:
    return current.secret_key is not None or (current.data_dir / FILE).exists()


def _secret_key(current: Settings, readable: bool) -> str:
    if current.secret_key is not None:
        return "LANYARD_SECRET_KEY is set."
    path = current.data_dir / FILE
    if not path.exists():
        if readable and _is_something_sealed(current):
            raise Refused(
                f"{path} is not there, and what is sealed in the database cannot be opened without it: put back the key"
                " that this installation had, or set LANYARD_SECRET_KEY to it"
            )
        return f"{path} will be made at the first start."
    _ensure_private(path)
    if len(path.read_text().strip()) < SHORTEST_KEY:
        raise Refused(f"{path} holds no key of at least {SHORTEST_KEY} characters; it may have been cut")
    return f"{path} is there, for its owner alone."


def _ensure_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise Refused(f"{path} can be read by others than its owner: chmod 600 {path}")


def _is_something_sealed(current: Settings) -> bool:
    with closing(Database(current.database_url, HANDLERS)) as opened, opened.read(None) as reader:
        return bool(provider.slugs(opened, 1)) or outbox.holds_letters(reader)


def _photos(current: Settings, opened: Database) -> str:
    with opened.read(None) as reader:
        looked_for, missing = stored.looked_for(reader, open_store(current), MOST_PHOTOS)
    if missing:
        raise Refused(f"{missing:,} of {looked_for:,} files of photos that were looked for are not in their store")
    return f"{looked_for:,} were looked for, and are there."


def _data_folder(current: Settings) -> str:
    with tempfile.TemporaryFile(dir=current.data_dir):
        return f"{current.data_dir} can be written."


def _public_url(current: Settings) -> str:
    if not is_acceptable(current.public_url):
        raise Refused(
            f"{current.public_url} is plain http beyond this machine: directories and browsers want https. Set"
            " LANYARD_PUBLIC_URL to the https address of the proxy in front."
        )
    return f"{current.public_url} is safe to sign in at."

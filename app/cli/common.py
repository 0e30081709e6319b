"""What all commands share: settings and database of the installation, one sentence for what went wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from typing import Any, TypeVar

import click
import orjson

from app.cards.fingerprints import is_fingerprint
from app.core import trying
from app.core.clock import rfc3339
from app.core.errors import LanyardError
from app.core.jobs.queue import Waker
from app.core.migrating import ensure_migrated
from app.core.secrets import Sealer, installation_key
from app.core.settings import Settings
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations
from app.directory.organizations import Organization
from app.wiring import HANDLERS

T = TypeVar("T")

ACTOR = "cli"


class Sentences(click.Group):
    """A group whose commands end with exit status 1 and one sentence when a rule refuses (LanyardError)."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises ClickException with the sentence of a LanyardError."""
        try:
            return super().invoke(ctx)
        except LanyardError as error:
            raise click.ClickException(str(error)) from error


organization_option = click.option(
    "--org", "slug", required=True, metavar="SLUG", help="The organization's short name."
)


def _fingerprint(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not is_fingerprint(text):
        raise click.BadParameter(f"{text!r} is no plan; a dry run prints one")
    return text


plan_option = click.option(
    "--plan", "expected", metavar="PLAN", callback=_fingerprint, help="Do it only if it is this plan of a dry run."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def settings(**over: str) -> Settings:
    """The installation's settings; `over` are variables that the command line sets instead. Raises ConfigError."""
    return Settings.from_env({**os.environ, **over})


def sealer() -> Sealer:
    """What seals and opens the installation's secrets. Raises ConfigError when there is no key to be had."""
    chosen = settings()
    return Sealer(installation_key(chosen.secret_key, chosen.data_dir))


def open_database() -> Database:
    """The installation's database, as `lanyard migrate` made it. Raises Refused when that has to run first."""
    chosen = settings()
    ensure_migrated(chosen.database_url)
    waker = Waker(chosen.database_url, chosen.data_dir)
    return Database(chosen.database_url, HANDLERS, waker, chosen.read_database_url)


def find_organization(database: Database, slug: str) -> Organization:
    """The organization named on the command line. Raises NotFound."""
    with database.read(None) as reader:
        return organizations.find(reader, slug)


def ensure_one_of(*, dry_run: bool, expected: str | None) -> None:
    """Raise UsageError for a dry run of a plan: it would do nothing either way."""
    if dry_run and expected is not None:
        raise click.UsageError("--dry-run makes a plan and --plan carries one out; give one of them")


def write(slug: str, work: Callable[[Transaction], T]) -> T:
    """What `work` returns, committed, for the organization named on the command line."""
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        return database.write(work, organization_id=organization.id, actor=ACTOR)


def undone(slug: str, work: Callable[[Transaction], T]) -> T:
    """What `work` would return for the organization named on the command line: it is done and taken back.

    A dry run of what is best told by doing it; others wait for it as they would for the act.
    """
    return trying.undone(lambda inner: write(slug, inner), work)


def print_json(content: Any) -> None:
    """`content` as the command's one JSON document; times are RFC 3339."""
    click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME, default=_plain))


def print_json_list(head: dict[str, Any], key: str, entries: Iterable[Any], tail: Callable[[], dict[str, Any]]) -> None:
    """One JSON document of which the list under `key` is printed as it comes, an entry a line, and never held whole.

    `head` stands before it; `tail` is asked for what stands after it once all entries are printed.
    """
    click.echo(_json({**head, key: []})[:-2])
    separator = b""
    for entry in entries:
        click.echo(separator + _json(entry), nl=False)
        separator = b",\n"
    click.echo(b"],\n" + _json(tail())[1:])


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_PASSTHROUGH_DATETIME, default=_plain)


def print_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Rows under a header, in columns as wide as their widest entry.

    A directory's values must not begin lines of their own, nor speak to the terminal: what cannot be printed is a
    replacement character.
    """
    lines = [tuple(header), *(tuple(map(on_a_line, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def on_a_line(text: str) -> str:
    """`text` with a replacement character for all that cannot be printed."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)


def shown(moment: datetime | None) -> str:
    """A time for people, to the minute, in UTC; a hyphen where there is none."""
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")

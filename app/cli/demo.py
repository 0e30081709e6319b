"""`lanyard demo`: what `make demo` and `make run` start, a server with an organization and perhaps a pushed company."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing

import click
import requests

from app.auth import tokens
from app.cards import listing
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.decision import LIVE
from app.cli import serve
from app.cli.common import ACTOR, open_database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.migrating import migrate
from app.core.settings import Settings
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations
from app.directory.organizations import Organization
from app.rehearsal import SAMPLE, SAMPLE_CARDS, RehearsalError, read_directory, rehearse, sentences

SLUG = "demo"
ISSUER = "make"
"""The name of the token that is issued at each start."""
START_SECONDS = 30
LINKS = 5


@click.command("demo")
@click.option("--no-sample", is_flag=True, help="Start without pushing the sample company.")
def command(no_sample: bool) -> None:
    """Start the server with the organization `demo` and push a sample company to it over HTTP."""
    env = {"LANYARD_LOG_LEVEL": "warning", **os.environ}
    settings = Settings.from_env(env)
    serve.check_free(settings.bind)
    migrate(settings.database_url)
    with closing(open_database()) as database:
        token = _prepare(database, sample=not no_sample)
    _introduce(settings, token)
    if not no_sample:
        # In a process of its own: this one becomes the server, which the sample is pushed to from outside.
        pusher = subprocess.Popen(
            [sys.executable, "-c", "from app.cli.demo import push_sample; push_sample()"],
            stdin=subprocess.PIPE,
            env=env,
            text=True,
        )
        assert pusher.stdin is not None
        pusher.stdin.write(token)
        pusher.stdin.close()
    serve.run(settings)


def _prepare(database: Database, *, sample: bool) -> str:
    """The organization `demo`, made when it is not there, and a fresh token for it; the one before is revoked."""
    organization = _organization(database)

    def work(tx: Transaction) -> str:
        if any(token.name == ISSUER and token.revoked_at is None for token in tokens.every(tx)):
            tokens.revoke(tx, ISSUER)
        if sample:
            apply(tx, read_file(SAMPLE_CARDS))
        return tokens.create(tx, ISSUER)

    return database.write(work, organization_id=organization.id, actor=ACTOR)


def _organization(database: Database) -> Organization:
    try:
        with database.read(None) as reader:
            return organizations.find(reader, SLUG)
    except NotFound:
        organization_id = new_id()
        return database.write(
            lambda tx: organizations.create(tx, organization_id, SLUG, name="Demo", phone_region="CH"),
            organization_id=organization_id,
            actor=ACTOR,
        )


def _introduce(settings: Settings, token: str) -> None:
    click.echo(
        f"""
Lanyard listens at {settings.public_url}

  SCIM tenant URL   {settings.public_url}/scim/v2
  Secret token      {token}
"""
    )


def push_sample() -> None:
    """Wait for the server, push the sample company to it, print what to look at.

    Reads the token from standard input.
    """
    token = sys.stdin.read().strip()
    settings = Settings.from_env(os.environ)
    started = time.monotonic()
    _wait_until_ready(settings.public_url)
    try:
        report = rehearse(read_directory(SAMPLE), f"{settings.public_url}/scim/v2", token)
    except RehearsalError as error:
        click.echo(f"The sample was not pushed: {error}", err=True)
        sys.exit(1)
    click.echo(f"Pushed the sample company as Entra would, in {time.monotonic() - started:.1f} s:")
    for sentence in sentences(report):
        click.echo(f"  {sentence}")
    _show_links(settings)


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if requests.get(f"{url}/readyz", timeout=2).ok:
                return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                click.echo(
                    f"The server did not answer at {url}; look at LANYARD_PUBLIC_URL and LANYARD_BIND.", err=True
                )
                sys.exit(1)
        time.sleep(0.1)


def _show_links(settings: Settings) -> None:
    with closing(open_database()) as database, database.read(_organization(database).id) as reader:
        live = list(listing.every(reader, settings.public_url, LIVE))
    # A few that differ: one of each template first, then whoever comes.
    firsts = list({card.template: card for card in reversed(live)}.values())
    chosen = (firsts + [card for card in live if card not in firsts])[:LINKS]
    click.echo("\nCards to open:\n")
    for card in chosen:
        click.echo(f"  {card.url}   {card.display_name or card.user_name}, {card.template}")
    click.echo(
        f"""
What to try next, in another terminal:

  .venv/bin/lanyard cards list --org {SLUG}
  .venv/bin/lanyard apply {SAMPLE_CARDS.relative_to(SAMPLE_CARDS.parents[3])} --org {SLUG} --dry-run
  .venv/bin/lanyard rehearse {SAMPLE.relative_to(SAMPLE.parents[3])} --url {settings.public_url}/scim/v2 --token …

Open a card on a phone by its QR code when LANYARD_PUBLIC_URL is an address the phone can reach. Stop with Ctrl-C."""
    )

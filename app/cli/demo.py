"""`lanyard demo`: what `make demo` and `make run` start, a server with an organization and perhaps a pushed company."""

from __future__ import annotations

import multiprocessing
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.context import ForkProcess
from pathlib import Path

import click
import requests

from app.auth import tokens
from app.auth.sign_in import links
from app.cards import listing
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.decision import LIVE
from app.cards.listing import ListedCard
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
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo")
@click.option("--no-sample", is_flag=True, help="Start without pushing the sample company.")
def command(no_sample: bool) -> None:
    """Start the server with the organization `demo` and push a sample company to it over HTTP."""
    settings = Settings.from_env({"LANYARD_LOG_LEVEL": "warning", **os.environ})
    serve.check_free(settings.bind)  # before the token of a server that runs already is revoked
    migrate(settings.database_url)
    with closing(open_database()) as database:
        token, link = _prepare(database, sample=not no_sample)
    with _serving(settings) as server:
        own_url = _own_url(settings.bind)
        _wait_until_ready(own_url, server)
        _introduce(settings, token, link)
        if no_sample:
            click.echo("Connect a directory as docs/entra-setup.md says. Stop with Ctrl-C.")
        else:
            _push_sample(f"{own_url}/scim/v2", token)
            _show_links(settings)
            _suggest(settings, token)
        server.join()
    sys.exit(server.exitcode)


def _prepare(database: Database, *, sample: bool) -> tuple[str, str]:
    """A fresh token and set-up link of `demo`, which is made when it is not there; the token before is revoked."""
    organization = _organization(database)

    def work(tx: Transaction) -> tuple[str, str]:
        if any(token.name == ISSUER and token.revoked_at is None for token in tokens.every(tx)):
            tokens.revoke(tx, ISSUER)
        if sample:
            apply(tx, read_file(SAMPLE_CARDS))
        return tokens.create(tx, ISSUER), links.create(tx, links.SET_UP)

    return database.write(work, organization_id=organization.id, actor=ACTOR)


def _organization(database: Database) -> Organization:
    try:
        with database.read(None) as reader:
            return organizations.find(reader, SLUG)
    except NotFound:
        organization_id = new_id()
        return database.write(
            lambda tx: organizations.create(tx, organization_id, SLUG, name="Demo"),
            organization_id=organization_id,
            actor=ACTOR,
        )


@contextmanager
def _serving(settings: Settings) -> Iterator[ForkProcess]:
    """The server, in a process of its own; it ends with this one, whether by Ctrl-C, by kill or with the terminal."""
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(settings,), daemon=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # a process forgets what it was told before its first step
    server.start()

    def end(*_: object) -> None:
        _stop(server)
        os._exit(0)  # an exception could strike where nobody passes it on

    for number in ENDING:
        signal.signal(number, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        yield server
    finally:
        _stop(server)


def _serve(settings: Settings) -> None:
    os.setpgrp()  # a terminal's signals come to the process that started this one
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    serve.run(settings)


def _stop(server: ForkProcess) -> None:
    if server.pid is not None and server.is_alive():
        os.kill(server.pid, signal.SIGINT)
    server.join()


def _own_url(bind: str) -> str:
    """Where this machine reaches a server that listens at `bind`, whatever its public address is."""
    host, _, port = bind.rpartition(":")
    return f"http://{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"  # noqa: S104


def _wait_until_ready(url: str, server: ForkProcess) -> None:
    """Return when the server answers. Ends the program when the server ended (it has said why) or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    with requests.Session() as session:
        session.trust_env = False  # a proxy for the outside world has no part in this
        while server.is_alive():
            try:
                if session.get(f"{url}/readyz", timeout=2).ok:
                    return
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise click.ClickException(f"The server did not answer at {url} in {START_SECONDS} s.") from None
            time.sleep(0.05)
    sys.exit(server.exitcode or 1)


def _introduce(settings: Settings, token: str, link: str) -> None:
    click.echo(
        f"""
  SCIM tenant URL   {settings.public_url}/scim/v2
  Secret token      {token}
  Set-up link       {settings.public_url}/setup/{link}   (signs you in as owner, once, within 15 minutes)
"""
    )


def _push_sample(scim_url: str, token: str) -> None:
    started = time.monotonic()
    try:
        report = rehearse(read_directory(SAMPLE), scim_url, token)
    except RehearsalError as error:
        click.echo(f"The sample was not pushed: {error}", err=True)
        return
    click.echo(f"Pushed the sample company as Entra would, in {time.monotonic() - started:.1f} s:")
    for sentence in sentences(report):
        click.echo(f"  {sentence}")


def _show_links(settings: Settings) -> None:
    with closing(open_database()) as database, database.read(_organization(database).id) as reader:
        live = list(listing.every(reader, settings.public_url, LIVE))
    click.echo("\nCards to open:\n")
    for card in _differing(live)[:LINKS]:
        click.echo(f"  {card.url}   {card.display_name or card.user_name}, {card.template}")


def _differing(cards: list[ListedCard]) -> list[ListedCard]:
    """All of them, one of each template first, so that a few show how cards can differ."""
    firsts = list({card.template: card for card in reversed(cards)}.values())
    return firsts + [card for card in cards if card not in firsts]


def _suggest(settings: Settings, token: str) -> None:
    checkout = Path(__file__).parents[2]
    sample, cards = (shlex.quote(str(file.relative_to(checkout))) for file in (SAMPLE, SAMPLE_CARDS))
    click.echo(
        f"""
What to try next, in another terminal in this folder:

  See who has which card, and what it shows:
    .venv/bin/lanyard cards list --org {SLUG}
  Push the company again in Entra's newer dialect; nothing is left to write:
    .venv/bin/lanyard rehearse {sample} --dialect new --url {_own_url(settings.bind)}/scim/v2 --token {token}
  Change a colour in {cards} and see what applying it would do:
    .venv/bin/lanyard apply {cards} --org {SLUG} --dry-run

A phone can scan the QR codes when LANYARD_BIND is 0.0.0.0:8000 and LANYARD_PUBLIC_URL an address that it reaches.
Stop with Ctrl-C."""
    )

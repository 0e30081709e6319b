"""`lanyard serve`: migrate and serve."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace

import click

from app import create_app
from app.cli.common import settings
from app.core.errors import LanyardError
from app.core.logs import configure
from app.core.migrating import ensure_migrated, migrate
from app.core.settings import Settings
from app.web.server import Server


@click.command("serve")
@click.option("--bind", metavar="HOST:PORT", help="Where to listen; LANYARD_BIND when left out.")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes; LANYARD_WORKERS when left out.")
@click.option("--no-migrate", is_flag=True, help="Leave the database as it is.")
def command(bind: str | None, workers: int | None, no_migrate: bool) -> None:
    """Migrate the database and serve until stopped; prints the address when ready."""
    chosen = settings(LANYARD_BIND=bind) if bind is not None else settings()
    if workers is not None:
        chosen = replace(chosen, workers=workers)
    if no_migrate:
        ensure_migrated(chosen.database_url)
    else:
        migrate(chosen.database_url)
    run(chosen)


def run(chosen: Settings) -> None:
    """Serve until stopped. Raises PortTaken at once when somebody else listens there."""
    check_free(chosen.bind)
    configure(chosen.log_level)
    worker = (lambda: _start_worker(chosen)) if chosen.jobs == "on" else None
    Server(chosen, create_app, lambda: click.echo(f"Lanyard is ready: {chosen.public_url}", err=True), worker).run()


def _start_worker(chosen: Settings) -> subprocess.Popen[bytes]:
    """The background work of this server, in a process of its own that ends with this one."""
    # What the command line or `lanyard demo` set beside the environment.
    said = {"LANYARD_PUBLIC_URL": chosen.public_url, "LANYARD_LOG_LEVEL": chosen.log_level}
    command = [sys.executable, "-P", "-m", "app", "jobs", "worker", "--parent", str(os.getpid())]
    return subprocess.Popen(command, env={**os.environ, **said}, stdin=subprocess.DEVNULL)  # noqa: S603 (our own)


class PortTaken(LanyardError):
    """Somebody listens at the address already."""


def check_free(bind: str) -> None:
    """Return when nobody listens at `bind`. Raises PortTaken with what to do about it."""
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise PortTaken(
                f"Cannot listen at {bind}: {error.strerror}. Choose another address with LANYARD_BIND=HOST:PORT."
            ) from error

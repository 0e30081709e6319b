"""`lanyard serve` and `lanyard migrate` as an operator or a service manager uses them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import URL

from app.core.migrating import newest_revision
from app.core.settings import Settings
from tests.jobs.conftest import wait_until
from tests.support.nodes import Node
from tests.support.server import CHECKOUT, Server, environment_of, running, start


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation that was never started."""
    return environment_of(URL.create("sqlite", database=str(tmp_path / "new" / "lanyard.db")), tmp_path)


def outcome(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """How a command that is refused ends: its exit status, what it says."""
    process = start(environment, *arguments, stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=60)
    return process.returncode, told.decode().strip()


def test_it_migrates_serves_and_says_where(environment: dict[str, str], tmp_path: Path) -> None:
    with running(URL.create("sqlite", database=str(tmp_path / "new" / "lanyard.db")), tmp_path) as server:
        answers = {
            path: requests.get(server.base_url + path, timeout=5).status_code for path in ("/healthz", "/readyz")
        }

        assert answers == {"/healthz": 200, "/readyz": 200}
        assert f"Lanyard is ready: {server.base_url}" in server.log.read_text()


def test_a_database_that_was_not_migrated_is_not_served(environment: dict[str, str]) -> None:
    code, told = outcome(environment, "serve", "--no-migrate")

    assert code == 1
    assert told.endswith("is not up to date; `lanyard migrate` brings it there.")


def test_commands_on_a_database_that_was_not_migrated_say_what_to_do(environment: dict[str, str]) -> None:
    before = outcome(environment, "org", "list")
    migrated = outcome(environment, "migrate")
    again = outcome(environment, "migrate")
    after = outcome(environment, "org", "list")

    assert before[0] == 1
    assert "`lanyard migrate`" in before[1]
    assert migrated == (0, f"Brought the database from revision none to {newest_revision()}.")
    assert again == (0, f"The database is up to date (revision {newest_revision()}).")
    assert after[0] == 0


def test_what_it_keeps_can_be_read_by_nobody_else(environment: dict[str, str], tmp_path: Path) -> None:
    environment["LANYARD_JOBS"] = "on"
    node = Node(environment, tmp_path / "log")
    node.start()
    try:
        wait_until((tmp_path / "jobs.db").exists, "the queue is there")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.rglob("*.db*")}
    finally:
        node.end()

    assert {"lanyard.db", "lanyard.db-wal", "jobs.db"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_an_address_that_is_taken_is_named_with_what_to_do(environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"

        code, told = outcome(environment, "serve", "--bind", taken)

    assert code == 1
    assert (
        told
        == f"Error: Cannot listen at {taken}: Address already in use. Choose another address with LANYARD_BIND=HOST:PORT."
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        pytest.param("DATABASE_URL", "mysql://host/name", id="a database of another kind"),
        pytest.param("DATABASE_URL", "sqlite://", id="a database in memory"),
        pytest.param("DATABASE_URL", "postgresql://host:port/name", id="a database at a port that is no number"),
        pytest.param("LANYARD_BIND", "8000", id="an address without host"),
        pytest.param("LANYARD_PUBLIC_URL", "cards.example", id="an address without scheme"),
        pytest.param("LANYARD_PUBLIC_URL", "https://[::1", id="half an address"),
        pytest.param("LANYARD_PUBLIC_URL", "https://cards.example:https", id="a port that is no number"),
        pytest.param("LANYARD_PUBLIC_URL", "https://cards.example\n/go", id="an address in two lines"),
        pytest.param("LANYARD_PUBLIC_URL", "https://cards..exämple", id="a name with a hole"),
        pytest.param("LANYARD_WORKERS", "0", id="no workers"),
        pytest.param("LANYARD_THREADS", "many", id="a number in words"),
        pytest.param("LANYARD_READ_DATABASE_URL", "sqlite:////copy.db", id="a copy of what has none"),
        pytest.param("LANYARD_READ_DATABASE_URL", "postgresql://copy/lanyard", id="a copy of SQLite, which has none"),
        pytest.param("LANYARD_DRAIN_SECONDS", "2.5", id="half a second"),
        pytest.param("LANYARD_MAX_BODY_BYTES", "1", id="a limit below what directories send"),
        pytest.param("LANYARD_REQUESTS_PER_SECOND", "-1", id="less than nothing"),
        pytest.param("LANYARD_LOG_LEVEL", "loud", id="a word that is none of the choices"),
        pytest.param("LANYARD_JOBS", "maybe", id="neither on nor off"),
        pytest.param("LANYARD_SECRET_KEY", "short", id="a key that can be guessed"),
        pytest.param("LANYARD_SMTP_URL", "smtp://mail.example", id="a mail server without a sender"),
        pytest.param("LANYARD_PHOTO_HOSTS", "photos.example,127.0.0.1", id="an IP address for a host"),
        pytest.param("LANYARD_MAIL_PER_MINUTE", "0", id="no mails at all"),
    ],
)
def test_a_malformed_setting_stops_the_start_with_a_sentence_that_names_it(
    environment: dict[str, str], setting: str, value: str
) -> None:
    code, told = outcome({**environment, setting: value}, "serve")

    assert code == 1
    assert setting in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_takes_its_workers_along(server: Server, number: signal.Signals, tmp_path: Path) -> None:
    environment = {**server.environment, **environment_of(URL.create("sqlite", database="unused"), tmp_path)}
    environment["DATABASE_URL"] = server.environment["DATABASE_URL"]
    with start(environment, "serve", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()

        process.send_signal(number)
        process.wait(timeout=10)
        rest = process.stderr.read().decode()  # ends when the last worker has closed it

    assert line.startswith("Lanyard is ready")
    assert rest == ""
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(environment["LANYARD_PUBLIC_URL"] + "/healthz", timeout=2)


@pytest.mark.parametrize("number", ["SIGQUIT", "SIGINT", "SIGTERM"])
def test_a_worker_that_is_told_to_end_before_its_first_step_ends(environment: dict[str, str], number: str) -> None:
    command = [sys.executable, "-m", "tests.setup.newborn_workers", number]

    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=100, check=True
    )

    assert done.stdout == "5\n"


def test_told_to_stop_it_says_so_at_readyz_and_goes_on_answering_until_told_again(
    server: Server, tmp_path: Path
) -> None:
    database = {"DATABASE_URL": server.environment["DATABASE_URL"], "LANYARD_DRAIN_SECONDS": "600"}
    node = Node({**environment_of(URL.create("sqlite", database="unused"), tmp_path), **database}, tmp_path / "log")
    node.start()
    try:
        os.kill(node.pid, signal.SIGTERM)
        wait_until(lambda: requests.get(f"{node.base_url}/readyz", timeout=5).status_code == 503, "it says so")
        alive = requests.get(f"{node.base_url}/healthz", timeout=5)
        told_again = node.stop()
    finally:
        node.end()

    assert (alive.status_code, told_again) == (200, 0)


def test_a_request_line_may_hold_a_filter_of_4_kilobytes(server: Server) -> None:
    names = " or ".join(
        f'userName eq "{number:02}.somebody-with-a-rather-long-name@nordwind.example"' for number in range(56)
    )
    assert 3_800 < len(names) < 4_096

    answer = requests.get(
        f"{server.scim_url}/Users",
        params={"filter": names},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=5,
    )

    assert answer.status_code == 200


def test_a_public_url_of_any_script_is_one_that_headers_can_carry() -> None:
    settings = Settings.from_env({"LANYARD_PUBLIC_URL": "https://karten.bücher.example/für-alle/"})

    assert settings.public_url == "https://karten.xn--bcher-kva.example/f%C3%BCr-alle"

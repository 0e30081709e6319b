"""What `make demo` and `make run` start: from nothing to cards that open."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import URL

from tests.support.server import environment_of, run_lanyard, start

Environment = dict[str, str]


@pytest.fixture
def environment(database_url: URL, tmp_path: Path) -> Environment:
    """An installation of its own, on either kind of database in turn."""
    return environment_of(database_url, tmp_path)


@contextmanager
def started(environment: Environment, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The demo, in a process group of its own as a terminal would give it; ended afterwards."""
    options = ("demo", *options)
    with start(environment, *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0) as process:
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """What Ctrl-C does: the whole group is interrupted."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=20)


def told_until(process: subprocess.Popen[bytes], sentence: str) -> str:
    """Everything it printed up to the line with `sentence`."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.decode())
        if sentence in lines[-1]:
            return "".join(lines)
    raise AssertionError(f"it ended without saying {sentence!r}:\n{''.join(lines)}")


def token_in(told: str) -> str:
    [token] = re.findall(r"Secret token\s+(\S+)", told)
    return str(token)


def status_with(environment: Environment, token: str) -> int:
    url = f"{environment['LANYARD_PUBLIC_URL']}/scim/v2/Users?count=0"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code


def test_it_prints_a_tenant_url_a_token_and_five_cards_that_open(environment: Environment) -> None:
    with started(environment) as process:
        told = told_until(process, "Stop with Ctrl-C")
        cards = re.findall(r"^  (http\S+/c/\S+)", told, re.MULTILINE)

        assert f"SCIM tenant URL   {environment['LANYARD_PUBLIC_URL']}/scim/v2" in told
        assert status_with(environment, token_in(told)) == 200
        assert [requests.get(card, timeout=5).status_code for card in cards] == [200] * 5
        assert "Every answer was one that Entra expects." in told
        assert "Every attribute came back as sent." in told


def test_a_second_start_writes_nothing_and_replaces_its_own_token_alone(environment: Environment) -> None:
    with started(environment) as process:
        first = token_in(told_until(process, "Stop with Ctrl-C"))
        others = run_lanyard(environment, "token", "create", "--org", "demo", "--name", "Entra").strip()

    with started(environment) as process:
        told = told_until(process, "Stop with Ctrl-C")

        assert ", 0 writes among them." in told
        assert {name: status_with(environment, token) for name, token in
                {"first": first, "second": token_in(told), "others": others}.items()} \
            == {"first": 401, "second": 200, "others": 200}  # fmt: skip


def test_without_the_sample_there_is_an_organization_and_nobody_in_it(environment: Environment) -> None:
    with started(environment, "--no-sample") as process:
        told = told_until(process, "Stop with Ctrl-C")

        assert status_with(environment, token_in(told)) == 200
        assert [one["slug"] for one in json.loads(run_lanyard(environment, "org", "list", "--json"))] == ["demo"]
        assert json.loads(run_lanyard(environment, "cards", "list", "--org", "demo", "--json")) == []


def test_every_suggested_command_does_what_is_said_of_it(environment: Environment) -> None:
    with started(environment) as process:
        told = told_until(process, "Stop with Ctrl-C")
        suggested = re.findall(r"^    \.venv/bin/lanyard (.*)$", told, re.MULTILINE)
        answers = [run_lanyard(environment, *command.split()) for command in suggested]

    assert [command.split()[0] for command in suggested] == ["cards", "rehearse", "apply"]
    assert "regula.ammann@nordwind.example" in answers[0]
    assert ", 0 writes among them." in answers[1]
    assert answers[2]


def a_moment_after(sentence: str) -> Callable[[subprocess.Popen[bytes]], None]:
    def wait(process: subprocess.Popen[bytes]) -> None:
        told_until(process, sentence)
        time.sleep(0.05)

    return wait


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(a_moment_after("Lanyard is ready"), id="while the server starts"),
        pytest.param(a_moment_after("Secret token"), id="while the company is pushed"),
        pytest.param(a_moment_after("Stop with Ctrl-C"), id="when all is done"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "a closed terminal"])
def test_it_ends_quietly_and_leaves_nothing_behind(
    environment: Environment, wait: Callable[[subprocess.Popen[bytes]], None], number: signal.Signals
) -> None:
    with started(environment) as process:
        wait(process)
        os.killpg(process.pid, number)
        process.wait(timeout=20)

        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read().decode()  # it ends when the last process has closed it
        assert process.returncode == 0
        with pytest.raises(requests.ConnectionError):
            requests.get(environment["LANYARD_PUBLIC_URL"] + "/healthz", timeout=2)


def test_killed_alone_it_takes_its_server_along(environment: Environment) -> None:
    with started(environment, "--no-sample") as process:
        told_until(process, "Stop with Ctrl-C")
        process.terminate()
        process.wait(timeout=20)

        with pytest.raises(requests.ConnectionError):
            requests.get(environment["LANYARD_PUBLIC_URL"] + "/healthz", timeout=2)


def test_beside_a_running_one_it_refuses_and_leaves_that_ones_token_alone(environment: Environment) -> None:
    with started(environment, "--no-sample") as process:
        token = token_in(told_until(process, "Stop with Ctrl-C"))
        other = start(environment, "demo", stderr=subprocess.PIPE)
        _, told = other.communicate(timeout=20)

        assert other.returncode == 1
        assert told.decode().startswith(
            f"Error: Cannot listen at {environment['LANYARD_BIND']}: Address already in use."
        )
        assert status_with(environment, token) == 200


def test_it_reaches_its_own_server_whatever_the_public_address_is(environment: Environment) -> None:
    port = environment["LANYARD_BIND"].rpartition(":")[2]
    public = {**environment, "LANYARD_PUBLIC_URL": "https://cards.example", "LANYARD_BIND": f"0.0.0.0:{port}"}

    with started(public) as process:
        told = told_until(process, "Stop with Ctrl-C")

    assert "SCIM tenant URL   https://cards.example/scim/v2" in told
    assert "Every attribute came back as sent." in told
    assert len(re.findall(r"^  https://cards\.example/c/\S+", told, re.MULTILINE)) == 5

"""The environment is made from nothing but a Python, and only when something changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.server import CHECKOUT

TOOLS = ("cat", "cksum", "dirname", "readlink", "rm", "chmod", "flock", "sh")
"""What the script uses of the system; none of them is a Python."""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder to search for programs that holds no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that requires no packages, in a folder whose name has a space."""
    folder = tmp_path / "a checkout"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(CHECKOUT / "scripts" / "bootstrap", folder / "scripts")
    for lock in ("requirements.lock", "requirements-judges.lock"):
        (folder / lock).write_text("# nothing\n")
    (folder / "app").mkdir()
    (folder / "app" / "__main__.py").write_text("import sys; print('lanyard', *sys.argv[1:])\n")
    return folder


def python_that(folder: Path, name: str, body: str) -> None:
    """A stand-in for a Python: a shell script with `body` in front of the real one."""
    (folder / name).write_text(f'#!/bin/sh\n{body}\nexec {sys.executable} "$@"\n')
    (folder / name).chmod(0o755)


def bootstrap(checkout: Path, tools: Path, kind: str = "run") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "bootstrap", kind],
        env={"PATH": str(tools)}, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_a_python_that_is_new_enough_it_says_which_one_it_needs(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", "exit 1  # as `sys.version_info < (3, 11)` answers")

    done = bootstrap(checkout, tools)

    assert done.returncode == 1
    assert "Lanyard needs Python 3.11 or newer, and there is none here." in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_venv_it_names_the_package_that_brings_it(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')

    done = bootstrap(checkout, tools)

    assert done.returncode == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_can_make_environments_is_preferred_to_one_that_cannot(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    python_that(tools, "python3.12", "")

    assert bootstrap(checkout, tools).returncode == 0


def test_the_command_works_from_any_folder_and_a_second_time_nothing_is_done(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", "")

    first = bootstrap(checkout, tools)
    started = time.monotonic()
    second = bootstrap(checkout, tools)
    seconds = time.monotonic() - started
    command = subprocess.run(
        [checkout / ".venv" / "bin" / "lanyard", "org", "list"], cwd="/", capture_output=True, text=True, check=True
    )

    assert (first.returncode, first.stderr) == (0, "Setting up .venv from requirements.lock …\n")
    assert (second.returncode, second.stderr) == (0, "")
    assert seconds < 2
    assert command.stdout == "lanyard org list\n"


def test_a_changed_lock_is_installed_and_a_moved_checkout_made_anew(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", "")
    bootstrap(checkout, tools)
    (checkout / "requirements.lock").write_text("# nothing either\n")

    changed = bootstrap(checkout, tools)
    moved = bootstrap(checkout.rename(checkout.with_name("elsewhere")), tools)

    assert "Setting up" in changed.stderr
    assert "Setting up" in moved.stderr
    assert sorted(path.name for path in checkout.parent.iterdir()) == ["bin", "elsewhere"]


def test_what_cannot_be_installed_stops_it_and_is_tried_again(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", "")
    (checkout / "requirements.lock").write_text("./absent-1.0-py3-none-any.whl\n")

    first, second = bootstrap(checkout, tools), bootstrap(checkout, tools)

    assert first.returncode != 0
    assert "absent-1.0" in first.stderr
    assert second.returncode != 0


def test_the_judges_get_an_environment_of_their_own(checkout: Path, tools: Path) -> None:
    python_that(tools, "python3", "")

    first = bootstrap(checkout, tools, "judges")
    second = bootstrap(checkout, tools, "judges")

    assert (first.returncode, first.stderr) == (0, "Setting up .venv-judges from requirements-judges.lock …\n")
    assert (second.returncode, second.stderr) == (0, "")
    assert not (checkout / ".venv").exists()
    assert (checkout / ".venv-judges" / "bin" / "python").exists()
    assert not (checkout / ".venv-judges" / "bin" / "lanyard").exists()


def test_it_knows_three_kinds(checkout: Path, tools: Path) -> None:
    assert bootstrap(checkout, tools, "production").returncode == 2

"""A command that is killed in the middle: nothing bears the name of a backup, nothing is half restored."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from tests.backup.conftest import Place
from tests.backup.test_taking import keep_pictures
from tests.cards.conftest import Company
from tests.support.server import environment_of, start

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATIENCE_SECONDS = 60
SOME_BYTES = 1_000_000


def killed(place: Place, command: str, file: Path, *, when: Callable[[], bool]) -> None:
    """Run `lanyard COMMAND FILE` and kill it in the middle."""
    process: Popen[bytes] = start(
        environment_of(place.url, place.folder), command, str(file), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not when():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.001)
    finally:
        process.kill()
    assert process.wait(timeout=PATIENCE_SECONDS) != 0


def size(*paths: Path) -> int:
    return sum(path.stat().st_size for path in paths if path.exists())


def test_a_backup_that_is_killed_has_no_name(source: Place, nordwind: Company, file: Path) -> None:
    keep_pictures(nordwind, 40)

    killed(source, "backup", file, when=lambda: size(*file.parent.iterdir()) > SOME_BYTES)

    assert not file.exists()
    assert all(path.name.startswith(f".{file.name}.") for path in file.parent.iterdir())


def test_a_restore_that_is_killed_has_done_nothing_and_can_be_begun_anew(
    source: Place, nordwind: Company, file: Path, empty: Place
) -> None:
    keep_pictures(nordwind, 40)
    source.run("backup", file)

    log = Path(f"{empty.url.database}-wal")
    killed(empty, "restore", file, when=lambda: size(log) > SOME_BYTES)
    before = empty.refused("org", "list")
    empty.run("restore", file)

    assert "is not up to date" in before
    assert empty.json("org", "list")[0]["slug"] == "nordwind"
    assert len(empty.rows()["pictures"]) == len(source.rows()["pictures"]) == 41

"""Restoring: onto nothing, with nobody at work there, and with a word on what the file does not have."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from app.core.backup.restoring import examine, restore
from app.core.db import parse_url
from app.core.errors import Refused
from app.core.migrating import config, create_engine, migrate
from tests.backup.conftest import KEY, Place, files_of, mode_of
from tests.backup.crafting import craft_of
from tests.backup.test_taking import set_provider
from tests.cards.conftest import Company
from tests.support.rows import fill

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OTHER_KEY = "o" * 44


def checks(said: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {one["check"]: one["ok"] for one in said["checks"]}


def test_it_ends_with_a_look_at_the_installation(target: Place, file: Path, source: Place, nordwind: Company) -> None:
    source.run("backup", file)

    said = target.json("restore", file)

    assert said["healthy"]
    assert checks(said) == dict.fromkeys(
        ("database", "secret key", "data folder", "public address", "files of photos"), True
    )
    assert (said["tables"]["people"], said["tables"]["cards"], said["photos"]["files"]) == (3, 2, 4)
    assert said == target.json("restore", file, "--dry-run") | {
        "dry_run": False,
        "healthy": True,
        "checks": said["checks"],
    }


def test_a_database_that_was_only_migrated_and_started_is_empty(target: Place, backup: Path) -> None:
    migrate(target.url)
    target.run("jobs", "run", "sweep")

    target.run("restore", backup)

    assert target.json("org", "list")[0]["slug"] == "nordwind"


@SQLITE
def test_the_last_writes_of_a_database_that_was_moved_without_them_are_not_thrown_away(
    empty: Place, backup: Path
) -> None:
    left = Path(f"{empty.url.database}-wal")
    left.write_bytes(b"what was written last")

    said = empty.refused("restore", backup)

    assert said.startswith(f"{left} holds the last writes of a database that is not there any more")
    assert left.read_bytes() == b"what was written last"


@SQLITE
def test_a_data_folder_is_made_where_there_is_none(empty: Place, backup: Path) -> None:
    fresh = Place(empty.url, empty.folder / "new" / "data")

    assert checks(fresh.json("restore", backup))["data folder"] is True
    assert "cannot be made (File exists)" in empty.refused("restore", backup, LANYARD_DATA_DIR=str(backup))


def test_what_is_there_is_never_replaced(target: Place, source: Place, backup: Path) -> None:
    migrate(target.url)
    target.run("org", "create", "other")
    before = target.rows()

    said = target.refused("restore", backup)

    assert said.startswith("The database holds something already: there are rows in organizations, audit_log")
    assert said.endswith(
        "Name an empty one in DATABASE_URL, or move this one away first (of SQLite, with the -wal and -shm beside it)."
    )
    assert target.rows() == before
    assert target.files() == {}


@SQLITE
def test_a_server_that_runs_there_is_to_be_stopped_first(empty: Place, backup: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bind = f"127.0.0.1:{listener.getsockname()[1]}"
        said = empty.refused("restore", backup, LANYARD_BIND=bind)

    assert said == f"Something listens at {bind}: stop the server before you restore."
    assert not Path(str(empty.url.database)).exists()


@SQLITE
def test_a_store_that_cannot_be_written_leaves_an_empty_database(empty: Place, backup: Path) -> None:
    empty.photos.write_text("in the way")

    said = empty.refused("restore", backup)
    empty.photos.unlink()
    empty.run("restore", backup)

    assert said.startswith("The store of photos cannot be used at the moment")
    assert len(empty.files()) == 4


@SQLITE
def test_files_that_were_put_are_taken_back_and_others_left(empty: Place, source: Place, backup: Path) -> None:
    """The key cannot be kept, which is the last that is done."""
    source.run("backup", backup, "--force", "--with-key", LANYARD_SECRET_KEY=KEY)
    one, *_ = source.files()
    (empty.photos / one).parent.mkdir(parents=True)
    shutil.copy(source.photos / one, empty.photos / one)
    (empty.folder / "secret-key").symlink_to("/nonexistent/key")

    said = empty.refused("restore", backup)

    assert said == f"{empty.folder / 'secret-key'} cannot be made: No such file or directory"
    assert empty.files().keys() == {one}
    assert "is not up to date" in empty.refused("org", "list")


@SQLITE
def test_nothing_is_restored_where_the_file_changes_while_it_is_read(empty: Place, backup: Path) -> None:
    """It is read twice, and checked twice."""
    found = examine(backup)
    whole = bytearray(backup.read_bytes())
    whole[-3 * 512] ^= 1
    backup.write_bytes(whole)

    with pytest.raises(Refused, match="is damaged: it is not, byte by byte, what was written"):
        restore(found, empty.url, files=files_of(empty), after=lambda _: None)

    assert "is not up to date" in empty.refused("org", "list")
    assert empty.files() == {}


@pytest.mark.parametrize("revision", ["0001", "0009", "0015", "0020"])
def test_a_backup_of_an_earlier_version_is_brought_up_to_date(
    target: Place, file: Path, tmp_path: Path, revision: str
) -> None:
    engine = create_engine(parse_url(f"sqlite:///{tmp_path / 'old.db'}"))
    with engine.begin() as connection:
        command.upgrade(config(connection), revision)
        fill(connection)
        connection.execute(text("UPDATE organizations SET settings = '{}'"))
        craft_of(file, connection, revision)
    engine.dispose()

    target.run("restore", file)

    after = target.rows()
    assert after["organizations"][0]["slug"] == "x"
    assert len(after["people"]) == len(after["cards"]) == len(after["scim_users"]) == 1
    assert migrate(target.url)[0] == migrate(target.url)[1]


@SQLITE
@pytest.mark.parametrize(
    ("here", "key", "bad", "sentence"),
    [
        pytest.param(KEY, "same", ["sign-in of nordwind"], "", id="the same"),
        pytest.param(
            None, "missing", ["secret key"], "The secret key of that installation is not here: put it", id="none"
        ),
        pytest.param(
            OTHER_KEY, "other", ["sign-in of nordwind"], "is another secret key than that installation", id="other"
        ),
    ],
)
def test_the_key_of_then_is_asked_for(
    source: Place,
    nordwind: Company,
    file: Path,
    empty: Place,
    here: str | None,
    key: str,
    bad: list[str],
    sentence: str,
) -> None:
    """No provider answers in a test; where the key is the same, that is what is said of it."""
    set_provider(nordwind, KEY)
    source.run("backup", file, LANYARD_SECRET_KEY=KEY)
    key_here = here or ""

    before = empty.json("restore", file, "--dry-run", LANYARD_SECRET_KEY=key_here)
    said = empty.run("restore", file, LANYARD_SECRET_KEY=key_here).stderr
    health = empty.json("doctor", code=1, LANYARD_SECRET_KEY=key_here)

    assert before["key"] == key
    assert sentence in said
    assert [one["check"] for one in health["checks"] if not one["ok"]] == bad
    assert ("sealed with another LANYARD_SECRET_KEY" in str(health)) is (key == "other")
    assert not (empty.folder / "secret-key").exists()


@SQLITE
def test_a_key_that_is_in_the_backup_is_put_into_its_place(
    source: Place, nordwind: Company, file: Path, empty: Place
) -> None:
    source.run("backup", file, "--with-key", LANYARD_SECRET_KEY=KEY)

    said = empty.run("restore", file).stderr

    assert f"The secret key was in the backup; it is {empty.folder / 'secret-key'} now." in said
    assert (empty.folder / "secret-key").read_text() == KEY
    assert mode_of(empty.folder / "secret-key") == 0o600


@SQLITE
def test_a_key_that_is_there_is_not_replaced(source: Place, nordwind: Company, file: Path, empty: Place) -> None:
    source.run("backup", file, "--with-key", LANYARD_SECRET_KEY=KEY)
    (empty.folder / "secret-key").write_text(OTHER_KEY)

    said = empty.refused("restore", file)

    assert said.endswith(f"there is another: take {empty.folder / 'secret-key'} away first.")
    assert (empty.folder / "secret-key").read_text() == OTHER_KEY


@SQLITE
def test_another_address_is_named(empty: Place, backup: Path) -> None:
    said = empty.run("restore", backup, LANYARD_PUBLIC_URL="https://new.example").stderr

    assert "The cards were at https://cards.example, and LANYARD_PUBLIC_URL is https://new.example" in said
    assert "restart provisioning in Entra" in said


@SQLITE
def test_photos_that_were_left_out_are_looked_for(source: Place, nordwind: Company, file: Path, empty: Place) -> None:
    source.run("backup", file, "--no-photos")

    said = empty.run("restore", file)
    shutil.copytree(source.photos, empty.photos)

    assert "LANYARD_PHOTO_STORE must name the store that has them" in said.stderr
    assert "files of photos  BAD  The store of photos cannot be used" in said.stdout
    assert checks(empty.json("doctor"))["files of photos"] is True

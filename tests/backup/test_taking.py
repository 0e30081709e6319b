"""Taking a backup: one file that is whole or not there, of everything that belongs to one moment."""

from __future__ import annotations

import os
import secrets
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, text, update

from app.auth.sign_in import provider
from app.cards import photo_sweep
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.jobs import running
from app.core.jobs.running import Job
from app.core.migrating import create_engine
from app.core.secrets import Sealer
from app.core.unit_of_work import Database, Transaction
from app.directory.tables import pictures
from app.photos.tables import photo_files, photo_uses, photos
from app.wiring import JOBS
from tests.backup.conftest import KEY, Place, mode_of
from tests.cards.conftest import Company
from tests.photos.conftest import pushed
from tests.support.photos import prepare
from tests.support.server import CHECKOUT, LANYARD, environment_of

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@SQLITE
def test_the_file_is_its_owners_alone_and_everybodys_tar_lists_it(source: Place, backup: Path) -> None:
    with tarfile.open(backup) as archive:
        listed = archive.getnames()

    assert mode_of(backup) == 0o600
    assert listed[0] == "lanyard-backup.json"
    assert "tables/people/000000.jsonl.gz" in listed
    assert {name.removeprefix("photos/") for name in listed if name.startswith("photos/")} == source.files().keys()
    assert os.listdir(backup.parent) == [backup.name]


@SQLITE
def test_what_is_there_is_replaced_only_when_asked(source: Place, nordwind: Company, file: Path) -> None:
    file.write_text("mine")

    said = source.refused("backup", file)
    kept = file.read_text()
    source.run("backup", file, "--force")

    assert said == f"{file} is there already; name another file, or say --force to replace it."
    assert kept == "mine"
    assert source.json("restore", file, "--dry-run")["tables"]["people"] == 3


@SQLITE
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("nowhere/x", "cannot be written: No such file or directory", id="no folder"),
        pytest.param("", "is a folder; name the file that the backup shall be.", id="a folder"),
    ],
)
def test_a_file_that_cannot_be_is_named(
    source: Place, nordwind: Company, tmp_path_factory: pytest.TempPathFactory, name: str, sentence: str
) -> None:
    folder = tmp_path_factory.mktemp("folder")

    assert f"{folder / name} {sentence}" in source.refused("backup", folder / name)
    assert os.listdir(folder) == []


@SQLITE
def test_a_full_disk_leaves_nothing(source: Place, nordwind: Company, file: Path) -> None:
    """A limit of 2 MB on the size of files stands for a disk that has so much room left."""
    environment = environment_of(source.url, source.folder) | {"PYTHONDONTWRITEBYTECODE": "1"}
    next(source.photos.rglob("*.jpg")).write_bytes(secrets.token_bytes(3_000_000))

    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 4096; exec "$@"', "sh", *LANYARD, "backup", str(file)],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"{file} cannot be written: File too large. Nothing of it was left there.")
    assert os.listdir(file.parent) == []


@SQLITE
def test_a_database_of_another_revision_is_not_half_understood(source: Place, nordwind: Company, file: Path) -> None:
    engine = create_engine(source.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    assert "The database is at revision 9999, this version of Lanyard at" in source.refused("backup", file)
    assert not file.exists()


@SQLITE
def test_files_that_are_gone_are_counted(source: Place, nordwind: Company, file: Path) -> None:
    gone = next(path for path in source.photos.rglob("*.jpg"))
    gone.unlink()

    said = source.run("backup", file).stderr

    assert "Photo files that the database speaks of and the store does not have: 1." in said
    assert source.json("restore", file, "--dry-run")["photos"]["files"] == len(source.files())


@SQLITE
def test_photos_can_be_left_to_their_store(source: Place, nordwind: Company, file: Path) -> None:
    said = source.run("backup", file, "--no-photos").stderr

    assert "The files of photos are not in it: their store needs a backup of its own." in said
    assert source.json("restore", file, "--dry-run")["photos"] == {
        "included": False, "files": 0, "bytes": 0, "missing": 0,
    }  # fmt: skip


def set_provider(company: Company, key: str) -> None:
    """Have something in the database that is sealed with the key."""
    company.write(
        lambda tx: provider.set_(
            tx, Sealer(key), issuer="http://127.0.0.1:1", client_id="lanyard", client_secret="s3cret"
        )
    )


@SQLITE
def test_the_key_is_in_it_only_when_asked(source: Place, nordwind: Company, file: Path) -> None:
    set_provider(nordwind, KEY)

    without = source.run("backup", file, LANYARD_SECRET_KEY=KEY).stderr
    content_without = file.read_bytes()
    including = source.run("backup", file, "--force", "--with-key", LANYARD_SECRET_KEY=KEY).stderr

    assert "The secret key is not in it: keep a copy of LANYARD_SECRET_KEY in another place." in without
    assert "The secret key is in it: whoever has this file can open what is sealed." in including
    assert KEY.encode() not in content_without
    assert KEY.encode() in file.read_bytes()


def replace_photo_and_let_a_day_pass(company: Company, app: Flask) -> None:
    """Nothing names the red photo any more, for so long that the next sweep deletes it."""
    company.change("ines", photos=pushed("blue"))
    prepare(app)
    before = clock.now() - 2 * photo_sweep.GRACE

    def age(tx: Transaction) -> None:
        for table, column in ((photo_uses, "left_at"), (photos, "asked_at"), (photo_files, "touched_at")):
            scoped = (table.c.organization_id == ORGANIZATION) & table.c[column].is_not(None)
            tx.execute(update(table).where(scoped).values({column: before}))

    company.write(age)


@SQLITE
def test_no_file_is_deleted_while_the_sweep_is_kept_from_running(
    source: Place, nordwind: Company, app: Flask, database: Database
) -> None:
    replace_photo_and_let_a_day_pass(nordwind, app)
    settings, sweep = app.extensions["lanyard.settings"], running.named(JOBS, photo_sweep.JOB)

    with running.kept_from_running(database, photo_sweep.JOB, "A backup was taken."):
        meanwhile = running.run(database, settings, sweep)
        there = len(source.files())
    afterwards = running.run(database, settings, sweep)

    assert (meanwhile, there) == (None, 8)
    assert afterwards == ("done", "Deleted 4 files of photos.")


@SQLITE
def test_a_backup_keeps_the_sweep_from_running(source: Place, backup: Path) -> None:
    [sweep] = [job for job in source.json("jobs", "list") if job["name"] == photo_sweep.JOB]
    taken_at = source.json("restore", backup, "--dry-run")["taken_at"]

    assert sweep["sentence"] == "A backup was taken, and needed all files to stay."
    assert sweep["started"] < taken_at < sweep["finished"]


@SQLITE
def test_a_sweep_that_goes_on_is_waited_for(nordwind: Company, app: Flask, database: Database) -> None:
    done: list[str] = []
    begun, end = threading.Event(), threading.Event()

    def work(_working: object) -> str:
        begun.set()
        end.wait(30)
        done.append("sweep")
        return "Swept."

    settings = app.extensions["lanyard.settings"]
    sweeping = threading.Thread(
        target=running.run, args=(database, settings, Job(photo_sweep.JOB, "deletes files", work))
    )
    sweeping.start()
    begun.wait(30)
    threading.Timer(0.7, end.set).start()
    with running.kept_from_running(database, photo_sweep.JOB, "A backup was taken."):
        done.append("backup")
    sweeping.join()

    assert done == ["sweep", "backup"]


def keep_pictures(company: Company, count: int = 10) -> None:
    """What takes a while to be read and packed, after the people and before their records."""
    rows = [{"id": f"{number:064}", "pushed": secrets.token_hex(1_000_000)} for number in range(count)]
    company.write(lambda tx: tx.execute(insert(pictures), [{**row, "kept_at": tx.now} for row in rows]))


def test_all_tables_are_of_one_moment_though_people_are_hired_meanwhile(
    source: Place, nordwind: Company, file: Path
) -> None:
    keep_pictures(nordwind)
    stop = threading.Event()

    def hire() -> None:
        number = 0
        while not stop.is_set():
            nordwind.hire(f"new{number}")
            number += 1

    hiring = threading.Thread(target=hire)
    hiring.start()
    try:
        counts = [source.json("backup", file.with_suffix(f".{turn}"))["tables"] for turn in range(2)]
    finally:
        stop.set()
        hiring.join()

    assert [tables["people"] for tables in counts] == [tables["scim_users"] for tables in counts]
    assert 3 < counts[0]["people"] < counts[1]["people"]

"""What nothing names any more goes after a day, rows and files; what something names stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.cards import by_hand, editing, photo_sweep
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.jobs.running import Working
from app.directory.tables import pictures
from app.photos.images import named
from app.photos.preparing import open_store, store_photo
from app.photos.tables import photo_files, photo_uses, photos
from tests.photos.conftest import Pictured, coloured, pushed
from tests.support.photos import prepare


def sweep(app: Flask, after: timedelta = timedelta(days=2)) -> str:
    with time_machine.travel(clock.now() + after):
        return photo_sweep.sweep(Working(app.extensions["lanyard.database"], app.extensions["lanyard.settings"], "run"))


def kept(ines: Pictured) -> dict[str, int]:
    with ines.company.database.read(ines.company.organization_id) as reader:
        return {
            table.name: reader.execute(
                select(func.count()).select_from(table).where(table.c.organization_id == ORGANIZATION)
            ).scalar_one()
            for table in (pictures, photos, photo_uses, photo_files)
        }


def stored(folder: Path) -> int:
    return sum(path.is_file() for path in (folder / "photos").rglob("*"))


ONE = {"pictures": 1, "photos": 1, "photo_uses": 1, "photo_files": 4}
NONE = dict.fromkeys(ONE, 0)


def upload(ines: Pictured, colour: str) -> None:
    app, data = ines.app, coloured(colour)
    database, store = app.extensions["lanyard.database"], open_store(app.extensions["lanyard.settings"])
    sizes = store_photo(database, store, ines.company.organization_id, data)
    ines.company.write(lambda tx: editing.set_photo(tx, ines.public_id, named(data), sizes))


def test_a_photo_that_is_shown_stays(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")

    assert sweep(ines.app) == "Deleted 0 files of photos."
    assert (kept(ines), stored(tmp_path)) == (ONE, 4)


def test_a_photo_that_was_replaced_goes_after_a_day(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")
    ines.push("blue")

    soon = sweep(ines.app, timedelta(hours=23))
    later = sweep(ines.app)

    assert (soon, later) == ("Deleted 0 files of photos.", "Deleted 4 files of photos.")
    assert (kept(ines), stored(tmp_path)) == (ONE, 4)
    assert {ines.visitor.get(address).status_code for address in ines.photos()} == {200}


def test_a_photo_that_shows_until_another_is_drawn_stays(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")
    before = ines.photos()
    ines.company.change("ines", photos=pushed("blue"))

    sweep(ines.app)
    waited = (ines.photos(), stored(tmp_path))
    prepare(ines.app)
    sweep(ines.app, timedelta(days=4))

    assert waited == (before, 4)
    assert stored(tmp_path) == 4
    assert {ines.visitor.get(address).status_code for address in ines.photos()} == {200}


def test_a_photo_that_came_back_meanwhile_stays(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")
    ines.push(None)

    ines.push("red")
    sweep(ines.app)

    assert (kept(ines), stored(tmp_path)) == (ONE, 4)


def test_a_photo_that_a_once_card_saved_stays_although_the_directory_has_another(ines: Pictured) -> None:
    ines.template("once")
    ines.push("red")
    first = ines.photos()
    ines.push("blue")

    sweep(ines.app)
    sweep(ines.app, timedelta(days=4))

    assert ines.photos() == first
    assert {ines.visitor.get(address).status_code for address in first} == {200}


def test_the_photo_of_somebody_who_was_deleted_goes(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")

    ines.company.dismiss("ines")
    sweep(ines.app)

    assert (kept(ines), stored(tmp_path)) == (NONE, 0)


@pytest.mark.parametrize("end", ["revert", "delete"])
def test_an_uploaded_photo_goes_once_no_card_has_it(ines: Pictured, tmp_path: Path, end: str) -> None:
    ines.template("unless_edited")
    upload(ines, "red")
    sweep(ines.app)
    before = stored(tmp_path)

    ines.company.write(
        lambda tx: (
            editing.revert(tx, ines.public_id, "photo") if end == "revert" else by_hand.delete(tx, [ines.public_id])
        )
    )
    sweep(ines.app)

    assert before == 4
    assert (kept(ines), stored(tmp_path)) == (NONE, 0)


def test_files_of_an_upload_that_was_given_up_go(ines: Pictured, tmp_path: Path) -> None:
    app = ines.app
    database, store = app.extensions["lanyard.database"], open_store(app.extensions["lanyard.settings"])
    store_photo(database, store, ines.company.organization_id, coloured("red"))
    before = stored(tmp_path)

    sweep(app)

    assert (before, stored(tmp_path)) == (4, 0)


def test_while_the_store_is_away_files_wait_to_be_deleted(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")
    ines.push(None)
    (tmp_path / "photos").rename(tmp_path / "away")
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(Exception, match="cannot be used at the moment"):
        sweep(ines.app)

    (tmp_path / "photos").unlink()
    (tmp_path / "away").rename(tmp_path / "photos")

    assert sweep(ines.app) == "Deleted 4 files of photos."
    assert stored(tmp_path) == 0

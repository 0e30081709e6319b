"""Photos in a store that speaks S3: left out unless asked for, and a place to move to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.conftest import Place
from tests.cards.conftest import Company
from tests.photos import places
from tests.photos.places import opened_place

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[places.Place]:
    """A bucket of a real server."""
    with opened_place("S3", tmp_path_factory.mktemp("s3")) as place:
        yield place


def address(bucket: places.Place) -> str:
    return f"s3://key:s3cret%2F%2B@cards/faces?endpoint={bucket.endpoint}"


def test_photos_move_from_a_folder_into_a_bucket(
    source: Place, backup: Path, empty: Place, bucket: places.Place
) -> None:
    said = empty.json("restore", backup, LANYARD_PHOTO_STORE=address(bucket))

    assert said["healthy"]
    assert bucket.contents() == sorted(source.files().values())
    assert empty.files() == {}


def test_a_bucket_is_in_a_backup_only_when_asked_for(
    source: Place, nordwind: Company, backup: Path, empty: Place, bucket: places.Place, tmp_path: Path
) -> None:
    store = address(bucket)
    empty.run("restore", backup, LANYARD_PHOTO_STORE=store)

    without = empty.json("backup", tmp_path / "without", LANYARD_PHOTO_STORE=store)
    including = empty.json("backup", tmp_path / "with", "--photos", LANYARD_PHOTO_STORE=store)

    assert (without["photos"]["included"], without["photos"]["files"]) == (False, 0)
    assert (including["photos"]["included"], including["photos"]["files"]) == (True, 4)


def test_a_bucket_that_is_away_is_said_to_be(empty: Place, backup: Path, bucket: places.Place, tmp_path: Path) -> None:
    empty.run("restore", backup, LANYARD_PHOTO_STORE=address(bucket))
    bucket.leave()

    said = empty.refused("backup", tmp_path / "with", "--photos", LANYARD_PHOTO_STORE=address(bucket))

    assert said.startswith("The store of photos cannot be used at the moment")
    assert not (tmp_path / "with").exists()

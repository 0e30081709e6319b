"""Turning bytes that somebody sent into square photos that are safe to show. Nothing is stored here.

The container is read first (app.photos.containers), which costs little. Only what passes is decoded, in a process of
its own with limits on memory and time (app.photos.drawing): what a decoder does wrong ends with that process.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.photos.containers import Container, UnsafeImage, examine

__all__ = [
    "CONTACT_SIZE",
    "KINDS",
    "MAX_BYTES",
    "Box",
    "PhotoFile",
    "UnsafeImage",
    "decode_data_url",
    "draw",
    "ensure_photo",
    "named",
]

MAX_BYTES = 25 * 1024 * 1024
"""The largest encoded photo that is looked at; a telephone's of 48 megapixels has less."""
KINDS = {"jpg": "image/jpeg", "webp": "image/webp"}
"""The kinds of files that are made, with their media types."""
CONTACT_SIZE = 512
"""The largest JPEG that is small enough for a contact: 60 kB at most."""
SECONDS = 30
"""For a process that draws: on a busy machine it waits for its turn as well."""

_PROGRAM = Path(__file__).with_name("drawing.py")


@dataclass(frozen=True, slots=True)
class Box:
    """A square part of the upright picture: `left` of its width, `top` of its height, `edge` of its shorter side.

    Fractions, of which four digits behind the point count.
    """

    left: float
    top: float
    edge: float


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo in one size: `size` pixels wide and high, `kind` one of KINDS, without any metadata."""

    size: int
    kind: str
    content: bytes


def decode_data_url(text: str) -> bytes | None:
    """The bytes in `data:image/…;base64,…`, or None when `text` is something else (a web address, say).

    The media type is not believed: `draw` looks at the bytes themselves. Raises UnsafeImage for broken base64 and for
    more than MAX_BYTES.
    """
    head, separator, data = text.partition(",")
    if not (separator and head.lower().startswith("data:image/") and head.lower().endswith(";base64")):
        return None
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise UnsafeImage(_too_large())
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as error:  # binascii.Error is one; characters beyond ASCII raise the plain kind
        raise UnsafeImage("has broken base64") from error


def named(data: bytes, box: Box | None = None) -> str:
    """The name of what `draw` makes of them: the SHA-256 of the original and the part that shows, in hex."""
    digest = hashlib.sha256(data)
    if box is not None:
        digest.update(f"\n{box.left:.4f},{box.top:.4f},{box.edge:.4f}".encode())
    return digest.hexdigest()


def ensure_photo(data: bytes) -> Container:
    """What the container of a photo says, before anything is spent on it. Raises UnsafeImage with the reason."""
    if len(data) > MAX_BYTES:
        raise UnsafeImage(_too_large())
    return examine(data)


def draw(data: bytes, box: Box | None = None) -> tuple[PhotoFile, ...]:
    """The photo in `data`, upright, in sRGB, cropped to `box` or its middle square, in sizes up to 1024 pixels.

    Of each size, the smallest first, a JPEG and a WebP. A smaller picture is not enlarged: its largest size is its
    own. Of an animation the first frame. Raises UnsafeImage with the reason.
    """
    container = ensure_photo(data)
    head = {"format": container.format, "box": [box.left, box.top, box.edge] if box else None}
    try:
        done = subprocess.run(  # noqa: S603 (our own program, told nothing from outside but bytes to read)
            [sys.executable, "-I", str(_PROGRAM)],
            input=json.dumps(head).encode() + b"\n" + data,
            capture_output=True,
            timeout=SECONDS,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnsafeImage("takes too long to read") from error
    if done.returncode != 0:
        raise UnsafeImage("cannot be read safely")
    return _files(done.stdout)


def _files(answer: bytes) -> tuple[PhotoFile, ...]:
    line, _, rest = answer.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise UnsafeImage(said["refused"])
    files = []
    for entry in said["files"]:
        files.append(PhotoFile(entry["size"], entry["kind"], rest[: entry["bytes"]]))
        rest = rest[entry["bytes"] :]
    return tuple(files)


def _too_large() -> str:
    return f"is larger than {MAX_BYTES // 1024 // 1024} MB"

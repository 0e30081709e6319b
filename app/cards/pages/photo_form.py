"""The form with which a photo is sent, as holders and admins have it: read from a request, judged at once.

The template `cards/_photo.html` has its markup, `photo.js` what cropping in the page needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flask import Request

from app.photos.containers import MAX_PIXELS
from app.photos.images import MAX_BYTES, Box, UnsafeImage, ensure_photo

FORM_BYTES = 2 * MAX_BYTES
"""The largest form that is read: what is somewhat too large is answered with a sentence rather than cut off."""
UPLOAD, REVERT, REMOVE = "upload", "revert", "remove"
SMALLEST = 0.02
"""Of the picture's shorter side: what shows of a telephone's photo is then still larger than the smallest size."""
LIMITS = {
    "bytes": MAX_BYTES,
    "size": f"{MAX_BYTES // 1024**2} MB",
    "megapixels": MAX_PIXELS // 1_000_000,
}
"""What the form says of itself."""


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo as it was sent, which may be drawn, and the part of it that is to show: None, its middle."""

    content: bytes
    box: Box | None


def act(request: Request) -> str | None:
    """What the form asks for: UPLOAD, REVERT or REMOVE; None for anything else."""
    asked = request.form.get("act")
    return asked if asked in {UPLOAD, REVERT, REMOVE} else None


def sent_photo(request: Request) -> SentPhoto:
    """The photo that the form brings, judged by its first bytes and its container; nothing is decoded.

    Raises UnsafeImage with a sentence that stands by itself.
    """
    file = request.files.get("photo")
    content = file.read(MAX_BYTES + 1) if file is not None else b""
    if not content and not (file is not None and file.filename):
        raise UnsafeImage("Choose a file first.")
    try:
        ensure_photo(content)
    except UnsafeImage as error:
        raise UnsafeImage(f"The photo {error}.") from error
    return SentPhoto(content, _box(*(request.form.get(name, "") for name in ("left", "top", "edge"))))


def _box(left: str, top: str, edge: str) -> Box | None:
    """The part of the picture that was chosen; None where nothing was, as without scripts."""
    if not (left or top or edge):
        return None
    try:
        box = Box(float(left), float(top), float(edge))
    except ValueError as error:
        raise UnsafeImage(_NO_PART) from error
    numbers = (box.left, box.top, box.edge)
    if not all(math.isfinite(number) and 0 <= number <= 1 for number in numbers) or box.edge < SMALLEST:
        raise UnsafeImage(_NO_PART)
    return Box(*(round(number, 4) for number in numbers))


_NO_PART = "The part that was chosen is none of this picture; choose it again."

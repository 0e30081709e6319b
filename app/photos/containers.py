"""What a picture's container says, read from its bytes alone: nothing is decoded, so a hostile one costs little. Pure.

JPEG (ITU-T T.81 annex B), PNG (W3C PNG, third edition) and WebP (RFC 9649). Only a file that is one picture from its
first byte to its last gets through: what has something else behind it is more than a picture.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_PIXELS = 50_000_000
MAX_LOSSLESS_PIXELS = 40_000_000
MAX_ANIMATED_PIXELS = 16_000_000
"""Of a WebP: one decoder holds a lossless picture twice, the other an animation four times."""
MAX_FRAMES = 100
MAX_CHUNKS = 20_000
"""Pieces of a container: a large PNG has one for every 8 kB or so."""
MAX_TEXTS = 100
"""Pieces of a container that only say something about the picture."""

_JPEG, _PNG, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""Ends a scan's data: 0xFF 0x00 stands for a byte of it, RSTn restart within it."""
_FRAMES_OF_JPEG = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PNG_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
_CHANNELS = {2: 3, 4: 2, 6: 4}
"""Of the colour types of a PNG; the others have one."""
_MOST_UNPACKED = 1032
"""Bytes that DEFLATE makes of one at most: a picture that needs more is not in the file."""
_BEHIND = "has something else behind the picture"
_BROKEN = "is cut off or damaged"

_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"<", "a web page or a drawing"),
    (b"\x00\x00\x01\x00", "an icon"),
)


class UnsafeImage(ValueError):
    """Bytes that are no picture we open; the text says why, worded to follow "the picture"."""


@dataclass(frozen=True, slots=True)
class Container:
    """What a container says of its picture, or of the first of them."""

    format: str
    """As Pillow calls it: JPEG, PNG or WEBP."""
    width: int
    height: int
    frames: int = 1
    most_pixels: int = MAX_PIXELS
    """How many a picture of its kind may have."""
    because: str = ""
    """Why these are fewer than MAX_PIXELS."""


def examine(data: bytes) -> Container:
    """What the container in `data` says. The first bytes decide what it is.

    Raises UnsafeImage for what is no JPEG, PNG or WebP, is not whole, has anything behind its end, is several pictures
    in one file (MPO), or has more than MAX_PIXELS (of a WebP MAX_LOSSLESS_PIXELS or MAX_ANIMATED_PIXELS), MAX_FRAMES,
    MAX_CHUNKS or MAX_TEXTS.
    """
    if data.startswith(_JPEG):
        found = _jpeg(data)
    elif data.startswith(_PNG):
        found = _png(data)
    elif data.startswith(_RIFF) and data[8:12] == b"WEBP":
        found = _webp(data)
    else:
        raise UnsafeImage(f"is {_called(data)}; JPEG, PNG and WebP are shown")
    if not (found.width and found.height):
        raise UnsafeImage(_BROKEN)
    if found.width * found.height > found.most_pixels:
        raise UnsafeImage(f"has more than {found.most_pixels // 1_000_000} megapixels{found.because}")
    if found.frames > MAX_FRAMES:
        raise UnsafeImage(f"is an animation of more than {MAX_FRAMES} frames")
    return found


def _called(data: bytes) -> str:
    if not data:
        return "empty"
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    start = data[:64].lstrip()
    return next((name for first, name in _OTHERS if start.startswith(first)), "of no format that is known")


def _jpeg(data: bytes) -> Container:
    at, size, texts = 2, (0, 0), 0
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if data[at : at + 1] != b"\xff" or (at + 4 > len(data) and data[at + 1 : at + 2] != b"\xd9"):
            raise UnsafeImage(_BROKEN)
        marker = data[at + 1]
        if marker == 0xD9:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : end]
        if end < at + 4 or end > len(data):
            raise UnsafeImage(_BROKEN)
        if marker in _FRAMES_OF_JPEG:
            if size != (0, 0) or len(body) < 6:
                raise UnsafeImage(_BROKEN)
            size = (int.from_bytes(body[3:5]), int.from_bytes(body[1:3]))
        if marker == 0xE2 and body.startswith(b"MPF\x00"):
            raise UnsafeImage("is several pictures in one file (MPO)")
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            texts += 1
            if texts > MAX_TEXTS:
                raise UnsafeImage(f"says more than {MAX_TEXTS} things about itself")
        at = _end_of_scan(data, end) if marker == 0xDA else end
    if at + 2 != len(data):
        raise UnsafeImage(_BEHIND)
    return Container("JPEG", *size)


def _end_of_scan(data: bytes, at: int) -> int:
    found = _MARKER.search(data, at)
    if found is None:
        raise UnsafeImage(_BROKEN)
    return found.start()


def _png(data: bytes) -> Container:
    frames, texts, packed, last = 0, 0, 0, b""
    for kind, _start, length in _counted(_png_chunks(data)):
        if last == b"IEND":
            raise UnsafeImage(_BEHIND)
        frames += kind == b"fcTL"
        texts += kind in _PNG_TEXTS
        packed += length if kind == b"IDAT" else 0
        if texts > MAX_TEXTS:
            raise UnsafeImage(f"says more than {MAX_TEXTS} things about itself")
        last = kind
    if last != b"IEND" or data[12:16] != b"IHDR":
        raise UnsafeImage(_BROKEN)
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    if width * height <= MAX_PIXELS and (width * depth * _CHANNELS.get(colour, 1) + 7) // 8 * height > (
        _MOST_UNPACKED * packed
    ):
        raise UnsafeImage(_BROKEN)
    return Container("PNG", width, height, max(frames, 1))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = len(_PNG)
    ended = False
    while at < len(data):
        if at + 12 > len(data):
            raise UnsafeImage(_BEHIND if ended else _BROKEN)
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            raise UnsafeImage(_BEHIND if ended else _BROKEN)
        yield kind, at + 8, length
        ended = kind == b"IEND"
        at += 12 + length


def _webp(data: bytes) -> Container:
    size = 8 + int.from_bytes(data[4:8], "little")
    if size > len(data):
        raise UnsafeImage(_BROKEN)
    if size < len(data):
        raise UnsafeImage(_BEHIND)
    frames, canvas, first, animated, lossless = 0, None, None, False, False
    for kind, start, length in _counted(_webp_chunks(data)):
        animated = animated or kind in {b"ANIM", b"ANMF"}
        lossless = lossless or kind == b"VP8L"
        if kind == b"VP8X" and length >= 10:
            canvas = tuple(1 + int.from_bytes(data[start + at : start + at + 3], "little") for at in (4, 7))
        elif kind == b"ANMF":
            frames += 1
        elif first is None and kind == b"VP8 " and length >= 10:
            first = tuple(int.from_bytes(data[start + at : start + at + 2], "little") & 0x3FFF for at in (6, 8))
        elif first is None and kind == b"VP8L" and length >= 5:
            bits = int.from_bytes(data[start + 1 : start + 5], "little")
            first = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = canvas or first or (0, 0)
    if animated:
        return Container("WEBP", width, height, max(frames, 1), MAX_ANIMATED_PIXELS, ", which is most for an animation")
    if lossless:
        return Container("WEBP", width, height, 1, MAX_LOSSLESS_PIXELS, ", which is most for a lossless WebP")
    return Container("WEBP", width, height)


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at < len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise UnsafeImage(_BROKEN)
        yield data[at : at + 4], at + 8, length
        at += 8 + length + length % 2


def _counted(chunks: Iterator[tuple[bytes, int, int]]) -> Iterator[tuple[bytes, int, int]]:
    for number, chunk in enumerate(chunks):
        if number >= MAX_CHUNKS:
            raise UnsafeImage(f"has more than {MAX_CHUNKS:,} pieces")
        yield chunk

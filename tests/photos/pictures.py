"""Pictures to send: good ones, hostile ones, and what a file says of itself, read without Pillow's help."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

JUST_A_PAGE = b"<!doctype html><script>alert(document.domain)</script>"


def encoded(size: tuple[int, int] = (300, 200), format_: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """A picture that shades from corner to corner."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, format_, **options)
    return out.getvalue()


def halves(size: tuple[int, int], left: str, right: str, mode: str = "RGB") -> Image.Image:
    """A picture of two colours, side by side."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image.convert(mode)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """What a file shows, as Pillow reads it."""
    return Image.open(io.BytesIO(data))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, data: bytes = b"", colour: int = 0, depth: int = 8) -> bytes:
    """A PNG that says it is so large, with `chunks` in front of its compressed `data`."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    inside = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(inside)


def with_segment(jpeg: bytes, marker: int, content: bytes, times: int = 1) -> bytes:
    """A JPEG with one segment more, right behind its beginning."""
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
    return jpeg[:2] + segment * times + jpeg[2:]


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG that says it is so large."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def animation(format_: str, frames: int, size: tuple[int, int] = (32, 32)) -> bytes:
    """Frames of which the first is red."""
    first, *rest = [Image.new("RGB", size, (255 - number, number, 0)) for number in range(frames)]
    return saved(first, format_, save_all=True, append_images=rest)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    """The first chunk of a WebP of that size, with flags."""
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def two_pictures() -> bytes:
    """An MPO: two JPEGs in one file."""
    first, second = (Image.new("RGB", (64, 64), colour) for colour in ("red", "blue"))
    return saved(first, "MPO", save_all=True, append_images=[second])


def said_in(data: bytes) -> Iterator[str]:
    """The names of everything in a JPEG or WebP that is not needed to show it; none in a file without metadata."""
    if data.startswith(b"\xff\xd8"):
        at = 2
        while data[at + 1] != 0xDA:
            if data[at + 1] == 0xFE or 0xE0 < data[at + 1] <= 0xEF:
                yield f"segment {data[at + 1]:02X}"
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    else:
        at = 12
        while at < len(data):
            if data[at : at + 4] not in {b"VP8 ", b"VP8L"}:
                yield f"chunk {data[at : at + 4]!r}"
            length = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + length + length % 2

"""Whether a picture file holds its picture and nothing else: no metadata, no further frames, nothing behind its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND"})
_WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_JPEG_SEGMENTS = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD})
"""Frames, tables, scans: what a JPEG cannot be decoded without."""
_JPEG_EXTRAS = {0xE0: re.compile(rb"JFIF\0.{9}", re.DOTALL), 0xE2: re.compile(rb"ICC_PROFILE\0.+", re.DOTALL)}
"""The header, without a thumbnail, and the colour profile."""
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
"""The marker behind the data of a scan, in which zeros and restarts follow on FF (ITU T.81 B.1.1.5)."""


def is_bare(content: bytes) -> bool:
    """Whether a PNG, JPEG or WebP file has no part but those that its picture and its colours need.

    Looks at the parts alone: whether the picture in them is whole, only decoding it says.
    """
    try:
        if content.startswith(_PNG_SIGNATURE):
            return set(_png_chunks(content)) <= _PNG_CHUNKS
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return set(_webp_chunks(content)) <= _WEBP_CHUNKS
        return content[:2] == bytes((0xFF, _START)) and all(_jpeg_segments(content))
    except ValueError:
        return False


def _png_chunks(content: bytes) -> Iterator[bytes]:
    """Types of chunks. Raises ValueError where the file does not end with its last chunk."""
    at, kind = len(_PNG_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(_part(content, at, 4)), _part(content, at + 4, 4)
        at += 12 + length
        yield kind
    if at != len(content):
        raise ValueError("something lies behind the end")


def _webp_chunks(content: bytes) -> Iterator[bytes]:
    """Types of chunks. Raises ValueError where the file does not end with its last chunk."""
    if int.from_bytes(content[4:8], "little") != len(content) - 8:
        raise ValueError("something lies behind the end")
    at = 12
    while at != len(content):
        kind, length = _part(content, at, 4), int.from_bytes(_part(content, at + 4, 4), "little")
        at += 8 + length + length % 2
        yield kind


def _jpeg_segments(content: bytes) -> Iterator[bool]:
    """Whether each segment is one that the picture needs; False at last for a file that does not end with its end."""
    at = 2
    while content[at + 1 : at + 2] != bytes((_END,)):
        marker = _part(content, at, 2)
        length = int.from_bytes(_part(content, at + 2, 2))
        extra = _JPEG_EXTRAS.get(marker[1])
        kept = extra is not None and extra.fullmatch(content, at + 4, at + 2 + length) is not None
        yield marker[0] == 0xFF and (marker[1] in _JPEG_SEGMENTS or kept)
        at += 2 + length
        if marker[1] == _SCAN:
            following = _AFTER_SCAN.search(content, at)
            at = following.start() if following else len(content)
    yield content[at:] == bytes((0xFF, _END))


def _part(content: bytes, at: int, length: int) -> bytes:
    """A part of the file. Raises ValueError where the file ends before."""
    part = content[at : at + length]
    if len(part) != length:
        raise ValueError("the file ends too early")
    return part

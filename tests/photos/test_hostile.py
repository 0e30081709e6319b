"""What is sent as a photo and is none, or is more than one: refused with the reason, before it costs much."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import zlib

import pytest

from app.photos.containers import MAX_FRAMES, MAX_TEXTS
from app.photos.images import MAX_BYTES, Box, UnsafeImage, decode_data_url, draw
from tests.photos.pictures import JUST_A_PAGE, canvas, chunk, encoded, png, riff, two_pictures, with_segment, with_size

JPEG, PNG, WEBP = encoded(), encoded(format_="PNG"), encoded(format_="WEBP")
LARGE_WEBP = encoded((8_000, 6_000), "WEBP", method=0)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
INFLATED = zlib.compress(bytes(64 * 1024 * 1024), 9)
HOSTILE = {
    "nothing": (b"", "is empty"),
    "one byte": (b"\xff", "of no format that is known"),
    "a text": (b"Hello, I am a photo.jpg", "of no format that is known"),
    "SVG": (SVG, "a web page or a drawing"),
    "SVG behind spaces": (b"\n\n  " + SVG, "a web page or a drawing"),
    "HTML": (JUST_A_PAGE, "a web page or a drawing"),
    "PDF": (b"%PDF-1.7\n1 0 obj", "a PDF"),
    "ZIP": (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
    "GIF": (encoded(format_="GIF", mode="P"), "a GIF"),
    "GIF and JPEG": (b"GIF89a" + JPEG, "a GIF"),
    "BMP": (encoded(format_="BMP"), "a BMP"),
    "TIFF": (encoded(format_="TIFF"), "a TIFF"),
    "ICO": (encoded((64, 64), "ICO"), "an icon"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(40), "a HEIC, AVIF or video file"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "of no format that is known"),
    "MPO": (two_pictures(), r"several pictures in one file \(MPO\)"),
    "two JPEGs": (JPEG + JPEG, "something else behind"),
    "JPEG and ZIP": (JPEG + b"PK\x03\x04" + bytes(40), "something else behind"),
    "JPEG and HTML": (JPEG + JUST_A_PAGE, "something else behind"),
    "PNG and HTML": (PNG + JUST_A_PAGE, "something else behind"),
    "PNG and a chunk": (PNG + chunk(b"tEXt", b"a\0b"), "something else behind"),
    "WebP and HTML": (WEBP + JUST_A_PAGE, "something else behind"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "cut off or damaged"),
    "JPEG without end": (JPEG[:-2], "cut off or damaged"),
    "JPEG of one segment": (b"\xff\xd8\xff\xe0\xff\xff", "cut off or damaged"),
    "half a PNG": (PNG[: len(PNG) // 2], "cut off or damaged"),
    "PNG with a wrong sum": (png(64, 64, chunk(b"PLTE", bytes(6))[:-4] + bytes(4), data=bytes(65 * 64)), "cut off or damaged"),
    "PNG whose data is no data": (png(300, 200, chunk(b"IDAT", b"no zlib")), "cut off or damaged"),
    "half a WebP": (WEBP[: len(WEBP) // 2], "cut off or damaged"),
    "WebP of nothing": (riff((b"VP8X", canvas(30, 20))), "cut off or damaged"),
    "JPEG of 4 gigapixels": (with_size(JPEG, 65_000, 65_000), "more than 50 megapixels"),
    "PNG of 1.6 gigapixels": (png(40_000, 40_000), "more than 50 megapixels"),
    "PNG of 51 megapixels": (png(8_500, 6_000, data=bytes(1_000_000)), "more than 50 megapixels"),
    "PNG of no height": (png(40_000, 0), "cut off or damaged"),
    "PNG of 49 megapixels without data": (png(7_000, 7_000, colour=6), "cut off or damaged"),
    "WebP of 268 megapixels": (riff((b"VP8X", canvas(16_384, 16_384)), (b"VP8 ", bytes(30))), "more than 50 megapixels"),
    "lossless WebP of 41 megapixels": (riff((b"VP8L", b"\x2f" + struct.pack("<I", 8_199 | 4_999 << 14) + bytes(8))), "more than 40 megapixels, which is most for a lossless WebP"),
    "animated WebP of 17 megapixels": (riff((b"VP8X", canvas(4_200, 4_100, 2)), (b"ANIM", bytes(6))), "more than 16 megapixels, which is most for an animation"),
    "WebP of 48 megapixels without data": (riff((b"VP8X", canvas(8_000, 6_000)), (b"VP8 ", LARGE_WEBP[20:4_020])), "cut off or damaged"),
    "lossless WebP without data": (riff((b"VP8L", b"\x2f" + struct.pack("<I", 7_999 | 4_999 << 14) + bytes(8))), "cut off or damaged"),
    "PNG of many frames": (png(64, 64, *(chunk(b"fcTL", bytes(26)) for _ in range(MAX_FRAMES + 1)), data=bytes(65 * 64)), "an animation of more than 100 frames"),
    "WebP of many frames": (riff((b"VP8X", canvas(64, 64, 2)), *[(b"ANMF", bytes(24))] * (MAX_FRAMES + 1)), "an animation of more than 100 frames"),
    "PNG with a text that unfolds": (png(64, 64, chunk(b"zTXt", b"a\0\0" + INFLATED), data=bytes(65 * 64)), "cut off or damaged"),
    "PNG with a profile that unfolds": (png(64, 64, chunk(b"iCCP", b"a\0\0" + INFLATED), data=bytes(65 * 64)), "cut off or damaged"),
    "PNG with many texts": (png(64, 64, *(chunk(b"tEXt", b"a\0b") for _ in range(MAX_TEXTS + 1)), data=bytes(65 * 64)), "says more than 100 things"),
    "JPEG with many comments": (with_segment(JPEG, 0xFE, b"x", MAX_TEXTS + 1), "says more than 100 things"),
    "PNG of many pieces": (png(64, 64, chunk(b"prVt", b"") * 20_001, data=bytes(65 * 64)), "more than 20,000 pieces"),
    "too many bytes": (JPEG + bytes(MAX_BYTES), "larger than 25 MB"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_photo_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnsafeImage, match=why):
        draw(data)


DRAW_ALL = """
import pickle, resource, sys
from concurrent.futures import ThreadPoolExecutor
from app.photos.images import UnsafeImage, draw

def is_refused(data):
    try:
        draw(data)
    except UnsafeImage:
        return True
    return False

pictures = pickle.load(sys.stdin.buffer)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(8) as senders:
    refused = sum(senders.map(is_refused, pictures))
here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(refused, max(here, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""
"""A process as small as one that draws: what a child is said to need is at least what its parent has."""


def test_all_of_them_eight_at_a_time_cost_less_than_150_megabytes_each() -> None:
    pictures = pickle.dumps([data for data, _ in HOSTILE.values()])

    done = subprocess.run([sys.executable, "-c", DRAW_ALL], input=pictures, capture_output=True, check=True)
    refused, megabytes = map(int, done.stdout.split())

    assert refused == len(HOSTILE) >= 40
    assert megabytes < 150


def test_a_part_that_lies_outside_is_refused() -> None:
    with pytest.raises(UnsafeImage, match="is 300 × 200 pixels, and the part to show lies outside of it"):
        draw(JPEG, Box(0.67, 0, 0.75))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("data:image/png;base64,????", "has broken base64", id="no base64"),
        pytest.param("data:image/png;base64,ééé", "has broken base64", id="no ASCII"),
        pytest.param("data:image/png;base64," + "A" * (MAX_BYTES * 2), "larger than 25 MB", id="too much of it"),
    ],
)
def test_a_broken_or_huge_data_url_is_refused(text: str, why: str) -> None:
    with pytest.raises(UnsafeImage, match=why):
        decode_data_url(text)


def test_what_is_no_data_url_of_a_picture_is_none() -> None:
    assert decode_data_url("https://nordwind.example/photo.png") is None
    assert decode_data_url("data:text/html;base64,AAAA") is None
    assert decode_data_url("data:image/png;base64,Ynl0ZXM=") == b"bytes"

"""What is sent as a picture becomes a small square JPEG without metadata, or is refused with a reason."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from app.photos.images import MAX_BYTES, UnsafeImage, decode_data_url, square_jpeg


def encoded(size: tuple[int, int], format_: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else None).save(out, format_, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("JPEG",))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_every_known_format_becomes_a_square_jpeg(format_: str) -> None:
    data = encoded((800, 600), format_)

    picture = opened(square_jpeg(data, 256))

    assert (picture.format, picture.size, picture.mode) == ("JPEG", (256, 256), "RGB")


def test_a_small_picture_is_not_enlarged() -> None:
    data = encoded((120, 90), "JPEG")

    picture = opened(square_jpeg(data, 512))

    assert picture.size == (90, 90)


def test_orientation_is_applied_and_everything_else_said_about_the_picture_is_gone() -> None:
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 3, "taken at home"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"a secret", quality=95)

    data = square_jpeg(out.getvalue(), 100)

    red, green, _ = opened(data).getpixel((90, 50))  # type: ignore[misc]
    assert red > 200
    assert green < 60, "turned by 180 degrees, red is on the right"
    assert b"secret" not in data
    assert b"home" not in data
    assert not opened(data).getexif()


def test_a_large_photograph_is_unfolded_no_larger_than_needed() -> None:
    data = encoded((6_000, 4_000), "JPEG")

    assert opened(square_jpeg(data, 512)).size == (512, 512)


def test_what_is_transparent_becomes_white() -> None:
    data = encoded((64, 64), "PNG", mode="RGBA")

    picture = opened(square_jpeg(data, 64))

    assert picture.getpixel((32, 32)) == (255, 255, 255)


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says it is `side` pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "not a whole", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a whole", id="a drawing"),
        pytest.param(encoded((10, 10), "GIF"), "not a whole", id="another format"),
        pytest.param(encoded((800, 600), "JPEG")[:700], "not a whole", id="half a picture"),
        pytest.param(bomb(9_000), "pixels", id="too many pixels"),
        pytest.param(bomb(5_000), "pixels", id="too many pixels for what cannot be unfolded in part"),
        pytest.param(bomb(40_000), "not a whole|pixels", id="far too many pixels"),
        pytest.param(b"\xff\xd8" + bytes(MAX_BYTES), "larger than", id="too many bytes"),
    ],
)
def test_what_is_no_safe_picture_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnsafeImage, match=reason):
        square_jpeg(data, 256)


def test_a_data_url_gives_its_bytes_and_a_web_address_none() -> None:
    url = "data:image/png;base64," + base64.b64encode(b"bytes").decode()

    assert decode_data_url(url) == b"bytes"
    assert decode_data_url("https://nordwind.example/photo.png") is None
    assert decode_data_url("data:text/html;base64,AAAA") is None


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("data:image/png;base64,????", id="no base64"),
        pytest.param("data:image/png;base64,ééé", id="no ASCII"),
        pytest.param("data:image/png;base64," + "A" * (MAX_BYTES * 2), id="too much of it"),
    ],
)
def test_a_broken_or_huge_data_url_is_refused(url: str) -> None:
    with pytest.raises(UnsafeImage):
        decode_data_url(url)

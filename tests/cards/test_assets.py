"""Pictures of templates: what is taken, and what of it is kept."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.cards import assets
from app.cards.assets import read_picture
from app.core.errors import Refused
from tests.cards.conftest import Company


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (8, 4), **options: Any) -> bytes:
    stream = BytesIO()
    Image.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()


def note() -> PngInfo:
    info = PngInfo()
    info.add_text("Author", "Ines")
    return info


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(saved("PNG"), "image/png", id="PNG"),
        pytest.param(saved("PNG", "RGBA"), "image/png", id="PNG with transparency"),
        pytest.param(saved("PNG", "P", transparency=0), "image/png", id="PNG with a palette"),
        pytest.param(saved("JPEG"), "image/jpeg", id="JPEG"),
        pytest.param(saved("JPEG", "CMYK"), "image/jpeg", id="JPEG for print"),
        pytest.param(saved("MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))]), "image/jpeg", id="MPO"),
        pytest.param(saved("WEBP", "RGBA"), "image/webp", id="WebP"),
    ],
)
def test_is_taken(content: bytes, content_type: str) -> None:
    asset = read_picture(content)

    assert asset.content_type == content_type
    image = Image.open(BytesIO(asset.content))
    assert image.size == (8, 4)
    assert getattr(image, "n_frames", 1) == 1
    assert image.mode != "CMYK"
    assert read_picture(content) == asset


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "is not a PNG, JPEG or WebP picture", id="nothing"),
        pytest.param(saved("GIF"), "is not a PNG, JPEG or WebP picture", id="GIF"),
        pytest.param(saved("PNG", size=(800, 800))[:200], "is a damaged picture", id="cut off"),
        pytest.param(saved("PNG", "1", (5000, 4000)), "has more than 16 megapixels", id="large when unfolded"),
        pytest.param(saved("PNG", "1", (20000, 20000)), "has more than 16 megapixels", id="huge when unfolded"),
        pytest.param(saved("PNG") + bytes(1024 * 1024), "has more than 1024 kB", id="large file"),
    ],
)
def test_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        read_picture(content)


def test_metadata_goes_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home by Ines"
    exif[0x0112] = 6

    asset = read_picture(saved("JPEG", exif=exif, comment=b"Ines was here"))

    assert b"Ines" not in asset.content
    assert Image.open(BytesIO(asset.content)).size == (4, 8)


NOISE = Image.effect_noise((1800, 1500), 20)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(saved("PNG", "P", transparency=0), id="PNG"),
        pytest.param(saved("PNG", icc_profile=b"a profile"), id="PNG with a colour profile"),
        pytest.param(saved("JPEG", "L"), id="JPEG"),
        pytest.param(saved("JPEG", progressive=True, icc_profile=b"a profile"), id="JPEG in several scans"),
        pytest.param(saved("WEBP", "RGBA", lossless=True), id="WebP"),
    ],
)
def test_a_picture_without_anything_else_is_kept_as_it_is(content: bytes) -> None:
    assert read_picture(content).content == content


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(saved("PNG", pnginfo=note()), id="a note in a PNG"),
        pytest.param(saved("PNG") + b"Ines", id="behind a PNG"),
        pytest.param(saved("JPEG", comment=b"Ines"), id="a comment in a JPEG"),
        pytest.param(saved("JPEG") + b"Ines", id="behind a JPEG"),
        pytest.param(saved("JPEG")[:-2] + b"\xff\xfe\0\6Ines\xff\xd9", id="between scan and end of a JPEG"),
        pytest.param(saved("WEBP", xmp=b"Ines"), id="XMP in a WebP"),
        pytest.param(saved("WEBP") + b"Ines", id="behind a WebP"),
    ],
)
def test_what_is_kept_of_others_stays_as_it_is(content: bytes) -> None:
    asset = read_picture(content)

    assert b"Ines" in content
    assert b"Ines" not in asset.content
    assert read_picture(asset.content) == asset


def test_what_is_kept_is_never_larger_than_what_is_taken() -> None:
    stream = BytesIO()
    NOISE.save(stream, "JPEG", quality=80, comment=b"Ines")
    content = stream.getvalue()

    asset = read_picture(content)

    assert len(content) <= assets.MAX_BYTES
    assert len(asset.content) <= assets.MAX_BYTES
    assert read_picture(asset.content) == asset


def test_the_same_picture_is_kept_once(nordwind: Company) -> None:
    picture, other = read_picture(saved("PNG")), read_picture(saved("WEBP"))

    nordwind.write(lambda tx: assets.store(tx, [picture]))
    nordwind.write(lambda tx: assets.store(tx, [picture, other, other]))

    with nordwind.database.read(nordwind.organization_id) as reader:
        assert assets.find(reader, picture.id) == picture
        assert assets.find(reader, other.id) == other
        assert assets.find(reader, "0" * 64) is None

"""Ten good pictures come out as they look, within the memory that a job may take, and exiftool finds nothing in them."""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from app.photos.images import draw
from tests.photos.conftest import Pictured
from tests.photos.pictures import opened, saved
from tests.support.photos import prepare

Colour = tuple[int, int, int]
RED, LIME, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
DARK, LIGHT = (64, 64, 64), (192, 192, 192)
QUARTERS = (RED, LIME, BLUE, WHITE)
"""Upper left, upper right, lower left, lower right."""


def quarters(size: tuple[int, int], colours: tuple[object, ...] = QUARTERS, mode: str = "RGB") -> Image.Image:
    """A picture in four colours."""
    width, height = size
    image = Image.new(mode, size)
    for at, colour in enumerate(colours):
        left, top = at % 2 * width // 2, at // 2 * height // 2
        image.paste(colour, (left, top, left + (width + 1) // 2, top + (height + 1) // 2))  # type: ignore[arg-type]
    return image


def rotated() -> bytes:
    """Taken with the camera on its side: what is stored lies on its left, and says so."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return saved(quarters((600, 400)).rotate(90, expand=True), "JPEG", exif=exif, comment=b"secret", quality=95)


def swapped_profile() -> bytes:
    """A profile by which what is stored as red is blue, and the other way round (ICC.1 §7.3: the tag table)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * struct.unpack_from(">I", profile, 128)[0], 12):
        name = bytes(profile[at : at + 4])
        profile[at : at + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


def animated(format_: str) -> bytes:
    first = quarters((64, 64))
    return saved(first, format_, save_all=True, append_images=[Image.new("RGB", (64, 64))] * 3, lossless=True)


GREYS = ((64, 255), (192, 255), (0, 0), (255, 0))
GOOD: dict[str, tuple[bytes, int, tuple[Colour, ...]]] = {
    "EXIF rotated": (rotated(), 400, QUARTERS),
    "CMYK": (saved(quarters((500, 500)).convert("CMYK"), "JPEG", quality=95), 500, QUARTERS),
    "16 bits of grey": (
        saved(quarters((300, 300), (64 * 257, 192 * 257, 0, 65_535), "I;16"), "PNG"), 300, (DARK, LIGHT, (0, 0, 0), WHITE),
    ),
    "grey and transparent": (saved(quarters((300, 300), GREYS, "LA"), "PNG"), 300, (DARK, LIGHT, WHITE, WHITE)),
    "animated PNG": (animated("PNG"), 64, QUARTERS),
    "animated WebP": (animated("WEBP"), 64, QUARTERS),
    "4:3": (saved(quarters((1600, 1200)), "JPEG", quality=90), 1024, QUARTERS),
    "1024 × 1024": (saved(quarters((1024, 1024)), "PNG"), 1024, QUARTERS),
    "with a profile of its own": (
        saved(quarters((300, 300)), "JPEG", icc_profile=swapped_profile(), quality=95), 300, (BLUE, LIME, RED, WHITE),
    ),
    "WebP with a profile, transparent": (
        saved(
            quarters((300, 300), ((*RED, 255), (*LIME, 255), (0, 0, 0, 0), (*BLUE, 255)), "RGBA"),
            "WEBP", lossless=True, icc_profile=swapped_profile(),
        ), 300, (BLUE, LIME, WHITE, RED),
    ),
    "48 megapixels": (saved(quarters((8_000, 6_000)), "JPEG", quality=85), 1024, QUARTERS),
    "48 megapixels of transparent PNG": (
        saved(quarters((8_000, 6_000), tuple((*colour, 255) for colour in QUARTERS), "RGBA"), "PNG", compress_level=1), 1024, QUARTERS,
    ),
    "49 megapixels of WebP": (saved(quarters((8_160, 6_120)), "WEBP", method=0), 1024, QUARTERS),
    "39 megapixels of lossless WebP": (
        saved(quarters((7_200, 5_500)), "WEBP", method=0, quality=0, lossless=True), 1024, QUARTERS,
    ),
}  # fmt: skip


def near(found: object, wanted: Colour) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= 24 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("data", "edge", "colours"), GOOD.values(), ids=GOOD)
def test_it_looks_as_it_did_in_every_size(data: bytes, edge: int, colours: tuple[Colour, ...]) -> None:
    files = draw(data)

    assert max(file.size for file in files) == edge
    for file in files:
        picture = opened(file.content).convert("RGB")
        near_edge, far = file.size // 8, file.size - 1 - file.size // 8
        found = [
            picture.getpixel(at) for at in ((near_edge, near_edge), (far, near_edge), (near_edge, far), (far, far))
        ]
        assert all(map(near, found, colours)), (file.size, file.kind, found)


MEASURE = """
import pickle, resource, sys
from app.photos.images import draw
for data in pickle.load(sys.stdin.buffer):
    draw(data)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_none_takes_more_than_400_megabytes() -> None:
    pictures = pickle.dumps([data for data, _, _ in GOOD.values()])

    done = subprocess.run([sys.executable, "-c", MEASURE], input=pictures, capture_output=True, check=True)

    assert int(done.stdout) <= 400


NEEDED = {
    "SourceFile", "ExifTool", "File", "Composite", "JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution",
    "JFIF:YResolution", "RIFF:VP8Version", "RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:HorizontalScale", "RIFF:VerticalScale",
}  # fmt: skip
"""What exiftool tells of every JPEG and WebP: the file around it, and what its format cannot be without."""


def said(folder: Path) -> dict[str, set[str]]:
    """What exiftool finds in each file of a folder beyond that, by the file's name. Skips where there is no exiftool."""
    program = shutil.which("exiftool")
    if program is None:
        assert not os.environ.get("CI"), "exiftool is missing: the Debian package libimage-exiftool-perl"
        pytest.skip("exiftool is missing: the Debian package libimage-exiftool-perl")
    done = subprocess.run([program, "-json", "-G", "-a", "-u", "-r", folder], capture_output=True, check=True)
    return {
        Path(found["SourceFile"]).name: {
            tag for tag in found if tag not in NEEDED and tag.partition(":")[0] not in NEEDED
        }
        for found in json.loads(done.stdout)
    }


def test_exiftool_finds_no_metadata_in_what_is_drawn(tmp_path: Path) -> None:
    for number, (data, _, _) in enumerate(GOOD.values()):
        for file in draw(data):
            (tmp_path / f"{number}-{file.size}.{file.kind}").write_bytes(file.content)

    found = said(tmp_path)

    assert len(found) > 2 * len(GOOD)
    assert {name: tags for name, tags in found.items() if tags} == {}


def test_exiftool_finds_no_metadata_in_what_is_stored_and_served(ines: Pictured, tmp_path: Path) -> None:
    value = "data:image/jpeg;base64," + base64.b64encode(rotated()).decode()
    ines.company.change("ines", photos=[{"type": "photo", "value": value}])
    prepare(ines.app)
    (tmp_path / "served").mkdir()
    for address in ines.photos():
        (tmp_path / "served" / address.rpartition("/")[2]).write_bytes(ines.visitor.get(address).data)

    stored, served = said(tmp_path / "photos"), said(tmp_path / "served")

    assert (len(stored), len(served)) == (6, 6)
    assert {tag for tags in (*stored.values(), *served.values()) for tag in tags} == set()


def test_exiftool_would_find_what_a_camera_writes(tmp_path: Path) -> None:
    (tmp_path / "camera.jpg").write_bytes(rotated())

    [tags] = said(tmp_path).values()

    assert {"EXIF:Make", "EXIF:Orientation", "EXIF:GPSLatitudeRef"} <= tags

"""Good pictures come out right: upright, square, in the screen's colours, in all sizes, and with nothing said about them."""

from __future__ import annotations

import pytest
from PIL import Image, ImageCms

from app.photos.images import Box, PhotoFile, draw, named
from tests.photos.pictures import animation, encoded, halves, opened, said_in, saved

RED, BLUE = (255, 0, 0), (0, 0, 255)


def is_near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True))


def largest(files: tuple[PhotoFile, ...], kind: str = "jpg") -> Image.Image:
    return opened([file for file in files if file.kind == kind][-1].content).convert("RGB")


def rotated(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "taken at home"
    return saved(halves((600, 400), "red", "blue"), "JPEG", exif=exif, comment=b"a secret", quality=95)


WIDE_GAMUT = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GOOD = {
    "4:3": (encoded((1600, 1200)), 1024),
    "1024 × 1024": (encoded((1024, 1024), "PNG"), 1024),
    "small": (encoded((120, 90)), 90),
    "EXIF rotated": (rotated(6), 400),
    "CMYK": (encoded((500, 500), mode="CMYK"), 500),
    "16 bits of grey": (saved(Image.new("I;16", (300, 300), 40_000), "PNG"), 300),
    "grey and transparent": (encoded((300, 300), "PNG", "LA"), 300),
    "a palette": (encoded((300, 300), "PNG", "P"), 300),
    "animated PNG": (animation("PNG", 5), 32),
    "animated WebP": (animation("WEBP", 5), 32),
    "with a profile": (saved(halves((300, 300), "red", "blue"), "JPEG", icc_profile=WIDE_GAMUT, quality=95), 300),
    "WebP": (encoded((700, 600), "WEBP"), 600),
    "48 megapixels": (encoded((8_000, 6_000)), 1024),
    "48 megapixels of PNG": (encoded((8_000, 6_000), "PNG", compress_level=1), 1024),
}


@pytest.mark.parametrize(("data", "edge"), GOOD.values(), ids=GOOD)
def test_a_good_picture_comes_in_all_sizes_and_says_nothing(data: bytes, edge: int) -> None:
    files = draw(data)

    sizes = [size for size in (96, 256, 512, 1024) if size < edge] + [edge]
    assert [(file.size, file.kind) for file in files] == [(size, kind) for size in sizes for kind in ("jpg", "webp")]
    for file in files:
        picture = opened(file.content)
        assert (picture.size, picture.format) == ((file.size,) * 2, {"jpg": "JPEG", "webp": "WEBP"}[file.kind])
        assert list(said_in(file.content)) == []
        assert b"secret" not in file.content
        assert b"home" not in file.content
        assert file.kind == "webp" or file.size > 512 or len(file.content) <= 60_000


@pytest.mark.parametrize(
    ("orientation", "left", "right"),
    [(1, RED, BLUE), (2, BLUE, RED), (3, BLUE, RED), (4, RED, BLUE)],
)
def test_orientation_is_applied(orientation: int, left: tuple[int, int, int], right: tuple[int, int, int]) -> None:
    picture = largest(draw(rotated(orientation)))

    assert is_near(picture.getpixel((30, 200)), left)
    assert is_near(picture.getpixel((370, 200)), right)


@pytest.mark.parametrize(
    ("orientation", "top", "bottom"), [(5, RED, BLUE), (6, RED, BLUE), (7, BLUE, RED), (8, BLUE, RED)]
)
def test_a_picture_that_lies_is_set_upright(
    orientation: int, top: tuple[int, int, int], bottom: tuple[int, int, int]
) -> None:
    picture = largest(draw(rotated(orientation)))

    assert is_near(picture.getpixel((200, 30)), top)
    assert is_near(picture.getpixel((200, 370)), bottom)


@pytest.mark.parametrize(
    ("box", "colour"), [(Box(0, 0, 0.5), RED), (Box(0.6667, 0.5, 0.5), BLUE)], ids=["upper left", "lower right"]
)
def test_the_part_that_was_chosen_shows(box: Box, colour: tuple[int, int, int]) -> None:
    picture = largest(draw(saved(halves((600, 400), "red", "blue"), "PNG"), box))

    assert picture.size == (200, 200)
    assert is_near(picture.getpixel((5, 5)), colour)
    assert is_near(picture.getpixel((195, 195)), colour)


def test_a_part_is_chosen_in_the_upright_picture_however_large() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(halves((6_000, 4_200), "red", "blue"), "JPEG", exif=exif)

    picture = largest(draw(data, Box(0, 0.5, 0.7143)))

    assert picture.size == (1024, 1024)
    assert is_near(picture.getpixel((10, 20)), BLUE)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        pytest.param(saved(halves((64, 64), "red", "red", "CMYK"), "JPEG", quality=95), RED, id="CMYK"),
        pytest.param(saved(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"), (255, 255, 255), id="transparent"),
        pytest.param(saved(Image.new("I;16", (64, 64), 32_896), "PNG"), (128, 128, 128), id="16 bits"),
        pytest.param(animation("PNG", 3), RED, id="the first frame of a PNG"),
        pytest.param(animation("WEBP", 3), RED, id="the first frame of a WebP"),
    ],
)
def test_colours_are_those_of_a_screen(data: bytes, colour: tuple[int, int, int]) -> None:
    for kind in ("jpg", "webp"):
        assert is_near(largest(draw(data), kind).getpixel((16, 16)), colour)


def test_the_same_bytes_have_the_same_name_and_another_part_another() -> None:
    assert named(b"x") == named(b"x")
    assert len({named(b"x"), named(b"y"), named(b"x", Box(0, 0, 1)), named(b"x", Box(0, 0, 0.5))}) == 4

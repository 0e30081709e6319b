"""Draws a photo anew in all sizes, as a program of its own: `python -I drawing.py`, so that limits hold for it alone.

On standard input a line of JSON, `{"format", "box"}`, then the picture. On standard output a line of JSON and then the
files one after the other: `{"files": [{"size", "kind", "bytes"}]}`, or `{"refused": reason}`. Imports nothing of the
house: what it does not load it does not spend.
"""

from __future__ import annotations

import ctypes
import io
import json
import mmap
import resource
import sys
import warnings
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin, _webp

SIZES = (96, 256, 512, 1024)
FRACTION = 5_000
"""A part's edges may miss those of the picture by a pixel, and one for each so many: its numbers are rounded."""
CONTACT_SIZE, CONTACT_BYTES = 512, 60_000
"""What a contact carries: the JPEG of this size has at most so many bytes."""
QUALITIES = (85, 75, 65, 50, 35, 20)
WEBP_QUALITY = 80
STRIP = 256
"""Rows that are turned into sRGB at a time: what is held beside the decoded picture stays small."""

MEMORY_BYTES = 512 * 1024 * 1024
"""Address space beyond what the program has when it begins: a picture of 48 megapixels needs 150 to 350 MB."""
CPU_SECONDS = 20
MAX_TEXT_BYTES = 1024 * 1024

_FORMATS = ("JPEG", "PNG", "WEBP")
_PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Imported here, so that Pillow does not look for the two dozen others."""
_SAID = {b"ICCP": "icc_profile", b"EXIF": "exif"}
"""Chunks of a WebP that say how to show it, with Pillow's names for them."""
_DAMAGED = "is cut off or damaged"


def main() -> None:
    """Read a picture, write the files or the reason; ends with status 0 in both cases."""
    wanted = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    _limit()
    answer: dict[str, object]
    files: list[tuple[int, str, bytes]] = []
    try:
        files = _drawn(data, wanted["format"], wanted["box"])
        answer = {"files": [{"size": size, "kind": kind, "bytes": len(content)} for size, kind, content in files]}
    except _Refused as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "needs more memory than a photo may"}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        answer = {"refused": "has too many pixels"}
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError):
        # Whatever Pillow's decoders make of what is not as its format wants it.
        answer = {"refused": _DAMAGED}
    _write(sys.stdout.buffer, answer, files)


class _Refused(Exception):
    pass


def _limit() -> None:
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, used + MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _drawn(data: bytes, format_: str, box: list[float] | None) -> list[tuple[int, str, bytes]]:
    Image.MAX_IMAGE_PIXELS = None  # the caller has looked
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MAX_TEXT_BYTES
    warnings.simplefilter("ignore")
    chunks = _webp_chunks(data) if format_ == "WEBP" else {b"ANIM": b""}
    with Image.open(io.BytesIO(data), formats=[format_]) if b"ANIM" in chunks else _still_webp(data, chunks) as image:
        if image.format not in {format_, None}:
            raise _Refused("is several pictures in one file (MPO)")
        square = _square(image, box)
    files = []
    for size in _sizes(square.width):
        small = square if size == square.width else square.resize((size, size), Image.Resampling.LANCZOS)
        files.append((size, "jpg", _jpeg(small, CONTACT_BYTES if size <= CONTACT_SIZE else None)))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=WEBP_QUALITY, method=4)
        files.append((size, "webp", out.getvalue()))
    return files


def _webp_chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks of a WebP (RFC 9649 §2.3) by their names, of several the first."""
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.setdefault(kind, data[at + 8 : at + 8 + length] if kind in _SAID else b"")
        at += 8 + length + length % 2
    return chunks


def _still_webp(data: bytes, chunks: dict[bytes, bytes]) -> Image.Image:
    """A WebP that is one picture, decoded once: Pillow decodes all as animations, which holds a picture four times."""
    libwebp = ctypes.CDLL(_webp.__file__)  # finds what this is linked with
    get_info, decode = libwebp.WebPGetInfo, libwebp.WebPDecodeRGBAInto
    get_info.argtypes = [ctypes.c_char_p, ctypes.c_size_t, *[ctypes.POINTER(ctypes.c_int)] * 2]
    decode.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    decode.restype = ctypes.c_void_p
    width, height = ctypes.c_int(), ctypes.c_int()
    if not get_info(data, len(data), width, height):
        raise _Refused(_DAMAGED)
    size, stride = (width.value, height.value), 4 * width.value
    pixels = mmap.mmap(-1, stride * height.value)  # takes memory as it is filled: not for what turns out to be damaged
    if decode(data, len(data), (ctypes.c_char * len(pixels)).from_buffer(pixels), len(pixels), stride) is None:
        raise _Refused(_DAMAGED)
    image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)  # type: ignore[arg-type]  # any buffer will do
    image.info = {name: chunks[kind] for kind, name in _SAID.items() if kind in chunks}
    return image


def _sizes(edge: int) -> list[int]:
    """The sizes to draw: nothing is enlarged, and the largest is as large as it is, up to the largest of SIZES."""
    largest = min(edge, SIZES[-1])
    return [*(size for size in SIZES if size < largest), largest]


def _square(image: Image.Image, box: list[float] | None) -> Image.Image:
    """The part of the picture that shows, upright, square, in sRGB, at most twice as large as the largest size."""
    whole = image.size
    if image.format == "JPEG":
        image.draft(image.mode, (2 * SIZES[-1], 2 * SIZES[-1]))
    orientation = image.getexif().get(0x0112)
    image.load()
    canvas = _canvas(image)
    if orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        canvas.info["exif"] = exif.tobytes()
        canvas = ImageOps.exif_transpose(canvas)
        if orientation in range(5, 9):
            whole = whole[::-1]
    scale = canvas.width / whole[0]
    left, top, edge = _cut(whole, box)
    square = canvas.crop(
        (round(left * scale), round(top * scale), round((left + edge) * scale), round((top + edge) * scale))
    )
    clean = Image.new("RGB", (min(square.size),) * 2)  # nothing of what was said about the old one
    clean.paste(square)
    return clean


def _cut(whole: tuple[int, int], box: list[float] | None) -> tuple[int, int, int]:
    """Left, top and edge in pixels of the part that shows: `box`, or the middle."""
    width, height = whole
    shorter = min(whole)
    if box is None:
        return (width - shorter) // 2, (height - shorter) // 2, shorter
    left, top, edge = round(box[0] * width), round(box[1] * height), max(1, round(box[2] * shorter))
    beyond = max(-left, -top, left + edge - width, top + edge - height)
    if edge > shorter or beyond > 1 + max(whole) // FRACTION:
        raise _Refused(f"is {width} × {height} pixels, and the part to show lies outside of it")
    return max(0, min(left, width - edge)), max(0, min(top, height - edge)), edge


def _canvas(image: Image.Image) -> Image.Image:
    """The picture in sRGB on white, reduced by a whole factor where it is far larger than any size."""
    width, height = image.size
    factor = max(1, min(width, height) // (2 * SIZES[-1]))
    canvas = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    convert = _Converter(image)
    rows = STRIP * factor
    for top in range(0, height, rows):
        strip = convert(image.crop((0, top, width, min(height, top + rows))))
        canvas.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    return canvas


class _Converter:
    """Strips of a picture as sRGB on white."""

    def __init__(self, image: Image.Image) -> None:
        self._palette = image.mode in {"P", "PA"} or "transparency" in image.info
        mode = "RGB" if image.mode in {"RGBA", "P", "PA", "RGBX"} else image.mode
        self._profiled = mode if mode in {"RGB", "L", "CMYK"} else None
        self._transform = self._from_profile(image.info.get("icc_profile"))

    def _from_profile(self, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
        if not profile or self._profiled is None:
            return None
        try:
            return ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), self._profiled, "RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            return None  # of another kind of picture, or none at all: the colours are taken as they are

    def __call__(self, strip: Image.Image) -> Image.Image:
        if strip.mode.startswith("I"):
            # 16 bits of grey, of which a screen shows the upper eight.
            strip = strip.convert("I").point(lambda value: value / 256).convert("L")
        alpha = None
        if self._palette or strip.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
            strip = strip.convert("RGBA")
            alpha, strip = strip.getchannel("A"), strip.convert("RGB")
        if self._transform is not None and strip.mode == self._profiled:
            strip = ImageCms.applyTransform(strip, self._transform) or strip
        strip = strip.convert("RGB")
        if alpha is None:
            return strip
        white = Image.new("RGB", strip.size, (255, 255, 255))
        white.paste(strip, mask=alpha)
        return white


def _jpeg(image: Image.Image, most: int | None) -> bytes:
    content = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        content = out.getvalue()
        if most is None or len(content) <= most:
            return content
    return content


def _write(out: BinaryIO, answer: dict[str, object], files: list[tuple[int, str, bytes]]) -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    for _, _, content in files:
        out.write(content)
    out.flush()


if __name__ == "__main__":
    main()

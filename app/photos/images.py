"""Turning bytes that somebody sent into a square JPEG that is safe to show. Pure; nothing is stored here."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 1024 * 1024
"""The largest encoded picture that is opened. Directories hold far smaller ones."""
MAX_PIXELS = 50_000_000
MAX_UNFOLDED_PIXELS = 16_000_000
"""Of what is held in memory at once, some bytes each. A JPEG can be unfolded at a part of its size, others cannot."""
QUALITY = 85

_WHITE = (255, 255, 255)


class UnsafeImage(ValueError):
    """Bytes that are no picture we open; the text says why."""


def decode_data_url(text: str) -> bytes | None:
    """The bytes in `data:image/…;base64,…`, or None when `text` is something else (a web address, say).

    The media type is not believed: `square_jpeg` looks at the bytes themselves. Raises UnsafeImage for broken base64
    and for more than MAX_BYTES.
    """
    head, separator, data = text.partition(",")
    if not (separator and head.lower().startswith("data:image/") and head.lower().endswith(";base64")):
        return None
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise UnsafeImage(f"the picture is larger than {MAX_BYTES} bytes")
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as error:  # binascii.Error is one; characters beyond ASCII raise the plain kind
        raise UnsafeImage("the picture's base64 is broken") from error


def square_jpeg(data: bytes, side: int) -> bytes:
    """The picture in `data`, upright, cropped to its middle square, `side` pixels wide, as JPEG without any metadata.

    A smaller picture is not enlarged. Raises UnsafeImage for bytes that are not JPEG, PNG or WebP, for more than
    MAX_BYTES, MAX_PIXELS or MAX_UNFOLDED_PIXELS, and for pictures that are broken.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeImage(f"the picture is larger than {MAX_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _encoded(_squared(image, side))
    except UnsafeImage:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnsafeImage(f"the picture has more than {MAX_PIXELS} pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UnsafeImage("the picture is not a whole JPEG, PNG or WebP") from error


def _squared(image: Image.Image, side: int) -> Image.Image:
    width, height = image.size
    if width * height > MAX_PIXELS:
        # Before load(): a small file can unfold to gigabytes.
        raise UnsafeImage(f"the picture has more than {MAX_PIXELS} pixels")
    image.draft("RGB", (side, side))
    if image.width * image.height > MAX_UNFOLDED_PIXELS:
        raise UnsafeImage(f"the picture unfolds to more than {MAX_UNFOLDED_PIXELS} pixels")
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"RGBA", "LA", "PA", "P"}:
        rgba = upright.convert("RGBA")
        upright = Image.new("RGB", rgba.size, _WHITE)
        upright.paste(rgba, mask=rgba.getchannel("A"))
    edge = min(side, *upright.size)
    return ImageOps.fit(upright.convert("RGB"), (edge, edge))


def _encoded(image: Image.Image) -> bytes:
    # A new image has no info: what was in the old one (comments, EXIF, profiles, places) stays behind.
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()

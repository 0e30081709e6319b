"""QR codes of a card's permanent address, for screens and for print. The same address gives the same bytes."""

from __future__ import annotations

import io
import re
from functools import lru_cache

import segno
from PIL import Image

MIN_PIXELS, DEFAULT_PIXELS, MAX_PIXELS = 128, 1024, 2048
QUIET_ZONE = 4
"""Modules of white around the code, as ISO/IEC 18004 wants."""

_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]*")
_CARD_AT_ROOT = re.compile(r"https?://[^/]+/c/[^/]+")


def qr_text(url: str) -> str:
    """What the code says: the address in upper case, which makes a smaller code, where that means the same.

    Scheme and host never mind the case, and `/c/<id>` does not here. An address below another path, which a proxy may
    tell apart by its case, and one with characters beyond QR's alphanumeric set stay as they are.
    """
    upper = url.upper()
    return upper if _CARD_AT_ROOT.fullmatch(url) and _ALPHANUMERIC.fullmatch(upper) else url


@lru_cache(maxsize=256)
def qr_svg(url: str) -> bytes:
    """The code as SVG that scales to any size."""
    out = io.BytesIO()
    _code(url).save(
        out, kind="svg", border=QUIET_ZONE, omitsize=True, xmldecl=False, svgclass=None, lineclass=None,
        light="#fff", title="QR code",
    )  # fmt: skip
    return out.getvalue()


@lru_cache(maxsize=64)
def qr_png(url: str, pixels: int) -> bytes:
    """The code as PNG, exactly `pixels` wide and high (MIN_PIXELS to MAX_PIXELS), its modules whole pixels each."""
    code = _code(url)
    modules = int(code.symbol_size(border=QUIET_ZONE)[0])
    scale = max(1, pixels // modules)
    drawn = io.BytesIO()
    code.save(drawn, kind="png", border=QUIET_ZONE, scale=scale)
    picture = Image.new("1", (pixels, pixels), 1)
    margin = (pixels - modules * scale) // 2
    picture.paste(Image.open(drawn).convert("1"), (margin, margin))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _code(url: str) -> segno.QRCode:
    return segno.make(qr_text(url), error="m", micro=False)

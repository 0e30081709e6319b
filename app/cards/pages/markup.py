"""Small helpers of the pages' templates."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from app.web import scope

STATIC = Path(__file__).parents[1] / "static"
STATIC_PATH = "/static/cards"

_BREAKS = re.compile(r"(?<=[\w)])([@/._?&=-])(?=\w)")


def breakable(text: str) -> Markup:
    """`text`, which may be broken before the marks of e-mail and web addresses rather than within a word."""
    return Markup("<wbr>").join(escape(piece) for piece in _BREAKS.sub("\0\\1", text).split("\0"))


def path_of(url: str) -> str:
    """The path of an absolute address: how pages name what is theirs, also below a proxy's path."""
    return urlsplit(url).path


def static_url(name: str, public_url: str) -> str:
    """Where a static file is; the address changes with its content, so that browsers may keep it."""
    return f"{path_of(public_url)}{STATIC_PATH}/{name}?v={_version(name)}"


def static_files() -> dict[str, str]:
    """What every template is given: where style sheet and icon are."""
    public_url = scope.settings().public_url
    return {"stylesheet": static_url("card.css", public_url), "icon_url": static_url("icon.svg", public_url)}


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]

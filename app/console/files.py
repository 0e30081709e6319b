"""The console's style sheets, scripts and icons: ours, and others' as they published them (static/vendor/VENDOR.md)."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Response, request
from markupsafe import Markup

from app.web import pages
from app.web.guards import public

STATIC = Path(__file__).parent / "static"
_ICONS = STATIC / "vendor" / "lucide-1.62.0"
_KEPT = "public, max-age=31536000, immutable"
_WORTH_PACKING = 1024


@public
def static_file(version: str, name: str) -> Response:
    """GET /console/files/<version>/<name>: a file, at an address that changes with it."""
    if name not in _names() or version != _version(name):
        return Response("There is no such file.\n", 404, mimetype="text/plain")
    response = Response(mimetype=mimetypes.guess_type(name)[0])
    if len(_bytes(name)) > _WORTH_PACKING and request.accept_encodings.quality("gzip") > 0:
        response.set_data(_packed(name))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(_bytes(name))
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _KEPT
    return response


def address(name: str) -> str:
    """The path under which browsers get a file, and may keep it for a year."""
    return pages.path(f"/console/files/{_version(name)}/{name}")


@cache
def icon(name: str) -> Markup:
    """An icon as part of a page; it says nothing to screen readers, the text beside it does."""
    drawing = (_ICONS / f"{name}.svg").read_text()
    body = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return Markup(  # noqa: S704 -- from our own files
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f"{' '.join(body.split())}</svg>"
    )


@cache
def _names() -> frozenset[str]:
    """Everything that may be asked for; what is not in this set does not reach the file system."""
    served = (path for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg"})
    return frozenset(str(path.relative_to(STATIC)) for path in served)


@cache
def _bytes(name: str) -> bytes:
    return (STATIC / name).read_bytes()


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_bytes(name), mtime=0)


@cache
def _version(name: str) -> str:
    return hashlib.sha256(_bytes(name)).hexdigest()[:12]

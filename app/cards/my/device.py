"""What makes a person's pages an app on their device: its manifest, and the worker that shows a kept code offline."""

from __future__ import annotations

from flask import Response, make_response

from app.cards.my.answers import home
from app.cards.pages.markup import STATIC, static_url
from app.web import scope
from app.web.guards import public

FILES = (
    "edit.js",
    "keep.js",
    "photo.js",
    "share.js",
    "qr.js",
    "qr.css",
    "icon.svg",
    "icon-180.png",
    "icon-192.png",
    "icon-512.png",
)
ICONS = (
    ("icon.svg", "any", "image/svg+xml", "any"),
    ("icon-192.png", "192x192", "image/png", "any"),
    ("icon-512.png", "512x512", "image/png", "any"),
    ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
)


@public
def manifest() -> Response:
    """GET /me/app.webmanifest: how the pages are installed (W3C Web Application Manifest). The same for everybody."""
    public_url = scope.settings().public_url
    response = make_response(
        {
            "id": home(),
            "name": "My business card",
            "short_name": "My card",
            "start_url": home(),
            "scope": home(),
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b5fff",
            "icons": [
                {"src": static_url(name, public_url), "sizes": sizes, "type": kind, "purpose": purpose}
                for name, sizes, kind, purpose in ICONS
            ],
        }
    )
    response.content_type = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
def worker() -> Response:
    """GET /me/worker.js: the service worker. The same for everybody; it works for `/me` and what hangs below."""
    response = make_response((STATIC / "worker.js").read_bytes())
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = home()
    return response

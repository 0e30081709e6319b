"""What has just been done, said on the next page; kept on the way in a cookie that only its session can make."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from flask import Response, request

from app.auth.sign_in import asking
from app.web import pages

SECONDS = 60
"""How long the sentence waits for its page."""
BYTES = 2_000
"""How much of a sentence is kept: a cookie has room for 4,096 of them, written in four signs for every three."""


def go(path: str, said: str) -> Response:
    """303 to a path of this installation, where the sentence is shown once."""
    response = pages.go(pages.path(path))
    kept = said.encode()[:BYTES].decode(errors="ignore").encode()
    text = base64.urlsafe_b64encode(kept).decode()
    asking.set_cookie(response, _name(), f"{text}.{_seal(text)}", SECONDS)
    return response


def waiting() -> str | None:
    """The sentence that this request is to show."""
    text, _, seal = request.cookies.get(_name(), "").partition(".")
    if not text or not hmac.compare_digest(seal.encode(), _seal(text).encode()):
        return None
    try:
        return base64.urlsafe_b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def shown(response: Response) -> None:
    """Have the browser forget the sentence."""
    asking.set_cookie(response, _name(), "", 0)


def _name() -> str:
    return asking.cookie_name("-notice")


def _seal(text: str) -> str:
    return hmac.new(asking.csrf_token().encode(), b"notice " + text.encode(), hashlib.sha256).hexdigest()

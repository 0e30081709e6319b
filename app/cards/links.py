"""What a tap on a value opens. Only schemes that open a page, a mail or a call ever become a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from app.cards.view import Address

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:(?:[^\W_]|-)*[^\W_])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)
"""A host name, of any script, perhaps with port and path, but without a scheme."""
_HANDLE = re.compile(r"(?!\.+$)[\w.\-]{1,64}")

PROFILES: Mapping[str, str] = {
    "linkedin": "https://www.linkedin.com/in/{}",
    "xing": "https://www.xing.com/profile/{}",
    "github": "https://github.com/{}",
    "gitlab": "https://gitlab.com/{}",
    "instagram": "https://www.instagram.com/{}",
    "x": "https://x.com/{}",
    "twitter": "https://x.com/{}",
    "youtube": "https://www.youtube.com/@{}",
    "facebook": "https://www.facebook.com/{}",
    "threads": "https://www.threads.net/@{}",
    "bluesky": "https://bsky.app/profile/{}",
    "telegram": "https://t.me/{}",
}
"""Where a handle leads on each service."""


def mail_link(text: str) -> str | None:
    """`mailto:` for one e-mail address, None for anything else."""
    return f"mailto:{quote(text, safe='@!$&*+-.=^_`|~')}" if _ADDRESS.fullmatch(text) else None


def web_link(text: str) -> str | None:
    """The http or https address that `text` is; a bare domain gets https. None for anything else."""
    stripped = text.strip()
    if _DOMAIN.fullmatch(stripped):
        stripped = f"https://{stripped}"
    try:
        parts = urlsplit(stripped)
    except ValueError:
        return None
    lawful = parts.scheme.lower() in {"http", "https"} and parts.hostname and not re.search(r"[\s<>\"]", stripped)
    return stripped if lawful else None


def social_link(service: str | None, text: str) -> str | None:
    """The address of a profile, given as address or handle; None when the service or the handle is not known."""
    handle = text.strip().removeprefix("@")
    if (service or "").lower() == "mastodon" and re.fullmatch(r"[\w.]+@[\w.-]+\.\w+", handle):
        user, _, host = handle.partition("@")
        return f"https://{host}/@{user}"
    pattern = PROFILES.get((service or "").lower())
    if pattern is not None and _HANDLE.fullmatch(handle) and not handle.lower().startswith("www."):
        return pattern.format(quote(handle))
    return web_link(text)


def map_link(address: Address) -> str:
    """A map search for the address; opened by a tap alone, so that the page itself asks nobody."""
    return f"https://www.openstreetmap.org/search?{urlencode({'query': ', '.join(address.lines)})}"

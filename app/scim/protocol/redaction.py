"""What of a request's body is kept in the log: what was sent, without secrets and pictures, long lists cut."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MAX_TEXT = 500
"""Characters of one text."""
MAX_BODY = 8_000
"""Characters of all names and values together; what comes after them is counted."""
MAX_DEPTH = 16

SECRET = "[secret]"  # noqa: S105 (this is what stands where one was)

_SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|privatekey|apikey", re.IGNORECASE)
_PICTURE = re.compile(r"data:(?:image/[\w.+-]+)?[;,]", re.IGNORECASE)


def redacted(body: Any) -> Any:
    """`body` as JSON that may be kept: at most MAX_BODY characters of it, and nothing that opens a door.

    Values under names of secrets, and those that a PATCH operation sets at a path that names one, read `[secret]`,
    pictures `[photo, 123 kB]`.
    """
    return _Redaction().of(body, 0)


def short(text: str, longest: int = MAX_TEXT) -> str:
    """`text` for the log: pictures named by their size, the rest cut after `longest` characters."""
    if text[:5].lower() == "data:" and _PICTURE.match(text):
        return f"[photo, {max(1, round(len(text) * 3 / 4 / 1000))} kB]"
    return text if len(text) <= longest else f"{text[:longest]}… [{len(text)} characters]"


def is_secret(name: str) -> bool:
    """Whether a value under this name or path is not to be repeated; of a long one its beginning decides."""
    return _is_secret(name[:MAX_TEXT])


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


class _Redaction:
    def __init__(self) -> None:
        self._left = MAX_BODY

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 4  # for what stands around it
        if isinstance(value, dict):
            return self._object(value, depth + 1)
        if isinstance(value, list):
            return self._list(value, depth + 1)
        kept = short(value) if isinstance(value, str) else value
        self._left -= len(kept) if isinstance(kept, str) else 0
        return kept

    def _object(self, value: Mapping[str, Any], depth: int) -> Any:
        if depth > MAX_DEPTH:
            return "[nested deeper]"
        path = next((inner for key, inner in value.items() if key.lower() == "path"), None)
        secret = isinstance(path, str) and is_secret(path)
        kept: dict[str, Any] = {}
        for number, (key, inner) in enumerate(value.items()):
            if self._left <= 0:
                kept["…"] = f"[{len(value) - number} more]"
                break
            self._left -= min(len(key), MAX_TEXT)
            if is_secret(key) or (secret and key.lower() == "value"):
                kept[short(key)] = SECRET
            else:
                kept[short(key)] = self.of(inner, depth)
        return kept

    def _list(self, value: list[Any], depth: int) -> Any:
        if depth > MAX_DEPTH:
            return "[nested deeper]"
        kept: list[Any] = []
        for number, inner in enumerate(value):
            if self._left <= 0:
                kept.append(f"[{len(value) - number} more]")
                break
            kept.append(self.of(inner, depth))
        return kept

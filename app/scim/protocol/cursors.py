"""Cursors (RFC 9865): where the last page ended, as a text of unreserved characters that the server need not keep.

A cursor is bound to its query by a digest. It is no secret and gives no right: who invents one sees another part of
what the query shows anyway. So it is checked for what it is, and not signed.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Literal

import orjson

from app.attributes.moments import moment
from app.scim.protocol.errors import ScimError

Kind = Literal["text", "number", "moment"]
"""What a key is: a str, a float (or int), a datetime."""

_DIGEST_BYTES = 9


@dataclass(frozen=True, slots=True)
class Position:
    """The keys of the last resource that was shown, and how many resources there were when the first page was read."""

    keys: tuple[Any, ...]
    total: int


def encode(position: Position, query: Sequence[str | None]) -> str:
    """The cursor to go on from `position` in the list that `query` asks for."""
    payload = orjson.dumps([position.total, *position.keys], option=orjson.OPT_NAIVE_UTC)
    return urlsafe_b64encode(_digest(payload, query) + payload).rstrip(b"=").decode()


def decode(cursor: str, query: Sequence[str | None], kinds: Sequence[Kind]) -> Position:
    """The position in a cursor that `encode` made for the same query, whose order has keys of these kinds.

    Raises ScimError invalidCursor for anything else.
    """
    try:
        data = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (UnicodeEncodeError, Error) as error:
        raise _invalid("no cursor of this server") from error
    digest, payload = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if digest != _digest(payload, query) or urlsafe_b64encode(data).rstrip(b"=").decode() != cursor:
        raise _invalid("none that this server gave for this query")
    try:
        total, *keys = orjson.loads(payload)
        read = tuple(_READERS[kind](key) for kind, key in zip(kinds, keys, strict=True))
    except (TypeError, ValueError) as error:
        raise _invalid("no cursor of this server") from error
    if type(total) is not int or not 0 <= total < 2**53:
        raise _invalid("no cursor of this server")
    return Position(read, total)


def _digest(payload: bytes, query: Sequence[str | None]) -> bytes:
    asked = orjson.dumps(list(query))
    return hashlib.blake2b(asked + payload, digest_size=_DIGEST_BYTES).digest()


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError("no number")
    return float(value)


def _moment(value: Any) -> datetime:
    return moment(_text(value))


_READERS = {"text": _text, "number": _number, "moment": _moment}


def _invalid(what: str) -> ScimError:
    return ScimError(
        400, "invalidCursor", f"cursor is {what}. Send an empty one for the first page, with the same query ever after."
    )

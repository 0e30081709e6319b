"""Cursors: what they carry, and that nothing else is taken for one."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scim.protocol import cursors
from app.scim.protocol.cursors import Position, decode, encode
from app.scim.protocol.errors import ScimError

QUERY = ("organization", "/Users", 'userName sw "a"', "title", "False")
KINDS: tuple[cursors.Kind, ...] = ("number", "text", "moment", "text")
HERE = Position((0.0, "Åse 李 \U0001f600", datetime(2026, 11, 25, 9, 0, 0, 123456, tzinfo=UTC), "id"), 7)


def test_a_cursor_reads_back_as_the_position_it_was_made_from() -> None:
    assert decode(encode(HERE, QUERY), QUERY, KINDS) == HERE


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    # RFC 9865 §2: unreserved characters alone (RFC 3986 §2.3).
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", encode(HERE, QUERY))


@pytest.mark.parametrize("place", range(len(QUERY)))
def test_a_cursor_of_another_query_is_refused(place: int) -> None:
    other: list[Any] = list(QUERY)
    other[place] = None

    with pytest.raises(ScimError, match="for this query") as refused:
        decode(encode(HERE, QUERY), other, KINDS)

    assert (refused.value.status, refused.value.scim_type) == (400, "invalidCursor")


def forged(payload: Any) -> str:
    """A cursor as somebody makes it who has read the code."""
    data = orjson.dumps(payload)
    return urlsafe_b64encode(cursors._digest(data, QUERY) + data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param([7], id="no keys"),
        pytest.param([7, 0, "x", "2026-11-25T09:00:00Z"], id="a key too few"),
        pytest.param([7, 0, "x", "2026-11-25T09:00:00Z", "id", "x"], id="a key too many"),
        pytest.param([7, "0", "x", "2026-11-25T09:00:00Z", "id"], id="a text for a number"),
        pytest.param([7, True, "x", "2026-11-25T09:00:00Z", "id"], id="a boolean for a number"),
        pytest.param([7, 0, 5, "2026-11-25T09:00:00Z", "id"], id="a number for a text"),
        pytest.param([7, 0, "a\0b", "2026-11-25T09:00:00Z", "id"], id="a NUL character"),
        pytest.param([7, 0, "x", "yesterday", "id"], id="no time"),
        pytest.param([7, 0, "x", 5, "id"], id="a number for a time"),
        pytest.param([7, 0, "x", None, "id"], id="nothing for a time"),
        pytest.param(["7", 0, "x", "2026-11-25T09:00:00Z", "id"], id="a text for the total"),
        pytest.param([True, 0, "x", "2026-11-25T09:00:00Z", "id"], id="a boolean for the total"),
        pytest.param([-1, 0, "x", "2026-11-25T09:00:00Z", "id"], id="a negative total"),
        pytest.param([2**60, 0, "x", "2026-11-25T09:00:00Z", "id"], id="a total that no JSON reader can hold"),
        pytest.param([], id="an empty list"),
        pytest.param({}, id="an object"),
        pytest.param(7, id="a number"),
    ],
)
def test_a_forged_cursor_is_refused(payload: Any) -> None:
    with pytest.raises(ScimError) as refused:
        decode(forged(payload), QUERY, KINDS)

    assert (refused.value.status, refused.value.scim_type) == (400, "invalidCursor")


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda data: urlsafe_b64encode(data).decode()))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ScimError, match="cursor is"):
        decode(text, QUERY, KINDS)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_cursor_with_a_byte_changed_is_refused(place: int, change: int) -> None:
    cursor = encode(HERE, QUERY)
    data = bytearray(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    data[place % len(data)] ^= change

    with pytest.raises(ScimError):
        decode(urlsafe_b64encode(data).rstrip(b"=").decode(), QUERY, KINDS)

"""Bodies are kept to see what was sent: without secrets and pictures, and not all of what is long."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.scim.protocol.redaction import MAX_BODY, redacted

PICTURE = f"data:image/jpeg;base64,{'/9j4' * 41_000}"
SECRET = "[secret]"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param({"userName": "ines", "active": True}, {"userName": "ines", "active": True}, id="what is harmless"),
        pytest.param({"Password": "open sesame"}, {"Password": SECRET}, id="a password"),
        pytest.param(
            {"urn:x:User": {"apiToken": ["a", "b"]}}, {"urn:x:User": {"apiToken": SECRET}}, id="a nested secret"
        ),
        pytest.param(
            {"Operations": [{"op": "replace", "path": "password", "value": "open sesame"}]},
            {"Operations": [{"op": "replace", "path": "password", "value": SECRET}]},
            id="a secret in a PATCH",
        ),
        pytest.param(
            {"Operations": [{"op": "add", "value": {"password": "open sesame"}}]},
            {"Operations": [{"op": "add", "value": {"password": SECRET}}]},
            id="a secret in a PATCH without a path",
        ),
        pytest.param({"photos": [{"value": PICTURE}]}, {"photos": [{"value": "[photo, 123 kB]"}]}, id="a picture"),
        pytest.param({"title": "x" * 501}, {"title": f"{'x' * 500}… [501 characters]"}, id="a long text"),
        pytest.param([1, None, "x"], [1, None, "x"], id="a list"),
        pytest.param("text", "text", id="a text"),
    ],
)
def test_redacted(body: Any, kept: Any) -> None:
    assert redacted(body) == kept


def test_of_a_long_list_the_beginning_is_kept_and_the_rest_counted() -> None:
    members = [{"value": f"{number:036}"} for number in range(50_000)]

    kept = redacted({"members": members})["members"]

    assert kept[:2] == members[:2]
    assert kept[-1] == f"[{50_000 - len(kept) + 1} more]"
    assert len(orjson.dumps(kept)) < 3 * MAX_BODY


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({f"name{number}": number for number in range(100_000)}, id="many names"),
        pytest.param([["x" * 400] * 100] * 100, id="many texts"),
        pytest.param({"x" * 100_000: 1}, id="a long name"),
        pytest.param([[[]] * 10_000] * 10, id="many empty lists"),
    ],
)
def test_whatever_is_sent_little_is_kept(body: Any) -> None:
    assert len(orjson.dumps(redacted(body))) < 3 * MAX_BODY


def test_what_nests_deeply_is_cut() -> None:
    nested: Any = "x"
    for _ in range(200):
        nested = {"a": [nested]}

    assert orjson.dumps(redacted(nested)).count(b"a") == 8 + b"nested deeper".count(b"a")

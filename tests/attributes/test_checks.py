"""Each type of RFC 7643 §2.3: what is taken, unaltered, and what is refused with path and reason."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.checks import InvalidValue
from app.attributes.documents import normalize
from tests.support.made_up import DEVICE, LEASE_URN


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("note", ["x", " spaces ", "Zürich", "5"]),
        ("on", [True, False]),
        ("weight", [1, 1.5, -0.25, 0, 1e300]),
        ("slots", [1, 0, -7, 2**63 - 1]),
        (
            "bought",
            [
                "2026-01-05T09:00:00Z",
                "2026-01-05T09:00:00",
                "2026-01-05T09:00:00.123Z",
                "2026-01-05T09:00:00.1234567Z",
                "2026-01-05T09:00:00-05:00",
            ],
        ),
        ("manual", ["https://x.example/a", "../Users/7", "urn:x:y", "not an address at all"]),
        ("image", ["QUJD", "QUI=", "QUI", "QQ==", "-_-_", "+/+/", "QUJD\nQUJD\n"]),
        ("tags", [["a", "b"]]),
        ("sizes", [[1, 2]]),
    ],
)
def test_taken_as_it_is(name: str, values: list[Any]) -> None:
    for value in values:
        assert normalize({name: value}, DEVICE) == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("note", 5, "note must be a text, not a number"),
        ("note", True, "note must be a text, not true or false"),
        ("note", ["x"], "note must be a text, not a list"),
        ("note", {"value": "x"}, "note must be a text, not an object"),
        ("on", "yes", "on must be true or false, not 'yes'"),
        ("on", 1, "on must be true or false, not 1"),
        ("weight", "1.5", "weight must be a number, not a text"),
        ("weight", True, "weight must be a number, not true or false"),
        ("weight", float("inf"), "weight must be a finite number"),
        ("weight", float("nan"), "weight must be a finite number"),
        ("slots", 1.5, r"slots must be a whole number, not 1\.5"),
        ("slots", 1.0, r"slots must be a whole number, not 1\.0"),
        ("slots", "1", "slots must be a number, not a text"),
        ("slots", False, "slots must be a number, not true or false"),
        ("bought", 5, "bought must be a text, not a number"),
        ("bought", "2026-01-05", "bought must be a time such as 2026-01-05T09:00:00Z, not '2026-01-05'"),
        ("bought", "09:00:00", "bought must be a time such as"),
        ("bought", "2026-W01-1T09:00:00", "bought must be a time such as"),
        ("bought", "2026-01-05 09:00:00Z", "bought must be a time such as"),
        ("bought", "2026-02-30T09:00:00Z", "bought must be a time that exists"),
        ("bought", "2026-01-05T25:00:00Z", "bought must be a time that exists"),
        ("bought", "0001-01-01T00:00:00+14:00", "bought must be a time that exists"),
        ("manual", 5, "manual must be a text, not a number"),
        ("image", 5, "image must be a text, not a number"),
        ("image", "&%", "image must be base64, not '&%'"),
        ("image", "QUJDR", "image must be base64"),
        ("image", "+/-_", "image must be base64"),
        ("image", "Q=UJ", "image must be base64"),
        ("tags", ["a", 5], r"tags\[1\] must be a text, not a number"),
        ("sizes", ["1"], r"sizes\[0\] must be a number, not a text"),
        ("place", "here", "place must be an object, not a text"),
        ("place", [{"room": "7"}], "place must be an object, not a list"),
        ("place", {"desk": 7}, r"place\.desk must be a text, not a number"),
        ("ports", [{"value": "a"}, "b"], r"ports\[1\] must be an object, not a text"),
        ("ports", [{"value": "a", "speed": "fast"}], r"ports\[0\]\.speed must be a number, not a text"),
        (LEASE_URN, {"start": "soon"}, f"{LEASE_URN}:start must be a time such as"),
        (LEASE_URN, "x", f"{LEASE_URN} must be an object, not a text"),
    ],
)
def test_refused_with_path_and_reason(name: str, value: Any, reason: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{reason}"):
        normalize({name: value}, DEVICE)


def test_an_entry_that_repeats_another_adds_what_that_lacks() -> None:
    ports = [
        {"value": "eth0", "type": "lan"},
        {"value": "usb"},
        {"type": "lan", "value": "eth0", "primary": True, "speed": 5},
        {"value": "eth0"},
    ]

    assert normalize({"ports": ports}, DEVICE)["ports"] == [
        {"value": "eth0", "type": "lan", "primary": True, "speed": 5},
        {"value": "usb"},
        {"value": "eth0"},
    ]


def test_a_simple_value_is_there_once() -> None:
    assert normalize({"tags": ["a", "b", "a", "A"]}, DEVICE) == {"tags": ["a", "b", "A"]}

"""What texts and times are compared as."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attributes.folding import fold
from app.attributes.moments import moment


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Mira.OKAFOR@Nordwind.example", "mira.okafor@nordwind.example", id="ASCII"),
        pytest.param("ZOÉ", "zoe\u0301", id="an accent apart"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("ΜΆΡΙΟΣ", "μάριος", id="final sigma"),
    ],
)
def test_folded_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Zoe", "Zoé"), (" a", "a"), ("o", "0")])
def test_folded_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=20))
def test_folding_does_not_depend_on_how_accents_are_written(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == fold(text)


@pytest.mark.parametrize("text", ["2026-01-05T09:00:00Z", "2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00"])
def test_a_time_is_a_moment_in_utc(text: str) -> None:
    read = moment(text)

    assert read == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "isoformat"),
        ("yesterday", "isoformat"),
        ("2026-13-01T00:00:00Z", "month"),
        ("0001-01-01T00:00:00+23:59", "no year"),
        ("9999-12-31T23:59:59-23:59", "no year"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        moment(text)

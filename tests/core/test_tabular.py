"""CSV that a spreadsheet opens without obeying it."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from app.core.tabular import record


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_would_be_taken_for_a_formula_is_text(begins: str) -> None:
    [[cell]] = csv.reader(StringIO(record([f"{begins}cmd|'/c calc'!A1"]), newline=""))

    assert cell == f"'{begins}cmd|'/c calc'!A1"


def test_all_else_is_as_it_was_and_nothing_is_an_empty_cell() -> None:
    [cells] = csv.reader(StringIO(record(['a "b", c', "1-2", None, "d\r\ne"]), newline=""))

    assert cells == ['a "b", c', "1-2", "", "d\r\ne"]

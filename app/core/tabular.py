"""CSV (RFC 4180) that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

CONTENT_TYPE = "text/csv; charset=utf-8"
# The last four are what Japanese spreadsheets take for the first.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def record(cells: Iterable[str | None]) -> str:
    """A record with its CRLF. No value is an empty cell; what would be taken for a formula gets an apostrophe."""
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(_cell(cell) for cell in cells)
    return written.getvalue()


def _cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text

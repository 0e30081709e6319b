"""The report as CSV (RFC 4180), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from io import StringIO

from app.cards.quality.subject import Finding

COLUMNS = tuple(one.name for one in fields(Finding))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """A header, then a record for each finding, each with its CRLF; no value is an empty cell."""
    yield _record(COLUMNS)
    for finding in findings:
        yield _record(_cell(value) for value in astuple(finding))


def _cell(value: str | None) -> str:
    """The value; an apostrophe goes before one that a spreadsheet would take for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _record(cells: Iterable[str]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()

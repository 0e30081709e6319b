"""The report as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields

from app.cards.quality.subject import Finding
from app.core.tabular import record

COLUMNS = tuple(one.name for one in fields(Finding))


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """A header, then a record for each finding, each with its CRLF; no value is an empty cell."""
    yield record(COLUMNS)
    for finding in findings:
        yield record(astuple(finding))

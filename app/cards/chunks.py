"""Lists of ids in pieces that fit into one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: both databases take more, neither gets faster by it."""


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """`values` in order, at most CHUNK at a time; nothing for none."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]

"""Doing something and taking it back: how a dry run is made of what is best told by doing it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from app.core.unit_of_work import Transaction

T = TypeVar("T")


class _TakenBack(Exception):
    """Ends a transaction without what it did."""


def undone(write: Callable[[Callable[[Transaction], None]], Any], work: Callable[[Transaction], T]) -> T:
    """What `work` would return, were it done by `write`: it is done, and nothing of it stays.

    Its events' handlers do not run. Others wait for it as they would for the act.
    """
    results: list[T] = []

    def work_and_take_back(tx: Transaction) -> None:
        results.append(work(tx))
        raise _TakenBack

    with suppress(_TakenBack):
        write(work_and_take_back)
    return results[-1]

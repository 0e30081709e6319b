"""Several hands at once: in order, and never far ahead of who takes the results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.backup.ahead import HANDS, ahead


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(ahead(lambda number: number * number, range(100))) == [number * number for number in range(100)]


def test_no_more_is_taken_than_there_are_hands() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = ahead(lambda number: number, items())
    first = next(results)

    assert first == 0
    assert len(taken) == HANDS


def test_what_goes_wrong_is_raised_after_what_came_before_it() -> None:
    results = ahead(lambda number: 10 // number, [2, 1, 0, 5])

    assert [next(results), next(results)] == [5, 10]
    with pytest.raises(ZeroDivisionError):
        next(results)

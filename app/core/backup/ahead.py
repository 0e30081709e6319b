"""Waiting for a store and a disk with several hands, in order and without running far ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

HANDS = 8

T = TypeVar("T")
R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What `work` returns of each item, in order; up to HANDS items are worked on at a time, in threads.

    What `work` raises is raised here, once all that was begun has ended.
    """
    with ThreadPoolExecutor(HANDS) as hands:
        begun: deque[Future[R]] = deque()
        for item in items:
            begun.append(hands.submit(work, item))
            if len(begun) == HANDS:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()

"""Token buckets by a clock of the test's own: what is let through, when to try again, what is remembered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core.errors import Throttled
from app.core.rates import FORGET_SECONDS, RateLimiter


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def admitted(limiter: RateLimiter, caller: str, requests: int) -> int:
    """How many of so many requests are let through."""
    return sum(_is_admitted(limiter, caller) for _ in range(requests))


def _is_admitted(limiter: RateLimiter, caller: str) -> bool:
    try:
        limiter.admit(caller)
    except Throttled:
        return False
    return True


@pytest.mark.parametrize("per_second", [1, 3, 7, 1000])
def test_a_full_bucket_holds_one_second(clock: Clock, per_second: int) -> None:
    limiter = RateLimiter(per_second, clock)

    assert admitted(limiter, "north", per_second + 5) == per_second


@pytest.mark.parametrize(
    ("seconds", "more"),
    [
        pytest.param(0.05, 0, id="not yet one"),
        pytest.param(0.1, 1, id="one"),
        pytest.param(0.55, 5, id="five"),
        pytest.param(1.0, 10, id="full again"),
        pytest.param(3600.0, 10, id="never more than full"),
    ],
)
def test_it_fills_again_all_the_time(clock: Clock, seconds: float, more: int) -> None:
    limiter = RateLimiter(10, clock)
    admitted(limiter, "north", 10)

    clock.now += seconds

    assert admitted(limiter, "north", 20) == more


def test_nobody_takes_from_another(clock: Clock) -> None:
    limiter = RateLimiter(10, clock)
    admitted(limiter, "north", 1000)

    assert admitted(limiter, "south", 20) == 10


@pytest.mark.parametrize(
    ("per_second", "charged", "retry_after"),
    [
        pytest.param(10, 0, 1, id="a fraction of a second is a whole one"),
        pytest.param(1, 0, 1, id="exactly one second"),
        pytest.param(10, 25, 3, id="the rest of a large request first"),
    ],
)
def test_it_says_in_how_many_seconds_to_try_again(
    clock: Clock, per_second: int, charged: int, retry_after: int
) -> None:
    limiter = RateLimiter(per_second, clock)
    admitted(limiter, "north", per_second)
    limiter.charge("north", charged)

    with pytest.raises(Throttled) as raised:
        limiter.admit("north")
    clock.now += raised.value.retry_after
    again = admitted(limiter, "north", 1)

    assert raised.value.retry_after == retry_after
    assert again == 1


def test_without_a_limit_everything_is_let_through_and_nothing_kept(clock: Clock) -> None:
    limiter = RateLimiter(0, clock)
    limiter.charge("north", 1_000_000)

    assert admitted(limiter, "north", 5000) == 5000
    assert remembered(limiter) == 0


def remembered(limiter: RateLimiter) -> int:
    """How many callers it keeps something about."""
    kept: dict[str, Any] = limiter._full_at
    return len(kept)


def test_whoever_asks_no_more_is_forgotten(clock: Clock) -> None:
    limiter = RateLimiter(10, clock)

    for minute in range(5):
        for number in range(100):
            limiter.admit(f"{minute}-{number}")
        clock.now += FORGET_SECONDS

    assert remembered(limiter) <= 101


def test_threads_share_one_bucket(clock: Clock) -> None:
    limiter = RateLimiter(500, clock)

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: admitted(limiter, "north", 200), range(8)))

    assert sum(counts) == 500

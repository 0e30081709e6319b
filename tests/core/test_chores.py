"""Chores beside the requests: done when their turn comes, or sooner when somebody waits."""

from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from app.core.chores import Chores
from app.core.errors import Unavailable

LONG = 3600.0
PATIENCE = 20.0


def test_a_chore_that_somebody_waits_for_is_done_before_its_turn_and_again_when_asked_again() -> None:
    chores, done = Chores(), threading.Semaphore(0)
    chores.every(LONG, "write", done.release)
    chores.every(LONG, "other", lambda: None)

    chores.soon("write", 0)
    first = done.acquire(timeout=PATIENCE)
    chores.soon("write", 0)
    second = done.acquire(timeout=PATIENCE)
    chores.end()

    assert (first, second) == (True, True)


def test_what_is_asked_for_while_the_chore_is_done_is_done_after_it() -> None:
    chores, done = Chores(), threading.Semaphore(0)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(PATIENCE)
        done.release()

    chores.every(LONG, "write", slow)
    chores.soon("write", 0)
    begun.wait(PATIENCE)
    chores.soon("write", 0)
    go_on.set()

    times = [done.acquire(timeout=PATIENCE) for _ in range(2)]
    chores.end()

    assert times == [True, True]


def test_chores_that_ended_begin_anew_when_they_are_woken() -> None:
    chores, done = Chores(), threading.Semaphore(0)
    chores.every(LONG, "write", done.release, at_once=True)

    times = []
    for _ in range(2):
        chores.wake()
        times.append(done.acquire(timeout=PATIENCE))
        chores.end()

    assert times == [True, True]


@pytest.mark.parametrize(
    ("error", "level"),
    [
        pytest.param(Unavailable("The database is away."), "warning", id="foreseen"),
        pytest.param(ValueError("nobody thought of this"), "error", id="unforeseen"),
    ],
)
def test_a_chore_that_fails_is_in_the_log_with_an_alarm_only_if_nobody_foresaw_it(error: Exception, level: str) -> None:
    chores, done = Chores(), threading.Semaphore(0)

    def fail() -> None:
        raise error

    chores.every(LONG, "write", fail)
    chores.every(LONG, "other", done.release)
    with capture_logs() as lines:
        chores.soon("write", 0)
        chores.soon("other", 0)
        went_on = done.acquire(timeout=PATIENCE)
        chores.end()

    assert went_on
    assert [(line["log_level"], line["chore"], "exc_info" in line) for line in lines] == [
        (level, "write", level == "error")
    ]


def test_an_end_is_not_put_off_by_somebody_who_wakes_the_chores_meanwhile() -> None:
    chores, begun, go_on = Chores(), threading.Semaphore(0), threading.Event()

    def slow() -> None:
        begun.release()
        go_on.wait(PATIENCE)

    chores.every(LONG, "write", slow, at_once=True)
    chores.wake()
    begun.acquire(timeout=PATIENCE)
    ending = threading.Thread(target=chores.end, daemon=True)
    ending.start()
    while not begun.acquire(timeout=0.01):  # a request that is still answered, until it has begun them anew
        chores.wake()

    go_on.set()
    ending.join(PATIENCE)

    assert not ending.is_alive()
    chores.end()

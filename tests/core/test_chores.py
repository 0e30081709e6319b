"""Chores beside the requests: done when their turn comes, or sooner when somebody waits."""

from __future__ import annotations

import threading

from app.core.chores import Chores

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

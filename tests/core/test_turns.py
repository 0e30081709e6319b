"""Who may write at a time, and what becomes of those who find no room."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from app.core import turns
from app.core.errors import Unavailable
from app.core.turns import Gate, beside_requests


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.2)


@contextmanager
def full(gate: Gate, writers: int) -> Iterator[Callable[[], None]]:
    """The gate, with so many inside; what is given lets one of them out."""
    inside = [ExitStack() for _ in range(writers)]
    for one in inside:
        one.enter_context(gate.passed())
    try:
        yield lambda: inside.pop().close()
    finally:
        for one in inside:
            one.close()


def test_who_finds_no_room_waits_for_one_who_comes_out() -> None:
    gate = Gate(2)
    with full(gate, 2) as let_one_out:
        threading.Timer(0.05, let_one_out).start()

        with gate.passed():
            done = True

    assert done


def test_after_one_has_waited_in_vain_the_next_is_refused_at_once_until_one_comes_out() -> None:
    gate = Gate(2)
    with full(gate, 2) as let_one_out:
        with pytest.raises(Unavailable), gate.passed():
            pass
        begun = time.monotonic()
        with pytest.raises(Unavailable), gate.passed():
            pass
        waited = time.monotonic() - begun

        let_one_out()
        with gate.passed():
            done = True

    assert done
    assert waited < turns.PATIENCE_SECONDS


def test_a_writer_that_fails_leaves_its_place() -> None:
    gate = Gate(1)
    for _ in range(3):
        with pytest.raises(LookupError), gate.passed():
            raise LookupError

    with gate.passed():
        done = True

    assert done


def test_what_is_written_beside_requests_takes_nobodys_place() -> None:
    gate = Gate(1)
    with full(gate, 1), beside_requests(), gate.passed():
        done = True

    assert done

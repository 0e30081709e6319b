"""Events: what happened inside a transaction, for handlers that belong to the same transaction.

An event says whom to look at, not what to do; handlers make things as they should be and may run twice. A handler
that raises undoes the whole transaction, so the sender sees an error and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from app.core.unit_of_work import Transaction


class Event:
    """Base of all events."""

    __slots__ = ()


Handler = Callable[["Transaction", Any], None]
Handlers = Mapping[type[Event], Sequence[Handler]]


class Wake(Protocol):
    """Has a job looked at (core.jobs.queue.Waker)."""

    def __call__(self, name: str) -> None:
        """Have the job of this name looked at soon."""

    def close(self) -> None:
        """Close what was opened for it."""

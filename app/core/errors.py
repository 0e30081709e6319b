"""What the rules raise, in the words of the subject; edges turn them into statuses, pages and exit codes.

LanyardError
├── NotFound      there is no such thing in this organization
├── Conflict      somebody else holds what must be unique
├── Refused       the wish is understood and not granted; the sentence says why
├── Collision     two transactions met; the database layer runs the work again
│   └── NotAlone  behind something that it has to begin with
├── Unavailable   the database cannot be reached
├── Throttled     the caller asks for more than their share; later it is granted
└── ConfigError   a setting is malformed or missing; nothing was started
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class LanyardError(Exception):
    """Base of everything Lanyard raises on purpose. Its text is a sentence that may be shown to people."""


class NotFound(LanyardError):
    """There is no such thing in this organization."""


class Conflict(LanyardError):
    """A value that must be unique is taken. `field` names it in the caller's terms (e.g. `userName`)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class Refused(LanyardError):
    """A wish that a rule does not grant. `field` names the value at fault, when one is."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.field = field


class Collision(LanyardError):
    """Two transactions wrote the same thing at once. `Database.write` runs the work again."""


class NotAlone(Collision):
    """Work that has to begin with `first(transaction)`: `Database.write` runs it again behind that."""

    def __init__(self, reason: str, first: Callable[[Any], object]) -> None:
        super().__init__(reason)
        self.first = first


class Unavailable(LanyardError):
    """The database cannot be reached or is too busy; the same request may succeed later."""


class Throttled(LanyardError):
    """The caller made more than `per_second` requests a second; `retry_after` is in how many seconds to try again."""

    def __init__(self, per_second: int, retry_after: int) -> None:
        super().__init__(
            f"More than {per_second} requests a second are too many for one organization; try again in {retry_after} s."
        )
        self.retry_after = retry_after


class ConfigError(LanyardError):
    """A setting is missing or malformed; the sentence names the variable."""

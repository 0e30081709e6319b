"""Fingerprints of plans: what was previewed is what happens, or nothing does and the new plan is shown."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Protocol

from app.attributes.documents import sorted_json
from app.core.errors import LanyardError

LENGTH = 16
"""Hexadecimal digits of a fingerprint."""

_FINGERPRINT = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


class Planned(Protocol):
    """A plan: everything that a change will do, worked out before anything is changed."""

    @property
    def fingerprint(self) -> str:
        """The same for plans that do the same, another for all others."""


class PlanChangedError(LanyardError):
    """What a change would do is not what was planned, and nothing was changed. `plan` is what it would do now."""

    def __init__(self, expected: str, plan: Any) -> None:
        super().__init__(
            f"what this does is no longer plan {expected}, so nothing has been changed;"
            f" if plan {plan.fingerprint} is what you want, run it with --plan {plan.fingerprint}"
        )
        self.plan = plan


def fingerprint(deeds: Any) -> str:
    """The fingerprint of `deeds`, plain JSON that says everything a plan does: LENGTH digits of its SHA-256.

    Ids and times that are made up while planning must not be among them, or no two plans are the same.
    """
    return hashlib.sha256(sorted_json(deeds)).hexdigest()[:LENGTH]


def is_fingerprint(text: str) -> bool:
    """Whether `text` has the form of a fingerprint."""
    return _FINGERPRINT.fullmatch(text) is not None


def ensure_planned(plan: Planned, expected: str | None) -> None:
    """Raise PlanChangedError unless `plan` is the one with the fingerprint `expected`; None expects nothing."""
    if expected is not None and plan.fingerprint != expected:
        raise PlanChangedError(expected, plan)

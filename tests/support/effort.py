"""How hard tests try: `make test` is quick and the same each time, `make test-long` reaches the figures we promise."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def effort(short: T, long: T) -> T:
    """`short` in `make test`, `long` in `make test-long`."""
    return long if LONG else short

"""What a form said, as values; blanks around are not meant."""

from __future__ import annotations

from flask import request

from app.core.errors import Refused


def text(name: str) -> str:
    """The field's text without blanks around it; empty when it was not sent."""
    return request.form.get(name, "").strip()


def optional(name: str) -> str | None:
    """The field's text; None for an empty one."""
    return text(name) or None


def number(name: str, what: str) -> int | None:
    """The field's whole number; None for an empty one. Raises Refused, which speaks of `what`."""
    said = text(name)
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 9):
        raise Refused(f"{what} must be a whole number, not {said!r}", name)
    return int(said)


def days(name: str) -> int | None:
    """The field's number of days; None for an empty one. Raises Refused."""
    return number(name, "the number of days")


def ticked(name: str) -> bool:
    """Whether the box is ticked."""
    return request.form.get(name) == "yes"

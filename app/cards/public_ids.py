"""The permanent, unguessable name of a card in its URL."""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letters that are taken for digits; upper case fits a QR code's alphanumeric mode."""

LENGTH = 26
_BITS_EACH = 5
_WELL_FORMED = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_public_id() -> str:
    """130 random bits as 26 lower-case characters of `ALPHABET`."""
    bits = secrets.randbits(_BITS_EACH * LENGTH)
    return "".join(ALPHABET[bits >> (_BITS_EACH * place) & 31] for place in range(LENGTH))


def read_public_id(text: str) -> str | None:
    """The id that `text` names in either case, or None when it cannot be one."""
    lowered = text.lower()
    return lowered if _WELL_FORMED.fullmatch(lowered) else None

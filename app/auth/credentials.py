"""What all credentials have in common: a name, an end, and that only a digest of the secret is kept.

Secrets are random texts of 256 bits, not chosen by people, so one round of SHA-256 keeps them as safe as the bits are
many.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from app.core.errors import Refused

NAME_LENGTH = 128
MAX_DAYS = 3650
NOBODY = bytes(32)
"""A digest that no secret has, to compare with where there is nothing to compare with."""


def new_secret() -> str:
    """43 characters of A-Z, a-z, 0-9, hyphen and underscore: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def check_name(thing: str, name: str) -> None:
    """Return when `name` may name a credential. Raises Refused, which speaks of `thing` ("a token")."""
    if not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise Refused(f"{thing}'s name is a text of 1 to {NAME_LENGTH} characters", "name")


def expiry(thing: str, now: datetime, days: int | None) -> datetime | None:
    """When a credential made `now` ends: after `days`, or never. Raises Refused, which speaks of `thing`."""
    if days is None:
        return None
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"{thing} expires after 1 to {MAX_DAYS} days, not {days}", "expires_days")
    return now + timedelta(days=days)


def state(now: datetime, *, expires_at: datetime | None, revoked_at: datetime | None) -> str:
    """`valid`, `expired` or `revoked`."""
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and expires_at <= now else "valid"

"""What sign-in tells the rest of the house, inside the transaction in which it happened."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """A person has signed in."""

    person_id: str

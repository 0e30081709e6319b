"""What sign-in tells the rest of the house, inside the transaction in which it happened."""

from __future__ import annotations

from dataclasses import dataclass

from app.auth.sign_in.graph import SealedToken
from app.core.events import Event


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """A person comes in. A handler that raises identity.NotAdmitted keeps them out: then nothing has happened."""

    person_id: str
    who: str
    """What the page calls them."""
    has_role: bool
    """Whether they have anything to do here but look after their own cards."""
    graph_token: SealedToken | None = None
    """Their token for Microsoft Graph, where the organization has it asked for."""

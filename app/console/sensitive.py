"""The guard of what opens everything else: tokens, OAuth clients, sign-in settings, roles, owners' links."""

from __future__ import annotations

from app.auth.sign_in import asking
from app.auth.sign_in.roles import ACCESS, CHANGE

sensitive = asking.recent(asking.role(ACCESS, CHANGE))
"""Declares that a view answers whoever may change access and has proved a moment ago who they are."""

"""The guard of the SCIM endpoints: a bearer token of one organization."""

from __future__ import annotations

from typing import cast

from flask import g, request

from app.auth.tokens import Bearer, Rejected, authenticate
from app.web import scope
from app.web.guards import guarded


def check_bearer() -> None:
    """Find out who the request speaks for. Raises auth.tokens.Rejected, core.errors.Throttled and Unavailable."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Rejected("Send an organization's token as `Authorization: Bearer …`.")
    g.bearer = authenticate(scope.database(), token.strip())
    scope.rate_limiter().admit(g.bearer.organization_id)


organization_token = guarded("organization token", check_bearer)
"""Declares that a view answers holders of a valid token of an organization. Raises auth.tokens.Rejected,
core.errors.Throttled."""


def bearer() -> Bearer:
    """Who this request speaks for; only in views guarded by `organization_token`."""
    return cast(Bearer, g.bearer)

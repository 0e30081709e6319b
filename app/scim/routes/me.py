"""`/Me`: the resource of whoever asks (RFC 7644 §3.11), which an organization's token is not."""

from __future__ import annotations

from flask import Response

from app.auth.guards import organization_token
from app.scim.protocol.errors import ScimError


@organization_token
def not_implemented() -> Response:
    """Any request to `/Me`. Raises ScimError 501."""
    raise ScimError(501, None, "The token speaks for an organization, not for a person, so /Me names nobody.")

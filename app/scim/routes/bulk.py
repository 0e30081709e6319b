"""`/Bulk`: many operations in one request (RFC 7644 §3.7)."""

from __future__ import annotations

from flask import Response

from app.auth.guards import bearer, organization_token
from app.scim import refusals, requests
from app.scim.bulk import Ways, carry_out
from app.scim.protocol.bulk import bulk_response, read_bulk
from app.scim.responses import answer
from app.scim.routes.common import fulfilling, locations, write
from app.web import scope


@organization_token
def bulk() -> Response:
    """POST /Bulk"""
    request = read_bulk(requests.body(), locations().named(""))
    # As much work as requests of their own: nobody gets more of the server by sending them together.
    scope.rate_limiter().charge(bearer().organization_id, len(request.operations) - 1)
    return answer(bulk_response(carry_out(request, Ways(write, fulfilling, refusals.record), locations())))

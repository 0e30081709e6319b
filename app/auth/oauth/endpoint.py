"""`/oauth/token` and the document by which clients find it; every answer is JSON, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import structlog
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from app.auth.keys import KeysUnavailable
from app.auth.oauth.reading import read_form
from app.auth.oauth.server import SCOPE, TokenServer, token_url
from app.auth.signed import ALGORITHMS
from app.core.errors import Unavailable
from app.web import scope
from app.web.guards import public

GRANT = "client_credentials"
WELL_KNOWN = "/.well-known/oauth-authorization-server"
RETRY_AFTER_SECONDS = "10"

log = structlog.get_logger("lanyard.oauth")


def _token_view(server: TokenServer) -> Callable[[], Response]:
    @public
    def token() -> Response:
        """POST /oauth/token: an access token for client credentials (RFC 6749 §4.4)."""
        form = read_form(request)
        if "grant_type" not in form:
            raise InvalidRequestError(f"The grant_type is missing; it is {GRANT}.")
        if form["grant_type"] != GRANT:
            raise OAuth2Error(f"The only grant_type here is {GRANT}.", error="unsupported_grant_type")
        return cast(Response, server.create_token_response((form, request.headers.get("Authorization", ""))))

    return token


@public
def other_method() -> Response:
    """Anything but POST (RFC 6749 §3.2). A route of its own: the router's 405 would not reach this blueprint."""
    response = _error(405, "invalid_request", "Send a token request by POST.")
    response.headers["Allow"] = "POST"
    return response


@public
def metadata(below: str = "") -> Response:
    """GET /.well-known/oauth-authorization-server: where and how to get tokens (RFC 8414).

    A server below a path is asked for at the well-known address with that path behind it (§3.1); what a proxy passes on
    of it, with the path cut off, is answered as well.
    """
    issuer = scope.settings().public_url
    if below and f"/{below}" != urlsplit(issuer).path:
        abort(404)
    return jsonify(
        AuthorizationServerMetadata(
            issuer=issuer,
            token_endpoint=token_url(),
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post", "private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=list(ALGORITHMS),
            grant_types_supported=[GRANT],
            response_types_supported=["none"],  # required to be there and not to be empty; nobody is sent anywhere
            scopes_supported=[SCOPE],
        )
    )


def on_error(error: Exception) -> Response:
    """Whatever went wrong, as RFC 6749 §5.2 wants it; what is unforeseen is logged and says 500."""
    match error:
        case OAuth2Error():
            status, body, headers = error()
            response = jsonify(body)
            response.status_code = status
            response.headers.update(headers)
            return response
        case KeysUnavailable() | Unavailable():
            response = _error(503, "temporarily_unavailable", str(error))
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
            return response
        case HTTPException():
            return _error(error.code or 500, "invalid_request", f"{error.name}.")
    log.error("unforeseen", id=scope.request_id(), exc_info=error)
    return _error(500, "server_error", f"The server failed; its log has the reason under request {scope.request_id()}.")


def create_blueprint() -> Blueprint:
    """The token endpoint and its metadata. A trailing slash is accepted: a redirect would lose the form."""
    bp = Blueprint("oauth", __name__)
    bp.register_error_handler(Exception, on_error)
    for rule, name, view, methods in (
        ("/oauth/token", "token", _token_view(TokenServer()), ["POST"]),
        ("/oauth/token", "other_method", other_method, ["GET", "PUT", "PATCH", "DELETE"]),
        (WELL_KNOWN, "metadata", metadata, ["GET"]),
        (f"{WELL_KNOWN}/<path:below>", "metadata_below", metadata, ["GET"]),
    ):
        bp.add_url_rule(rule, name, view, methods=methods, strict_slashes=False)
    return bp


def _error(status: int, error: str, description: str) -> Response:
    response = jsonify(error=error, error_description=description)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response

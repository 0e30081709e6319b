"""Going: here, and at the provider; and being told by the provider that somebody has gone."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, request

from app.auth.keys import KeysUnavailable
from app.auth.sign_in import asking, id_token, provider, sessions
from app.auth.sign_in.discovery import ProviderUnavailable
from app.auth.sign_in.id_token import TokenRefused
from app.auth.sign_in.pages import providers
from app.auth.sign_in.sessions import Session
from app.core.errors import Refused, Throttled
from app.web import pages, scope
from app.web.guards import public

CLEAR = '"cache", "storage"'
"""What a browser forgets at logout: copies of pages, and what web apps keep (Clear-Site-Data)."""
LOGOUT_BYTES = 32 * 1024
LONGEST_HINT = 4096
"""A longer ID token would make an address that browsers or servers cut; without it the provider asks."""


@public
def log_out() -> Response:
    """End the session of this browser, and offer to end the one at the provider as well.

    The provider is a link and no redirect: a form's answer may not lead to another site (`form-action`).
    """
    current = asking.found()
    if current is None:
        return _gone(None)
    if request.method == "GET":
        return pages.page("sign_in/log_out.html", title="Sign out?", who=current.who)
    asking.check_session()
    elsewhere = _provider_logout(current)
    asking.write(lambda tx: sessions.leave(tx, current.id, "signed out"))
    return _gone(elsewhere)


@public
def front_channel(slug: str) -> Response:
    """The provider's page loads this in a frame at its logout (OpenID Connect Front-Channel Logout 1.0 §2).

    Which session ends is said by `iss` and `sid`, never by a cookie: other sites' frames have none.
    """
    organization, configured = providers.of(slug)
    issuer, sid = request.args.get("iss", ""), request.args.get("sid", "")
    if organization is not None and configured is not None and issuer == configured.issuer and 0 < len(sid) <= 255:
        scope.database().write(
            lambda tx: sessions.end_at_provider(tx, issuer, sid=sid, subject=None),
            organization_id=organization.id,
            actor="provider",
            request_id=scope.request_id(),
        )
    response = pages.page("sign_in/left.html", title="Signed out")
    if configured is not None:
        parts = urlsplit(configured.issuer)
        response.headers["Content-Security-Policy"] = pages.POLICY.replace(
            "frame-ancestors 'none'", f"frame-ancestors {parts.scheme}://{parts.netloc}"
        )
    return response


@public
def back_channel(slug: str) -> Response:
    """The provider tells by a signed token who has signed out (OpenID Connect Back-Channel Logout 1.0 §2.5)."""
    request.max_content_length = LOGOUT_BYTES
    organization, configured = providers.of(slug)
    if organization is None or configured is None:
        return _told(HTTPStatus.BAD_REQUEST, "there is no such sign-in")
    try:
        providers.admit_one_more(organization, "back-channel")
        metadata = providers.metadata(configured)
        sid, sub = id_token.verify_logout(request.form.get("logout_token", ""), configured, metadata, providers.keys())
    except TokenRefused as error:
        return _told(HTTPStatus.BAD_REQUEST, str(error))
    except (ProviderUnavailable, KeysUnavailable, Throttled) as error:
        return _told(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    scope.database().write(
        lambda tx: sessions.end_at_provider(tx, configured.issuer, sid=sid, subject=sub),
        organization_id=organization.id,
        actor="provider",
        request_id=scope.request_id(),
    )
    return _told(HTTPStatus.OK, None)


def _told(status: HTTPStatus, problem: str | None) -> Response:
    response = jsonify({} if problem is None else {"error": "invalid_request", "error_description": problem})
    response.status_code = status
    return pages.finished(response)


def _gone(elsewhere: str | None) -> Response:
    response = pages.page("sign_in/gone.html", title="You are signed out", elsewhere=elsewhere)
    asking.set_cookie(response, asking.cookie_name(), "", 0)
    response.headers["Clear-Site-Data"] = CLEAR
    return response


def _provider_logout(current: Session) -> str | None:
    """Where the provider ends its own session (OpenID Connect RP-Initiated Logout 1.0); None when it does not say."""
    with scope.database().read(current.organization_id) as reader:
        configured = provider.of_organization(reader)
    # Who signed in at another provider, before this one was set up, is not this one's to know.
    if configured is None or current.id_token is None or current.issuer != configured.issuer:
        return None
    try:
        metadata = providers.metadata(configured)
        hint = asking.sealer().open(current.id_token, f"id token of {current.organization_id}")
    except (ProviderUnavailable, Refused):
        return None  # signing out here must work whatever the provider does
    if metadata.end_session_endpoint is None:
        return None
    query = {"client_id": configured.client_id, "post_logout_redirect_uri": f"{scope.settings().public_url}/logout"}
    if len(hint) <= LONGEST_HINT:
        query["id_token_hint"] = hint
    mark = "&" if urlsplit(metadata.end_session_endpoint).query else "?"
    return f"{metadata.end_session_endpoint}{mark}{urlencode(query)}"

"""The token endpoint's rules: Authlib's authorization server with the client credentials grant, made strict.

Authlib's own ways of authenticating clients answer an unknown client otherwise than a wrong secret, and its client
assertion wants issuer and subject to be the client itself; so `authenticate_client` is ours. What Authlib reads of a
request comes from `reading`, which does not mix the query into the form as its Flask integration does.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import structlog
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InsecureTransportError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from app.auth import tokens
from app.auth.credentials import NOBODY, digest
from app.auth.keys import KeyStore
from app.auth.oauth import clients
from app.auth.oauth.assertions import AssertionRefused, ClaimRefused, verify
from app.auth.oauth.clients import Candidate, OAuthClient
from app.auth.oauth.rates import Rate
from app.auth.oauth.reading import Credentials, InvalidClient, read_credentials
from app.core import clock
from app.core.errors import NotFound
from app.core.ids import is_guid
from app.web import scope

SCOPE = "scim"
"""The one scope there is. Any other that is asked for is not granted, and the answer says so (RFC 6749 §3.3)."""
TOKENS_A_MINUTE = 60
"""How many access tokens a client may get in a minute from each worker; a directory needs one in an hour."""
FAILURES_A_MINUTE = 30
"""How many wrong credentials a minute are answered as such, for each client id and worker."""

_SCOPES = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*")
_UNSAYABLE = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")
_WRONG = "The client is not known here, or its credentials are not the right ones."

log = structlog.get_logger("lanyard.oauth")


class SlowDown(OAuth2Error):
    """429: the client asks too often."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many token requests; an access token can be used until it expires.")
        self._seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        """The headers of the answer, with the time after which to try again."""
        return [*super().get_headers(), ("Retry-After", str(self._seconds))]


@dataclass(frozen=True)
class Authenticated(ClientMixin):
    """A client that proved who it is, by `secret_id` or by an assertion."""

    client: OAuthClient
    secret_id: str | None

    def check_grant_type(self, grant_type: str) -> bool:
        """There is one grant, and every client may use it."""
        return True


class TokenRequest(OAuth2Request):
    """A token request as Authlib reads it: its form and nothing else."""

    def __init__(self, form: Mapping[str, str], authorization: str, token_url: str) -> None:
        try:
            # The public address, not the request's own, which is plain http behind a proxy.
            super().__init__("POST", token_url)
        except InsecureTransportError as error:
            raise InvalidRequestError(
                "Access tokens are given over https alone; LANYARD_PUBLIC_URL is http."
            ) from error
        self.credentials = read_credentials(form, authorization)
        self.payload = BasicOAuth2Payload(dict(form))


class TokenServer(AuthorizationServer):
    """Answers token requests. One for an application; safe to share between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._keys = KeyStore()
        self._granted = Rate(TOKENS_A_MINUTE)
        self._failed = Rate(FAILURES_A_MINUTE)
        self.register_token_generator("default", _new_token)  # type: ignore[arg-type]  # any callable will do
        self.register_grant(ClientCredentialsGrant)

    def create_oauth2_request(self, request: tuple[Mapping[str, str], str]) -> TokenRequest:  # type: ignore[override]
        """The request with this form and Authorization header."""
        form, authorization = request
        return TokenRequest(form, authorization, token_url())

    def authenticate_client(self, request: TokenRequest, methods: object, endpoint: str = "token") -> Authenticated:  # type: ignore[override]
        """The client that the request's credentials belong to.

        Raises InvalidClient, in the same words for an unknown client and for wrong credentials; SlowDown for a client
        that asks too often; KeysUnavailable.
        """
        credentials = request.credentials
        claimed = credentials.client_id if is_guid(credentials.client_id) else ""
        candidate = clients.find(scope.database(), claimed)
        try:
            authenticated = self._authenticated(credentials, candidate)
        except InvalidClient as error:
            # The answer says little on purpose; the operator may know.
            log.info("client refused", client=claimed, reason=str(error.__cause__ or error), id=scope.request_id())
            # Counted apart from what is granted: nobody is kept out by what others try in his name.
            if (seconds := self._failed.wait(claimed)) > 0:
                raise SlowDown(seconds) from None
            raise
        if (seconds := self._granted.wait(claimed)) > 0:
            raise SlowDown(seconds)
        return authenticated

    def _authenticated(self, credentials: Credentials, candidate: Candidate | None) -> Authenticated:
        if credentials.secret is not None:
            return _by_secret(credentials.secret, candidate)
        if candidate is None or candidate.client.federation is None or credentials.assertion is None:
            raise InvalidClient(_WRONG)
        federation = candidate.client.federation
        try:
            claims = verify(credentials.assertion, federation, federation.audiences or (token_url(),), self._keys)
        except ClaimRefused as error:
            raise InvalidClient(_UNSAYABLE.sub("?", str(error))) from error
        except AssertionRefused as error:
            raise InvalidClient(_WRONG) from error
        # Entra's sign-in log has the same `uti`.
        log.info("assertion accepted", client=candidate.client.id, uti=claims.get("uti"), id=scope.request_id())
        return Authenticated(candidate.client, None)

    def validate_requested_scope(self, scope: str | None) -> None:
        """Any scope may be asked for. Raises InvalidScopeError for what is no list of scopes."""
        if scope is not None and not _SCOPES.fullmatch(scope):
            raise InvalidScopeError("The scope is no list of names with single spaces between them.")

    def save_token(self, token: dict[str, Any], request: TokenRequest) -> None:  # type: ignore[override]
        """Have the token speak for the request's client. Raises InvalidClient when that was revoked meanwhile."""
        authenticated = cast(Authenticated, request.client)
        client = authenticated.client
        try:
            scope.database().write(
                lambda tx: clients.grant(tx, client, authenticated.secret_id, token["access_token"]),
                organization_id=client.organization_id,
                actor=f"client:{client.name}",
                request_id=scope.request_id(),
            )
        except NotFound as error:
            raise InvalidClient(_WRONG) from error
        log.info("token granted", client=client.id, secret=authenticated.secret_id, id=scope.request_id())


def token_url() -> str:
    """The absolute address of the token endpoint."""
    return f"{scope.settings().public_url}/oauth/token"


def _by_secret(secret: str, candidate: Candidate | None) -> Authenticated:
    """The candidate, proved by `secret`. The same work is done whether it is known or not."""
    given, now = digest(secret), clock.now()
    known = candidate.secrets if candidate is not None else ()
    matching = [one for one in known or ((None, NOBODY, None),) if hmac.compare_digest(given, one[1])]
    if candidate is None or not matching:
        raise InvalidClient(_WRONG)
    [(secret_id, _, expires_at)] = matching
    if expires_at is not None and expires_at <= now:
        raise InvalidClient("The client secret is expired; `lanyard oauth-client create` issues another.")
    return Authenticated(candidate.client, secret_id)


def _new_token(client: Authenticated, **_: object) -> dict[str, str | int]:
    return {
        "access_token": tokens.new_text(),
        "token_type": "Bearer",
        "expires_in": client.client.token_minutes * 60,
        "scope": SCOPE,
    }

"""Authorization code with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636): what goes to the provider and comes back."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import orjson
import requests
import urllib3
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import OAuth2Error

from app.auth.keys import ALL_SECONDS, CONNECT_SECONDS, MOST_BYTES, READ_SECONDS
from app.auth.sign_in.discovery import Metadata, ProviderUnavailable
from app.auth.sign_in.id_token import TokenRefused, user_name
from app.auth.sign_in.provider import Provider
from app.core import clock

SCOPE = "openid profile email"
VALID = timedelta(minutes=10)
"""How long somebody may take at the provider."""
LONGEST_CODE = 4096


class AnswerRefused(Exception):
    """What came back is not the answer to what was asked from this browser; the text says why."""


class ProviderSaysNo(Exception):
    """The provider refused; the text is its error code."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun in one browser, and is kept there, sealed, until the provider answers."""

    organization_id: str
    issuer: str
    """Whom it was asked of (RFC 9700 §4.4.2.1)."""
    state: str
    nonce: str
    verifier: str
    next_path: str
    begun: float
    """Seconds since 1970."""
    anew: bool = False
    """Whether the provider was to make sure who it is, whatever it knew."""
    trial: bool = False
    """Whether nobody is to be signed in: the settings are tried."""

    def to_text(self) -> str:
        """The attempt as text, which `from_text` reads."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_text(cls, text: str) -> Attempt:
        """The attempt that `to_text` wrote."""
        return cls(**orjson.loads(text))

    def is_over(self) -> bool:
        """Whether it began too long ago."""
        return not 0 <= clock.now().timestamp() - self.begun < VALID.total_seconds()


def begin(
    organization_id: str,
    provider: Provider,
    metadata: Metadata,
    redirect_uri: str,
    next_path: str,
    *,
    as_another: bool = False,
    anew: bool = False,
    trial: bool = False,
    more: Sequence[str] = (),
) -> tuple[str, Attempt]:
    """Where to send the browser, and what must be kept in it until it comes back.

    `as_another` has the provider ask who it is, even of somebody who is signed in there; `anew` has it make sure.
    `more` are scopes beside those of every sign-in.
    """
    attempt = Attempt(
        organization_id=organization_id,
        issuer=provider.issuer,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        next_path=next_path,
        begun=clock.now().timestamp(),
        anew=anew,
        trial=trial,
    )
    # Entra lists the accounts to choose from; a provider that knows no such page answers `login` (Core §3.1.2.1).
    prompt = {"prompt": "login" if provider.tenant_id is None else "select_account"} if as_another else {}
    if anew:
        # `max_age` has the ID token say when that was (Core §2, `auth_time`). At 0 some providers never stop asking.
        prompt = {"prompt": "login", "max_age": str(int(VALID.total_seconds()))}
    with OAuth2Session(
        provider.client_id, redirect_uri=redirect_uri, scope=" ".join((SCOPE, *more)), code_challenge_method="S256"
    ) as client:
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            **prompt,
        )
    return url, attempt


def check_answer(
    answer: Mapping[str, str], attempt: Attempt | None, organization_id: str, metadata: Metadata
) -> tuple[str, Attempt]:
    """The code in the answer to `attempt`, with the attempt.

    Raises AnswerRefused; ProviderSaysNo when the answer is the provider's refusal.
    """
    state = answer.get("state", "")
    if attempt is None or not hmac.compare_digest(state.encode(), attempt.state.encode()):
        raise AnswerRefused("no sign-in with this state has begun in this browser")
    if attempt.organization_id != organization_id:
        raise AnswerRefused("the sign-in began for another organization")
    if attempt.issuer != metadata.issuer:
        raise AnswerRefused("the sign-in began at the provider that was set up before")
    if attempt.is_over():
        raise AnswerRefused("the sign-in began more than ten minutes ago")
    # RFC 9207 §2.4: against answers of another provider, mixed in by somebody.
    if answer.get("iss", metadata.issuer) != metadata.issuer:
        raise AnswerRefused("the answer names another issuer")
    if metadata.names_itself and "iss" not in answer:
        raise AnswerRefused("the answer does not name its issuer, which its provider promised")
    if "error" in answer:
        raise ProviderSaysNo(answer["error"][:100])
    code = answer.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        raise AnswerRefused("the answer has no code")
    return code, attempt


def exchange(
    code: str, attempt: Attempt, provider: Provider, metadata: Metadata, redirect_uri: str, client_secret: str
) -> Mapping[str, Any]:
    """The token endpoint's answer for the code, with an `id_token`.

    Raises ProviderUnavailable, ProviderSaysNo, TokenRefused. Must not be called within a transaction.
    """
    token = _fetched(
        provider,
        metadata,
        client_secret,
        redirect_uri=redirect_uri,
        grant_type="authorization_code",
        code=code,
        code_verifier=attempt.verifier,
    )
    if not isinstance(token.get("id_token"), str):
        raise TokenRefused("the provider answered without an ID token")
    return token


def client_credentials(provider: Provider, metadata: Metadata, client_secret: str, scope: str) -> Mapping[str, Any]:
    """The token endpoint's answer to the client itself (RFC 6749 §4.4).

    Raises ProviderUnavailable, ProviderSaysNo. Must not be called within a transaction.
    """
    return _fetched(provider, metadata, client_secret, grant_type="client_credentials", scope=scope)


def _fetched(provider: Provider, metadata: Metadata, client_secret: str, **asked: str) -> Mapping[str, Any]:
    method = next((one for one in _AUTH_METHODS if one in metadata.token_auth_methods), _AUTH_METHODS[0])
    deadline = time.monotonic() + ALL_SECONDS

    def read(response: requests.Response, *_: Any, **__: Any) -> None:
        _read_within_limits(response, deadline)

    try:
        with OAuth2Session(provider.client_id, client_secret, token_endpoint_auth_method=method) as client:
            client.trust_env = False
            client.register_client_auth_method(("client_secret_basic", _authenticate))
            token = client.fetch_token(
                metadata.token_endpoint,
                **asked,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,  # the secret goes where it was meant to go, and nowhere else
                stream=True,
                hooks={"response": read},
            )
    except (OAuthError, OAuth2Error) as error:
        raise ProviderSaysNo(str(error.error)[:100]) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise ProviderUnavailable("The sign-in service does not answer as it should: its token endpoint.") from error
    return dict(token) if isinstance(token, Mapping) else {}


def user_name_of(metadata: Metadata, access_token: str, sub: str) -> str | None:
    """`preferred_username` by the userinfo endpoint, for providers that do not put it into the ID token.

    Raises TokenRefused when it speaks of another subject (OpenID Connect Core 1.0 §5.3.2); ProviderUnavailable.
    """
    if metadata.userinfo_endpoint is None:
        return None
    deadline = time.monotonic() + ALL_SECONDS
    try:
        with requests.Session() as client:
            client.trust_env = False
            response = client.get(
                metadata.userinfo_endpoint,
                headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            _read_within_limits(response, deadline)
            claims = response.json() if response.status_code == 200 else None
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise ProviderUnavailable("The sign-in service does not answer as it should: its userinfo.") from error
    if not isinstance(claims, dict):
        raise ProviderUnavailable("The sign-in service does not answer as it should: its userinfo.")
    if claims.get("sub") != sub:
        raise TokenRefused("the userinfo is of another subject than the ID token")
    return user_name(claims)


def _authenticate(client: Any, _method: str, uri: str, headers: MutableMapping[str, str], body: str) -> Any:
    """`client_secret_basic` with id and secret encoded first (RFC 6749 §2.3.1), which Authlib leaves out."""
    text = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(text.encode()).decode()}"
    return uri, headers, body


_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


def _read_within_limits(response: requests.Response, deadline: float) -> None:
    """Read the body now, at most MOST_BYTES and until the deadline. Raises ValueError."""
    body = bytearray()
    while piece := response.raw.read1(MOST_BYTES, decode_content=True):
        body += piece
        if len(body) > MOST_BYTES or time.monotonic() > deadline:
            raise ValueError("the answer is too long, or takes too long")
    response._content = bytes(body)

"""What an ID token must say (OpenID Connect Core 1.0 §3.1.3.7), and nothing less."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.auth.keys import KeySource, KeyStore
from app.auth.sign_in.provider import Provider
from app.auth.signed import LEEWAY, Unsigned, Untimely, check_times, moment, signed_claims
from app.core import clock
from app.core.ids import is_guid

LIFETIME = timedelta(hours=24)
"""How far a token's end may lie ahead."""
LONGEST_SUBJECT = 255
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_AGE = timedelta(minutes=10)
"""How old a logout token may be."""


class TokenRefused(Exception):
    """A token that does not prove who somebody is; the text names the claim and never its value."""


class WrongTenant(TokenRefused):
    """The provider signed it, for somebody of another tenant."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a provider says somebody is."""

    issuer: str
    id: str
    """`oid` of an Entra tenant, else `sub`."""
    sub: str
    user_name: str | None
    """`preferred_username`: only for finding a provisioned user once, never an identity by itself."""
    provider_session: str | None
    roles: frozenset[str]
    """What the role claim lists, with roles in place of the values that stand for them."""
    token: str = field(repr=False)
    proved_at: datetime | None = None
    """When they proved to the provider who they are: `auth_time`, else the moment at which it was asked to make sure.
    None where neither is known."""
    is_guest: bool = False
    """Whether the tenant vouches for somebody whom another identity provider signed in. Their user name is then what
    that provider calls them: with a private account, any address that is theirs."""

    def named(self, user_name: str | None) -> Subject:
        """The same with the user name that the provider says elsewhere."""
        return replace(self, user_name=user_name)

    @property
    def shown(self) -> str:
        """What people call them."""
        return self.user_name or self.sub


def verify(
    token: str, provider: Provider, source: KeySource, keys: KeyStore, nonce: str, *, anew: float | None = None
) -> Subject:
    """Whom the token, signed by `source` for this client and for this very sign-in, says somebody is.

    `anew` is when the provider was asked to make sure, if it was: then the token must not tell of an earlier time.

    Raises TokenRefused, WrongTenant; keys.KeysUnavailable. Must not be called within a transaction.
    """
    claims = signed(token, source, keys)
    check_parties(claims, provider)
    _check_tenant(claims, provider)
    _check_now(claims)
    if moment(claims, "iat") is None:
        raise TokenRefused("the ID token has no iat")
    sent = claims.get("nonce")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), nonce.encode()):
        raise TokenRefused("the ID token's nonce is not the one of this sign-in")
    sub = _subject(claims, "sub")
    sid = claims.get("sid")
    return Subject(
        issuer=provider.issuer,
        id=_object_id(claims) if provider.tenant_id is not None else sub,
        sub=sub,
        user_name=user_name(claims),
        provider_session=sid if isinstance(sid, str) and 0 < len(sid) <= LONGEST_SUBJECT else None,
        roles=_roles(claims, provider),
        token=token,
        is_guest=_is_guest(claims, provider),
        proved_at=_proved_at(claims, provider, anew),
    )


def verify_logout(token: str, provider: Provider, source: KeySource, keys: KeyStore) -> tuple[str | None, str | None]:
    """`sid` and subject that a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6) ends; one of them is there.

    Raises TokenRefused; keys.KeysUnavailable. Must not be called within a transaction.
    """
    claims = signed(token, source, keys)
    check_parties(claims, provider)
    _check_age(claims)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise TokenRefused("the logout token is no logout token: its events lack the one of logout")
    if "nonce" in claims:
        raise TokenRefused("the logout token has a nonce, which only ID tokens have")
    sid = _subject(claims, "sid") if "sid" in claims else None
    sub = _subject(claims, "sub") if "sub" in claims else None
    if sid is None and sub is None:
        raise TokenRefused("the logout token names neither a session nor a subject")
    return sid, sub


def check_parties(claims: Mapping[str, Any], provider: Provider) -> None:
    """Return when the token is of exactly this issuer, for exactly this client. Raises TokenRefused."""
    # Texts are compared with texts: a list that contains the right one is not the right one.
    if claims.get("iss") != provider.issuer:
        raise TokenRefused("the token's iss is not the issuer that was set up")
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        [audience] = audience  # RFC 7519 §4.1.3: one audience may come alone or in a list
    if audience != provider.client_id:
        raise TokenRefused("the token's aud is not this client, or not this client alone")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise TokenRefused("the token's azp is another client")


def _check_tenant(claims: Mapping[str, Any], provider: Provider) -> None:
    if provider.tenant_id is not None and claims.get("tid") != provider.tenant_id:
        raise WrongTenant("the token's tid is another tenant")


def _check_now(claims: Mapping[str, Any]) -> None:
    try:
        check_times(claims, LIFETIME)
    except Untimely as error:
        raise TokenRefused(f"the token {error}") from error


def _check_age(claims: Mapping[str, Any]) -> None:
    """As `_check_now`, for a logout token: it is young, and may lack `exp`, which it had not to have before 2022."""
    try:
        issued = moment(claims, "iat")
        if issued is None:
            raise TokenRefused("the token has no iat")
        oldest = issued + LOGOUT_AGE.total_seconds()
        check_times({**claims, "exp": min(oldest, moment(claims, "exp") or oldest)}, LIFETIME)
    except Untimely as error:
        raise TokenRefused(f"the token {error}") from error


def _proved_at(claims: Mapping[str, Any], provider: Provider, anew: float | None) -> datetime | None:
    """See Subject. A provider that was asked to make sure must say when it did (Core §2); Entra does so only where an
    optional claim was added."""
    try:
        said = moment(claims, "auth_time")
    except Untimely as error:
        raise TokenRefused(f"the token {error}") from error
    now, leeway = clock.now(), LEEWAY.total_seconds()
    if said is None and anew is not None and provider.tenant_id is None:
        raise TokenRefused("the token has no auth_time, and a new sign-in was asked for")
    if said is None:
        return None if anew is None else now
    if said > now.timestamp() + leeway:
        raise TokenRefused("the token's auth_time lies ahead")
    if anew is not None and said < anew - leeway:
        raise TokenRefused("the token's auth_time is of an earlier sign-in, and a new one was asked for")
    return datetime.fromtimestamp(min(max(said, 0), now.timestamp()), UTC)


def user_name(claims: Mapping[str, Any]) -> str | None:
    """`preferred_username`, of a length that a user name can have."""
    name = claims.get("preferred_username")
    return name if isinstance(name, str) and name.strip() and len(name) <= LONGEST_SUBJECT else None


def _is_guest(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Whether `idp`, which Entra leaves out for the tenant's own people, is another tenant or a private account."""
    at = claims.get("idp")
    return provider.tenant_id is not None and at is not None and provider.tenant_id not in str(at).lower()


def signed(token: str, source: KeySource, keys: KeyStore) -> Mapping[str, Any]:
    """What a token says that `source` has signed, whoever it is for and whatever it says.

    Raises TokenRefused; keys.KeysUnavailable. Must not be called within a transaction.
    """
    try:
        return signed_claims(token, source, keys)
    except Unsigned as error:
        raise TokenRefused(f"the token is {error}") from error


def _subject(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    # OpenID Connect Core 1.0 §2: not longer than 255 characters.
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_SUBJECT:
        raise TokenRefused(f"the token's {name} is no text of 1 to {LONGEST_SUBJECT} characters")
    return value


def _object_id(claims: Mapping[str, Any]) -> str:
    value = claims.get("oid")
    if not isinstance(value, str) or not is_guid(value):
        raise TokenRefused("the token's oid is no object id")
    return value.lower()


def _roles(claims: Mapping[str, Any], provider: Provider) -> frozenset[str]:
    listed = claims.get(provider.role_claim) if provider.role_claim is not None else None
    listed = [listed] if isinstance(listed, str) else listed
    values = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return frozenset(provider.role_values.get(one, one) for one in values)

"""Trying the settings: a real sign-in at the provider, told in full, after which nobody is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from app.auth.keys import KeysUnavailable
from app.auth.sign_in import asking, flow, id_token, identity
from app.auth.sign_in.discovery import ProviderUnavailable
from app.auth.sign_in.events import SignedIn
from app.auth.sign_in.flow import AnswerRefused, ProviderSaysNo
from app.auth.sign_in.id_token import Subject, TokenRefused
from app.auth.sign_in.identity import Admitted, NotAdmitted
from app.auth.sign_in.pages import providers
from app.auth.sign_in.pages.coming import MOST_ATTEMPTS, attempts, keep, redirect_uri
from app.auth.sign_in.provider import Provider
from app.core.errors import Refused, Throttled
from app.core.unit_of_work import Transaction
from app.directory.organizations import Organization
from app.web import pages, scope


@dataclass(frozen=True, slots=True)
class Trial:
    """What a sign-in that was tried came to."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    """Of the ID token, as its signature vouches for them; empty where it did not come so far."""
    user_name: str | None = None
    """What the provider calls them, where it is not a claim of the token: userinfo says it."""
    admitted: Admitted | None = None
    """Who would have come in."""
    kind: str | None = None
    """Why nobody would: the name of the error, of NotAdmitted its kind."""
    problem: str | None = None
    """The same as a sentence."""


class _TakenBack(Exception):
    """Ends a transaction without what it did."""


def begin(organization: Organization, configured: Provider, next_path: str) -> Response:
    """Send the browser to the provider; from there it comes to `next_path`, where `finish` tells.

    Raises ProviderUnavailable, Throttled.
    """
    providers.admit_one_more(organization, "trial")
    metadata = providers.metadata(configured)
    uri = redirect_uri(organization.slug)
    url, attempt = flow.begin(organization.id, configured, metadata, uri, next_path, as_another=True, trial=True)
    response = pages.go(url)
    keep(response, [attempt, *attempts()][:MOST_ATTEMPTS])
    return response


def finish(organization: Organization, configured: Provider) -> Trial:
    """What the provider's answer, which is in this request's address, comes to. Nothing of it is kept."""
    attempt = next((one for one in attempts() if one.trial and one.state == request.args.get("state")), None)
    claims: Mapping[str, Any] = {}
    user_name = None
    try:
        providers.admit_one_more(organization, "trial")
        metadata = providers.metadata(configured)
        code, attempt = flow.check_answer(request.args, attempt, organization.id, metadata)
        secret = configured.client_secret(asking.sealer(), organization.id)
        token = flow.exchange(code, attempt, configured, metadata, redirect_uri(organization.slug), secret)
        claims = id_token.signed(token["id_token"], metadata, providers.keys())
        subject = id_token.verify(token["id_token"], configured, metadata, providers.keys(), attempt.nonce)
        if subject.user_name is None and isinstance(access := token.get("access_token"), str):
            subject = subject.named(flow.user_name_of(metadata, access, subject.sub))
            user_name = subject.user_name
        admitted = _would_admit(organization, configured, subject)
    except NotAdmitted as error:
        return Trial(claims, user_name, kind=error.kind, problem=str(error))
    except (
        ProviderUnavailable, KeysUnavailable, Throttled, AnswerRefused, TokenRefused, ProviderSaysNo, Refused,
    ) as error:  # fmt: skip
        return Trial(claims, user_name, kind=type(error).__name__, problem=str(error))
    return Trial(claims, user_name, admitted)


def forget(response: Response) -> None:
    """Have the browser forget the sign-in that this request answers: an answer is taken once."""
    keep(response, [one for one in attempts() if one.state != request.args.get("state")])


def _would_admit(organization: Organization, configured: Provider, subject: Subject) -> Admitted:
    """Who would come in: all that a sign-in does is done, and taken back. Raises NotAdmitted."""
    found: list[Admitted] = []

    def work(tx: Transaction) -> None:
        admitted = identity.admit(tx, subject, tenant=configured.tenant_id is not None)
        if admitted.person_id is not None:
            tx.emit(SignedIn(admitted.person_id, subject.shown, bool(admitted.roles)))
        found.append(admitted)
        tx.at_last(_take_back)

    with suppress(_TakenBack):
        scope.database().write(
            work, organization_id=organization.id, actor=f"visitor:{subject.shown}", request_id=scope.request_id()
        )
    return found[-1]


def _take_back() -> None:
    raise _TakenBack

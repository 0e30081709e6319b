"""Sign-in: the organization's OpenID provider, and a test that signs in there and says what would come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from flask import Response

from app.auth.sign_in import asking, identity, provider
from app.auth.sign_in.discovery import ProviderUnavailable
from app.auth.sign_in.pages import trying
from app.auth.sign_in.pages.trying import Trial
from app.auth.sign_in.provider import Provider
from app.auth.sign_in.roles import ACCESS, CHANGE, SEE
from app.console import shell
from app.console.shell import GET
from app.core.errors import Throttled
from app.directory import actors
from app.web import scope

SECTION = "sign-in"
PATH = "/console/sign-in"
RESULT = f"{PATH}/test/result"
LONGEST_CLAIM = 500
"""Characters of a claim that the test shows."""

USED = {
    "iss": "the issuer, which must be the one that is set up",
    "aud": "whom the token is for: this client",
    "tid": "the tenant, which must be the one that is set up",
    "oid": "who it is: compared with externalId",
    "sub": "who it is, where there is no tenant",
    "preferred_username": "finds the person the first time, where no object id does",
    "idp": "there for guests: who really signed them in",
    "sid": "the provider's session, so that its sign-out ends ours",
    "auth_time": "when they last proved who they are",
}
"""What sign-in makes of claims."""

BY = {
    identity.LINK: "they have signed in before, and that account is linked to them",
    identity.EXTERNAL_ID: "their record has the object id as externalId",
    identity.USER_NAME: "their record has this user name; the first sign-in links the account",
    identity.ROLE: "the provider's claim gives a role, and nobody of the directory is theirs",
}

MEANS = {
    identity.NOT_PROVISIONED: "Assign them, or a group of theirs, to the provisioning app. A guest needs objectId as"
    " externalId.",
    identity.INACTIVE: "Enable the account in Entra, or bring it back into scope.",
    identity.AMBIGUOUS: "Send objectId as externalId, and push the person again.",
    identity.WAITING: "A seat must become free, or the seat limit higher.",
    "WrongTenant": "The right account was not chosen; or the tenant id that is set up is another one's.",
    "ProviderSaysNo": "Entra's sign-in log says more.",
    "TokenRefused": "Compare issuer, client id and tenant id with the registration.",
    "AnswerRefused": "Begin again: more than ten minutes passed, it was another browser, or the page was loaded twice.",
    "ProviderUnavailable": "Is the issuer written exactly as the provider's document has it, and can this server reach"
    " it?",
    "KeysUnavailable": "Can this server reach the provider's keys?",
    "Throttled": "Try again in a moment.",
}
"""What to do about what a test came to."""

NOBODY = {identity.NOT_PROVISIONED, identity.INACTIVE, identity.AMBIGUOUS, identity.WAITING, "WrongTenant"}
"""Where all is set up as it should be, and it is the person who does not come in."""

SAYS_NO = {
    "invalid_client": "The client id or the secret is not right, or the secret has expired: set a new one.",
    "access_denied": "It was cancelled, the person is not assigned to the app, or nobody has consented for them.",
    "invalid_grant": "The answer was used before, or the redirect URI is registered differently.",
}
"""What to do about the provider's own errors."""


@asking.role(ACCESS, SEE)
def index() -> Response:
    """GET /console/sign-in"""
    with shell.reading() as reader:
        found = provider.of_organization(reader)
    slug, base = shell.organization().slug, scope.settings().public_url
    return shell.page(
        "sign_in/index.html",
        title="Sign-in",
        section=SECTION,
        provider=found,
        register=(
            ("Redirect URI", f"{base}/auth/callback/{slug}"),
            ("Front-channel logout URL", f"{base}/auth/front-channel-logout/{slug}"),
            ("Back-channel logout URL", f"{base}/auth/back-channel-logout/{slug}"),
            ("Post-logout redirect URI", f"{base}/logout"),
        ),
        login_url=f"{base}/login/{slug}",
        callback=f"{base}/auth/callback/{slug}",
    )


@asking.role(ACCESS, CHANGE)
def test() -> Response:
    """GET: to the provider, by way of which the browser comes to the result."""
    with shell.reading() as reader:
        found = provider.of_organization(reader)
    if found is None:
        return shell.refused("no provider is set up yet", title="Nothing to test", section=SECTION, back=PATH)
    try:
        return trying.begin(shell.organization(), found, RESULT)
    except (ProviderUnavailable, Throttled) as error:
        return _result(Trial(kind=type(error).__name__, problem=str(error)), found)


@asking.role(ACCESS, CHANGE)
def result() -> Response:
    """GET: the claims, and what Lanyard would make of them."""
    with shell.reading() as reader:
        found = provider.of_organization(reader)
    if found is None:
        return shell.refused("no provider is set up yet", title="Nothing to test", section=SECTION, back=PATH)
    tried = trying.finish(shell.organization(), found)
    outcome = {"kind": tried.kind} if tried.admitted is None else {"by": tried.admitted.by}
    asking.write(lambda tx: tx.audit("sign_in.tried", found.issuer, outcome))
    response = _result(tried, found)
    trying.forget(response)
    return response


def _result(tried: Trial, found: Provider) -> Response:
    person = None
    if tried.admitted is not None and tried.admitted.person_id is not None:
        with shell.reading() as reader:
            person = actors.of_person(reader, tried.admitted.person_id)
    return shell.page(
        "sign_in/result.html",
        title=_title(tried),
        section=SECTION,
        tried=tried,
        person=person,
        by=BY.get(tried.admitted.by, "") if tried.admitted is not None else "",
        means=SAYS_NO.get(tried.problem or "") or MEANS.get(tried.kind or "", ""),
        used=list(_claims(tried.claims, found, used=True)),
        others=list(_claims(tried.claims, found, used=False)),
    )


def _title(tried: Trial) -> str:
    if tried.admitted is not None:
        return "They would come in"
    return "They would not come in" if tried.kind in NOBODY else "The test did not succeed"


def _claims(claims: Mapping[str, Any], found: Provider, *, used: bool) -> Iterator[tuple[str, str, str]]:
    """Name, value and meaning of the claims that sign-in looks at, or of the others."""
    meanings = {**USED, **({found.role_claim: "the roles"} if found.role_claim else {})}
    for name in sorted(claims):
        if (name in meanings) == used:
            value = claims[name]
            shown = value if isinstance(value, str) else orjson.dumps(value).decode()
            yield name, shown[:LONGEST_CLAIM] + ("…" if len(shown) > LONGEST_CLAIM else ""), meanings.get(name, "")


ROUTES: shell.Routes = (
    ("/sign-in", index, GET),
    ("/sign-in/test", test, GET),
    ("/sign-in/test/result", result, GET),
)

"""Coming in: at the organization's OpenID provider, or once by a link."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import orjson
from flask import Response, request

from app.auth.keys import KeysUnavailable
from app.auth.sign_in import asking, flow, graph, id_token, identity, provider, sessions
from app.auth.sign_in.discovery import ProviderUnavailable
from app.auth.sign_in.events import SignedIn
from app.auth.sign_in.flow import AnswerRefused, Attempt, ProviderSaysNo
from app.auth.sign_in.graph import GraphToken
from app.auth.sign_in.id_token import Subject, TokenRefused, WrongTenant
from app.auth.sign_in.identity import NotAdmitted
from app.auth.sign_in.pages import answers, providers
from app.auth.sign_in.provider import Provider
from app.auth.sign_in.sessions import Visitor
from app.core.errors import Refused, Throttled
from app.core.unit_of_work import Transaction
from app.directory.organizations import Organization
from app.web import pages, scope
from app.web.guards import public

ATTEMPT = "-login"
MOST_ATTEMPTS = 3
"""Sign-ins that one browser may have begun at a time; the oldest is forgotten."""
SEALED_FOR = "a sign-in that has begun"
HOME = "/me"
ANEW = "anew"
"""In the query of `/login/<org>`: has the provider make sure who it is (`asking.recent`)."""
LONGEST_PATH = 500
"""Bytes."""
COOKIE_BYTES = 3800
"""Browsers forget cookies of more than 4096 bytes, name and attributes included."""


@public
def choose() -> Response:
    """Find the organization somebody wants to sign in to: there may be one alone, or their e-mail domain says it."""
    next_path = _next_path(request.args.get("next"))
    wanted = request.args.get("email", "").strip()
    if wanted:
        slug = _slug_of(wanted)
        if slug is not None:
            # No redirect: what answers a form may not lead to another site, not even by a second one (`form-action`).
            return pages.page("sign_in/found.html", title="Sign in", target=_path_of(slug, next_path))
    elif len(slugs := provider.slugs(scope.database())) == 1:
        return pages.go(_path_of(slugs[0], next_path))
    status = HTTPStatus.NOT_FOUND if wanted else HTTPStatus.OK
    return pages.page("sign_in/choose.html", status, title="Sign in", wanted=wanted, next_path=next_path, home=HOME)


@public
def begin(slug: str) -> Response:
    """Send the browser to the provider."""
    organization, configured = providers.of(slug)
    if organization is None or configured is None:
        return _no_provider(organization)
    try:
        providers.admit_one_more(organization, "begin")
        metadata = providers.metadata(configured)
    except (ProviderUnavailable, Throttled):
        return answers.no_entry(answers.UNAVAILABLE, slug=slug, organization=organization.name)
    url, attempt = flow.begin(
        organization.id,
        configured,
        metadata,
        redirect_uri(slug),
        _next_path(request.args.get("next")),
        as_another=request.args.get("account") == "other",
        anew=ANEW in request.args,
        more=[graph.SCOPE] if graph.is_wanted(organization, configured) else [],
    )
    response = pages.go(url)
    keep(response, [attempt, *attempts()][:MOST_ATTEMPTS])
    return response


@public
def finish(slug: str) -> Response:
    """Take the provider's answer: everything in it is checked before anybody is believed to be anybody."""
    organization, configured = providers.of(slug)
    if organization is None or configured is None:
        return _no_provider(organization)
    begun = attempts()
    attempt = next((one for one in begun if one.state == request.args.get("state")), None)
    if attempt is not None and attempt.trial:
        # The provider knows one address; whoever tries it goes on where the outcome is shown (pages.trying).
        return pages.go(pages.path(f"{attempt.next_path}?{request.query_string.decode()}"))
    try:
        # Answers that nobody waits for must not take the turns of those that somebody does.
        providers.admit_one_more(organization, "finish" if attempt else "unasked")
        subject, token = _subject(organization, configured, attempt)
        response = _signed_in(organization, configured, subject, token, attempt.next_path if attempt else HOME)
    except (ProviderUnavailable, KeysUnavailable, Throttled):
        return answers.no_entry(answers.UNAVAILABLE, slug=slug, organization=organization.name)
    except (AnswerRefused, TokenRefused, ProviderSaysNo, NotAdmitted, Refused) as error:
        response = _refused(error, organization, attempt.next_path if attempt else None)
    keep(response, [one for one in begun if one is not attempt])
    return response


def _subject(
    organization: Organization, configured: Provider, attempt: Attempt | None
) -> tuple[Subject, GraphToken | None]:
    metadata = providers.metadata(configured)
    code, attempt = flow.check_answer(request.args, attempt, organization.id, metadata)
    secret = configured.client_secret(asking.sealer(), organization.id)
    token = flow.exchange(code, attempt, configured, metadata, redirect_uri(organization.slug), secret)
    anew = attempt.begun if attempt.anew else None
    subject = id_token.verify(token["id_token"], configured, metadata, providers.keys(), attempt.nonce, anew=anew)
    if subject.user_name is None and isinstance(access := token.get("access_token"), str):
        subject = subject.named(flow.user_name_of(metadata, access, subject.sub))
    return subject, graph.token_in(token) if graph.is_wanted(organization, configured) else None


def _signed_in(
    organization: Organization, configured: Provider, subject: Subject, token: GraphToken | None, next_path: str
) -> Response:
    def work(tx: Transaction) -> str:
        admitted = identity.admit(tx, subject, tenant=configured.tenant_id is not None)
        if admitted.person_id is not None:
            kept = graph.sealed(token, asking.sealer(), admitted.person_id) if token is not None else None
            tx.emit(SignedIn(admitted.person_id, subject.shown, bool(admitted.roles), kept))
        visitor = Visitor(
            who=subject.shown,
            person_id=admitted.person_id,
            roles=admitted.roles,
            issuer=subject.issuer,
            subject=subject.sub,
            provider_session=subject.provider_session,
            id_token=asking.sealer().seal(subject.token, f"id token of {tx.organization_id}"),
            user_agent=request.user_agent.string,
            proved_at=subject.proved_at,
        )
        return sessions.begin(tx, visitor, asking.limits())

    secret = scope.database().write(
        work, organization_id=organization.id, actor=f"visitor:{subject.shown}", request_id=scope.request_id()
    )
    return with_session(secret, next_path)


def _refused(error: Exception, organization: Organization, next_path: str | None) -> Response:
    kind, who = answers.REFUSED, None
    if isinstance(error, NotAdmitted):
        kind, who = error.kind, error.who
    elif isinstance(error, WrongTenant):
        kind = answers.WRONG_TENANT
    elif isinstance(error, ProviderSaysNo):
        kind = answers.DECLINED
    answers.record_refusal(organization.id, kind, str(error), who)
    return answers.no_entry(kind, slug=organization.slug, organization=organization.name, who=who, next_path=next_path)


def with_session(secret: str, next_path: str) -> Response:
    """Go on with the new session; the one that this browser had before, whoever's it was, ends."""
    if (before := asking.found()) is not None:
        asking.write(lambda tx: sessions.leave(tx, before.id, "signed in anew"))
    response = pages.go(pages.path(next_path))
    asking.set_cookie(response, asking.cookie_name(), secret, int(asking.limits().longest.total_seconds()))
    return response


def _no_provider(organization: Organization | None) -> Response:
    return pages.page(
        "sign_in/no_provider.html",
        HTTPStatus.NOT_FOUND,
        title="Nobody can sign in here yet",
        known=organization is not None,
    )


def _path_of(slug: str, next_path: str) -> str:
    return pages.path(f"/login/{slug}?next={quote(next_path, safe='/')}")


def _slug_of(wanted: str) -> str | None:
    if "@" in wanted:
        return provider.slug_of_address(scope.database(), wanted)
    organization, configured = providers.of(wanted.lower())
    return organization.slug if organization is not None and configured is not None else None


def _next_path(text: str | None) -> str:
    """Where to go afterwards: a path of this installation, never another site's address."""
    lawful = (
        text is not None
        and text.startswith("/")
        and not text.startswith("//")
        and text.isprintable()
        and len(text.encode()) <= LONGEST_PATH
        and "\\" not in text
    )
    return text if lawful and text is not None else HOME


def redirect_uri(slug: str) -> str:
    """Where the provider sends people back to."""
    return f"{scope.settings().public_url}/auth/callback/{slug}"


def attempts() -> list[Attempt]:
    """The sign-ins that have begun in this browser, the newest first."""
    sealed = request.cookies.get(asking.cookie_name(ATTEMPT))
    if not sealed:
        return []
    try:
        texts = orjson.loads(asking.sealer().open(sealed, SEALED_FOR))
    except Refused:
        return []  # another key, or nobody's: there is nothing to answer then
    return [Attempt.from_text(text) for text in texts]


def keep(response: Response, attempts: list[Attempt]) -> None:
    """Have the browser keep these sign-ins, as far as they are not over."""
    lasting = [one for one in attempts if not one.is_over()]
    while len(sealed := _sealed(lasting)) > COOKIE_BYTES:
        lasting.pop()
    seconds = int(flow.VALID.total_seconds()) if lasting else 0
    asking.set_cookie(response, asking.cookie_name(ATTEMPT), sealed if lasting else "", seconds)


def _sealed(attempts: list[Attempt]) -> str:
    return asking.sealer().seal(orjson.dumps([one.to_text() for one in attempts]).decode(), SEALED_FOR)

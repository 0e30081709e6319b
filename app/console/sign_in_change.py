"""Changing sign-in: the form, then a page that says what the change does, then exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import Response, request

from app.auth.sign_in import asking, changing, provider
from app.auth.sign_in.changing import ProviderPlan
from app.auth.sign_in.provider import Provider
from app.auth.sign_in.roles import ROLES
from app.auth.sign_in.wanted import Wanted, entra_issuer
from app.cards import fingerprints
from app.cards.fingerprints import PlanChangedError
from app.console import notices, shell
from app.console.fields import optional, text
from app.console.sensitive import sensitive
from app.console.shell import BOTH
from app.core.errors import Refused
from app.core.ids import is_guid
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations
from app.web import scope

SECTION = "sign-in"
PATH = "/console/sign-in"
CHANGE = f"{PATH}/change"
PLAN, SEALED = "plan", "sealed_secret"
TYPED = ("issuer", "client_id", "tenant_id", "role_claim", "role_values")
LABELS = {
    "issuer": "Issuer",
    "client_id": "Client id",
    "tenant_id": "Tenant id",
    "role_claim": "Claim that gives roles",
    "role_values": "Values that stand for a role",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What a form would change, and its fingerprint: what was asked is what happens."""

    provider: ProviderPlan

    @property
    def fingerprint(self) -> str:
        """The same for the same change of the same provider."""
        changes = {key: list(pair) for key, pair in self.provider.changes.items()}
        return fingerprints.fingerprint([changes, self.provider.mark])


@sensitive
def change() -> Response:
    """GET: the form. POST: what it would change; with the fingerprint of that, the change."""
    with shell.reading() as reader:
        found = provider.of_organization(reader)
    if request.method == "GET":
        return _form(_said(found), {}, found)
    wanted, errors = _wanted()
    errors |= {_field(one.field): shell.sentence(str(one)) for one in wanted.faults()}
    if not errors:
        try:
            return _answer(wanted)
        except Refused as error:
            errors = {_field(error.field): shell.sentence(str(error))}
    return _form(dict(request.form), errors, found)


def _answer(wanted: Wanted) -> Response:
    """Ask, or do what was asked. Raises Refused for what the rules do not grant."""
    expected = optional(PLAN)
    if expected is None:
        with shell.reading() as reader:
            planned = _plan(reader, wanted)
        if planned.provider.empty:
            return notices.go(PATH, "Nothing changed.")
        return _ask(planned.provider, planned.fingerprint)
    try:
        ended = asking.write(lambda tx: _carry_out(tx, wanted, expected))
    except PlanChangedError as error:
        return _ask(error.plan.provider, error.plan.fingerprint, "Somebody has changed it meanwhile. Look again.")
    said = " Everybody who had signed in there is signed out." if ended else ""
    return notices.go(PATH, f"Saved.{said} Now test it.")


def _plan(reader: Reader, wanted: Wanted) -> Planned:
    return Planned(changing.plan(reader, asking.sealer(), wanted))


def _carry_out(tx: Transaction, wanted: Wanted, expected: str) -> bool:
    organizations.current(tx, lock=True)
    planned = _plan(tx, wanted)
    fingerprints.ensure_planned(planned, expected)
    changing.carry_out(tx, planned.provider)
    return planned.provider.ends_sessions


def _ask(plan: ProviderPlan, fingerprint: str, error: str | None = None) -> Response:
    secret = plan.wanted.client_secret
    hidden = {name: text(name) for name in TYPED}
    hidden["issuer"] = plan.wanted.issuer
    hidden[SEALED] = asking.sealer().seal(secret, _purpose()) if secret is not None else ""
    return shell.page(
        "confirm.html",
        title="Change sign-in" if plan.before else "Set sign-in up",
        section=SECTION,
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        error=error,
        sentences=list(_sentences(plan)),
        facts=list(_facts(plan)),
        hidden={**hidden, PLAN: fingerprint},
        act="Save",
        danger=plan.ends_sessions,
        to=CHANGE,
        back=PATH,
    )


def _sentences(plan: ProviderPlan) -> Iterator[str]:
    slug, base = shell.organization().slug, scope.settings().public_url
    if plan.before is None:
        yield f"From then on people of the directory sign in with their work account at {base}/login/{slug}."
    elif plan.ends_sessions:
        yield "Everybody who had signed in with their work account is signed out at once and signs in by the new rules."
        if asking.session().issuer is not None:
            yield "That is you, too: if the new rules do not let you in, you are out of the console."
    else:
        yield "Sessions that are open stay. Whoever signs in from then on does so with the new secret."
    if plan.before is None or plan.ends_sessions:
        yield (
            "Test it right afterwards. Should nobody come in, the operator of the server makes a link that does:"
            f" lanyard admin-link --org {slug}."
        )


def _facts(plan: ProviderPlan) -> Iterator[tuple[str, str]]:
    for key, (before, after) in plan.changes.items():
        yield LABELS[key], _shown(after) if plan.before is None else f"{_shown(before)} → {_shown(after)}"
    if plan.mark is not None:
        yield "Client secret", "the one that you typed" if plan.before is None else "replaced by the one that you typed"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {role}" for name, role in value.items())
    return "none" if value is None else str(value)


def _wanted() -> tuple[Wanted, dict[str, str]]:
    """What the form says, and what is wrong with the lines of its roles and with a secret that it carries on."""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for line in text("role_values").splitlines():
        value, separator, role = (part.strip() for part in line.rpartition("="))
        if line.strip() and not (separator and value):
            errors["role_values"] = f"{line.strip()!r} is not “value = role”."
        elif line.strip():
            values[value] = role
    tenant_id = optional("tenant_id")
    issuer = text("issuer")
    if not issuer and tenant_id is not None and is_guid(tenant_id.lower()):
        issuer = entra_issuer(tenant_id.lower())
    wanted = Wanted(
        issuer=issuer,
        client_id=text("client_id"),
        client_secret=optional("client_secret"),
        tenant_id=tenant_id,
        role_claim=optional("role_claim"),
        role_values=values,
    )
    if sealed := optional(SEALED):
        try:
            wanted = replace(wanted, client_secret=asking.sealer().open(sealed, _purpose()))
        except Refused:
            errors["client_secret"] = "Type the secret once more."  # noqa: S105 - a sentence
    return wanted, errors


def _purpose() -> str:
    """What a typed secret is sealed for on its way through the page that asks: this session alone."""
    return f"typed client secret {asking.session().organization_id} {asking.session().id}"


def _field(key: str | None) -> str:
    """The field that a fault is shown at: all roles' values are in one."""
    return (key or "issuer").partition(".")[0]


def _said(found: Provider | None) -> dict[str, str]:
    if found is None:
        return {"role_claim": "roles"}
    return {
        "issuer": found.issuer,
        "client_id": found.client_id,
        "tenant_id": found.tenant_id or "",
        "role_claim": found.role_claim or "",
        "role_values": "\n".join(f"{value} = {role}" for value, role in found.role_values.items()),
    }


def _form(said: Mapping[str, str], errors: Mapping[str, str], found: Provider | None) -> Response:
    return shell.page(
        "sign_in/change.html",
        title="Change sign-in" if found else "Set sign-in up",
        section=SECTION,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        said=said,
        errors=errors,
        provider=found,
        roles=ROLES,
    )


ROUTES: shell.Routes = (("/sign-in/change", change, BOTH),)

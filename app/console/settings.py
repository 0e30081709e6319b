"""The organization's settings: the same keys and rules as `lanyard org set`; what that does is shown before.

Asked is what moves cards, opens or closes their pages, or forgets what logs have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.roles import ACCESS, CHANGE, OVERSIGHT, SEE
from app.cards.applying import report
from app.cards.applying.carrying import apply
from app.cards.applying.planning import Plan, make_plan
from app.cards.applying.spec import FileSpec
from app.cards.fingerprints import PlanChangedError, fingerprint
from app.console import counting, notices, shell
from app.console.fields import number, optional, text, ticked
from app.console.shell import GET, POST
from app.core import clock
from app.core.errors import Refused
from app.directory import organizations
from app.directory.organizations import Organization
from app.web.words import plural

SECTION = "settings"
PATH = "/console/settings"
PLAN, SEEN = "plan", "seen"
ON_CLAIM = "on_claim"
FORGETTING = {"log_days": "Provisioning log", "audit_days": "Audit log"}
NUMBERS = {
    "seat_limit": "the seat limit",
    "brake.people": "the number of people",
    "brake.percent": "the percentage",
    "log_days": "the number of days",
    "audit_days": "the number of days",
    "leaver.days": "the number of days",
}


@asking.role(OVERSIGHT, SEE)
def index() -> Response:
    """GET /console/settings"""
    return _form(_said(shell.organization()), {})


@asking.role(ACCESS, CHANGE)
def change() -> Response:
    """POST: the settings as the form says them; what is to be asked first is saved with the plan that was shown.

    What somebody else has saved since the form was opened is not undone by it: the form is shown again.
    """
    here = shell.organization()
    if text(SEEN) != _mark(here):
        return _form(dict(request.form), {}, is_overtaken=True)
    wanted, errors = _wanted()
    for key, value in wanted.items():
        try:
            organizations.changed(here, {key: value})
        except Refused as error:
            errors.setdefault(error.field or key, _at_its_field(error))
    if errors:
        return _form(dict(request.form), errors)
    changes = _changes(here, wanted)
    if not changes:
        return notices.go(PATH, "Everything is as it was.")
    spec, expected = FileSpec(organization=changes), text(PLAN) or None
    if expected is None and list(_asked(here, changes)):
        with shell.reading() as reader:
            return _ask(make_plan(reader, spec, clock.now()), here, changes)
    try:
        asking.write(lambda tx: apply(tx, spec, expected))
    except PlanChangedError as error:
        said = "The directory has changed something meanwhile. This is what would happen now."
        return _ask(error.plan, here, changes, said)
    return notices.go(PATH, "The settings are saved.")


def _ask(plan: Plan, here: Organization, changes: Mapping[str, Any], error: str | None = None) -> Response:
    """What the changes do, before they do."""
    told = [one for one in report.sentences(plan, dry_run=False) if not one.startswith("Organization:")]
    moved = told if "seat_limit" in changes else []  # nothing else moves cards
    fields = {key: value for key, value in request.form.items() if key not in {asking.CSRF_FIELD, PLAN}}
    return shell.page(
        "confirm.html",
        title="Change the settings",
        section=SECTION,
        sentences=[*_asked(here, changes), *moved],
        hidden={**fields, PLAN: plan.fingerprint},
        act="Save",
        danger=bool({"publish", *FORGETTING} & set(changes)),
        error=error,
        to=f"{PATH}/change",
        back=PATH,
    )


def _asked(here: Organization, changes: Mapping[str, Any]) -> Iterator[str]:
    """What of the changes is asked, in sentences."""
    if "seat_limit" in changes:
        limit, before = changes["seat_limit"], here.seat_limit
        yield (
            f"{'There is no seat limit any more' if limit is None else f'The seat limit becomes {limit:,}'}"
            f" ({'there was none' if before is None else f'it is {before:,}'})."
        )
        if limit is not None and (before is None or limit < before):
            yield "A lower limit takes no card away: who has one keeps it, and only new cards wait for a seat."
    if "publish" in changes:
        with shell.reading() as reader:
            many = plural(counting.unclaimed(reader), "card")
        if changes["publish"] == ON_CLAIM:
            yield f"Pages of cards that nobody has claimed yet stop answering at once, printed codes too: {many} now."
        else:
            yield f"Pages of cards that nobody has claimed yet open at once: {many} now."
    for key, log in FORGETTING.items():
        if key in changes and changes[key] < getattr(here.settings, key):
            days = plural(changes[key], "day")
            yield f"{log}: what is older than {days} is deleted within the hour, and cannot be had back."


def _mark(here: Organization) -> str:
    """What tells that the settings are others."""
    return fingerprint(organizations.described(here))


def _wanted() -> tuple[dict[str, Any], dict[str, str]]:
    """What the form says, by the settings' keys, and what is wrong with its numbers, by field."""
    errors: dict[str, str] = {}
    numbers: dict[str, int | None] = {}
    for name, what in NUMBERS.items():
        try:
            numbers[name] = number(name, what)
        except Refused as error:
            errors[name] = shell.sentence(str(error))
            numbers[name] = None
    permanent = text("external_id_is_permanent")
    wanted: dict[str, Any] = {
        "name": text("name"),
        "seat_limit": numbers["seat_limit"],
        "phone_region": optional("phone_region"),
        "strict_phones": ticked("strict_phones"),
        "external_id_is_permanent": {"yes": True, "no": False}.get(permanent, permanent),
        "clear_marker": text("clear_marker"),
        "publish": text("publish"),
        "announce": ticked("announce"),
        "brake": {"people": numbers["brake.people"], "percent": numbers["brake.percent"]},
        "log_days": numbers["log_days"],
        "audit_days": numbers["audit_days"],
        "leaver": {
            "show": text("leaver.show"),
            "email": optional("leaver.email"),
            "phone": optional("leaver.phone"),
            "successor": optional("leaver.successor"),
            "days": numbers["leaver.days"],
        },
    }
    return wanted, errors


def _at_its_field(error: Refused) -> str:
    """The rule's sentence beside the field it is about, which need not be named by its key, nor an empty one quoted."""
    said = str(error).removesuffix(", not None").removeprefix(f"{error.field} ")
    return shell.sentence(said if said == str(error) or not said.startswith("must") else f"it {said}")


def _changes(here: Organization, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of `wanted`, what is another than it is."""
    before = organizations.described(here)
    after = organizations.described(organizations.changed(here, wanted))
    return {key: wanted[key] for key in wanted if after[key] != before[key]}


def _said(here: Organization) -> dict[str, str]:
    """The settings as the form's fields say them."""
    flat: dict[str, Any] = {}
    for key, value in organizations.described(here).items():
        flat.update(
            {f"{key}.{inner}": one for inner, one in value.items()} if isinstance(value, dict) else {key: value}
        )
    words = {True: "yes", False: "no", None: ""}
    return {
        key: words[value] if value is None or isinstance(value, bool) else str(value) for key, value in flat.items()
    }


def _form(said: Mapping[str, str], errors: Mapping[str, str], *, is_overtaken: bool = False) -> Response:
    with shell.reading() as reader:
        counts = counting.counts(reader)
    return shell.page(
        "settings/index.html",
        title="Settings",
        section=SECTION,
        status=HTTPStatus.CONFLICT if is_overtaken else HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        said=said,
        seen=_mark(shell.organization()),
        is_overtaken=is_overtaken,
        errors=errors,
        counts=counts,
    )


ROUTES: shell.Routes = (
    ("/settings", index, GET),
    ("/settings/change", change, POST),
)

"""Who may do what: every address of the console, each role, somebody without one, and nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.auth.sign_in.roles import ROLES
from tests.console.conftest import HERE, Admin

SEE, CHANGE, RUN, ANY = "see", "change", "run", "any"

TABLE = {
    "access": {"owner": {SEE, CHANGE}, "directory-admin": {SEE}, "auditor": {SEE}},
    "directory": {
        "owner": {SEE, CHANGE}, "directory-admin": {SEE, CHANGE}, "template-admin": {SEE}, "card-admin": {SEE}, "auditor": {SEE},
    },
    "templates": {
        "owner": {SEE, CHANGE}, "directory-admin": {SEE}, "template-admin": {SEE, CHANGE}, "card-admin": {SEE}, "auditor": {SEE},
    },
    "cards": {
        "owner": {SEE, CHANGE}, "directory-admin": {SEE}, "template-admin": {SEE}, "card-admin": {SEE, CHANGE}, "auditor": {SEE},
    },
    "oversight": {"owner": {SEE, RUN}, "directory-admin": {SEE, RUN}, "auditor": {SEE}},
}  # fmt: skip
"""docs/interfaces.md, "Roles", in other words: what each role may do in each area."""

AREAS = {
    "people": "directory", "groups": "directory", "invitations": "directory", "quality": "directory", "log": "directory",
    "mail": "directory", "held": "directory", "cards": "cards", "templates": "templates", "bindings": "templates",
    "oauth-clients": "access", "connection": "access", "tokens": "access", "sign-in": "access", "roles": "access", "audit": "oversight",
    "jobs": "oversight", "settings": "oversight",
}  # fmt: skip
"""The area of each section of the console."""

ONLY_TO_CHANGE = {
    "/console/cards/<card_id>/photo", "/console/cards/<card_id>/values/<key>", "/console/cards/issue",
    "/console/invitations/<invitation_id>/revoke", "/console/invitations/new",
    "/console/oauth-clients/<client_id>/revoke", "/console/oauth-clients/<client_id>/secret",
    "/console/oauth-clients/<client_id>/secrets/<secret_id>/revoke", "/console/oauth-clients/new",
    "/console/people/<who>/block", "/console/people/<who>/issue", "/console/people/<who>/merge",
    "/console/people/<who>/unblock",
    "/console/roles/<person_id>/<role>/revoke", "/console/roles/grant",
    "/console/sign-in/change", "/console/sign-in/test", "/console/sign-in/test/result",
    "/console/templates/<template_id>/delete", "/console/templates/<template_id>/discard",
    "/console/templates/<template_id>/duplicate", "/console/templates/<template_id>/edit",
    "/console/templates/<template_id>/publish", "/console/templates/<template_id>/versions/<int:number>/restore",
    "/console/templates/contrast", "/console/templates/new",
    "/console/tokens/<token_id>/revoke", "/console/tokens/new",
}  # fmt: skip
"""Pages that are looked at only by whoever may send their form, or may do what they lead to."""
CHANGES_NOTHING = {"/console/connection/schema"}
"""Forms that are answered with what was sent, completed: they take no more than looking does."""
ELSEWHERE = {"/console/people/<who>/issue": "cards"}
"""Pages that stand in one section and do what another area is about."""
CHANGES_ACCESS = ("settings",)
"""Sections whose forms change what another area has: the organization itself is the owner's."""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def section_of(rule: str) -> str:
    return rule.removeprefix("/console").strip("/").partition("/")[0].removesuffix(".csv")


def needed(rule: str, method: str) -> tuple[str, str]:
    """The area and the right that an address takes; by the table, not by what the code declares."""
    section = section_of(rule)
    if section in {"", "<path:rest>", "errands"}:  # whose errand it is says who may see it
        return "overview", ANY
    area = ELSEWHERE.get(rule, AREAS[section])
    if method == "GET" or rule in CHANGES_NOTHING:
        return area, CHANGE if rule in ONLY_TO_CHANGE else SEE
    if section in CHANGES_ACCESS:
        return "access", CHANGE
    return area, RUN if area == "oversight" else CHANGE


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address of the console with each of its methods; files are for everybody."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/console") and not rule.rule.startswith("/console/files/"):
            yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def path_of(rule: str) -> str:
    """An address of this shape that leads to nothing."""
    chosen = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
    return re.sub(r"<[^>]+>", "none", re.sub(r"<int:\w+>", "1", chosen))


def answered(admin: Admin, rule: Rule, method: str) -> int:
    fields = {"csrf_token": admin.csrf} if method == "POST" else None
    return admin.http.open(path_of(rule.rule), method=method, data=fields, base_url=HERE).status_code


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_address_lets_in_whom_the_table_names_and_nobody_else(
    app: Flask, as_role: Callable[..., Admin], role: str | None
) -> None:
    wrong = []
    for rule, method in routes(app):
        area, right = needed(rule.rule, method)
        allowed = role is not None and (right == ANY or right in TABLE[area].get(role, set()))
        status = answered(as_role(*filter(None, [role])), rule, method)
        if (status == 403) is allowed or status in {401, 500}:
            wrong.append(
                f"{method} {rule.rule} answered {status}; {right} in {area} is {'' if allowed else 'not '}given"
            )

    assert wrong == []


def test_nobody_is_let_in_without_a_session(app: Flask) -> None:
    stranger = Admin(app.test_client(), "")

    statuses = {(rule.rule, method): answered(stranger, rule, method) for rule, method in routes(app)}

    assert {key: status for key, status in statuses.items() if status not in {303, 401}} == {}


def test_every_section_has_an_area(app: Flask) -> None:
    sections = {section_of(rule.rule) for rule, _ in routes(app)} - {"", "<path:rest>", "errands"}

    assert sections <= set(AREAS)

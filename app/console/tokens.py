"""The tokens with which a directory pushes: what there are, a new one, the end of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, request

from app.auth import tokens, usage
from app.auth.oauth import clients
from app.auth.sign_in import asking
from app.auth.sign_in.roles import ACCESS, SEE
from app.auth.tokens import Token
from app.console import notices, shell
from app.console.fields import days, text
from app.console.sensitive import sensitive
from app.console.shell import BOTH, GET
from app.core import clock
from app.core.errors import Conflict, Refused
from app.core.unit_of_work import Reader
from app.directory import actors
from app.web import scope, words

SECTION = "tokens"
LIFETIMES = {"90": "90 days", "180": "180 days", "365": "1 year", "730": "2 years", "": "It does not expire"}
OVER_SHOWN = 50
"""Tokens and clients that are over which the page still lists, the newest first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as the list shows it."""

    token: Token
    state: str
    by: str
    reads: int


@asking.role(ACCESS, SEE)
def index() -> Response:
    """GET /console/tokens"""
    now = clock.now()
    with shell.reading() as reader:
        found = tokens.every(reader)
        listed = clients.every(reader)
        reads = usage.reads_on(reader, now.date())
        by = actors.names(reader, {*(one.created_by for one in found), *(one.created_by for one in listed)})
    shown = [Shown(one, one.state(now), by[one.created_by], reads.get(one.id, 0)) for one in reversed(found)]
    return shell.page(
        "tokens/index.html",
        title="Tokens",
        section=SECTION,
        valid=[one for one in shown if one.state == "valid"],
        over=[one for one in shown if one.state != "valid"][:OVER_SHOWN],
        clients=[one for one in reversed(listed) if one.revoked_at is None],
        clients_over=[one for one in reversed(listed) if one.revoked_at is not None][:OVER_SHOWN],
        client_by=by,
        reads=reads,
        now=now,
        soon=expiring(shown),
    )


@sensitive
def new() -> Response:
    """GET: the form; POST: the token, on the only page that ever shows it."""
    if request.method == "GET":
        return _form(request.args.get("name", ""), "365", {})
    name, lifetime = text("name"), request.form.get("days", "")
    try:
        expires = days("days")
        made = asking.write(lambda tx: tokens.create(tx, name, expires_days=expires))
    except (Refused, Conflict) as error:
        return _form(name, lifetime, {error.field or "name": shell.sentence(str(error))})
    with shell.reading() as reader:
        others = [one.name for one in tokens.every(reader) if one.state(clock.now()) == "valid" and one.name != name]
    return shell.page(
        "tokens/made.html",
        title="Your new token",
        section=SECTION,
        name=name,
        token=made,
        tenant_url=f"{scope.settings().public_url}/scim/v2",
        others=others,
    )


@sensitive
def revoke(token_id: str) -> Response:
    """GET: what stops; POST: it stops."""
    if request.method == "POST":
        ended = asking.write(lambda tx: tokens.revoke_one(tx, token_id))
        return notices.go("/console/tokens", f"{ended.name} is revoked. Requests with it are refused from now on.")
    now = clock.now()
    with shell.reading() as reader:
        token = tokens.find(reader, token_id)
        if token.state(now) != "valid":
            raise Refused(f"the token {token.name!r} is {token.state(now)} already; nothing can be sent with it")
        reads = usage.reads_on(reader, now.date()).get(token.id, 0)
        left = _left(reader, token)
    return shell.page(
        "confirm.html",
        title=f"Revoke the token {token.name}",
        section=SECTION,
        sentences=[
            f"Every request with {token.name} is refused with 401 from that moment on. This cannot be taken back.",
            f"Last use: {words.ago(token.last_used_at) if token.last_used_at else 'never'}; "
            f"{words.plural(reads, 'read')} today.",
            left,
        ],
        act="Revoke it",
        danger=True,
        to=f"/console/tokens/{token.id}/revoke",
        back="/console/tokens",
    )


def _left(reader: Reader, token: Token) -> str:
    """What the directory can still push with."""
    now = clock.now()
    rest = [one for one in tokens.every(reader) if one.state(now) == "valid" and one.id != token.id]
    rest_clients = [one.name for one in clients.every(reader) if one.revoked_at is None]
    if not rest and not rest_clients:
        return (
            "There is no other token and no OAuth client: the directory can push nothing at all until you make one,"
            " and Entra puts its provisioning job into quarantine at the first refusal."
        )
    used = [one for one in rest if one.last_used_at is not None]
    named = ", ".join([*(one.name for one in rest), *rest_clients])
    unused = "" if used or rest_clients else " None of them has been used yet: is the new one saved in Entra?"
    return f"These stay valid: {named}.{unused}"


def expiring(shown: Sequence[Shown]) -> list[Token]:
    """Valid tokens that end within a month and are in use: somebody should make their successor."""
    now = clock.now()
    return [
        one.token
        for one in shown
        if one.state == "valid" and one.token.expires_at is not None and (one.token.expires_at - now).days < 30
    ]


def _form(name: str, lifetime: str, errors: Mapping[str, str]) -> Response:
    return shell.page(
        "tokens/new.html",
        title="New token",
        section=SECTION,
        status=422 if errors else 200,
        name=name,
        lifetime=lifetime,
        lifetimes=LIFETIMES,
        errors=errors,
    )


ROUTES: shell.Routes = (
    ("/tokens", index, GET),
    ("/tokens/new", new, BOTH),
    ("/tokens/<token_id>/revoke", revoke, BOTH),
)

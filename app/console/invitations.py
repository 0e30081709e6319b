"""Invitations of people outside the directory: the list, a new one, its link this once, and taking one back."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY, SEE
from app.cards import invitation_list, inviting, template_store
from app.cards import invitations as rules
from app.cards.invitations import DEFAULT_DAYS, MAX_DAYS, OPEN, Invited
from app.cards.template_store import Template
from app.console import listing, notices, shell
from app.console.listing import Choice, Column, Listing
from app.console.shell import BOTH, GET
from app.core import clock
from app.core.errors import Refused
from app.web import scope
from app.web.words import day

PATH = "/console/invitations"
COLUMNS = (
    Column("E-mail"),
    Column("Template"),
    Column("State"),
    Column("Invited", "made"),
    Column("Link works until"),
    Column(""),
)
STATES = Choice("state", "State", {state: state.capitalize() for state in invitation_list.STATES})


@role(DIRECTORY, SEE)
def invitations() -> Response:
    """GET /console/invitations"""
    asked, now = listing.asked(PATH, sorts=("-made",), choices=(STATES,)), clock.now()
    with shell.reading() as reader:
        page, rows = invitation_list.page(
            reader,
            now,
            search=asked.search,
            state=asked.filters.get("state"),
            place=asked.place,
            descending=asked.descending,
        )
    shown = Listing(
        asked=asked,
        columns=COLUMNS,
        rows=rows,
        page=page,
        searched="e-mail addresses",
        choices=(STATES,),
        nothing="Nobody has been invited yet. People in the directory need no invitation.",
    )
    return shell.page(
        "invitations/list.html", title="Invitations", section="invitations", listing=shown, now=now, open=OPEN
    )


@role(DIRECTORY, CHANGE)
def invite() -> Response:
    """GET and POST /console/invitations/new: the form, and the link that it made, this once."""
    with shell.reading() as reader:
        templates = template_store.every(reader)
    if request.method == "GET":
        return _form(templates)
    try:
        days = int(request.form.get("days", ""))
    except ValueError:
        return _form(templates, Refused(f"say in whole days, from 1 to {MAX_DAYS}, how long the link works", "days"))
    chosen = next((one for one in templates if one.id == request.form.get("template")), None)
    if chosen is None:
        return _form(templates, Refused("choose a template; the one you chose may be gone", "template"))
    settings, email = scope.settings(), request.form.get("email", "")
    by_mail = bool(request.form.get("by_mail"))
    try:
        made = asking.write(
            lambda tx: inviting.invite(
                tx, asking.sealer(), chosen, email, settings.public_url, days=days, by_mail=by_mail
            )
        )
    except Refused as refusal:
        return _form(templates, refusal)
    return _made(made, by_mail=by_mail)


@role(DIRECTORY, CHANGE)
def revoke(invitation_id: str) -> Response:
    """GET and POST /console/invitations/<id>/revoke: what will happen, and it does."""
    with shell.reading() as reader:
        found = invitation_list.get(reader, invitation_id)
    if request.method == "POST":
        asking.write(lambda tx: rules.revoke(tx, [found.id]))
        return notices.go(PATH, f"The invitation of {found.email} is revoked; its link opens nothing any more.")
    return shell.page(
        "confirm.html",
        title=f"Revoke the invitation of {found.email}",
        section="invitations",
        sentences=[
            f"The link to a card of {found.template} stops working at once. Nobody is told.",
            "You can invite the same address again; that makes a new link.",
        ],
        act="Revoke",
        danger=True,
        to=f"{PATH}/{found.id}/revoke",
        back=PATH,
    )


def _form(templates: list[Template], refusal: Refused | None = None) -> Response:
    if not templates:
        return shell.refused(
            "There is no template yet. Make one first; an invitation is to a card of a template.",
            title="Invite somebody",
            section="invitations",
            back="/console/templates",
        )
    said = shell.sentence(str(refusal)) if refusal is not None else None
    field = (refusal.field or "email") if refusal is not None else None
    return shell.page(
        "invitations/form.html",
        title="Invite somebody",
        section="invitations",
        status=HTTPStatus.OK if refusal is None else HTTPStatus.CONFLICT,
        templates={one.id: one.name for one in templates},
        given={"days": str(DEFAULT_DAYS), "by_mail": "yes"} if request.method == "GET" else request.form,
        errors={field: said},
        has_mail=scope.settings().smtp is not None,
        most=MAX_DAYS,
    )


def _made(made: Invited, *, by_mail: bool) -> Response:
    return shell.page(
        "invitations/made.html",
        title=f"{made.email} is invited",
        section="invitations",
        made=made,
        link=inviting.link_of(made, scope.settings().public_url),
        until=day(made.expires_at),
        sent=by_mail and scope.settings().smtp is not None,
    )


ROUTES: shell.Routes = (
    ("/invitations", invitations, GET),
    ("/invitations/new", invite, BOTH),
    ("/invitations/<invitation_id>/revoke", revoke, BOTH),
)

"""The editor: a template's draft as one form. Every act of it is a button of that form, so nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, TEMPLATES
from app.cards import assets
from app.cards.assets import MAX_BYTES, Asset
from app.cards.designing import looking, saving, sources
from app.cards.designing.saving import Outcome, Standing
from app.cards.designing.typed import PICTURES, Typed, of_template, read
from app.cards.layout import KINDS, SLOTS
from app.cards.versioning.differences import differences, sentence
from app.console import notices, shell
from app.console.card_templates import words
from app.console.card_templates.look import advice_on
from app.console.card_templates.words import PATH, SECTION
from app.console.shell import BOTH
from app.core.errors import Refused
from app.directory import actors

FORM_BYTES = 24 * MAX_BYTES
"""A picture that is too large is refused at its field, with all that was typed around it, and not with the form."""
SAID = {
    saving.SAVED: "The draft is saved. Cards show it once it is published.",
    saving.DROPPED: "This is what is published already, so there is no draft any more.",
    saving.UNCHANGED: "There was nothing to save: nothing is different.",
}


@asking.reads(FORM_BYTES)
@role(TEMPLATES, CHANGE)
def edit(template_id: str) -> Response:
    """GET /console/templates/<id>/edit: the form, with the draft in it if there is one. POST: what its button says.

    Saving, or the form once more with what was typed and what is wrong with it. Raises NotFound.
    """
    if request.method == "GET":
        return _opened(template_id)
    typed, pictures, problems = _with_pictures(read(request.form.items(multi=True)))
    if pictures:
        asking.write(lambda tx: saving.keep_pictures(tx, pictures))
    act, _, which = request.form.get("act", "save").partition(":")
    if problems:
        return _again(template_id, typed, problems)
    if act in {"save", "publish"}:
        return _saved(template_id, typed, act)
    return _again(template_id, *_changed(typed, act, which))


def _opened(template_id: str) -> Response:
    with shell.reading() as reader:
        now = saving.standing(reader, template_id)
    typed = of_template(now.name, (now.draft or now.template).layout)
    wanted = {name: request.args[name] for name in ("person", "find") if name in request.args}
    return _form(now, typed.put(wanted))


def _saved(template_id: str, typed: Typed, act: str) -> Response:
    outcome: Outcome = asking.write(lambda tx: saving.save(tx, template_id, typed, typed.get("seen")))
    if outcome.kind == saving.REFUSED:
        problems = outcome.judgement.problems
        return _form(outcome.standing, typed, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if outcome.kind == saving.OVERTAKEN:
        return _form(outcome.standing, typed, since=outcome.since, status=HTTPStatus.CONFLICT)
    if act == "publish" and outcome.standing.draft is not None:
        return notices.go(f"{PATH}/{template_id}/publish", SAID[saving.SAVED])
    query = urlencode({"person": typed.get("person")}) if typed.get("person") else ""
    return notices.go(f"{PATH}/{template_id}/edit" + (f"?{query}" if query else ""), SAID[outcome.kind])


def _again(
    template_id: str, typed: Typed, problems: Mapping[str, tuple[str, ...]] | None = None, opened: str | None = None
) -> Response:
    """The form with what is typed in it; saved is nothing."""
    with shell.reading() as reader:
        now = saving.standing(reader, template_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return _form(now, typed, problems, seen=typed.get("seen"), opened=opened, status=status)


def _changed(typed: Typed, act: str, which: str) -> tuple[Typed, None, str | None]:
    """The form as one of its buttons changes it, and the row that is to be open in it."""
    match act:
        case "add":
            kind = typed.get("new.kind")
            more, row = typed.added(kind if kind in KINDS else KINDS[0])
            return more, None, row
        case "remove":
            return typed.removed(which), None, None
        case "up" | "down":
            return typed.moved(which, -1 if act == "up" else 1), None, None
        case _:
            return typed, None, None


def _with_pictures(typed: Typed) -> tuple[Typed, dict[str, Asset], dict[str, tuple[str, ...]]]:
    """The form with the pictures that came with it in their places and without those ticked off, and what is wrong."""
    pictures: dict[str, Asset] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for place in PICTURES:
        if typed.has(f"{place}.off"):
            typed = typed.put({place: "", f"{place}.off": ""})
        file = request.files.get(f"{place}.file")
        if file is None or not file.filename:
            continue
        try:
            with file.stream as stream:
                pictures[place] = assets.read_picture(stream.read(MAX_BYTES + 1))
        except Refused as refusal:
            problems[place] = (f"{file.filename} {refusal}.",)
        else:
            typed = typed.put({place: pictures[place].id})
    return typed, pictures, problems


def _form(
    now: Standing,
    typed: Typed,
    problems: Mapping[str, tuple[str, ...]] | None = None,
    *,
    since: str = "",
    seen: str | None = None,
    opened: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    with shell.reading() as reader:
        person = looking.somebody(reader, now.template, typed.get("person"))
        found = looking.found(reader, typed.get("find"))
        offered = sources.sources(reader)
        kept = assets.present(reader, {typed.get(place) for place in PICTURES} - {""})
        who = actors.names(reader, [now.draft.actor] if now.draft else [])
    is_stale = now.draft is not None and not now.draft.is_of(now.template)
    return shell.page(
        "templates/edit.html",
        title=f"Edit {now.name}",
        section=SECTION,
        status=status,
        standing=now,
        seen=now.seen if seen is None else seen,
        since=since,
        changes=sentence(differences(now.template, now.draft)) if now.draft else "",
        is_stale=is_stale,
        who=who,
        typed=typed,
        problems=problems or {},
        opened=opened,
        is_unsaved=request.method == "POST",
        person=person,
        found=found,
        sources=offered,
        kept=kept,
        slots=SLOTS,
        advice=advice_on(typed),
        words=words,
    )


ROUTES: shell.Routes = (("/templates/<template_id>/edit", edit, BOTH),)

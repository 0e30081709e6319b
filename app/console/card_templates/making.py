"""Making templates: new ones, copies; and the end of them and of drafts."""

from __future__ import annotations

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, TEMPLATES
from app.cards import assets, issuing, template_acts, template_list, template_store
from app.cards.applying.template_file import NAME_LENGTH
from app.cards.template_list import ListedTemplate
from app.cards.template_store import Template
from app.cards.versioning import drafts
from app.cards.versioning.differences import differences, sentence
from app.console import notices, shell
from app.console.card_templates.words import PATH, SECTION
from app.console.shell import BOTH
from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from app.web.words import plural


@role(TEMPLATES, CHANGE)
def new() -> Response:
    """GET /console/templates/new: a name is asked for. POST: the template is made, and its editor opened."""
    if request.method == "GET":
        return _named(None)
    return _made(None)


@role(TEMPLATES, CHANGE)
def duplicate(template_id: str) -> Response:
    """GET and POST /console/templates/<id>/duplicate: the same, beginning with what this one says. Raises NotFound."""
    with shell.reading() as reader:
        original = template_store.with_id(reader, template_id)
    return _named(original) if request.method == "GET" else _made(original)


@role(TEMPLATES, CHANGE)
def delete(template_id: str) -> Response:
    """GET and POST /console/templates/<id>/delete. Raises NotFound."""
    with shell.reading() as reader:
        found = template_list.one(reader, template_id)
    if hindrances := _hindrances(found):
        return shell.page(
            "templates/kept.html",
            title=f"Delete {found.name}",
            section=SECTION,
            status=409 if request.method == "POST" else 200,
            subject=found,
            hindrances=hindrances,
        )
    if request.method == "GET":
        return shell.page(
            "confirm.html",
            title=f"Delete {found.name}",
            section=SECTION,
            sentences=[
                f"The template {found.name} is deleted with its draft and all its versions. No card and no group uses"
                " it. This cannot be undone."
            ],
            act="Delete the template",
            danger=True,
            to=f"{PATH}/{template_id}/delete",
            back=f"{PATH}/{template_id}",
        )
    asking.write(lambda tx: template_acts.remove(tx, template_store.with_id(tx, template_id).name))
    return notices.go(PATH, f"{found.name} is deleted.")


@role(TEMPLATES, CHANGE)
def discard(template_id: str) -> Response:
    """GET and POST /console/templates/<id>/discard: give the draft up. Raises NotFound."""
    back = f"{PATH}/{template_id}"
    with shell.reading() as reader:
        present = template_store.with_id(reader, template_id)
        draft = drafts.find(reader, present)
    if draft is None:
        return notices.go(back, f"{present.name} has no draft any more.")
    if request.method == "POST":
        asking.write(lambda tx: _discarded(tx, template_id))
        return notices.go(back, "The draft is discarded. Cards show what they showed before.")
    return shell.page(
        "confirm.html",
        title=f"Discard the draft of {present.name}",
        section=SECTION,
        sentences=[
            "What was changed in the draft is lost. Cards stay as they are: they never showed it.",
            f"In the draft: {sentence(differences(present, draft))}.",
        ],
        act="Discard the draft",
        danger=True,
        to=f"{back}/discard",
        back=back,
    )


def _discarded(tx: Transaction, template_id: str) -> None:
    issuing.hold_organization(tx)
    template = template_store.with_id(tx, template_id)
    if drafts.find(tx, template) is not None:
        drafts.drop(tx, template)
        assets.remove_unused(tx)


def _named(original: Template | None, typed: str = "", error: str | None = None) -> Response:
    return shell.page(
        "templates/new.html",
        title=f"Duplicate {original.name}" if original else "New template",
        section=SECTION,
        status=422 if error else 200,
        original=original,
        typed=typed or (f"{original.name} (copy)" if original and not error else ""),
        error=shell.sentence(error) if error else None,
        longest=NAME_LENGTH,
    )


def _made(original: Template | None) -> Response:
    name = " ".join(request.form.get("name", "").split())

    def work(tx: Transaction) -> Template:
        if original is None:
            return template_acts.create(tx, name)
        return template_acts.duplicate(tx, template_store.with_id(tx, original.id).name, name)

    try:
        made = asking.write(work)
    except Refused as refusal:
        return _named(original, name, str(refusal))
    return notices.go(
        f"{PATH}/{made.id}/edit", f"{made.name} is there. No group is bound to it, so nobody has a card of it yet."
    )


def _hindrances(found: ListedTemplate) -> list[tuple[str, str, str]]:
    """What keeps a template from being deleted: a sentence, where that is mended, and what the link is called."""
    hindrances = []
    if found.groups:
        hindrances.append((f"It is bound to {', '.join(found.groups)}.", "/console/bindings", "Change the bindings"))
    if number := sum(found.cards.values()):
        said = f"It has {plural(number, 'card')}, paused ones included."
        hindrances.append((said, f"/console/cards?template={found.id}", "Move or delete the cards"))
    return hindrances


ROUTES: shell.Routes = (
    ("/templates/new", new, BOTH),
    ("/templates/<template_id>/duplicate", duplicate, BOTH),
    ("/templates/<template_id>/delete", delete, BOTH),
    ("/templates/<template_id>/discard", discard, BOTH),
)

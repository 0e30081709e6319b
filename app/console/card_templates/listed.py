"""All templates, one template, its versions, and the pictures they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response

from app.attributes.folding import fold
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import SEE, TEMPLATES
from app.cards import assets, template_list, template_store
from app.cards.pages import theme
from app.cards.template_list import ListedTemplate
from app.cards.versioning import drafts, history
from app.cards.versioning.differences import differences, sentence
from app.console import listing, shell
from app.console.card_templates import words
from app.console.card_templates.words import PATH, SECTION
from app.console.listing import Choice, Column, Listing
from app.console.shell import GET
from app.core.errors import NotFound
from app.core.paging import Page
from app.directory import actors

STATE = Choice("state", "State", {"draft": "With a draft", "published": "Without a draft", "unbound": "Without groups"})
COLUMNS = (
    Column("Template", "name"), Column("Cards", "cards"), Column("Groups"), Column("State"),
    Column("Last change", "changed"),
)  # fmt: skip
_KEYS: Mapping[str, Callable[[ListedTemplate], object]] = {
    "name": lambda one: fold(one.name),
    "cards": lambda one: sum(one.cards.values()),
    "changed": lambda one: max(one.since, one.draft.modified_at) if one.draft else one.since,
}


@role(TEMPLATES, SEE)
def templates() -> Response:
    """GET /console/templates: all of an organization, which has some dozens."""
    asked = listing.asked(PATH, sorts=("name", "cards", "changed"), choices=(STATE,))
    with shell.reading() as reader:
        found = [one for one in template_list.every(reader) if _is_wanted(one, asked)]
        who = actors.names(reader, (one.draft.actor for one in found if one.draft))
    found.sort(key=_KEYS[asked.column], reverse=asked.descending)  # type: ignore[arg-type]
    table = Listing(
        asked, COLUMNS, found, Page([], None, None), searched="a template's name", choices=(STATE,),
        nothing="There is no template yet. A template says what cards look like and what they show.",
    )  # fmt: skip
    return shell.page(
        "templates/list.html", title="Templates", section=SECTION, listing=table, who=who, palette=theme.palette
    )


@role(TEMPLATES, SEE)
def template(template_id: str) -> Response:
    """GET /console/templates/<id>. Raises NotFound."""
    with shell.reading() as reader:
        found = template_list.one(reader, template_id)
        present = template_store.with_id(reader, template_id)
        draft = drafts.find(reader, present)
        who = actors.names(reader, [draft.actor] if draft else [])
    return shell.page(
        "templates/one.html",
        title=found.name,
        section=SECTION,
        subject=found,
        draft=draft,
        who=who,
        changes=sentence(differences(present, draft)) if draft else "",
        palette=theme.palette,
        words=words,
    )


@role(TEMPLATES, SEE)
def versions(template_id: str) -> Response:
    """GET /console/templates/<id>/versions: the newest first. Raises NotFound."""
    with shell.reading() as reader:
        present = template_store.with_id(reader, template_id)
        steps = [(step.version, sentence(step.changes)) for step in history.steps(reader, present)]
        who = actors.names(reader, (version.actor for version, _ in steps))
    return shell.page(
        "templates/versions.html",
        title=f"Versions of {present.name}",
        section=SECTION,
        subject=present,
        steps=steps[::-1],
        who=who,
        palette=theme.palette,
    )


@role(TEMPLATES, SEE)
def picture(asset_id: str) -> Response:
    """GET /console/templates/pictures/<id>: a picture of a template; its id is the hash of it. Raises NotFound."""
    with shell.reading() as reader:
        asset = assets.find(reader, asset_id)
    if asset is None:
        raise NotFound("there is no such picture, or it is no longer used")
    response = Response(asset.content, mimetype=asset.content_type)
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return shell.finished(response)


def _is_wanted(one: ListedTemplate, asked: listing.Asked) -> bool:
    if asked.search and fold(asked.search) not in fold(one.name):
        return False
    match asked.filters.get("state"):
        case "draft":
            return one.draft is not None
        case "published":
            return one.draft is None
        case "unbound":
            return not one.groups
    return True


ROUTES: shell.Routes = (
    ("/templates", templates, GET),
    ("/templates/<template_id>", template, GET),
    ("/templates/<template_id>/versions", versions, GET),
    ("/templates/pictures/<asset_id>", picture, GET),
)

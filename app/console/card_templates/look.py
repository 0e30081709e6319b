"""Previews: the real card page of somebody real, by a draft or by a form that nobody has saved."""

from __future__ import annotations

import base64
import binascii
import re

import orjson
from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, SEE, TEMPLATES
from app.cards import assets
from app.cards.designing import looking, saving
from app.cards.designing.typed import Typed, read
from app.cards.layout import THEMES, Design, Layout
from app.cards.pages import contrast, representations, theme
from app.cards.view import CardView
from app.console import shell
from app.console.card_templates.words import PATH
from app.console.shell import GET, POST
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.web import pages, scope

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
SPECIMEN = "specimen"
"""Stands for a person in addresses while the directory has nobody."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@role(TEMPLATES, SEE)
def preview(template_id: str) -> Response:
    """GET /console/templates/<id>/preview?person=<id>: by the draft, if there is one. Raises NotFound."""
    with shell.reading() as reader:
        now = saving.standing(reader, template_id)
        found = _of(reader, now, request.args.get("person"), now.name, (now.draft or now.template).layout)
    return _page(template_id, *found)


@role(TEMPLATES, CHANGE)
def preview_of_form(template_id: str) -> Response:
    """POST /console/templates/<id>/preview: by what is typed, or as plain text what is wrong with it, a line each.

    Nothing is saved. Raises NotFound.
    """
    typed = read(request.form.items(multi=True))
    with shell.reading() as reader:
        now = saving.standing(reader, template_id)
        judgement = saving.judge(reader, now.template, typed)
        if judgement.layout is None:
            said = "\n".join(said for sentences in judgement.problems.values() for said in sentences)
            return shell.finished(Response(said, content_type="text/plain; charset=utf-8"))
        found = _of(reader, now, typed.get("person"), judgement.name, judgement.layout)
    return _page(template_id, *found)


@role(TEMPLATES, CHANGE)
def colours() -> Response:
    """GET /console/templates/contrast?accent=&background=&theme=: what is to be said of them, a line each.

    A line begins with `fine` or `poor` and a tab.
    """
    lines = [f"{'fine' if one.fine else 'poor'}\t{one.said}" for one in advice_on(read(request.args.items()), "")]
    return shell.finished(Response("\n".join(lines), content_type="text/plain; charset=utf-8"))


def advice_on(typed: Typed, before: str = "design.") -> tuple[contrast.Advice, ...]:
    """What is to be said of the colours in a form; `before` is how the names of their places begin."""
    accent, background = (typed.get(f"{before}{key}").strip().lower() for key in ("accent", "background"))
    if not (_COLOUR.fullmatch(accent) and _COLOUR.fullmatch(background)):
        return (contrast.Advice(False, "Colours are written as # and six digits or letters up to f, such as #0b5fff."),)
    wanted = typed.get(f"{before}theme")
    return contrast.advice(Design(accent, background, wanted if wanted in THEMES else THEMES[0]))


@role(TEMPLATES, SEE)
def theme_css(template_id: str, person: str, look: str) -> Response:
    """GET …/preview/<person>/<look>/theme.css: the colours that `look` names."""
    return shell.finished(representations.sent(theme.css(_read_look(look)[0]).encode(), "text/css"))


@role(TEMPLATES, SEE)
def picture_in_preview(template_id: str, person: str, look: str, name: str) -> Response:
    """GET …/preview/<person>/<look>/logo, cover or poster: the picture that `look` names. Raises NotFound."""
    design, poster = _read_look(look)
    asset_id = {"logo": design.logo, "cover": design.cover, "poster": poster}[name]
    with shell.reading() as reader:
        asset = assets.find(reader, str(asset_id))
    return _there(None if asset is None else representations.sent(asset.content, asset.content_type))


@role(TEMPLATES, SEE)
def qr_in_preview(template_id: str, person: str, look: str) -> Response:
    """GET …/preview/<person>/<look>/qr.svg. Raises NotFound."""
    return _there(representations.qr_svg(_saved(template_id, person)))


@role(TEMPLATES, SEE)
def photo_in_preview(template_id: str, person: str, look: str, name: str) -> Response:
    """GET …/preview/<person>/<look>/photo/<name>. Raises NotFound."""
    return _there(representations.photo(_saved(template_id, person), asking.session().organization_id, name))


@role(TEMPLATES, SEE)
def contact_in_preview(template_id: str, person: str, look: str) -> Response:
    """GET …/preview/<person>/<look>.vcf: the contact by the draft as it is saved. Raises NotFound."""
    return _there(representations.contact(_saved(template_id, person), asking.session().organization_id))


def _of(reader: Reader, now: saving.Standing, person: str | None, name: str, layout: Layout) -> tuple[CardView, str]:
    row = looking.somebody(reader, now.template, person)
    person_id = row.person_id if row else None
    view = looking.view(reader, now.template, name, layout, person_id, scope.settings().public_url)
    return view, person_id or SPECIMEN


def _saved(template_id: str, person: str) -> CardView:
    with shell.reading() as reader:
        now = saving.standing(reader, template_id)
        wanted = None if person == SPECIMEN else person
        layout = (now.draft or now.template).layout
        return looking.view(reader, now.template, now.name, layout, wanted, scope.settings().public_url)


def _page(template_id: str, view: CardView, person: str) -> Response:
    below = pages.path(f"{PATH}/{template_id}/preview/{person}/{_look_of(view.layout)}")
    response = representations.page(view, below)
    response.headers["Content-Security-Policy"] = POLICY
    return shell.finished(response)


def _there(response: Response | None) -> Response:
    if response is None:
        raise NotFound("the card that is previewed has no such thing")
    return shell.finished(response)


def _look_of(layout: Layout) -> str:
    """What of a layout its page asks for by addresses of their own, as part of such an address."""
    design, video = layout.design, layout.video
    said = [design.accent, design.background, design.theme, design.logo, design.cover, video.poster if video else None]
    return base64.urlsafe_b64encode(orjson.dumps(said)).rstrip(b"=").decode()


def _read_look(look: str) -> tuple[Design, str | None]:
    """The design and the poster that `look` names. Raises NotFound for what `_look_of` never says."""
    try:
        accent, background, wanted, logo, cover, poster = orjson.loads(
            base64.urlsafe_b64decode(look + "=" * (-len(look) % 4))
        )
        lawful = wanted in THEMES and all(_COLOUR.fullmatch(one) for one in (accent, background))
    except (ValueError, TypeError, binascii.Error) as error:
        raise NotFound("there is no such preview") from error
    if not lawful:
        raise NotFound("there is no such preview")
    return Design(accent, background, wanted, logo=logo, cover=cover), poster


_BELOW = "/templates/<template_id>/preview/<person>/<look>"
ROUTES: shell.Routes = (
    ("/templates/contrast", colours, GET),
    ("/templates/<template_id>/preview", preview, GET),
    ("/templates/<template_id>/preview", preview_of_form, POST),
    (f"{_BELOW}/theme.css", theme_css, GET),
    (f"{_BELOW}/<any(logo, cover, poster):name>", picture_in_preview, GET),
    (f"{_BELOW}/qr.svg", qr_in_preview, GET),
    (f"{_BELOW}/photo/<name>", photo_in_preview, GET),
    (f"{_BELOW}.vcf", contact_in_preview, GET),
)

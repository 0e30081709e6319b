"""My card: `/me` and what hangs below it, for the person whose cards they are; listed in one place."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.cards.my import answers, device, editing, photo
from app.cards.my import views as my
from app.cards.pages.markup import static_files, static_url
from app.core.errors import Unavailable
from app.web import scope, words

STYLES = ("card.css", "my.css", "photo.css")


def create_blueprint() -> Blueprint:
    """All addresses of people's own cards."""
    bp = Blueprint("my", __name__)
    for rule, view in (
        ("/me", my.cards),
        ("/me/cards.css", my.cards_css),
        ("/me/app.webmanifest", device.manifest),
        ("/me/worker.js", device.worker),
        ("/me/<card_id>", my.card),
        ("/me/<card_id>.vcf", my.contact),
        ("/me/<card_id>/theme.css", my.theme_css),
        ("/me/<card_id>/photo/<name>", my.photo),
        ("/me/<card_id>/<any(logo, cover, poster):name>", my.picture),
        ("/me/<card_id>/qr.svg", my.qr_as_svg),
        ("/me/<card_id>/share", my.share),
        ("/me/<card_id>/qr", my.qr_page),
        ("/me/<card_id>/<path:rest>", my.nothing),
    ):
        bp.add_url_rule(rule, view.__name__, view)
    for rule, view in (
        ("/me/<card_id>/edit", editing.edit),
        ("/me/<card_id>/preview", editing.preview),
        ("/me/<card_id>/photo", photo.photo_page),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=["GET", "POST"])
    bp.add_url_rule("/me/<card_id>/claim", "claim", my.claim, methods=["POST"])
    bp.context_processor(static_files)
    bp.context_processor(_for_pages)
    bp.add_app_template_filter(words.day)
    bp.add_app_template_filter(words.moment)
    bp.after_request(answers.finished)
    bp.register_error_handler(HTTPException, answers.on_refusal)
    bp.register_error_handler(RequestEntityTooLarge, photo.on_too_large)
    bp.register_error_handler(Unavailable, answers.on_unavailable)
    return bp


def _for_pages() -> dict[str, object]:
    public_url = scope.settings().public_url
    return {
        "home": answers.home(),
        "files": {name: static_url(name, public_url) for name in (*STYLES, *device.FILES)},
    }

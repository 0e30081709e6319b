"""The public face: `/c/<id>` and what hangs below it, listed in one place."""

from __future__ import annotations

from flask import Blueprint

from app.cards.pages import views
from app.cards.pages.markup import STATIC_PATH, breakable, path_of, static_files


def create_blueprint() -> Blueprint:
    """All public addresses of cards. Both cases of the path answer, so that a QR code in upper case opens its card."""
    bp = Blueprint(
        "cards", __name__, template_folder="../templates", static_folder="../static", static_url_path=STATIC_PATH
    )
    for prefix in ("/c", "/C"):
        for rule, view in (
            ("/", views.nothing),
            ("/<card_id>", views.page),
            ("/<card_id>/", views.page),
            ("/<card_id>/<path:rest>", views.nothing),
            ("/<card_id>.vcf", views.contact),
            ("/<card_id>/theme.css", views.theme_css),
            ("/<card_id>/qr.svg", views.qr_as_svg),
            ("/<card_id>/qr.png", views.qr_as_png),
            ("/<card_id>/photo/<name>", views.photo),
            ("/<card_id>/<any(logo, cover, poster):name>", views.picture),
        ):
            bp.add_url_rule(f"{prefix}{rule}", f"{view.__name__}_{'upper' if prefix == '/C' else 'lower'}", view)
    bp.context_processor(static_files)
    bp.add_app_template_filter(breakable)
    bp.add_app_template_filter(path_of)
    return bp

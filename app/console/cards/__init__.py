"""Cards: the list, what is done to many of them, and each one with why it is as it is."""

from __future__ import annotations

from app.console.cards import listed, many, one, photo, values
from app.console.shell import BOTH, GET, POST, Routes

ROUTES: Routes = (
    ("/cards", listed.cards, GET),
    ("/cards.csv", listed.cards_as_csv, GET),
    ("/cards/many", many.preview, POST),
    ("/cards/many/do", many.carry_out, POST),
    ("/cards/many/move.csv", many.move_as_csv, POST),
    ("/cards/waiting", listed.queue, GET),
    ("/cards/issue", many.issue, BOTH),
    ("/cards/<card_id>", one.card, GET),
    ("/cards/<card_id>/preview", one.preview, GET),
    ("/cards/<card_id>/preview/theme.css", one.theme_css, GET),
    ("/cards/<card_id>/preview/photo/<name>", one.photo, GET),
    ("/cards/<card_id>/preview/<any(logo, cover, poster):name>", one.picture, GET),
    ("/cards/<card_id>/preview/qr.svg", one.qr_svg, GET),
    ("/cards/<card_id>/face", one.face, GET),
    ("/cards/<card_id>/photo", photo.photo_page, BOTH),
    ("/cards/<card_id>/values/<key>", values.value, BOTH),
    ("/cards/<card_id>/values/<key>/revert", values.revert, POST),
)

"""An admin replaces a card's photo in the console, unless its template follows the directory always."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from app.auth.sign_in.roles import TEMPLATE_ADMIN
from app.core.jobs import running
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.wiring import JOBS
from tests.cards.conftest import Company
from tests.console.conftest import HERE, Admin, text_of
from tests.console.test_cards import id_of

EDITABLE = """
templates:
  - name: Sales
    general: {name: {sync: always}}
    photo: {sync: unless_edited}
"""


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (300, 200), "#336699").save(drawn, "JPEG")
    return drawn.getvalue()


def send(admin: Admin, card: str, content: bytes, **fields: str) -> Any:
    data = {"csrf_token": admin.csrf, "act": "upload", "photo": (BytesIO(content), "me.jpg"), **fields}
    return admin.http.post(f"/console/cards/{card}/photo", data=data, base_url=HERE)


def test_a_photo_that_is_sent_shows_once_it_is_drawn_and_is_given_back(
    owner: Admin, nordwind: Company, database: Database, settings: Settings, audited: Callable[[str], list[Any]]
) -> None:
    nordwind.apply(EDITABLE)
    card = id_of(nordwind)

    sent = send(owner, card, picture(), left="0.1", top="0", edge="0.6")
    waiting = text_of(owner.get(f"/console/cards/{card}/photo"))
    running.run(database, settings, running.named(JOBS, "uploads"))
    drawn = owner.get(f"/console/cards/{card}/photo")
    owner.post(f"/console/cards/{card}/photo", act="revert")

    assert sent.status_code == 303
    assert "is being prepared" in waiting
    assert "Set by an admin" in text_of(drawn)
    assert f"/console/cards/{card}/preview/photo/" in drawn.text
    assert "There is no photo" in text_of(owner.get(f"/console/cards/{card}/photo"))
    assert len(audited("card.photo_sent")) == 1


@pytest.mark.parametrize("content", [b"GIF89a" + b"x" * 100, b"<svg/>", b""], ids=["GIF", "SVG", "nothing"])
def test_what_is_no_photo_is_refused_at_the_field(owner: Admin, nordwind: Company, content: bytes) -> None:
    nordwind.apply(EDITABLE)

    answer = send(owner, id_of(nordwind), content)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_photo_that_follows_the_directory_always_is_not_replaced(owner: Admin, nordwind: Company) -> None:
    card = id_of(nordwind)

    answer = send(owner, card, picture())

    assert answer.status_code == 422
    assert "always follows the directory" in text_of(owner.get(f"/console/cards/{card}/photo"))


def test_lists_show_the_photo_and_a_card_that_is_down_shows_none(
    owner: Admin, nordwind: Company, database: Database, settings: Settings
) -> None:
    nordwind.apply(EDITABLE)
    card = id_of(nordwind)
    initials = owner.http.get(f"/console/cards/{card}/face", base_url=HERE)
    send(owner, card, picture())
    running.run(database, settings, running.named(JOBS, "uploads"))

    photo = owner.http.get(f"/console/cards/{card}/face", base_url=HERE)
    listed = [owner.get(path).text for path in ("/console/cards", "/console/people")]
    nordwind.leave("Cards - Sales", "ines")

    assert (initials.mimetype, photo.mimetype) == ("image/svg+xml", "image/jpeg")
    assert all(f"/console/cards/{card}/face" in page for page in listed)
    assert owner.http.get(f"/console/cards/{card}/face", base_url=HERE).status_code == 404
    assert f"/console/cards/{card}/face" not in owner.get("/console/people").text


def test_who_may_not_change_cards_sends_no_photo(as_role: Callable[..., Admin], nordwind: Company) -> None:
    assert send(as_role(TEMPLATE_ADMIN), id_of(nordwind), picture()).status_code == 403

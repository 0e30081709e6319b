"""Sending a photo for one's own card over HTTP: what shows when, what is refused and why, and the ways back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.cards import by_hand, editing
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.photos import images
from app.photos.tables import photo_uploads
from tests.cards.conftest import Company
from tests.my_card.conftest import CARDS, Person, refusals
from tests.photos.conftest import coloured, pushed
from tests.photos.pictures import halves, saved
from tests.support.photos import addresses, draw_sent, prepare

SignIn = Callable[[str], Person]
OURS = CARDS.replace("photo: {sync: always}", "photo: {sync: unless_edited, editable: true}")
FORMATS = "JPEG, PNG or WebP, up to 25 MB and 50 megapixels"


@pytest.fixture
def nordwind(nordwind: Company) -> Company:
    """The company, whose people may change their photos."""
    nordwind.apply(OURS)
    return nordwind


@pytest.fixture
def ines(signed_in: SignIn) -> Person:
    return signed_in("ines")


@pytest.fixture
def card(nordwind: Company) -> str:
    """The public id of Ines' card."""
    return nordwind.card_ids()["ines", "Sales"]


def seen(app: Flask, card: str) -> tuple[int, ...] | None:
    """The colour that visitors see in the corner of the photo, in steps; None where there is none."""
    visitor = app.test_client()
    found = [address for address in addresses(visitor.get(f"/c/{card}").text) if address.endswith(".jpg")]
    if not found:
        return None
    colour = Image.open(io.BytesIO(visitor.get(found[-1]).data)).convert("RGB").getpixel((3, 3))
    assert isinstance(colour, tuple)
    return tuple(round(value / 64) * 64 for value in colour)


RED, LIME, BLUE = (256, 0, 0), (0, 256, 0), (0, 0, 256)


def waiting(company: Company) -> int:
    """How many photos were sent and are neither used nor refused."""
    statement = select(func.count()).select_from(photo_uploads).where(photo_uploads.c.organization_id == ORGANIZATION)
    with company.database.read(company.organization_id) as reader:
        return int(reader.execute(statement.where(photo_uploads.c.refusal.is_(None))).scalar_one())


def audited(company: Company, card: str) -> list[tuple[str, str]]:
    """Who did what to the card, in order."""
    [row] = [row for row in company.card_rows() if row.public_id == card]
    statement = (
        select(audit_log)
        .where(
            audit_log.c.organization_id == ORGANIZATION,
            audit_log.c.subject == row.id,
            audit_log.c.action.in_(("card.photo_sent", "card.photo_refused", "card.value_set", "card.value_reverted")),
        )
        .order_by(audit_log.c.at)
    )
    with company.database.read(company.organization_id) as reader:
        return [(line.action, line.actor.partition(":")[0]) for line in reader.execute(statement)]


def test_a_photo_that_was_sent_shows_once_it_is_drawn_and_what_was_there_until_then(
    nordwind: Company, app: Flask, ines: Person, card: str
) -> None:
    nordwind.change("ines", photos=pushed("red"))
    prepare(app)

    answer = ines.send(card, coloured("lime"))
    between, page = seen(app, card), ines.get(f"/me/{card}/photo").text
    said = draw_sent(app)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/me/{card}/photo")
    assert between == RED
    assert "is being prepared. It will show here by itself" in page
    assert said == "Made 1 photos their cards' own, refused 0."
    assert seen(app, card) == LIME
    assert "Your own photo, since" in ines.get(f"/me/{card}/photo").text
    assert audited(nordwind, card) == [("card.photo_sent", "person"), ("card.value_set", "person")]


def test_what_was_sent_is_kept_only_until_it_is_drawn(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    ines.send(card, coloured("lime"))
    before = waiting(nordwind)

    draw_sent(app)

    assert (before, waiting(nordwind)) == (1, 0)


def test_the_latest_that_was_sent_counts(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    ines.send(card, coloured("red"))
    ines.send(card, coloured("lime"))

    said = draw_sent(app)

    assert said.startswith("Made 1 ")
    assert seen(app, card) == LIME


@pytest.mark.parametrize(
    ("part", "colour"),
    [
        pytest.param({}, RED, id="without scripts the middle"),
        pytest.param({"left": "0", "top": "0", "edge": "0.5"}, RED, id="upper left"),
        pytest.param({"left": "0.6667", "top": "0.5", "edge": "0.5"}, BLUE, id="lower right"),
        pytest.param({"left": "0.6668", "top": "0.5001", "edge": "0.5"}, BLUE, id="beyond the edge by rounding"),
    ],
)
def test_the_part_that_was_chosen_shows(
    nordwind: Company, app: Flask, ines: Person, card: str, part: dict[str, str], colour: tuple[int, ...]
) -> None:
    ines.send(card, saved(halves((600, 400), "red", "blue"), "PNG"), **part)

    draw_sent(app)

    assert seen(app, card) == colour


NO_PART = "The part that was chosen is none of this picture"


@pytest.mark.parametrize(
    ("content", "fields", "sentence"),
    [
        pytest.param(None, {}, "Choose a file first.", id="no file"),
        pytest.param(b"", {}, "The photo is empty", id="an empty file"),
        pytest.param(b"<svg/>", {}, "The photo is a web page or a drawing; JPEG, PNG and WebP are shown.", id="SVG"),
        pytest.param(b"GIF89a", {}, "The photo is a GIF; JPEG, PNG and WebP are shown.", id="GIF"),
        pytest.param(coloured("red")[:-9], {}, "The photo is cut off or damaged.", id="half a file"),
        pytest.param(coloured("red"), {"left": "x", "top": "0", "edge": "1"}, NO_PART, id="no number"),
        pytest.param(coloured("red"), {"left": "nan", "top": "0", "edge": "1"}, NO_PART, id="NaN"),
        pytest.param(coloured("red"), {"left": "0", "top": "0", "edge": "1e9"}, NO_PART, id="far too large"),
        pytest.param(coloured("red"), {"left": "-0.1", "top": "0", "edge": "1"}, NO_PART, id="outside"),
        pytest.param(coloured("red"), {"left": "0.1"}, NO_PART, id="one number of three"),
        pytest.param(coloured("red"), {"left": "0", "top": "0", "edge": "0"}, NO_PART, id="nothing of it"),
    ],
)
def test_what_cannot_be_a_photo_is_refused_at_once_where_it_was_chosen(
    nordwind: Company, ines: Person, card: str, content: bytes | None, fields: dict[str, str], sentence: str
) -> None:
    answer = ines.send(card, content, **fields)

    assert answer.status_code == 422
    assert f'role="alert">{sentence}' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert FORMATS in answer.text
    assert (waiting(nordwind), audited(nordwind, card)) == (0, [])


TOO_LARGE = "The photo is larger than 25 MB."


def test_too_many_bytes_are_refused_where_they_were_chosen(nordwind: Company, ines: Person, card: str) -> None:
    answer = ines.send(card, b"\xff\xd8\xff" + bytes(images.MAX_BYTES))

    assert (answer.status_code, waiting(nordwind)) == (422, 0)
    assert TOO_LARGE in answer.text


def test_far_too_many_are_refused_in_the_same_words_before_they_are_read(
    nordwind: Company, ines: Person, card: str
) -> None:
    answer = ines.post(f"/me/{card}/photo", {"act": "upload"}, 60 * 1024**2)

    assert (answer.status_code, waiting(nordwind)) == (413, 0)
    assert TOO_LARGE in answer.text
    assert 'id="photo-file"' in answer.text


def test_what_turns_out_to_be_damaged_leaves_the_photo_that_was_there_and_says_so(
    nordwind: Company, app: Flask, ines: Person, card: str
) -> None:
    ines.send(card, coloured("lime"))
    draw_sent(app)
    damaged = bytearray(coloured("red"))
    damaged[damaged.index(b"IDAT") + 8] ^= 0xFF

    sent = ines.send(card, bytes(damaged))
    said = draw_sent(app)
    page = ines.get(f"/me/{card}/photo").text

    assert (sent.status_code, said) == (303, "Made 0 photos their cards' own, refused 1.")
    assert seen(app, card) == LIME
    assert "is not used.</strong> The photo is cut off or damaged." in page
    assert audited(nordwind, card)[-1] == ("card.photo_refused", "person")


@pytest.mark.parametrize("mode", ["sync: always", "sync: unless_edited", "sync: never", "sync: once"])
@pytest.mark.parametrize("act", ["upload", "revert", "remove"])
@pytest.mark.parametrize("content", [coloured("red"), b"<svg/>"], ids=["a photo", "none"])
def test_a_photo_that_is_not_theirs_to_change_is_refused_and_recorded(
    nordwind: Company, ines: Person, card: str, mode: str, act: str, content: bytes
) -> None:
    form = ines.get(f"/me/{card}/photo")
    nordwind.apply(CARDS.replace("photo: {sync: always}", f"photo: {{{mode}}}"))

    page = ines.get(f"/me/{card}/photo").text
    answer = ines.send(card, content, act=act)

    [row] = [row for row in nordwind.card_rows() if row.public_id == card]
    assert 'id="photo-file"' in form.text
    assert 'id="photo-file"' not in page
    assert answer.status_code == 403
    assert "not yours to change" in answer.text
    assert (row.own, waiting(nordwind)) == (None, 0)
    assert refusals(nordwind) == [
        (f"person:{row.person_id}", row.id, {"person": row.person_id, "reason": "locked", "keys": ["photo"]})
    ]


def test_what_was_sent_before_the_template_was_locked_is_not_used(
    nordwind: Company, app: Flask, ines: Person, card: str
) -> None:
    ines.send(card, coloured("lime"))
    nordwind.apply(CARDS)

    draw_sent(app)

    assert seen(app, card) is None
    assert "Photo always shows what the directory says" in ines.get(f"/me/{card}/photo").text


def test_it_can_be_given_back_and_removed(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    nordwind.change("ines", photos=pushed("red"))
    prepare(app)
    ines.send(card, coloured("lime"))
    draw_sent(app)

    ines.send(card, act="remove")
    removed, page = seen(app, card), ines.get(f"/me/{card}/photo").text
    ines.send(card, act="revert")
    reverted = ines.get(f"/me/{card}/photo").text

    assert removed is None
    assert "Removed on" in page
    assert ">IN<" not in page
    assert "Go back to the directory" in page
    assert seen(app, card) == RED
    assert "From your directory, since" in reverted
    assert "Go back to the directory" not in reverted


@pytest.mark.parametrize("act", ["remove", "revert"])
def test_taking_it_back_counts_for_what_still_waits(
    nordwind: Company, app: Flask, ines: Person, card: str, act: str
) -> None:
    ines.send(card, coloured("lime"))

    ines.send(card, act=act)

    assert draw_sent(app).startswith("Made 0 ")
    assert seen(app, card) is None


def test_what_an_admin_set_meanwhile_is_not_overwritten(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    ines.send(card, coloured("lime"))

    nordwind.write(lambda tx: editing.set_value(tx, card, "photo", ""))
    draw_sent(app)

    assert seen(app, card) is None
    assert "Removed on" in ines.get(f"/me/{card}/photo").text


def test_a_card_that_was_deleted_meanwhile_gets_none(nordwind: Company, app: Flask, ines: Person, card: str) -> None:
    ines.send(card, coloured("lime"))
    nordwind.write(lambda tx: by_hand.delete(tx, [card]))

    said = draw_sent(app)

    assert said == "Made 1 photos their cards' own, refused 0."
    assert waiting(nordwind) == 0


def test_while_the_store_is_away_what_was_sent_waits(
    nordwind: Company, app: Flask, ines: Person, card: str, tmp_path: Path
) -> None:
    (tmp_path / "photos").write_text("in the way")
    ines.send(card, coloured("lime"))
    with pytest.raises(Exception, match="The store of photos cannot be used at the moment"):
        draw_sent(app)

    (tmp_path / "photos").unlink()
    draw_sent(app)

    assert seen(app, card) == LIME


@pytest.mark.parametrize("act", ["upload", "revert", "remove", "publish"])
def test_another_persons_card_is_none_of_theirs(nordwind: Company, ines: Person, card: str, act: str) -> None:
    other = nordwind.card_ids()["olaf", "Sales"]
    token = ines.form(card)["csrf_token"]

    answer = ines.post(f"/me/{other}/photo", {"csrf_token": token, "act": act})

    assert answer.status_code == 404
    assert (waiting(nordwind), ines.get(f"/me/{other}/photo").status_code) == (0, 404)


def test_a_form_without_the_sessions_token_changes_nothing(nordwind: Company, ines: Person, card: str) -> None:
    answer = ines.send(card, coloured("lime"), csrf_token="forged")

    assert answer.status_code == 403
    assert waiting(nordwind) == 0


def test_a_card_without_a_photo_has_no_page_for_one(nordwind: Company, signed_in: SignIn) -> None:
    wardens = nordwind.card_ids()["olaf", "Wardens"]

    assert signed_in("olaf").get(f"/me/{wardens}/photo").status_code == 404


def test_the_form_of_the_card_leads_there_where_the_photo_is_theirs(nordwind: Company, ines: Person, card: str) -> None:
    ours = ines.get(f"/me/{card}/edit").text
    nordwind.apply(CARDS)

    theirs = ines.get(f"/me/{card}/edit").text

    assert f'href="/me/{card}/photo">Change my photo' in ours
    assert "Change my photo" not in theirs
    assert "From your directory: ask IT" in theirs

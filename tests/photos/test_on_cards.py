"""A photo on a card: the page, its addresses, the contact; before it is prepared, and after the person has left."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
import vobject
from PIL import Image
from sqlalchemy import select

from app.core.db import ORGANIZATION
from app.photos.tables import photo_files
from tests.photos.conftest import Pictured, pushed
from tests.photos.pictures import said_in
from tests.support.photos import prepare


def test_until_it_is_prepared_initials_stand_in(ines: Pictured) -> None:
    ines.company.change("ines", photos=pushed("red"))
    before = ines.photos()

    said = prepare(ines.app)

    assert before == []
    assert said == "Prepared 1 photos, refused 0."
    assert len(ines.photos()) == 4


def test_the_page_offers_all_sizes_in_both_kinds_and_keeps_their_room(ines: Pictured) -> None:
    ines.push("red")

    page = ines.page()

    assert {(size, kind) for size, kind in re.findall(r"-(\d+)\.(jpg|webp)", page)} == {
        (size, kind) for size in ("96", "200") for kind in ("jpg", "webp")
    }
    assert re.search(r'<img [^>]*width="152" height="152">', page)
    assert re.search(r'og:image" content="https://cards.example/c/\w+/photo/\w+-200.jpg"', page)
    assert ">IJ</span>" in page, "behind the photo, for when it does not come"


def test_every_address_answers_with_its_size_and_says_nothing_about_the_picture(ines: Pictured) -> None:
    ines.push("red")

    for address in ines.photos():
        answer = ines.visitor.get(address)
        picture = Image.open(io.BytesIO(answer.data))
        again = ines.visitor.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert f"-{picture.width}." in address
        assert answer.content_type == {"JPEG": "image/jpeg", "WEBP": "image/webp"}[picture.format or ""]
        assert answer.headers["Cache-Control"] == "no-cache"
        assert list(said_in(answer.data)) == []
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda address: re.sub(r"-\d+\.", "-97.", address), id="a size that there is not"),
        pytest.param(lambda address: address.replace("/photo/", "/photo/0"), id="no name"),
        pytest.param(lambda address: re.sub(r"[0-9a-f]{64}", "0" * 64, address), id="another's name"),
        pytest.param(lambda address: address.rpartition("/")[0], id="no file"),
    ],
)
def test_no_other_address_answers(ines: Pictured, change: object) -> None:
    ines.push("red")

    answer = ines.visitor.get(change(ines.photos()[0]))  # type: ignore[operator]

    assert answer.status_code == 404


def test_the_address_of_the_photo_before_answers_no_more(ines: Pictured) -> None:
    ines.push("red")
    before = ines.photos()

    ines.push("blue")

    assert set(before).isdisjoint(ines.photos())
    assert {ines.visitor.get(address).status_code for address in before} == {404}


def test_removal_is_immediate(ines: Pictured) -> None:
    ines.push("red")
    before = ines.photos()

    ines.company.change("ines", photos=None)

    assert ines.photos() == []
    assert {ines.visitor.get(address).status_code for address in before} == {404}
    assert "PHOTO" not in ines.visitor.get(f"/c/{ines.public_id}.vcf").text


def test_a_leavers_is_gone_at_the_next_request_and_back_with_them(ines: Pictured) -> None:
    ines.push("red")
    before = ines.photos()
    etag = ines.visitor.get(before[0]).headers["ETag"]

    ines.company.change("ines", active=False)
    gone = {ines.visitor.get(address, headers={"If-None-Match": etag}).status_code for address in before}
    page = ines.page()
    ines.company.change("ines", active=True)

    assert gone == {410}
    assert "/photo/" not in page
    assert ines.photos() == before


def test_the_contact_carries_a_jpeg_of_at_most_60_kilobytes(ines: Pictured) -> None:
    out = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).save(out, "JPEG")
    photo = {"type": "photo", "value": "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()}
    ines.company.change("ines", photos=[photo])
    prepare(ines.app)

    contact = vobject.readOne(ines.visitor.get(f"/c/{ines.public_id}.vcf").text)

    assert contact.photo.params == {"ENCODING": ["b"], "TYPE": ["JPEG"]}
    assert len(contact.photo.value) <= 60_000
    assert Image.open(io.BytesIO(contact.photo.value)).size == (512, 512)


def test_while_a_new_photo_waits_the_old_one_shows(ines: Pictured) -> None:
    ines.push("red")
    before = ines.photos()
    etag = ines.visitor.get(f"/c/{ines.public_id}").headers["ETag"]

    ines.company.change("ines", photos=pushed("blue"))
    meanwhile, contact = ines.photos(), ines.visitor.get(f"/c/{ines.public_id}.vcf").text
    found = {ines.visitor.get(address).status_code for address in meanwhile}
    between = ines.visitor.get(f"/c/{ines.public_id}").headers["ETag"]
    prepare(ines.app)

    assert (meanwhile, found) == (before, {200})
    assert "PHOTO;" in contact
    assert set(ines.photos()).isdisjoint(before)
    assert len({etag, between, ines.visitor.get(f"/c/{ines.public_id}").headers["ETag"]}) == 3


def test_while_several_wait_the_last_that_was_ready_shows(ines: Pictured) -> None:
    ines.push("red")
    before = ines.photos()

    for colour in ("blue", "lime", "white"):
        ines.company.change("ines", photos=pushed(colour))

    assert ines.photos() == before


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(None, id="it was removed in between"),
        pytest.param(
            [{"type": "photo", "value": "data:image/png;base64,R0lGODlh"}], id="one that is none came in between"
        ),
    ],
)
def test_what_the_directory_does_not_say_any_more_does_not_come_back(ines: Pictured, between: object) -> None:
    ines.push("red")
    ines.company.change("ines", photos=between)
    prepare(ines.app)

    ines.company.change("ines", photos=pushed("blue"))

    assert ines.photos() == []


def test_a_new_photo_that_is_none_takes_the_old_one_with_it(ines: Pictured) -> None:
    ines.push("red")
    ines.company.change("ines", photos=[{"type": "photo", "value": "data:image/png;base64,R0lGODlh"}])
    meanwhile = ines.photos()

    prepare(ines.app)

    assert len(meanwhile) == 4
    assert ines.photos() == []


def test_what_is_no_photo_is_refused_and_initials_stay(ines: Pictured) -> None:
    ines.company.change("ines", photos=[{"type": "photo", "value": "data:image/png;base64,PHN2Zz4="}])

    said = prepare(ines.app)

    assert said == "Prepared 0 photos, refused 1."
    assert ines.photos() == []


def test_the_same_photo_of_two_people_is_stored_once(ines: Pictured) -> None:
    ines.company.hire("mara", photos=pushed("red"))
    ines.company.group("Others", "mara")

    ines.push("red")

    with ines.company.database.read(ines.company.organization_id) as reader:
        files = reader.execute(select(photo_files).where(photo_files.c.organization_id == ORGANIZATION)).all()
    assert len(files) == 4


def test_the_store_going_away_leaves_the_card_and_a_retry(ines: Pictured, tmp_path: Path) -> None:
    ines.push("red")
    [first, *_] = ines.photos()
    (tmp_path / "photos").rename(tmp_path / "away")

    page, photo = ines.visitor.get(f"/c/{ines.public_id}"), ines.visitor.get(first)
    contact = ines.visitor.get(f"/c/{ines.public_id}.vcf")
    (tmp_path / "away").rename(tmp_path / "photos")

    assert (page.status_code, photo.status_code, contact.status_code) == (200, 503, 200)
    assert photo.headers["Retry-After"]
    assert "PHOTO" not in contact.text
    assert ines.visitor.get(first).status_code == 200


def test_a_photo_that_could_not_be_stored_waits(ines: Pictured, tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("in the way")
    ines.company.change("ines", photos=pushed("red"))
    with pytest.raises(Exception, match="The store of photos cannot be used at the moment"):
        prepare(ines.app)

    (tmp_path / "photos").unlink()
    prepare(ines.app)

    assert len(ines.photos()) == 4

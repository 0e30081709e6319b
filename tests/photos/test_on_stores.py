"""Photos of cards in a folder and in an S3 store: the same results, also when the store goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.engine import URL

from app import create_app
from app.cards import photo_sweep
from app.core import clock
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.core.stores import StoreAway
from tests.photos.conftest import Pictured, coloured, pushed
from tests.photos.places import KINDS, Place, opened_place
from tests.support.photos import draw_sent, prepare


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with opened_place(request.param, tmp_path) as place:
        yield place


@pytest.fixture
def app(database_url: URL, tmp_path: Path, place: Place) -> Iterator[Flask]:
    """The web application, which keeps its photos there."""
    app = create_app(
        Settings(
            database_url=database_url, data_dir=tmp_path, public_url="https://cards.example", photo_store=place.store
        )
    )
    yield app
    app.extensions["lanyard.chores"].end()
    app.extensions["lanyard.database"].close()


def sweep(app: Flask) -> str:
    with time_machine.travel(clock.now() + timedelta(days=2)):
        return photo_sweep.sweep(Working(app.extensions["lanyard.database"], app.extensions["lanyard.settings"], "run"))


def test_what_is_stored_is_what_is_served(ines: Pictured, place: Place) -> None:
    ines.push("red")

    answers = [ines.visitor.get(address) for address in ines.photos()]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.data for answer in answers) == place.contents()


def test_what_nothing_names_any_more_goes(ines: Pictured, place: Place) -> None:
    ines.push("red")
    ines.push("blue")

    said = sweep(ines.app)

    assert said == "Deleted 4 files of photos."
    assert sorted(ines.visitor.get(address).data for address in ines.photos()) == place.contents()


def test_while_the_store_is_away_cards_do_without_and_then_have_it_again(ines: Pictured, place: Place) -> None:
    ines.push("red")
    [first, *_] = ines.photos()
    place.leave()

    page, photo = ines.visitor.get(f"/c/{ines.public_id}"), ines.visitor.get(first)
    contact = ines.visitor.get(f"/c/{ines.public_id}.vcf")
    place.come_back()

    assert (page.status_code, photo.status_code, contact.status_code) == (200, 503, 200)
    assert photo.headers["Retry-After"]
    assert ">IJ</span>" in page.text
    assert "PHOTO" not in contact.text
    assert ines.visitor.get(first).status_code == 200
    asked_again = {"If-None-Match": contact.headers["ETag"]}
    assert "PHOTO;" in ines.visitor.get(f"/c/{ines.public_id}.vcf", headers=asked_again).text


def test_photos_that_come_while_the_store_is_away_are_drawn_afterwards(ines: Pictured, place: Place) -> None:
    ines.template("unless_edited", editable=True)
    ines.push("red")
    before = ines.photos()
    place.leave()

    ines.company.change("ines", photos=pushed("blue"))
    with pytest.raises(StoreAway):
        prepare(ines.app)
    sent = ines.holder().send(ines.public_id, coloured("lime"))
    with pytest.raises(StoreAway):
        draw_sent(ines.app)
    meanwhile = ines.photos()
    place.come_back()
    said = (prepare(ines.app), draw_sent(ines.app))

    assert (sent.status_code, meanwhile) == (303, before)
    assert said == ("Prepared 1 photos, refused 0.", "Made 1 photos their cards' own, refused 0.")
    assert {ines.visitor.get(address).status_code for address in ines.photos()} == {200}

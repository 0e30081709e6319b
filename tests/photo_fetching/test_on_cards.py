"""From an address in SCIM `photos` to the photo on a card, and what becomes of it when either changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from app.cards import photo_sweep
from app.cli import main
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.jobs.running import Working
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.photos import preparing
from app.photos.fetching import fetching_job, waiting
from app.photos.fetching.fetcher import NOT_FETCHED, Fetcher
from app.photos.images import named
from app.photos.tables import photo_fetches
from tests.cards.conftest import Company
from tests.photos.conftest import Pictured, coloured
from tests.support.photo_server import PhotoServer

RED, BLUE = coloured("red"), coloured("blue")
DAY = timedelta(days=1, minutes=1)


class Fetching:
    """Ines' photo at an address, fetched as the job does."""

    def __init__(self, ines: Pictured, app: Flask, fetcher: Fetcher, url: URL, travel: time_machine.Traveller) -> None:
        self.ines, self._fetcher, self._url, self._travel = ines, fetcher, url, travel
        self._working = Working(app.extensions["lanyard.database"], app.extensions["lanyard.settings"], "run")

    def push(self, *addresses: str) -> None:
        kinds = zip(("photo", "thumbnail"), addresses, strict=False)
        photos = [{"type": kind, "value": address} for kind, address in kinds]
        self.ines.company.change("ines", photos=photos or None)

    def fetch(self) -> str:
        return fetching_job.fetch(self._working, self._fetcher).removeprefix("Photos at web addresses: ").rstrip(".")

    def later(self, time: timedelta = DAY) -> None:
        self._travel.shift(time)

    def is_due(self) -> bool:
        with self._working.database.read(None) as reader:
            return waiting.is_due(reader, clock.now())

    def turns(self) -> int:
        """How many photos are known by their address."""
        with self._working.database.read(self.ines.company.organization_id) as reader:
            ours = photo_fetches.c.organization_id == ORGANIZATION
            found: int = reader.execute(select(func.count()).select_from(photo_fetches).where(ours)).scalar_one()
            return found

    def sweep(self) -> str:
        return photo_sweep.sweep(self._working)

    def shows(self, content: bytes | None) -> bool:
        """Whether the card shows this photo, and nothing but it."""
        addresses = self.ines.photos()
        there = all(self.ines.visitor.get(address).status_code == 200 for address in addresses)
        shown = {address.split("/")[-1].split("-")[0] for address in addresses}
        return there and shown == ({named(content)} if content else set())

    def lanyard(self, *arguments: str) -> str:
        url = self._url.render_as_string(hide_password=False)
        environment = {"DATABASE_URL": url, "LANYARD_PUBLIC_URL": "https://cards.example"}
        return CliRunner().invoke(main, arguments, env=environment).stdout

    def why(self) -> str:
        said = json.loads(self.lanyard("people", "why", "--org", "nordwind", "ines@nordwind.example", "--json"))
        value: str = said["cards"][0]["values"]["photo"]["value"]
        return value

    def findings(self) -> list[tuple[str, str, str]]:
        found = json.loads(self.lanyard("quality", "--org", "nordwind", "--json"))
        return [(one["field"], one["value"], one["problem"]) for one in found if one["kind"] == "photo"]


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    return Company(database, organization.id)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.now(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def fetching(
    nordwind: Company,
    app: Flask,
    new_fetcher: Callable[..., Fetcher],
    database_url: URL,
    travel: time_machine.Traveller,
) -> Fetching:
    ines = Pictured(nordwind, app)
    ines.template()
    return Fetching(ines, app, new_fetcher(), database_url, travel)


def test_a_photo_is_fetched_and_shown(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED)

    fetching.push(address("/ines.png"))
    before = fetching.shows(None), fetching.why(), fetching.is_due()

    assert before == (True, "It is being prepared; until then the photo before it shows, or initials.", True)
    assert fetching.fetch() == "1 new"
    assert (fetching.shows(RED), fetching.is_due()) == (True, False)
    assert fetching.why().endswith(f"{named(RED)}-200.jpg")


def test_the_job_of_pushed_photos_leaves_it_alone(
    fetching: Fetching, app: Flask, address: Callable[[str], str]
) -> None:
    fetching.push(address("/ines.png"))

    said = preparing.prepare(Working(app.extensions["lanyard.database"], app.extensions["lanyard.settings"], "run"))

    assert said == "Prepared 0 photos, refused 0."


def test_it_is_looked_at_once_a_day_and_fetched_where_it_has_changed(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED, ETag='"1"')
    fetching.push(address("/ines.png"))
    first = fetching.fetch(), fetching.fetch()
    fetching.later()
    photo_host.serve("/ines.png", b"", 304)
    second = fetching.fetch(), fetching.shows(RED), photo_host.asked[-1][1]["If-None-Match"]
    fetching.later()
    photo_host.serve("/ines.png", BLUE)
    third = fetching.fetch(), fetching.shows(BLUE)

    assert first == ("1 new", "none was due")
    assert second == ("1 unchanged", True, '"1"')
    assert third == ("1 new", True)


def test_the_same_bytes_without_a_version_are_no_change(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED)
    fetching.push(address("/ines.png"))
    fetching.fetch()
    card = fetching.ines.visitor.get(f"/c/{fetching.ines.public_id}").headers["ETag"]
    fetching.later()

    assert fetching.fetch() == "1 unchanged"
    assert fetching.ines.visitor.get(f"/c/{fetching.ines.public_id}").headers["ETag"] == card


def test_another_address_is_fetched_and_a_removal_counts_at_once(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/red.png", RED)
    photo_host.serve("/blue.png", BLUE)
    fetching.push(address("/red.png"))
    fetching.fetch()

    fetching.push(address("/blue.png"))
    fetching.fetch()
    other = fetching.shows(BLUE)
    fetching.push()

    assert (other, fetching.shows(None)) == (True, True)
    fetching.later()
    assert (fetching.fetch(), photo_host.times("/red.png"), photo_host.times("/blue.png")) == ("none was due", 1, 1)


def test_what_does_not_come_is_tried_four_times_and_then_a_finding(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    here, nowhere = address("/gone.png"), "https://elsewhere.example/ines.png"
    fetching.push(here, nowhere)
    for pause in (*waiting.AGAIN_AFTER, None):
        tried = fetching.fetch(), fetching.findings(), fetching.fetch()
        assert tried == (("2 put off", [], "none was due") if pause else ("2 failed", tried[1], "none was due"))
        fetching.later(pause or timedelta(0))

    assert fetching.findings() == [
        ('photos[type eq "photo"].value', here, "The server at the photo's address answers 404 instead of a photo."),
        ('photos[type eq "thumbnail"].value', nowhere, NOT_FETCHED),
    ]
    assert (fetching.why(), fetching.shows(None)) == (fetching.findings()[0][2], True)
    photo_host.serve("/gone.png", RED)
    fetching.later()
    assert (fetching.fetch(), fetching.shows(RED), len(fetching.findings())) == ("1 failed, 1 new", True, 1)


def test_what_came_before_stays_where_nothing_comes_any_more(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED)
    fetching.push(address("/ines.png"))
    fetching.fetch()
    photo_host.paths.clear()
    for pause in (DAY, *waiting.AGAIN_AFTER):
        fetching.later(pause)
        fetching.fetch()

    assert (fetching.shows(RED), len(fetching.findings())) == (True, 1)
    photo_host.serve("/ines.png", RED)
    fetching.later()
    assert (fetching.fetch(), fetching.shows(RED), fetching.findings()) == ("1 unchanged", True, [])


def test_what_is_no_picture_is_a_finding_at_once(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", b"<html>")

    fetching.push(address("/ines.png"))

    assert fetching.fetch() == "1 refused"
    assert [found[2] for found in fetching.findings()] == [
        "The photo is a web page or a drawing; JPEG, PNG and WebP are shown."
    ]


def test_where_there_was_no_picture_an_address_that_is_pushed_anew_is_fetched_at_once(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", b"<html>")
    fetching.push(address("/ines.png"))
    fetching.fetch()
    photo_host.serve("/ines.png", RED)

    fetching.push()
    fetching.push(address("/ines.png"))

    assert (fetching.fetch(), fetching.shows(RED), fetching.findings()) == ("1 new", True, [])


def test_a_failed_address_that_is_pushed_anew_is_tried_at_once(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    fetching.push(address("/ines.png"))
    for pause in waiting.AGAIN_AFTER:
        fetching.fetch()
        fetching.later(pause)
    fetching.fetch()
    photo_host.serve("/ines.png", RED)

    fetching.push()
    fetching.push(address("/ines.png"))

    assert (fetching.fetch(), fetching.shows(RED)) == ("1 new", True)


@pytest.mark.parametrize(("mode", "shown"), [("once", RED), ("always", BLUE), ("unless_edited", BLUE), ("never", None)])
def test_a_photo_that_changes_at_its_address_shows_by_the_mode(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str], mode: str, shown: bytes | None
) -> None:
    fetching.ines.template(mode)
    fetching.push(address("/ines.png"))
    photo_host.serve("/ines.png", RED)
    fetching.fetch()
    photo_host.serve("/ines.png", BLUE)
    fetching.later()

    fetching.fetch()

    assert fetching.shows(shown)


def test_a_leavers_photo_is_gone_with_the_next_request(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED)
    fetching.push(address("/ines.png"))
    fetching.fetch()
    photos = fetching.ines.photos()

    fetching.ines.company.change("ines", active=False)

    assert photos
    assert {fetching.ines.visitor.get(photo).status_code for photo in photos} <= {404, 410}
    assert fetching.ines.visitor.get(f"/c/{fetching.ines.public_id}").status_code == 410


def test_two_people_at_one_address_cost_one_fetch(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/logo.png", RED)
    fetching.ines.company.hire("jo", photos=[{"type": "photo", "value": address("/logo.png")}])
    fetching.push(address("/logo.png"))

    fetching.fetch()

    assert (photo_host.times("/logo.png"), fetching.shows(RED)) == (1, True)


def test_everybody_gets_a_turn(
    fetching: Fetching,
    photo_host: PhotoServer,
    address: Callable[[str], str],
    new_organization: Callable[..., Organization],
    database: Database,
) -> None:
    other = Company(database, new_organization("suedwind").id)
    for number in range(9):
        other.hire(f"p{number}", photos=[{"type": "photo", "value": address(f"/{number}.png")}])
    fetching.push(address("/ines.png"))

    fetching.fetch()

    paths = [path for path, _ in photo_host.asked]
    assert len(paths) == 10
    assert paths.index("/ines.png") <= fetching_job.AT_ONCE


def test_what_nobody_names_any_more_is_forgotten_with_its_turns(
    fetching: Fetching, photo_host: PhotoServer, address: Callable[[str], str]
) -> None:
    photo_host.serve("/ines.png", RED)
    fetching.push(address("/ines.png"))
    fetching.fetch()
    fetching.push()
    before = fetching.turns()
    fetching.later(2 * DAY)

    assert fetching.sweep() == "Deleted 4 files of photos."
    assert (before, fetching.turns()) == (1, 0)

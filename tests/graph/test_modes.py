"""A photo from Graph is the directory's photo: the four sync modes, what is pushed besides, and who leaves."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.cards import photo_sweep
from app.cli import main
from app.core.db import ORGANIZATION
from app.core.jobs.running import Working
from app.core.unit_of_work import Transaction
from app.directory import found_photos
from app.directory.tables import scim_users
from app.photos.tables import photo_files, photo_uses, photos
from tests.graph.conftest import Nordwind, object_id, picture
from tests.photos.conftest import pushed
from tests.support.client import Client
from tests.support.photos import addresses, prepare

FIRST, SECOND, OWN, NOTHING = "red", "blue", "lime", None


def lanyard(nordwind: Nordwind, *arguments: str) -> Any:
    """A command that must do."""
    environment = {
        "DATABASE_URL": nordwind.settings.database_url.render_as_string(hide_password=False),
        "LANYARD_DATA_DIR": str(nordwind.settings.data_dir),
        "LANYARD_PUBLIC_URL": nordwind.settings.public_url,
        "LANYARD_GRAPH_URL": nordwind.settings.graph_url,
    }
    return CliRunner().invoke(main, arguments, env=environment)


def graph_has(nordwind: Nordwind, colour: str | None) -> None:
    nordwind.graph.set(object_id(1), picture(colour) if colour else None)
    nordwind.ask_anew()


def step(nordwind: Nordwind, name: str) -> None:
    if name == "upload":
        nordwind.upload("ines", OWN)
    elif name == "revert":
        done = lanyard(nordwind, "cards", "revert", "--org", "nordwind", nordwind.public_id("ines"), "photo")
        assert done.exit_code == 0, done.output
    else:
        graph_has(nordwind, {"first": FIRST, "second": SECOND}.get(name))


@pytest.mark.parametrize(
    ("mode", "steps", "shown"),
    [
        ("always", ["first"], FIRST),
        ("always", ["first", "second"], SECOND),
        ("always", ["first", "second", "removed"], NOTHING),
        ("once", ["first", "second"], FIRST),
        ("once", ["first", "removed"], FIRST),
        ("once", ["first", "removed", "second"], FIRST),
        ("once", ["first", "upload", "second"], OWN),
        ("once", ["first", "upload", "second", "revert"], FIRST),
        ("unless_edited", ["first", "second"], SECOND),
        ("unless_edited", ["upload", "first"], OWN),
        ("unless_edited", ["first", "upload", "second"], OWN),
        ("unless_edited", ["first", "upload", "second", "revert"], SECOND),
        ("unless_edited", ["first", "upload", "removed", "revert"], NOTHING),
        ("never", ["first"], NOTHING),
        ("never", ["upload", "first"], OWN),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else str(value),
)
def test_what_shows(nordwind: Nordwind, mode: str, steps: list[str], shown: str | None) -> None:
    nordwind.template(mode)
    nordwind.hire("ines")

    for name in steps:
        step(nordwind, name)

    assert nordwind.shows("ines") == shown


def test_what_is_pushed_goes_before_what_graph_has(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    graph_has(nordwind, FIRST)
    shown = []

    for sent in (pushed(SECOND), None):
        nordwind.company.change("ines", photos=sent)
        prepare(nordwind.app)
        shown.append(nordwind.shows("ines"))

    assert shown == [SECOND, FIRST]


def test_why_says_that_the_photo_is_from_graph_and_which_run_brought_it(nordwind: Nordwind) -> None:
    nordwind.template("once")
    nordwind.hire("ines")
    graph_has(nordwind, FIRST)
    explained = []

    for colour in (SECOND, None):
        said = lanyard(nordwind, "people", "why", "--org", "nordwind", "ines@nordwind.example", "--json").stdout
        explained.append(json.loads(said)["cards"][0]["values"]["photo"])
        graph_has(nordwind, colour)

    assert [one["from"] for one in explained] == ["directory"] * 2
    assert [one["source"] for one in explained] == ["Microsoft Graph"] * 2
    assert explained[0]["at"] == explained[1]["at"]
    assert explained[0]["request_id"] == explained[1]["request_id"] != ""


def test_a_card_that_shows_another_photo_is_noted_and_one_that_keeps_its_own_is_not(nordwind: Nordwind) -> None:
    nordwind.template("unless_edited")
    nordwind.hire("ines", "own")
    nordwind.upload("own", OWN)
    with nordwind.database.read(nordwind.organization.id) as reader:
        ids = (
            reader.execute(select(scim_users.c.id).where(scim_users.c.organization_id == ORGANIZATION)).scalars().all()
        )
    noted: list[str] = []

    def find(tx: Transaction) -> None:
        for user_id in ids:
            found_photos.replace(tx, user_id, "0" * 64)
        tx.at_last(lambda: noted.extend(deed.subject for deed in tx.deeds if deed.action == "card.updated"))

    nordwind.company.write(find)

    assert noted == [row.id for row in nordwind.company.card_rows() if row.own is None]


def test_scim_neither_sees_the_photo_nor_another_version(nordwind: Nordwind, client: Client) -> None:
    nordwind.template()
    nordwind.hire("ines")
    with nordwind.database.read(nordwind.organization.id) as reader:
        user_id = reader.execute(select(scim_users.c.id).where(scim_users.c.organization_id == ORGANIZATION)).scalar()
    before = client.get(f"/Users/{user_id}")

    graph_has(nordwind, FIRST)

    after = client.get(f"/Users/{user_id}")
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


def test_nobody_can_push_what_is_kept_for_photos_that_were_found(nordwind: Nordwind, client: Client) -> None:
    nordwind.template()
    nordwind.hire("ines")
    graph_has(nordwind, FIRST)
    with nordwind.database.read(nordwind.organization.id) as reader:
        found = reader.execute(
            select(scim_users.c.found_photo).where(scim_users.c.organization_id == ORGANIZATION)
        ).scalar_one()

    made = client.create_user("mallory@nordwind.example", foundPhoto={"value": f"picture:{found['id']}"})

    assert "foundPhoto" not in made
    assert nordwind.known().keys() == {"ines"}


def test_a_leavers_photo_is_gone_from_everything_at_the_next_request_and_back_with_them(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    graph_has(nordwind, FIRST)
    card = f"/c/{nordwind.public_id('ines')}"
    shown = addresses(nordwind.visitor.get(card).text)
    etag = nordwind.visitor.get(shown[0]).headers["ETag"]

    nordwind.company.change("ines", active=False)
    page, contact = nordwind.visitor.get(card), nordwind.visitor.get(f"{card}.vcf")
    photos = {nordwind.visitor.get(one, headers={"If-None-Match": etag}).status_code for one in shown}
    nordwind.company.change("ines", active=True)

    assert (page.status_code, contact.status_code, photos) == (410, 410, {410})
    assert "/photo/" not in page.text, "neither the photo nor the preview"
    assert addresses(nordwind.visitor.get(card).text) == shown


def test_with_the_record_goes_the_photo_and_after_a_day_its_files(nordwind: Nordwind, tmp_path: Path) -> None:
    nordwind.template()
    nordwind.hire("ines")
    graph_has(nordwind, FIRST)
    nordwind.company.dismiss("ines")
    working = Working(nordwind.database, nordwind.settings, "run")

    photo_sweep.sweep(working)
    kept = list((tmp_path / "photos").rglob("*.jpg"))
    nordwind.company.write(_make_older)
    photo_sweep.sweep(working)

    assert nordwind.known() == {}
    assert kept
    assert [path for path in (tmp_path / "photos").rglob("*") if path.is_file()] == []


def test_a_card_that_is_held_shows_the_last_photo(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", *(f"colleague{number}" for number in range(4)))
    graph_has(nordwind, FIRST)
    card = f"/c/{nordwind.public_id('ines')}"
    nordwind.company.apply("organization: {brake: {people: 1, percent: 0}}")

    for name in (*(f"colleague{number}" for number in range(4)), "ines"):
        nordwind.company.dismiss(name)
    nordwind.company.write(_make_older)
    photo_sweep.sweep(Working(nordwind.database, nordwind.settings, "run"))

    shown = addresses(nordwind.visitor.get(card).text)
    assert "held" in {row.state for row in nordwind.company.card_rows()}
    assert [nordwind.visitor.get(one).status_code for one in shown] == [200] * len(shown) != []


def _make_older(tx: Transaction) -> None:
    long_ago = tx.now - timedelta(days=3)
    for table, names in (
        (photo_uses, ("begun_at", "left_at")),
        (photos, ("asked_at",)),
        (photo_files, ("touched_at",)),
    ):
        tx.execute(update(table).where(table.c.organization_id == ORGANIZATION).values(dict.fromkeys(names, long_ago)))

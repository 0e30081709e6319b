"""What was backed up is there again, on either kind of database, whichever it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.cli.backup import LEFT_OUT
from app.core.db import metadata
from app.core.migrating import create_engine
from app.directory.organizations import Organization
from tests.backup.conftest import Place
from tests.cards.conftest import Company
from tests.support.client import Client
from tests.support.photos import addresses
from tests.support.rows import fill

NAMES_LEFT_OUT = {"job_runs", "sessions", "sign_in_links", "graph_tokens"}


def fill_what_is_empty(place: Place) -> None:
    """A row in every table that has none."""
    engine = create_engine(place.url)
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()


def test_every_row_and_every_file_is_there_again(source: Place, target: Place, nordwind: Company, file: Path) -> None:
    fill_what_is_empty(source)
    before, files = source.rows(), source.files()

    source.run("backup", file)
    target.run("restore", file)

    after = target.rows()
    history = after["audit_log"]
    restored = [row for row in history if row["action"] == "organization.restored"]
    assert [row["subject"] for row in restored] == ["nordwind"]
    after["audit_log"] = [row for row in history if row not in restored]
    assert after == {name: [] if name in NAMES_LEFT_OUT else rows for name, rows in before.items()}
    assert [name for name, rows in before.items() if not rows] == []
    assert target.files() == files
    assert len(files) == 4


def test_what_is_left_out_is_what_counts_for_hours(source: Place, backup: Path) -> None:
    said = source.json("restore", backup, "--dry-run")

    assert set(said["tables"]) == {table.name for table in metadata.sorted_tables} - NAMES_LEFT_OUT
    assert {table.name for table in LEFT_OUT} == NAMES_LEFT_OUT


@contextmanager
def opened(place: Place) -> Iterator[Flask]:
    app = place.app()
    try:
        yield app
    finally:
        app.extensions["lanyard.chores"].end()
        app.extensions["lanyard.database"].close()


def seen(app: Flask, token: str, card: str) -> dict[str, Any]:
    """What directories and visitors get, byte by byte."""
    scim, visitor = Client(app, token), app.test_client()
    page = visitor.get(f"/c/{card}")
    paths = [f"/c/{card}.vcf", f"/c/{card}/qr.svg", *addresses(page.text)]
    assert page.status_code == 200
    return {
        "page": (page.data, page.headers["ETag"]),
        **{path: scim.get(path).data for path in ("/Users", "/Groups")},
        **{path: visitor.get(path).data for path in paths},
    }


def test_directories_and_visitors_get_the_same_bytes(
    source: Place,
    target: Place,
    app: Flask,
    nordwind: Company,
    organization: Organization,
    new_token: Callable[..., str],
    file: Path,
) -> None:
    token, card = new_token(organization), nordwind.card_ids()["ines", "Sales"]
    source.run("backup", file)
    before = seen(app, token, card)

    target.run("restore", file)

    with opened(target) as restored:
        assert seen(restored, token, card) == before
    assert len(before) == 3 + 2 + 4


def push_title(app: Flask, token: str, title: str) -> None:
    """Have the directory change Ines' title."""
    client = Client(app, token)
    [ines] = client.get("/Users", filter='userName eq "ines@nordwind.example"').get_json(force=True)["Resources"]
    client.patch(f"/Users/{ines['id']}", {"op": "replace", "path": "title", "value": title})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_browser_that_has_seen_what_is_lost_is_shown_what_is_there(
    source: Place,
    empty: Place,
    app: Flask,
    nordwind: Company,
    organization: Organization,
    new_token: Callable[..., str],
    file: Path,
) -> None:
    """Versions are counted from where the backup was: the same number is given again, to something else."""
    token, path = new_token(organization), f"/c/{nordwind.card_ids()['ines', 'Sales']}"
    source.run("backup", file)
    push_title(app, token, "Lost")
    lost = app.test_client().get(path)

    empty.run("restore", file)
    with opened(empty) as restored:
        push_title(restored, token, "Found")
        found = restored.test_client().get(path, headers={"If-None-Match": lost.headers["ETag"]})

    assert "Lost" in lost.text
    assert (found.status_code, "Found" in found.text) == (200, True)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_table_counts_by_itself(source: Place) -> None:
    """What counts rows on PostgreSQL would have to be set after a restore."""
    engine = create_engine(source.url)
    with engine.connect() as connection:
        counting = connection.execute(text("SELECT sequencename FROM pg_sequences")).all()
    engine.dispose()

    assert counting == []

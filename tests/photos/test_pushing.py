"""A photo pushed over SCIM: kept beside the document, read back to the letter, opened by nobody but the job."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.tables import scim_users
from tests.support.client import Client

LARGE = "data:image/jpeg;base64," + base64.b64encode(os.urandom(1_000_000)).decode()


def photos(*values: str) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value} for kind, value in zip(("photo", "thumbnail"), values, strict=False)]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param((LARGE,), id="a megabyte"),
        pytest.param((LARGE, "data:image/png;base64,AA=="), id="two"),
        pytest.param(("https://nordwind.example/ines.jpg",), id="an address"),
        pytest.param(("data:,not a picture",), id="no picture"),
        pytest.param(("picture:" + "0" * 64,), id="what looks like our own mark"),
    ],
)
def test_a_photo_reads_back_as_it_was_pushed(client: Client, values: tuple[str, ...]) -> None:
    user = client.create_user("ines@nordwind.example", photos=photos(*values))

    one = client.get(f"/Users/{user['id']}").get_json(force=True)
    [listed] = client.get("/Users", filter='userName eq "ines@nordwind.example"').get_json(force=True)["Resources"]
    [anywhere] = client.get("/", filter='userName eq "ines@nordwind.example"').get_json(force=True)["Resources"]

    assert user["photos"] == one["photos"] == listed["photos"] == anywhere["photos"] == photos(*values)


def test_pushing_the_same_photo_again_changes_nothing(client: Client) -> None:
    user = client.create_user("ines@nordwind.example", photos=photos(LARGE))

    client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": 'photos[type eq "photo"].value', "value": LARGE})

    after = client.get(f"/Users/{user['id']}").get_json(force=True)
    assert after["meta"] == user["meta"]


def test_the_stored_document_stays_small(client: Client, database: Database, organization: Organization) -> None:
    client.create_user("ines@nordwind.example", photos=photos(LARGE))

    with database.read(organization.id) as reader:
        row = reader.execute(select(scim_users).where(scim_users.c.organization_id == ORGANIZATION)).one()

    assert max(len(str(row.document)), len(str(row.folded)), len(str(row.origins))) < 2_000

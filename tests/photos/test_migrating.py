"""Photos that older versions kept in documents and on cards: moved beside them, drawn by the job, and read back as pushed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, update
from sqlalchemy.engine import URL, Engine

from app.attributes.definitions import USER
from app.attributes.documents import folded
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.migrating import config, create_engine
from app.directory import users
from app.directory.tables import scim_users
from tests.photos.conftest import Pictured, pushed
from tests.support.photos import prepare

AT = {"by": "admin", "at": "2026-11-20T09:00:00Z", "request_id": None}


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    with engine.begin() as connection:
        (command.downgrade if down else command.upgrade)(config(connection), revision)


def on_the_card(engine: Engine, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(cards).values(**values))


def mark(colour: str) -> str:
    text = pushed(colour)[0]["value"]
    return "picture:" + hashlib.sha256(text.encode()).hexdigest()


def statuses(ines: Pictured) -> set[int]:
    return {ines.visitor.get(address).status_code for address in ines.photos()}


def test_a_photo_in_a_document_is_moved_beside_it_and_drawn(ines: Pictured, engine: Engine) -> None:
    ines.push("red")
    migrate(engine, "0011", down=True)
    with engine.connect() as connection:
        old = connection.scalar(select(scim_users.c.document))
    migrate(engine, "head")

    said = prepare(ines.app)

    with ines.company.database.read(ines.company.organization_id) as reader:
        row = reader.execute(select(scim_users).where(scim_users.c.organization_id == ORGANIZATION)).one()
        read_back = users.find(reader, row.id).document["photos"]
    assert old is not None
    assert old["photos"] == read_back == pushed("red")
    assert row.document["photos"][0]["value"] == mark("red")
    assert row.folded == folded(row.document, USER)
    assert said == "Prepared 1 photos, refused 0."
    assert statuses(ines) == {200}


def test_photos_that_cards_kept_are_moved_and_drawn(ines: Pictured, engine: Engine) -> None:
    [row] = ines.company.card_rows()
    ines.template("once")
    migrate(engine, "0011", down=True)
    data = {colour: pushed(colour)[0]["value"] for colour in ("red", "blue", "lime")}
    on_the_card(
        engine,
        own={"photo": {"value": data["red"], **AT}, "title": {"value": "CFO", **AT}},
        once={row.template_id: {"photo": {"value": data["blue"], "since": 1}}},
        document={"displayName": "Ines", "photos": pushed("lime")},
    )
    migrate(engine, "head")

    said = prepare(ines.app)

    [after] = ines.company.card_rows()
    assert after.own == {"photo": {"value": mark("red"), **AT}, "title": {"value": "CFO", **AT}}
    assert after.once == {row.template_id: {"photo": {"value": mark("blue"), "since": 1}}}
    assert after.document["photos"][0]["value"] == mark("lime")
    assert said == "Prepared 3 photos, refused 0."
    assert statuses(ines) == {200}


def test_what_is_no_photo_stays_as_it_is(ines: Pictured, engine: Engine) -> None:
    ines.company.change("ines", title='"data: nothing', photos=[{"type": "photo", "value": "https://nordwind.example"}])
    migrate(engine, "0011", down=True)
    with engine.connect() as connection:
        before = connection.execute(select(scim_users.c.document, scim_users.c.folded)).all()

    migrate(engine, "head")

    with engine.connect() as connection:
        assert connection.execute(select(scim_users.c.document, scim_users.c.folded)).all() == before
    assert prepare(ines.app) == "Prepared 0 photos, refused 0."

"""Addresses that records named before photos were fetched are fetched after the migration."""

from __future__ import annotations

from alembic import command
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from app.core.db import ORGANIZATION
from app.core.migrating import config, create_engine
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.pictures import addresses_in
from app.photos import keeping
from app.photos.fetching import waiting
from app.photos.keeping import ADDRESS, WAITING
from app.photos.tables import photo_uses
from app.wiring import HANDLERS
from tests.cards.conftest import Company

BEFORE = "0020"


def photos(*values: str) -> list[dict[str, str]]:
    return [{"type": "photo", "value": value} for value in values]


def test_addresses_in_records_are_taken_up(database: Database, database_url: URL, organization: Organization) -> None:
    company = Company(database, organization.id)
    ours, data = "https://photos.example/Zoë.jpg", "data:image/png;base64,AA=="
    company.hire("ines", photos=photos(ours, "[[clear]]"), title="https://elsewhere.example/")
    company.hire("jo", photos=photos(ours, data))
    engine = create_engine(database_url)
    with engine.begin() as connection:
        command.downgrade(config(connection), BEFORE)
        command.upgrade(config(connection), "head")
    engine.dispose()
    [(photo_id, _)] = addresses_in({"photos": photos(ours)}).items()
    fresh = Database(database_url, HANDLERS)
    taken = fresh.write(lambda tx: waiting.take(tx, 9), organization_id=organization.id, actor="system")
    with fresh.read(organization.id) as reader:
        photo = keeping.find(reader, [photo_id])[photo_id]
        ours_only = (photo_uses.c.organization_id == ORGANIZATION) & (photo_uses.c.photo_id == photo_id)
        users = reader.execute(select(func.count()).select_from(photo_uses).where(ours_only)).scalar_one()
    fresh.close()

    assert [(due.photo_id, due.address, due.used) for due in taken] == [(photo_id, ours, True)]
    assert (photo.source, photo.state, users) == (ADDRESS, WAITING, 2)

"""Invitations to a template for guests, made as an admin does and followed as a stranger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.cards import invitations, template_store
from app.cards.invitations import Invited
from app.cards.tables import invitations as invitations_table
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company, nordwind

__all__ = ["nordwind"]

GUESTS = """
    templates:
      - name: Guest
        design: {accent: "#7a1fa2"}
        general:
          name: {sync: never, editable: true}
          title: {sync: unless_edited}
          company: {sync: always, value: Nordwind AG}
        fields:
          - {key: mobile, kind: phone, label: Mobile, sync: never, editable: true}
      - {name: Speaker, general: {name: {sync: once}}}
    """
PAT = "pat@partner.example"


@pytest.fixture
def open_house(nordwind: Company) -> Company:
    """A company with two templates for guests, bound to no group."""
    nordwind.apply(GUESTS)
    return nordwind


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Anybody with a browser."""
    return app.test_client()


@pytest.fixture
def invite(database: Database, organization: Organization) -> Callable[..., Invited]:
    """Makes an invitation: invite(PAT, "Guest", days=3)."""

    def make(email: str = PAT, template: str = "Guest", **options: Any) -> Invited:
        return database.write(
            lambda tx: invitations.make(tx, template_store.find(tx, template), email, **options),
            organization_id=organization.id,
            actor="cli",
        )

    return make


@pytest.fixture
def shift(database: Database, organization: Organization) -> Callable[..., None]:
    """Moves the times of an invitation into the past: shift(invited, days=15)."""

    def move(invited: Invited, **by: float) -> None:
        columns = ("made_at", "expires_at", "claimed_at", "revoked_at")
        table = invitations_table

        def work(tx: Any) -> None:
            [found] = [one for one in invitations.every(tx) if one.id == invited.id]
            times: dict[str, datetime | None] = {name: getattr(found, name) for name in columns}
            tx.execute(
                update(table)
                .where(table.c.organization_id == ORGANIZATION, table.c.id == invited.id)
                .values({name: time - timedelta(**by) for name, time in times.items() if time is not None})
            )

        database.write(work, organization_id=organization.id, actor="test")

    return move

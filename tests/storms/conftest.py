"""Organizations for random histories."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.storms.cards_world import World
from tests.support.client import Client


@pytest.fixture
def new_world(
    app: Flask, database: Database, new_organization: Callable[..., Organization], new_token: Callable[..., str]
) -> Callable[[], World]:
    """Makes an organization of its own for each history: they must not know of each other, either."""
    numbers = iter(range(1_000_000))

    def make() -> World:
        organization = new_organization(f"history-{next(numbers)}")
        return World(app, database, organization, Client(app, new_token(organization)))

    return make

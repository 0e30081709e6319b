"""A small company, and people with roles who look at its console; the police look at every page they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.auth.sign_in import roles, sessions
from app.auth.sign_in.sessions import Limits, Visitor
from app.core import clock
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.web import scope
from tests.cards.conftest import Company
from tests.my_card.conftest import CARDS, INES
from tests.support.police import inspect

HERE = "https://cards.example"
LIMITS = Limits(timedelta(hours=8), timedelta(days=7))


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """Ines has a card, Olaf has two, Nora has none."""
    company = Company(database, organization.id)
    company.apply(CARDS)
    company.hire("ines", **INES)
    company.hire("olaf", "nora")
    company.group("Cards - Sales", "ines", "olaf")
    company.group("Cards - Wardens", "olaf")
    return company


class Admin:
    """Somebody in a browser of their own, with a session; forms are sent as the page offers them."""

    def __init__(self, http: FlaskClient, csrf: str) -> None:
        self.http, self.csrf = http, csrf

    def get(self, path: str, status: int = 200, /, **query: str) -> TestResponse:
        """A page, as the police like it."""
        return self._seen(self.http.get(path, query_string=query or None, base_url=HERE), status)

    def post(self, path: str, status: int = 303, /, **fields: Any) -> TestResponse:
        """A form that is sent, with its token."""
        return self._seen(self.http.post(path, data={"csrf_token": self.csrf, **fields}, base_url=HERE), status)

    def follow(self, response: TestResponse, status: int = 200) -> TestResponse:
        """The page that a form led to."""
        target = urlsplit(response.headers["Location"])
        return self.get(target.path + (f"?{target.query}" if target.query else ""), status)

    @staticmethod
    def _seen(response: TestResponse, status: int) -> TestResponse:
        assert response.status_code == status, text_of(response)
        assert inspect(response) == []
        return response


@pytest.fixture
def as_role(app: Flask, database: Database, organization: Organization) -> Callable[..., Admin]:
    """Signs somebody in who has these roles, in `nordwind` or another organization: as_role("owner").

    They have just proved who they are, as sensitive acts want it, unless `proved` says otherwise.
    """

    def sign_in(*held: str, person: str | None = None, of: Organization | None = None, proved: bool = True) -> Admin:
        proved_at = clock.now() if proved else None
        visitor = Visitor("an-admin@nordwind.example", person, frozenset(held), proved_at=proved_at)
        secret = database.write(
            lambda tx: sessions.begin(tx, visitor, LIMITS), organization_id=(of or organization).id, actor="visitor"
        )
        http = app.test_client()
        http.set_cookie("__Host-lanyard", secret, domain="cards.example", secure=True)
        return Admin(http, sessions.csrf_token(secret))

    return sign_in


@pytest.fixture
def settings(app: Flask) -> Settings:
    """What the application runs with, for jobs that are run beside it."""
    with app.app_context():
        return scope.settings()


@pytest.fixture
def owner(as_role: Callable[..., Admin]) -> Admin:
    """An owner of `nordwind`."""
    return as_role(roles.OWNER)


@pytest.fixture
def audited(database: Database, organization: Organization) -> Callable[[str], list[Any]]:
    """The lines of the audit log that name an action."""

    def lines(action: str) -> list[Any]:
        wanted = select(audit_log).where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == action)
        with database.read(organization.id) as reader:
            return list(reader.execute(wanted.order_by(audit_log.c.at, audit_log.c.id)))

    return lines


def text_of(response: TestResponse) -> str:
    """What somebody reads on a page, without its marks; blanks as one."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())

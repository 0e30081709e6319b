"""An organization with a provider, a person in its directory, and browsers that sign in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.auth.sign_in import provider as providers
from app.auth.sign_in.tables import sessions
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import TENANT
from tests.sign_in.openid import CLIENT, OBJECT, SECRET, Provider, provider
from tests.support.client import PAGES, Client


class SignIn:
    """Signs people in as browsers do, at the provider of `nordwind`."""

    def __init__(self, app: Flask, database: Database, organization: Organization, openid: Provider) -> None:
        self.app, self.database, self.organization, self.openid = app, database, organization, openid

    def configure(self, organization: Organization | None = None, **over: Any) -> None:
        """Name the provider in the organization's settings; a tenant unless `over` says otherwise."""
        wanted = {
            "issuer": self.openid.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "tenant_id": TENANT,
            **over,
        }
        self.database.write(
            lambda tx: providers.set_(tx, self.app.extensions["lanyard.sealer"], **wanted),
            organization_id=(organization or self.organization).id,
            actor="cli",
        )

    def browser(self) -> FlaskClient:
        made = self.app.test_client()
        made.environ_base["HTTP_ACCEPT"] = PAGES
        return made

    def begin(self, browser: FlaskClient, slug: str = "nordwind", query: str = "") -> dict[str, str]:
        """Press the button; what the browser brings to the provider."""
        sent = browser.get(f"/login/{slug}{query}")
        assert sent.status_code == 303, sent.text
        asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
        self.openid.nonce = asked["nonce"]
        return asked

    def finish(self, browser: FlaskClient, asked: dict[str, str], slug: str = "nordwind", **over: str) -> TestResponse:
        """Come back from the provider."""
        answer = {"code": "a-code", "state": asked["state"], **over}
        return browser.get(
            f"/auth/callback/{slug}", query_string={key: value for key, value in answer.items() if value}
        )

    def sign_in(self, browser: FlaskClient | None = None, **over: str) -> TestResponse:
        """The whole way, in a browser of its own if none is named."""
        browser = browser or self.browser()
        return self.finish(browser, self.begin(browser), **over)

    def sessions(self, organization: Organization | None = None) -> list[Any]:
        with self.database.read((organization or self.organization).id) as reader:
            return list(reader.execute(select(sessions).where(sessions.c.organization_id == ORGANIZATION)))

    def audited(self, action: str) -> list[Any]:
        statement = select(audit_log).where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == action)
        with self.database.read(self.organization.id) as reader:
            return list(reader.execute(statement))


@pytest.fixture
def openid() -> Iterator[Provider]:
    with provider() as started:
        yield started


@pytest.fixture
def signing_in(app: Flask, database: Database, organization: Organization, openid: Provider) -> SignIn:
    """The provider is set up, and nobody is in the directory yet."""
    made = SignIn(app, database, organization, openid)
    made.configure()
    return made


@pytest.fixture
def ines(signing_in: SignIn, client: Client) -> str:
    """The SCIM id of a person whose record names their object id."""
    return str(client.create_user("ines@nordwind.example", externalId=OBJECT, displayName="Ines Jones")["id"])

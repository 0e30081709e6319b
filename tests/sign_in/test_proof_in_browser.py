"""Proving anew who one is, in a real browser, at a provider that others wrote and where one is still signed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.engine import URL
from werkzeug.serving import make_server

from app import create_app
from app.auth.sign_in import provider
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.conftest import missing
from tests.sign_in.test_browser import BACK, OBJECT, PEOPLE, SESSIONS, answer_provider
from tests.sign_in.test_proof import PAGE, sensitive
from tests.support.client import Client
from tests.support.openid_provider import SECRET, TENANT, client, openid_provider
from tests.support.server import Server, free_port

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def base_url(database_url: URL, database: Database, organization: Organization, new_token: Callable[..., str], tmp_path: Path) -> Iterator[str]:  # fmt: skip
    """Where the application runs in this process, with a page more, on which sensitive things are done."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path, public_url=base))
    app.add_url_rule(PAGE, view_func=sensitive, methods=["GET", "POST"])
    known = Server(base, "", BACK, {}, tmp_path)
    try:
        with openid_provider([client(known, BACK)], PEOPLE) as openid:
            database.write(
                lambda tx: provider.set_(
                    tx, app.extensions["lanyard.sealer"], issuer=openid.issuer, client_id=f"client-of-{BACK}",
                    client_secret=SECRET, tenant_id=TENANT,
                ),
                organization_id=organization.id,
                actor="cli",
            )  # fmt: skip
            Client(app, new_token(organization)).create_user(PEOPLE["ines"]["preferred_username"], externalId=OBJECT)
            http = make_server("127.0.0.1", port, app, threaded=True)
            thread = threading.Thread(target=http.serve_forever)
            thread.start()
            try:
                yield base
            finally:
                http.shutdown()
                thread.join()
                http.server_close()
    except FileNotFoundError as error:
        missing(error)
    finally:
        app.extensions["lanyard.chores"].end()
        app.extensions["lanyard.database"].close()


@pytest.fixture
def page(browser: Browser, base_url: str) -> Iterator[Page]:
    """Ines's, who has signed in without being asked to prove anything lately."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.goto(f"{base_url}/login/{BACK}?next={SESSIONS}")
    answer_provider(opened, "ines")
    yield opened
    context.close()


def test_the_provider_asks_again_and_leads_back(page: Page, base_url: str) -> None:
    page.goto(base_url + PAGE)
    page.get_by_placeholder("Enter any login").fill("ines")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()

    expect(page.locator("body")).to_contain_text("done")
    assert page.url == base_url + PAGE

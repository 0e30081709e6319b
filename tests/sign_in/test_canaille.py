"""Signing in at a provider without tenants, which pushes its people as well: Canaille, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.attributes.definitions import CORE_USER
from tests.conftest import missing
from tests.support.canaille import CLIENT, SECRET, Canaille, canaille
from tests.support.server import Server

SAME_SECOND_MS = 1_100
"""Two access tokens that Canaille makes for somebody within the same second are the same, and it keeps each only once."""
NAME, PASSWORD = "zoe", "correct horse battery staple"


@pytest.fixture(scope="module")
def provider(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    """Canaille, where Zoë has an account, and which has pushed her."""
    try:
        with canaille(tmp_path_factory.mktemp("canaille"), server.scim_url, server.token) as running:
            running.ask(
                "POST",
                "/Users",
                {
                    "schemas": [CORE_USER],
                    "userName": NAME,
                    "password": PASSWORD,
                    "active": True,
                    "displayName": "Zoë Lind",
                    "name": {"formatted": "Zoë Lind", "familyName": "Lind", "givenName": "Zoë"},
                    "emails": [{"value": "zoe@nordwind.example"}],
                },
            )
            server.lanyard(
                "sso", "set", "--org", server.slug, "--issuer", running.base_url, "--client-id", CLIENT,
                "--client-secret-file", "-", stdin=SECRET,
            )  # fmt: skip
            yield running
    except FileNotFoundError as error:
        missing(error)


def test_who_is_to_prove_anew_who_they_are_is_asked_once_and_comes_back(
    server: Server, provider: Canaille, browser: Browser
) -> None:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{server.base_url}/login/{server.slug}?next=/me/sessions")
    page.locator("input[name=login]").fill(NAME)
    page.locator("form button[type=submit]").first.click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()
    expect(page.get_by_role("heading")).to_have_text("Where you are signed in")

    page.wait_for_timeout(SAME_SECOND_MS)
    page.goto(f"{server.base_url}/login/{server.slug}?anew&next=/me/sessions?proved")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()

    expect(page.get_by_role("heading")).to_have_text("Where you are signed in")
    assert page.url == f"{server.base_url}/me/sessions?proved"
    page.wait_for_timeout(SAME_SECOND_MS)
    context.close()


def test_somebody_whom_the_provider_pushed_signs_in_there_and_out_again(
    server: Server, provider: Canaille, browser: Browser
) -> None:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    page = context.new_page()

    page.goto(f"{server.base_url}/login/{server.slug}?next=/me/sessions")
    page.locator("input[name=login]").fill(NAME)
    page.locator("form button[type=submit]").first.click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()
    expect(page.get_by_role("heading")).to_have_text("Where you are signed in")
    expect(page.locator("main")).to_contain_text(NAME)
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("link", name="Sign out there too").click()
    page.wait_for_url(f"{server.base_url}/logout")

    expect(page.get_by_role("heading")).to_have_text("You are signed out")
    again = context.new_page()
    again.goto(f"{server.base_url}/login/{server.slug}")
    expect(again.locator("input[name=login]")).to_be_visible()
    context.close()

"""Signing in and out as people do: in a real browser, at a provider that others wrote, on both databases.

The provider is on another site than the server, and the server has two workers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import missing
from tests.support.judges import ask
from tests.support.openid_provider import SECRET, TENANT, OpenIDProvider, client, openid_provider
from tests.support.server import Server

OBJECT = "8a520000-0000-4000-8000-000000000001"
NAME = "ines@nordwind.example"
PEOPLE = {
    "ines": {"tid": TENANT, "oid": OBJECT, "preferred_username": NAME},
    "stranger": {
        "tid": TENANT,
        "oid": "8a520000-0000-4000-8000-000000000002",
        "preferred_username": "nobody@nordwind.example",
    },
    "elsewhere": {"tid": "6f0c0000-0000-4000-8000-000000000002", "oid": OBJECT, "preferred_username": NAME},
}
BACK, FRONT = "nordwind", "framed"
SESSIONS = "/me/sessions"


@pytest.fixture(scope="module")
def openid(server: Server) -> Iterator[OpenIDProvider]:
    """The provider of two organizations: it tells one by the back channel who has signed out, the other by a frame."""
    server.lanyard("org", "create", FRONT)
    framed = {
        "backchannel_logout_uri": f"{server.base_url}/auth/back-channel-logout/nobody",
        "frontchannel_logout_uri": f"{server.base_url}/auth/front-channel-logout/{FRONT}",
    }
    try:
        with openid_provider([client(server, BACK), client(server, FRONT, **framed)], PEOPLE) as started:
            for slug in (BACK, FRONT):
                token = server.lanyard("token", "create", "--org", slug, "--name", "Personnel").strip()
                pushed = Server(server.base_url, token, slug, server.environment, server.log)
                ask(pushed, "POST", "/Users", {"userName": NAME, "externalId": OBJECT, "displayName": "Ines"})
                server.lanyard(
                    "sso", "set", "--org", slug, "--issuer", started.issuer, "--client-id", f"client-of-{slug}",
                    "--client-secret-file", "-", "--tenant-id", TENANT, stdin=SECRET,
                )  # fmt: skip
            yield started
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which nobody has signed in to anything."""
    made = browser.new_context()
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def sign_in(server: Server, openid: OpenIDProvider, context: BrowserContext) -> Callable[..., Page]:
    """Signs somebody in at the provider, in a new tab that is then at their own page."""

    def go(login: str = "ines", slug: str = BACK) -> Page:
        page = begin(context, server, slug)
        answer_provider(page, login)
        return page

    return go


def begin(context: BrowserContext, server: Server, slug: str = BACK) -> Page:
    page = context.new_page()
    page.goto(f"{server.base_url}/login/{slug}?next={SESSIONS}")
    return page


def answer_provider(page: Page, login: str) -> None:
    """What the provider asks of whoever is not signed in there: who they are, and whether the client may know."""
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    consent = page.get_by_role("button", name="Continue")
    consent.or_(page.locator(".emblem")).wait_for()  # the provider's next page, or one of ours
    if consent.is_visible():
        consent.click()
        page.locator(".emblem").wait_for()


def is_in(server: Server, context: BrowserContext) -> set[bool]:
    """What ten requests with this browser's cookies say, on whichever worker: whether somebody is signed in."""
    cookies = {one["name"]: one["value"] for one in context.cookies(server.base_url)}
    with requests.Session() as each:
        return {
            each.get(
                server.base_url + SESSIONS, cookies=cookies, allow_redirects=False, headers={"Connection": "close"}
            ).status_code
            == 200
            for _ in range(10)
        }


def test_somebody_signs_in_and_is_at_their_own_page(server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in()

    expect(page.get_by_role("heading")).to_have_text("Where you are signed in")
    expect(page.locator("main")).to_contain_text(NAME)
    assert page.url == server.base_url + SESSIONS
    assert is_in(server, page.context) == {True}


def test_signing_out_here_leaves_the_provider_and_then_signing_out_there_leads_back(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    page = sign_in()
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("heading")).to_have_text("You are signed out")
    out_here = is_in(server, page.context)

    page.get_by_role("link", name="Sign out there too").click()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page).to_have_url(f"{server.base_url}/logout")
    again = begin(page.context, server)

    assert out_here == {False}
    expect(page.get_by_role("heading")).to_have_text("You are signed out")
    expect(again.get_by_placeholder("Enter any login")).to_be_visible()


def test_a_second_sign_in_while_still_signed_in_there_asks_for_nothing(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    page = sign_in()
    page.get_by_role("button", name="Sign out here").click()

    again = begin(page.context, server)

    expect(again.get_by_role("heading")).to_have_text("Where you are signed in")
    assert again.url == server.base_url + SESSIONS


def test_who_signs_in_again_in_the_same_browser_has_one_session(server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in()
    first, sessions = page.context.cookies(server.base_url), page.get_by_role("listitem").count()

    again = begin(page.context, server)

    expect(again.get_by_role("heading")).to_have_text("Where you are signed in")
    expect(again.get_by_role("listitem")).to_have_count(sessions)
    assert page.context.cookies(server.base_url) != first


def test_two_tabs_may_sign_in_at_once(server: Server, openid: OpenIDProvider, context: BrowserContext) -> None:
    first, second = begin(context, server), begin(context, server)

    answer_provider(first, "ines")
    answer_provider(second, "ines")

    for page in (first, second):
        expect(page.get_by_role("heading")).to_have_text("Where you are signed in")
        expect(page.locator("main")).to_contain_text(NAME)


def test_a_consent_that_is_cancelled_lets_nobody_in(
    server: Server, openid: OpenIDProvider, context: BrowserContext
) -> None:
    page = begin(context, server)
    page.get_by_placeholder("Enter any login").fill("ines")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()

    page.get_by_role("link", name="Cancel").click()

    expect(page.get_by_role("heading")).to_have_text("You were not signed in")
    assert is_in(server, context) == {False}


@pytest.mark.parametrize(
    ("login", "heading"),
    [
        pytest.param("stranger", "You are not set up yet", id="somebody whom the directory has not pushed"),
        pytest.param("elsewhere", "This is another company's account", id="somebody of another tenant"),
    ],
)
def test_who_does_not_come_in_is_told_why(
    server: Server, sign_in: Callable[..., Page], login: str, heading: str
) -> None:
    page = sign_in(login)

    expect(page.get_by_role("heading")).to_have_text(heading)
    assert is_in(server, page.context) == {False}


def test_who_does_not_come_in_can_choose_another_account(server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in("stranger")

    page.get_by_role("link", name="Sign in again").click()
    answer_provider(page, "ines")

    assert is_in(server, page.context) == {True}


@pytest.mark.parametrize(
    "slug", [pytest.param(BACK, id="told by the back channel"), pytest.param(FRONT, id="told by a frame")]
)
def test_signing_out_at_the_provider_ends_the_session_here(
    server: Server, openid: OpenIDProvider, sign_in: Callable[..., Page], slug: str
) -> None:
    page = sign_in(slug=slug)
    before = is_in(server, page.context)
    frames: list[dict[str, str]] = []
    page.on("request", lambda sent: frames.append(sent.all_headers()) if "front-channel" in sent.url else None)

    page.goto(openid.logout_url)
    page.get_by_role("button", name="Sign out everywhere").wait_for()
    page.wait_for_load_state()
    if slug == BACK:
        page.get_by_role("button", name="Sign out everywhere").click()
        expect(page.locator("body")).to_contain_text(re.compile("success", re.IGNORECASE))

    assert (before, is_in(server, page.context)) == ({True}, {False})
    assert ["cookie" in headers for headers in frames] == ([False] if slug == FRONT else [])


CARDS = """
templates:
  - name: Staff
    general: {name: {sync: always}, headline: {sync: never, editable: true}}
bindings: [{group: Everybody, template: Staff}]
"""


def test_on_the_first_morning_the_card_is_there_is_theirs_and_takes_a_headline(
    server: Server, openid: OpenIDProvider, context: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "cards.yaml").write_text(CARDS)
    server.lanyard("apply", str(tmp_path / "cards.yaml"), "--org", BACK)
    [ines] = ask(server, "GET", f'/Users?filter=userName eq "{NAME}"')["Resources"]
    ask(server, "POST", "/Groups", {"displayName": "Everybody", "members": [{"value": ines["id"]}]})
    page = context.new_page()

    page.goto(f"{server.base_url}/me")
    page.get_by_label("Your work e-mail address").fill(BACK)
    page.get_by_role("button", name="Continue").click()
    answer_provider_and_come_to(page, "/me/")
    [card] = json.loads(server.lanyard("cards", "list", "--org", BACK, "--json"))
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("headline", exact=False).fill("Numbers, mostly")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    shown = requests.get(card["url"], timeout=10).text
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert page.goto(f"{server.base_url}/me") is not None
    assert (card["claimed"], card["person"]["user_name"]) == (True, NAME)
    assert "Numbers, mostly" in shown
    assert is_in(server, context) == {False}


def answer_provider_and_come_to(page: Page, path: str) -> None:
    """Sign in at the provider as Ines, and be at one of one's own pages."""
    page.get_by_placeholder("Enter any login").fill("ines")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    consent = page.get_by_role("button", name="Continue")
    consent.or_(page.get_by_role("link", name="Edit")).wait_for()
    if consent.is_visible():
        consent.click()
    page.wait_for_url(f"**{path}*")

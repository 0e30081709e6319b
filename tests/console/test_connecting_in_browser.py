"""Connecting in a real browser: the list ticks itself while a directory is pushed, and sign-in is tried at a provider
that others wrote; every state of these pages looks right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.conftest import missing
from tests.console.looking import come_in, faults
from tests.console.test_connection import schema
from tests.support.openid_provider import SECRET, TENANT, OpenIDProvider, client, openid_provider
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

STEPS = 7
TICKS_MS = 30_000
INES = "8a520000-0000-4000-8000-000000000001"
PEOPLE = {"ines": {"tid": TENANT, "oid": INES, "preferred_username": "ines@nordwind.example"}}


@pytest.fixture(scope="module")
def visit(server: Server, browser: Browser) -> Iterator[Visit]:
    """An owner's browser."""
    with Visit(browser, SIZES["desktop"]) as visit:
        visit.page.set_default_timeout(10_000)
        come_in(server, visit)
        visit.complaints.clear()
        yield visit


@pytest.fixture(scope="module")
def openid(server: Server) -> Iterator[OpenIDProvider]:
    """A provider that knows the organization as its client."""
    try:
        with openid_provider([client(server, server.slug)], PEOPLE) as started:
            yield started
    except FileNotFoundError as error:
        missing(error)


def done(page: Page) -> int:
    return page.locator(".checklist .done").count()


def test_a_list_that_looks_again_by_itself_is_not_dimmed_meanwhile(server: Server, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{server.base_url}/console/connection")
    asking = """one => {
        one.style.transition = 'none'
        one.classList.add('htmx-request')
        return getComputedStyle(one).opacity
    }"""

    watching = page.locator("#progress").get_attribute("hx-trigger")
    opacity = page.locator("#progress").evaluate(asking)

    assert watching == "every 3s"
    assert opacity == "1"


def test_the_list_ticks_itself_while_the_directory_is_pushed(server: Server, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{server.base_url}/console/connection")
    before, trouble = done(page), page.locator("#trouble-membership")
    empty = faults(visit)
    trouble.locator("summary").click()
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)

    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)

    expect(page.locator(".checklist .done")).to_have_count(STEPS, timeout=TICKS_MS)
    expect(page.locator("#progress-said")).to_have_text(f"{STEPS} of {STEPS} steps are done.")
    expect(page.locator("#progress .status").first).to_have_text("syncing")
    expect(page.locator("#progress[hx-trigger]")).to_have_count(0, timeout=TICKS_MS)  # it changes no more
    assert before == 1
    assert empty == faults(visit) == []


def test_what_one_has_opened_stays_open_while_the_list_changes(server: Server, visit: Visit) -> None:
    server.lanyard("org", "create", "suedwind")
    token = server.lanyard("token", "create", "--org", "suedwind", "--name", "Entra").strip()
    page = visit.page
    page.goto(server.lanyard("admin-link", "--org", "suedwind").strip())
    page.get_by_role("button").click()
    page.goto(f"{server.base_url}/console/connection")
    opened = page.locator("#trouble-card")
    opened.locator("summary").click()

    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", token)

    expect(page.locator(".checklist .done")).to_have_count(STEPS - 1, timeout=TICKS_MS)
    expect(opened).to_have_attribute("open", "")
    visit.complaints.clear()
    come_in(server, visit)


def test_a_token_is_made_copied_and_revoked(server: Server, visit: Visit) -> None:
    page = visit.page
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server.base_url}/console/tokens/new?name=Entra+2027")
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_label("The token Entra 2027").input_value()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    made = faults(visit)

    page.get_by_role("link", name="See all tokens").click()
    page.get_by_role("link", name="Revoke Entra 2027").click()
    asked = faults(visit)
    page.get_by_role("button", name="Revoke it").click()

    expect(page.get_by_role("status").first).to_contain_text("Entra 2027 is revoked")
    assert copied == token
    assert made == asked == []


def test_an_oauth_client_is_shown_once_with_all_that_entra_wants(server: Server, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{server.base_url}/console/oauth-clients/new?name=Entra")
    page.get_by_role("button", name="Make the client").click()
    expect(page.get_by_label("Token endpoint")).to_have_value(f"{server.base_url}/oauth/token")
    made = faults(visit)
    page.get_by_role("link", name="See all tokens").click()

    assert made == faults(visit) == []


def test_entra_s_file_is_completed_and_downloaded(server: Server, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{server.base_url}/console/connection")
    content = json.dumps(schema()).encode()
    page.get_by_label("The file that Entra").set_input_files(
        FilePayload(name="schema.json", mimeType="application/json", buffer=content)
    )
    page.get_by_role("button", name="See what is missing").click()
    expect(page.locator("main")).to_contain_text("externalId comes from objectId now")
    seen = faults(visit)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the completed file").click()

    assert download.value.suggested_filename == f"lanyard-{server.slug}-entra-schema.json"
    assert json.loads(download.value.path().read_bytes())["id"] == schema()["id"]
    assert seen == []


def test_sign_in_is_set_up_and_tried_at_a_provider_that_others_wrote(
    server: Server, visit: Visit, openid: OpenIDProvider
) -> None:
    page = visit.page
    page.goto(f"{server.base_url}/console/sign-in/change")
    page.get_by_label("Directory (tenant) id").fill(TENANT)
    page.get_by_label("Issuer").fill(openid.issuer)
    page.get_by_label("Application (client) id").fill(f"client-of-{server.slug}")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="See what it does").click()
    asked = faults(visit)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Now test it")
    page.get_by_role("link", name="Test it").click()
    page.get_by_placeholder("Enter any login").fill("ines")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("They would( not)? come in"))
    expect(page.locator("main")).to_contain_text(INES)
    visit.complaints.clear()
    visit.hosts.clear()
    page.reload()
    expect(page.locator("main")).to_contain_text("Begin again")
    assert asked == faults(visit) == []
    page.goto(f"{server.base_url}/console")
    expect(page.locator("nav.wide")).to_contain_text("break-glass link")

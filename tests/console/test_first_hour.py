"""A new admin's first hour, as one walk through the console: connect, design, bind, see a card, see why it went.

Once with scripts and once without; on SQLite, and once on PostgreSQL. `lanyard rehearse` pushes meanwhile.
"""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from app.rehearsal import SAMPLE
from tests.console.looking import come_in
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

TICKS_MS = 30_000
GROUP = "Cards - Board"


@pytest.mark.parametrize(
    ("server", "scripts"),
    [("sqlite", True), ("sqlite", False), ("postgresql", True)],
    indirect=["server"],
    ids=["with scripts", "without scripts", "postgresql"],
)
def test_a_new_admins_first_hour(server: Server, browser: Browser, scripts: bool) -> None:
    slug = "first-hour" + ("" if scripts else "-plain")
    server.lanyard("org", "create", slug, "--name", "Nordwind AG", "--phone-region", "CH")

    with Visit(browser, SIZES["desktop"], java_script_enabled=scripts) as visit:
        page = visit.page
        page.set_default_timeout(15_000)
        come_in(server, visit, slug)
        visit.complaints.clear()  # the pages before the console have no icon

        token = make_a_token(page, server)
        push(server, token)
        the_checklist_ticks(page, server)
        design_a_template(page, server)
        issued = bind_a_group(page, server)
        card = open_a_card(page, server)
        remove_somebody(server, token, card)
        the_why_page_says_so(page, card)

        assert issued == 5
        assert requests.get(card["url"], timeout=10).status_code == 410
        assert visit.complaints == []
        assert visit.hosts == {server.base_url.removeprefix("http://")}


def make_a_token(page: Page, server: Server) -> str:
    page.goto(f"{server.base_url}/console")
    page.get_by_role("link", name=re.compile("No directory can connect")).click()
    page.get_by_role("link", name="Make a token").click()
    page.get_by_role("button", name="Make the token").click()
    return page.get_by_label("The token Entra").input_value()


def push(server: Server, token: str) -> None:
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", token)


def the_checklist_ticks(page: Page, server: Server) -> None:
    page.get_by_role("link", name="Go on with the connection").click()
    # Designing and binding is still to come: the last step, a first card, is not done.
    expect(page.locator(".checklist .done")).to_have_count(6, timeout=TICKS_MS)


def design_a_template(page: Page, server: Server) -> None:
    page.goto(f"{server.base_url}/console/templates/new")
    page.get_by_label("Name").fill("Everybody")
    page.get_by_role("button", name="Make the template").click()
    page.goto(f"{server.base_url}/console/templates")
    page.get_by_role("link", name="Everybody").click()
    page.get_by_role("link", name="Duplicate").click()
    page.get_by_label("Name").fill("Board")
    page.get_by_role("button", name="Duplicate").click()
    page.goto(f"{server.base_url}/console/templates")
    page.get_by_role("link", name="Board").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Accent colour").first.fill("#6b1d5c")
    page.get_by_role("button", name="Save the draft").first.click()
    page.goto(f"{server.base_url}/console/templates")
    page.get_by_role("link", name="Board").click()
    page.get_by_role("link", name=re.compile("^Publish")).click()
    page.get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_role("status").first).to_contain_text("version 2")


def bind_a_group(page: Page, server: Server) -> int:
    """Bind, having looked; how many cards the preview said and the list then has."""
    page.goto(f"{server.base_url}/console/bindings")
    page.get_by_role("button", name="Add a binding").click()
    page.get_by_label("Group").fill(GROUP)
    page.get_by_label("Template").select_option("Board")
    page.get_by_role("button", name="See what it does").click()
    said = page.get_by_role("heading", name=re.compile("Cards that are issued")).inner_text()
    promised = int(said.rpartition(":")[2].replace(",", ""))
    page.get_by_role("button", name="Save the bindings").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{promised} cards: issued")
    page.goto(f"{server.base_url}/console/cards")
    expect(page.locator(".list-table tbody tr")).to_have_count(promised)
    return promised


def open_a_card(page: Page, server: Server) -> dict[str, str]:
    """The first card: its address, its holder, and the page of whoever holds it."""
    page.goto(f"{server.base_url}/console/cards")
    page.locator(".list-table a.name").first.click()
    holder = page.locator("dd a").first
    found = {
        "url": page.get_by_label("Address of the card").input_value(),
        "user_name": holder.inner_text(),
        "person": server.base_url + str(holder.get_attribute("href")),
    }
    assert requests.get(found["url"], timeout=10).status_code == 200
    return found


def remove_somebody(server: Server, token: str, card: dict[str, str]) -> None:
    """The directory takes the card's holder out of the group."""
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {token}"
    user = http.get(f"{server.scim_url}/Users", params={"filter": f'userName eq "{card["user_name"]}"'}, timeout=10)
    group = http.get(f"{server.scim_url}/Groups", params={"filter": f'displayName eq "{GROUP}"'}, timeout=10)
    [person], [board] = user.json()["Resources"], group.json()["Resources"]
    operation = {"op": "remove", "path": f'members[value eq "{person["id"]}"]'}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    http.patch(f"{server.scim_url}/Groups/{board['id']}", json=body, timeout=10).raise_for_status()


def the_why_page_says_so(page: Page, card: dict[str, str]) -> None:
    page.goto(card["person"])
    expect(page.locator("main")).to_contain_text("no group that is bound to Board")
    expect(page.locator("main")).to_contain_text("paused")

"""`make screenshots`: pictures of the main pages, from the sample company on a server of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from sqlalchemy.engine import URL

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.console.looking import come_in
from tests.support.browser import chromium
from tests.support.server import Server, running
from tests.support.visit import SIZES, Visit

PERSON = "Regula Ammann"
CONSOLE = {
    "overview": "/console",
    "connection": "/console/connection",
    "people": "/console/people",
    "person": "/console/people?search=ammann",
    "cards": "/console/cards",
    "template": "/console/templates",
    "bindings": "/console/bindings",
    "log": "/console/log",
    "quality": "/console/quality",
    "sign-in": "/console/sign-in",
}
FIRST_OF = ("person", "template")
"""Of these the first of the list is opened."""


def main(folder: Path) -> None:
    """Take the pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        database = URL.create("sqlite", database=f"{place}/lanyard.db")
        with running(database, Path(place)) as server, chromium() as browser:
            take(browser, folder, card_of(server, PERSON))
            take_console(browser, folder, server)


def card_of(server: Server, display_name: str) -> str:
    """The address of somebody's card, after the sample was pushed."""
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    cards = json.loads(server.lanyard("cards", "list", "--org", server.slug, "--json"))
    return str(next(card["url"] for card in cards if card["person"]["display_name"] == display_name))


def take(browser: Browser, folder: Path, url: str) -> None:
    """The card at every size, in light and in dark."""
    for name, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(url)
            page.screenshot(path=folder / f"card-{name}-{scheme}.png", full_page=name == "phone")
            page.close()


def take_console(browser: Browser, folder: Path, server: Server) -> None:
    """The console's main pages at every size, in light."""
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(server, visit)
        for name, path in CONSOLE.items():
            visit.page.goto(server.base_url + path)
            if name in FIRST_OF:
                visit.page.locator(".list-table tbody a").first.click()
            if name == "template":
                visit.page.get_by_role("link", name="Edit", exact=True).click()
            visit.page.wait_for_load_state("networkidle")
            for size, (width, height) in SIZES.items():
                visit.page.set_viewport_size({"width": width, "height": height})
                visit.page.screenshot(path=folder / f"console-{name}-{size}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

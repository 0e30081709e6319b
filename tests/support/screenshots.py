"""`make screenshots`: pictures of the main pages, from the sample company on a server of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from sqlalchemy.engine import URL

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.support.browser import chromium
from tests.support.server import Server, running
from tests.support.visit import SIZES

PERSON = "Regula Ammann"


def main(folder: Path) -> None:
    """Take the pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        database = URL.create("sqlite", database=f"{place}/lanyard.db")
        with running(database, Path(place)) as server:
            take(folder, card_of(server, PERSON))


def card_of(server: Server, display_name: str) -> str:
    """The address of somebody's card, after the sample was pushed."""
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    cards = json.loads(server.lanyard("cards", "list", "--org", server.slug, "--json"))
    return str(next(card["url"] for card in cards if card["person"]["display_name"] == display_name))


def take(folder: Path, url: str) -> None:
    """The card at every size, in light and in dark."""
    with chromium() as browser:
        for name, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.goto(url)
                page.screenshot(path=folder / f"card-{name}-{scheme}.png", full_page=name == "phone")
                page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

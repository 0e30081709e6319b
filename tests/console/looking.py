"""How a page looks: in one window, at every size and in both schemes; what axe, the console and the ruler say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.support.axe import violations
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def come_in(server: Server, visit: Visit, slug: str | None = None) -> None:
    """Sign in as an owner, by a link for emergencies; of the server's own organization unless another is named."""
    visit.page.goto(server.lanyard("admin-link", "--org", slug or server.slug).strip())
    visit.page.get_by_role("button").click()
    visit.page.wait_for_url("**/console")


def faults(visit: Visit, picture: Path | None = None) -> list[str]:
    """What is wrong with the page that is open, at every size, light and dark; pictures into a folder, if named."""
    page, found = visit.page, list(visit.complaints)
    visit.complaints.clear()
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{size}, {scheme}: {one}" for one in violations(page)]
            if picture is not None:
                page.screenshot(path=picture.with_name(f"{picture.name}-{size}-{scheme}.png"), full_page=True)
        if visit.sideways() > 0:
            found.append(f"{size}: {visit.sideways()} pixels beyond the window")
    found += visit.complaints
    visit.complaints.clear()
    return found + [f"asked {host}" for host in visit.hosts - {urlsplit(page.url).netloc}]


def everything_is_drawn(page: Page) -> None:
    """Wait until pictures and frames are there."""
    page.wait_for_load_state("networkidle")

"""An invitation as somebody outside the directory follows it, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy.engine import URL

from tests.support.server import Server, running
from tests.support.visit import SIZES, Visit

FILE = """\
templates:
  - name: Guest
    design: {accent: "#7a1fa2"}
    general: {name: {sync: never}, company: {sync: never, value: Nordwind AG}}
    fields: [{key: mobile, kind: phone, label: Mobile, sync: never}, {key: mail, kind: email, label: E-mail, sync: never}]
"""


@pytest.fixture(scope="module")
def nordwind(new_database: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a template for guests."""
    folder: Path = tmp_path_factory.mktemp("guests")
    file = folder / "guests.yaml"
    file.write_text(FILE)
    with running(new_database("sqlite"), folder) as server:
        server.lanyard("apply", str(file), "--org", server.slug)
        yield server


def invite(server: Server, email: str) -> str:
    return server.lanyard("invite", "--org", server.slug, "--template", "Guest", email).strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_an_invitation_is_claimed_with_one_button(browser: Browser, nordwind: Server, size: str, scheme: str) -> None:
    link = invite(nordwind, f"pat.{size}.{scheme}@partner.example")

    with Visit(browser, SIZES[size], scheme, java_script_enabled=False) as visit:
        visit.page.goto(link)
        button = visit.page.get_by_role("button", name="Claim this card")
        box = button.bounding_box()
        wide = [visit.page.locator("html").evaluate("page => page.scrollWidth")]
        with visit.page.expect_navigation():
            button.click()
        wide.append(visit.page.locator("html").evaluate("page => page.scrollWidth"))
        heading = visit.page.locator("h1").inner_text()
        code = visit.page.get_by_alt_text("QR code").is_visible()
        visit.page.get_by_role("link").click()
        card = visit.page.url

        assert box is not None
        assert box["height"] >= 44
        assert max(wide) <= SIZES[size][0]
        assert (heading, code) == ("This card is yours", True)
        assert card.startswith(f"{nordwind.base_url}/c/")
        assert visit.complaints == []
        assert visit.hosts == {nordwind.base_url.removeprefix("http://")}
        assert visit.context.cookies() == []


def test_the_colours_are_the_templates(browser: Browser, nordwind: Server) -> None:
    with Visit(browser, SIZES["phone"]) as visit:
        visit.page.goto(invite(nordwind, "colours@partner.example"))

        colour = "getComputedStyle(document.querySelector('button')).backgroundColor"
        assert visit.page.evaluate(colour) == "rgb(122, 31, 162)"


def test_a_form_on_another_site_claims_nothing(browser: Browser, nordwind: Server) -> None:
    link = invite(nordwind, "forged@partner.example")

    with Visit(browser, SIZES["phone"]) as visit:
        visit.page.set_content(f'<form method="post" action="{link}"><button>Win a prize</button></form>')
        with visit.page.expect_navigation() as navigation:
            visit.page.get_by_role("button").click()

        assert navigation.value is not None
        assert navigation.value.status == 403
        assert visit.page.locator("h1").inner_text() == "Please open the link itself"

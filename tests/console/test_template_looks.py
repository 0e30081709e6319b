"""Every page of a template with a draft and two versions: axe finds nothing, it fits, and the browser says nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.console.looking import come_in, everything_is_drawn, faults
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

PAGES = (
    "",
    "/edit",
    "/edit?find=mira",
    "/preview",
    "/publish",
    "/discard",
    "/versions",
    "/versions/1/restore",
    "/duplicate",
    "/delete",
)
NEXT = """
templates:
  - name: Fire wardens
    design: {accent: "#d9d9d9", theme: auto}
    general: {name: {sync: always}, title: {sync: always, required: true}}
    fields:
      - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}
    video: {url: "https://video.nordwind.example/intro"}
"""


@pytest.fixture(scope="module")
def here(server: Server, tmp_path_factory: pytest.TempPathFactory, visit: Visit) -> str:
    """The address of a template of the sample company that has a second version and a draft."""
    second, third = (tmp_path_factory.mktemp("files") / "next.yaml" for _ in range(2))
    second.write_text(NEXT)
    third.write_text(NEXT.replace("#d9d9d9", "#b3261e").replace("title: {sync: always", "title: {sync: never"))
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    server.lanyard("apply", str(second), "--org", server.slug)
    server.lanyard("apply", str(third), "--org", server.slug, "--draft")
    visit.page.goto(f"{server.base_url}/console/templates")
    visit.page.get_by_role("link", name="Fire wardens").click()
    visit.page.wait_for_url("**/templates/*")
    return visit.page.url


@pytest.fixture(scope="module")
def visit(server: Server, browser: Browser) -> Iterator[Visit]:
    """An owner's browser."""
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(server, visit)
        yield visit


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_template_is_right_for_everybody(here: str, visit: Visit, page: str) -> None:
    visit.page.goto(here)
    visit.complaints.clear()
    visit.page.goto(here + page)
    everything_is_drawn(visit.page)

    assert faults(visit) == []


def test_an_editor_with_everything_open_and_mistakes_is_right_for_everybody(here: str, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{here}/edit")
    page.get_by_label("Accent colour", exact=True).fill("red")
    page.get_by_label("Address of the video").fill("video.example")
    page.get_by_role("button", name="Save the draft", exact=True).click()
    everything_is_drawn(page)
    visit.complaints.clear()  # that the form was not saved
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")

    assert faults(visit) == []

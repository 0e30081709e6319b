"""The template editor in a real browser: fields are dragged, the preview follows what is typed; then by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.console.looking import come_in, everything_is_drawn
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

MOST_TABS = 250


@pytest.fixture(scope="module")
def sample(server: Server) -> Server:
    """The sample company, pushed."""
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    return server


@pytest.fixture
def visit(sample: Server, browser: Browser) -> Iterator[Visit]:
    """An owner's browser with the list of templates open."""
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(sample, visit)
        visit.page.goto(f"{sample.base_url}/console/templates")
        everything_is_drawn(visit.page)
        visit.complaints.clear()
        yield visit


def labels(page: Page) -> list[str]:
    """The fields of the form, in their order."""
    return page.locator("#rows .name").all_inner_texts()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    said = "() => document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText"
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if str(page.evaluate(said) or "").strip().startswith(name):
            return
    pytest.fail(f"{name!r} cannot be reached by keyboard")


def test_fields_are_dragged_and_the_preview_follows_what_is_typed(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("link", name="Sales").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    card, said = page.frame_locator("#preview"), page.locator("#preview-said")
    expect(card.locator("main.card h1")).to_be_visible()

    page.locator("#find").fill("mira")
    page.get_by_label("mira.okafor@nordwind.example").check()
    expect(card.locator("h1")).to_contain_text("Mira")
    page.locator("#row-3 [data-grip]").drag_to(page.locator("#row-1 [data-grip]"))
    expect(card.locator("dt").first).to_contain_text("E-mail")
    page.locator("#row-3 summary").click()
    page.locator("[id='field.3.label']").fill("Write to me")
    expect(card.locator("dt").first).to_contain_text("Write to me")
    page.get_by_label("Accent colour", exact=True).fill("#f5a400")
    expect(page.locator("#contrast .poor").first).to_contain_text("links in #")
    expect(card.locator(".action.primary")).to_have_css("background-color", "rgb(245, 164, 0)")
    page.locator("[id='field.3.label']").fill("")
    expect(said).to_contain_text("The preview waits: A field needs a label.")
    page.locator("[id='field.3.label']").fill("Write to me")
    expect(said).to_contain_text("as this form would make it")
    page.get_by_label("Desktop").check()
    page.get_by_role("button", name="Save the draft", exact=True).click()

    expect(page.get_by_role("status").first).to_contain_text("The draft is saved.")
    assert labels(page)[:3] == ["Write to me", "Mobile", "Office"]
    expect(card.locator("h1")).to_contain_text("Mira")
    assert visit.complaints == []


def test_a_template_is_edited_and_published_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    before = ["Office", "Mobile", "E-mail", "Address", "Website", "LinkedIn"]

    tab_to(page, "Board")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/templates/[0-9a-f-]+$"))
    tab_to(page, "Edit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    assert labels(page) == before
    tab_to(page, "Move Mobile up")
    page.keyboard.press("Enter")
    assert labels(page)[:2] == ["Mobile", "Office"]
    expect(page.locator("#moved")).to_have_text("Mobile is now field 1 of 6.")
    tab_to(page, "Save and publish…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/publish")
    tab_to(page, "Publish version 2")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/templates/[0-9a-f-]+$"))

    expect(page.get_by_role("status").first).to_contain_text("Board is published in version 2")
    rows = page.locator("table .name").all_inner_texts()
    assert rows[rows.index("Mobile") + 1] == "Office"
    assert visit.complaints == []

"""Cards and bindings in a browser: found while one types, dragged, chosen together; and all of it by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.console.looking import come_in
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def sample(server: Server) -> Server:
    """The sample company, pushed."""
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    return server


@pytest.fixture
def page(sample: Server, browser: Browser) -> Iterator[Page]:
    """An owner's window; the browser has nothing to complain of."""
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(sample, visit)
        visit.complaints.clear()
        yield visit.page
        assert visit.complaints == []


def groups(page: Page) -> list[str]:
    """The groups of the bindings in the order of the form."""
    return [one.input_value() for one in page.locator("ol.bindings input[name=group]").all()]


def test_cards_are_found_while_somebody_types_and_paused_together(sample: Server, page: Page) -> None:
    page.goto(f"{sample.base_url}/console/cards")
    page.get_by_label("State", exact=True).select_option("live")
    page.get_by_label(re.compile("^Search")).press_sequentially("ines")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    holder = page.locator("#list tbody a.name").inner_text()

    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Pause…").click()
    expect(page.get_by_text("1 card is paused until an admin resumes it")).to_be_visible()
    page.get_by_role("button", name="Pause 1 card").click()

    expect(page.get_by_role("status")).to_contain_text("1 card paused.")
    page.goto(f"{sample.base_url}/console/cards?paused_by=admin")
    expect(page.locator("#list tbody a.name")).to_have_text([holder])


def test_all_that_match_are_resumed_by_keyboard_alone(sample: Server, page: Page) -> None:
    page.goto(f"{sample.base_url}/console/cards?paused_by=admin")
    page.get_by_label("All cards that match").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Resume…").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^Resume 1 card")).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("1 card resumed.")


def test_bindings_are_dragged_into_another_order(sample: Server, page: Page) -> None:
    page.goto(f"{sample.base_url}/console/bindings")
    before = groups(page)
    rows = page.locator("ol.bindings > li")

    rows.nth(2).locator(".grip").drag_to(rows.nth(0), target_position={"x": 20, "y": 4})
    page.get_by_role("button", name="See what it does").click()

    expect(page.get_by_role("button", name="Save the bindings")).to_be_visible()
    page.get_by_role("button", name="Change something").click()
    assert groups(page) == [before[2], before[0], before[1], *before[3:]]


def test_groups_are_suggested_while_somebody_types(sample: Server, page: Page) -> None:
    page.goto(f"{sample.base_url}/console/bindings")
    page.get_by_role("button", name="Add a binding").click()
    page.locator("ol.bindings > li").last.get_by_label("Group").press_sequentially("ward")

    expect(page.locator("#group-names option")).to_have_count(1)
    expect(page.locator("#group-names option")).to_have_attribute("value", "Cards - Fire wardens")


def test_the_order_is_changed_by_keyboard_alone(sample: Server, page: Page) -> None:
    page.goto(f"{sample.base_url}/console/bindings")
    before = groups(page)

    page.get_by_role("button", name="Move row 2 up").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    assert groups(page) == [before[1], before[0], *before[2:]]

"""A list is searched while somebody types, and by pressing Enter where no script runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.console.looking import come_in
from tests.console.test_looks import sample
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

__all__ = ["sample"]

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def test_the_list_follows_what_is_typed_and_the_address_as_well(sample: Server, browser: Browser) -> None:
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(sample, visit)
        visit.complaints.clear()
        visit.page.goto(f"{sample.base_url}/console/people")

        visit.page.get_by_role("searchbox").press_sequentially("jones", delay=20)

        expect(visit.page.locator("#list tbody tr")).to_have_count(1)
        expect(visit.page.locator("#list")).to_contain_text("Ines JONES")
        expect(visit.page.get_by_role("searchbox")).to_be_focused()
        assert "search=jones" in visit.page.url
        assert visit.complaints == []


def test_by_keyboard_alone_somebody_is_found_and_the_reason_read(sample: Server, browser: Browser) -> None:
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(sample, visit)
        visit.page.goto(f"{sample.base_url}/console/people")

        visit.page.get_by_role("searchbox").focus()
        visit.page.keyboard.type("ines jones")
        visit.page.keyboard.press("Enter")
        expect(visit.page.locator("#list tbody tr")).to_have_count(1)
        visit.page.locator("#list tbody a").first.focus()
        visit.page.keyboard.press("Enter")

        expect(visit.page.locator("#why")).to_contain_text("Members of Cards - Board get a card of Board.")

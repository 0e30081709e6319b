"""Hands that use a page: with a mouse, or with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

MOST_TABS = 400


class Hands:
    """Clicks, types and chooses as somebody with a mouse does."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        """Press what leads to another page."""
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        target.fill(text)

    def choose(self, target: Locator, label: str) -> None:
        target.select_option(label)


class Keyboard(Hands):
    """The same with Tab, Enter and letters; what Tab does not come to cannot be used."""

    def press(self, target: Locator) -> None:
        self._go_to(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def fill(self, target: Locator, text: str) -> None:
        self._go_to(target)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, label: str) -> None:
        self._go_to(target)
        self.page.keyboard.type(label)

    def _go_to(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {target}")

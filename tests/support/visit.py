"""A page as somebody opens it in a browser, and what it did on the way."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
"""Width and height of the windows in which every page is looked at."""


class Visit:
    """One visitor with a window and nothing remembered from before."""

    def __init__(self, browser: Browser, size: tuple[int, int], scheme: Any = "light", **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **options
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        """What the browser's console says, errors of scripts, and everything that could not be loaded."""
        self.hosts: set[str] = set()
        """Whom the page asked for anything."""
        self.headers: list[dict[str, str]] = []
        """The headers of every answer, names in lower case."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)
        self.page.on("response", self._on_response)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def sideways(self) -> int:
        """How many pixels of the page are beyond the window's width."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def _on_console(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _on_request(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)

    def _on_failure(self, request: Request) -> None:
        # Going on to the next page ends what the last one still loads.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        self.headers.append(response.headers)
        if response.status >= 400:
            self.complaints.append(f"{response.url}: {response.status}")

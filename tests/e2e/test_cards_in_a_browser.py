"""Cards of the sample company as a phone and a desktop show them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy.engine import URL

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.support.server import Server, running
from tests.support.visit import SIZES, Visit


@pytest.fixture(scope="module")
def nordwind(new_database: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server to which the sample company was pushed."""
    with running(new_database("sqlite"), tmp_path_factory.mktemp("nordwind")) as server:
        server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
        server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
        yield server


@pytest.fixture(scope="module")
def cards(nordwind: Server) -> list[dict[str, Any]]:
    """All cards of the sample company."""
    return list(json.loads(nordwind.lanyard("cards", "list", "--org", nordwind.slug, "--json")))


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Width and height of a window."""
    return SIZES[request.param]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_card_fits_and_keeps_to_itself(
    browser: Browser, nordwind: Server, cards: list[dict[str, Any]], size: tuple[int, int], scheme: str
) -> None:
    live = [card for card in cards if card["state"] == "live"]

    with Visit(browser, size, scheme) as visit:
        too_wide = []
        for card in live:
            visit.page.goto(card["url"])
            if visit.sideways():
                too_wide.append(card["values"]["name"])

        assert len(live) > 40
        assert too_wide == []
        assert visit.complaints == []
        assert visit.hosts == {nordwind.base_url.removeprefix("http://")}
        assert visit.context.cookies() == []
        assert [headers for headers in visit.headers if "set-cookie" in headers] == []
        pages = [headers for headers in visit.headers if headers["content-type"].startswith("text/html")]
        assert len(pages) == len(live)
        assert all(page["content-security-policy"].startswith("default-src 'none'") for page in pages)


def test_a_card_is_whole_without_scripts(browser: Browser, cards: list[dict[str, Any]], size: tuple[int, int]) -> None:
    card = next(card for card in cards if card["person"]["display_name"] == "Regula Ammann")

    with Visit(browser, size, java_script_enabled=False) as visit:
        visit.page.goto(card["url"])

        assert visit.page.locator("h1").inner_text().startswith("Regula Ammann")
        for action in ("Save contact", "Call", "E-mail", "Map", "Website"):
            assert visit.page.get_by_role("link", name=action, exact=True).is_visible()
        assert visit.page.get_by_alt_text("QR code").is_visible()
        for text in card["values"].values():
            assert text.split(", ")[0] in visit.page.locator("main").inner_text().replace("\u200b", "")


def test_saving_the_contact_downloads_it(browser: Browser, cards: list[dict[str, Any]]) -> None:
    card = next(card for card in cards if card["person"]["display_name"] == "Regula Ammann")

    with Visit(browser, SIZES["phone"]) as visit:
        visit.page.goto(card["url"])
        with visit.page.expect_download() as download:
            visit.page.get_by_role("link", name="Save contact").click()

    assert download.value.suggested_filename == "Regula Ammann.vcf"


BACKGROUND = "getComputedStyle(document.querySelector('main')).backgroundColor"


def test_light_and_dark_follow_the_visitor(browser: Browser, cards: list[dict[str, Any]]) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        with Visit(browser, SIZES["phone"], scheme) as visit:
            visit.page.goto(cards[0]["url"])
            grounds[scheme] = visit.page.evaluate(BACKGROUND)

    assert grounds["light"] == "rgb(255, 255, 255)"
    assert grounds["dark"] != grounds["light"]


def test_arabic_reads_from_the_right_and_latin_from_the_left(browser: Browser, cards: list[dict[str, Any]]) -> None:
    sides = {}
    for name in ("محمد الحسن", "Regula Ammann"):
        card = next(card for card in cards if card["person"]["display_name"] == name)
        with Visit(browser, SIZES["desktop"]) as visit:
            visit.page.goto(card["url"])
            box = visit.page.locator(".face").bounding_box()
            assert box is not None
            sides[name] = "left" if box["x"] < SIZES["desktop"][0] / 2 else "right"

    assert sides == {"محمد الحسن": "right", "Regula Ammann": "left"}


def test_everything_that_can_be_tapped_is_large_enough_and_has_a_name(
    browser: Browser, cards: list[dict[str, Any]]
) -> None:
    with Visit(browser, SIZES["phone"]) as visit:
        visit.page.goto(cards[0]["url"])
        links = visit.page.locator("nav a").all()
        boxes = [link.bounding_box() for link in links]

        assert min(box["height"] for box in boxes if box) >= 44
        assert all(link.inner_text().strip() for link in links)


def test_on_paper_the_address_is_spelled_and_buttons_are_gone(browser: Browser, cards: list[dict[str, Any]]) -> None:
    with Visit(browser, SIZES["desktop"]) as visit:
        visit.page.goto(cards[0]["url"])
        visit.page.emulate_media(media="print")

        assert visit.page.get_by_text(cards[0]["url"]).is_visible()
        assert not visit.page.locator("nav").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_paused_card_shows_the_organization(
    browser: Browser, cards: list[dict[str, Any]], size: tuple[int, int], scheme: str
) -> None:
    card = next(card for card in cards if card["state"] == "paused")

    with Visit(browser, size, scheme) as visit:
        answer = visit.page.goto(card["url"])

        assert answer is not None
        assert answer.status == 410
        assert visit.page.locator("h1").inner_text() == "Nordwind AG"
        assert visit.sideways() == 0
        assert card["person"]["display_name"] not in visit.page.content()

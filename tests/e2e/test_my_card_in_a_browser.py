"""People's own cards in a real browser: every page in every state, editing with and without scripts, the code offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Frame, Page
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.auth.sign_in import sessions
from app.auth.sign_in.sessions import Limits, Visitor
from app.cards import by_hand, claiming
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.tables import scim_users
from app.wiring import HANDLERS
from tests.cards.conftest import Company
from tests.my_card.conftest import CARDS, INES
from tests.support.axe import violations
from tests.support.server import Server, running
from tests.support.visit import SIZES, Visit

LONG = Limits(timedelta(hours=1), timedelta(hours=1))


class Signed:
    """The company on a running server, and browsers in which its people are signed in."""

    def __init__(self, server: Server, company: Company) -> None:
        self.server, self.company = server, company
        statement = select(scim_users.c.user_name, scim_users.c.person_id)
        with company.database.read(company.organization_id) as reader:
            found = reader.execute(statement.where(scim_users.c.organization_id == ORGANIZATION))
            self.people = {row.user_name.partition("@")[0]: row.person_id for row in found}

    def card(self, name: str, template: str = "Sales") -> str:
        return self.company.card_ids()[name, template]

    def visit(self, browser: Browser, name: str, size: str = "phone", scheme: str = "light", **options: Any) -> Visit:
        visit = Visit(browser, SIZES[size], scheme, **options)
        self.sign_in(visit, name)
        return visit

    def sign_in(self, visit: Visit, name: str) -> None:
        """Make this browser's session that person's."""
        visitor = Visitor(name, person_id=self.people[name])
        secret = self.company.write(lambda tx: sessions.begin(tx, visitor, LONG))
        visit.context.add_cookies([{"name": "lanyard", "value": secret, "url": self.server.base_url}])

    def url(self, path: str) -> str:
        return f"{self.server.base_url}{path}"


@pytest.fixture(scope="module")
def nordwind(new_database: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """Ines' card is live, Olaf has two that nobody has claimed, Pia's is paused, Zoe's waits, Nora has none."""
    url = new_database("sqlite")
    with running(url, tmp_path_factory.mktemp("my-card")) as server:
        database = Database(url, HANDLERS)
        with database.read(None) as reader:
            company = Company(database, organizations.find(reader, server.slug).id)
        company.apply(CARDS + "organization: {seat_limit: 3}\n")
        company.hire("ines", **INES)
        company.hire("olaf", "pia", "nora")
        company.group("Cards - Sales", "ines", "olaf", "pia")
        company.group("Cards - Wardens", "olaf")
        company.hire("zoe")
        company.join("Cards - Sales", "zoe")
        signed = Signed(server, company)
        company.write(lambda tx: claiming.claim_for_person(tx, signed.people["ines"]))
        company.apply("organization: {seat_limit: 2}\n")
        company.write(lambda tx: by_hand.pause(tx, [signed.card("pia")]))
        yield signed
        database.close()


def preview_of(page: Page) -> Frame:
    """The frame in which the card is shown, once it is there."""
    element = page.locator("iframe.preview").element_handle()
    frame = element.content_frame() if element is not None else None
    assert frame is not None
    frame.wait_for_selector("main.card")
    return frame


def typed_wrongly(page: Page) -> None:
    page.get_by_label("Mobile").fill("later")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Nothing was saved yet").wait_for()


def changed_meanwhile(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    for window in (other, page):
        window.get_by_label("Headline").fill(f"Written by {uuid4()}")
        window.get_by_role("button", name="Save").click()
    page.get_by_text("Changed meanwhile").wait_for()


def forged(page: Page) -> None:
    page.evaluate("document.querySelector('[name=\"value.note\"]').name = 'value.company'")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("not yours to change").wait_for()


def too_much(page: Page) -> None:
    page.get_by_label("Note").evaluate("area => { area.value = 'x'.repeat(300000); }")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("That is too much").first.wait_for()


PAGES: dict[str, tuple[str, str, Callable[[Page], None] | None]] = {
    "several cards": ("olaf", "/me", None),
    "no card": ("nora", "/me", None),
    "a live card": ("ines", "/me/{card}?saved", None),
    "a waiting card": ("zoe", "/me/{card}", None),
    "a paused card": ("pia", "/me/{card}", None),
    "the form": ("ines", "/me/{card}/edit", None),
    "the form with something wrong": ("ines", "/me/{card}/edit", typed_wrongly),
    "the form that somebody else changed meanwhile": ("ines", "/me/{card}/edit", changed_meanwhile),
    "the form with what is locked": ("ines", "/me/{card}/edit", forged),
    "the form with too much in it": ("ines", "/me/{card}/edit", too_much),
    "the preview": ("ines", "/me/{card}/preview", None),
    "sharing": ("ines", "/me/{card}/share", lambda page: page.get_by_text("With an iPhone").click()),
    "nothing to share": ("pia", "/me/{card}/share", None),
    "the code": ("ines", "/me/{card}/qr", None),
    "no such card": ("ines", "/me/nothing", None),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_everybody_and_keeps_to_itself(
    browser: Browser, nordwind: Signed, name: str, size: str, scheme: str
) -> None:
    who, path, act = PAGES[name]
    card = nordwind.card(who) if "{card}" in path else ""

    with nordwind.visit(browser, who, size, scheme) as visit:
        visit.page.goto(nordwind.url(path.format(card=card)))
        if act is not None:
            act(visit.page)

        assert violations(visit.page) == []
        assert visit.sideways() == 0
        assert [one for one in visit.complaints if not re.search(r"\b4\d\d\b", one)] == []
        assert visit.hosts == {nordwind.server.base_url.removeprefix("http://")}


def test_everything_that_can_be_tapped_is_large_enough(browser: Browser, nordwind: Signed) -> None:
    small = []
    with nordwind.visit(browser, "ines") as visit:
        for below in ("", "/edit", "/share", "/qr"):
            visit.page.goto(nordwind.url(f"/me/{nordwind.card('ines')}{below}"))
            for target in visit.page.locator("a:visible, button:visible, input:visible, summary:visible").all():
                box = target.bounding_box()
                if box is not None and min(box["height"], box["width"]) < 24:
                    small.append((below, target.inner_text()))

    assert small == []


def test_a_card_is_edited_previewed_and_given_back_without_scripts(browser: Browser, nordwind: Signed) -> None:
    card = nordwind.card("ines")
    with nordwind.visit(browser, "ines", java_script_enabled=False) as visit:
        page = visit.page
        page.goto(nordwind.url(f"/me/{card}/edit"))
        page.get_by_label("Headline").fill("Numbers, mostly")
        page.get_by_role("button", name="Preview").click()
        page.frame_locator("iframe.preview").get_by_text("Numbers, mostly").wait_for()
        between = visit.context.new_page()
        between.goto(nordwind.url(f"/c/{card}"))
        before = between.locator("main").inner_text()
        page.get_by_label("Title").fill("Chair")
        page.get_by_role("button", name="Save").click()
        saved = page.get_by_role("status").inner_text()
        between.reload()
        after = between.locator("main").inner_text()
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Go back to what your directory says").check()
        page.get_by_label("Headline").fill("")
        page.get_by_role("button", name="Save").click()
        between.reload()

        assert "Numbers" not in before
        assert saved == "Saved. Your card shows it now."
        assert ("Numbers, mostly" in after, "Chair" in after) == (True, True)
        assert ("CFO" in between.content(), "Numbers" in between.content()) == (True, False)


def test_the_preview_follows_what_is_typed(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines", "desktop") as visit:
        page = visit.page
        page.goto(nordwind.url(f"/me/{nordwind.card('ines')}/edit"))
        frame, history = preview_of(page), page.evaluate("history.length")
        page.get_by_label("Headline").press_sequentially("Numbers, mostly", delay=10)
        frame.get_by_text("Numbers, mostly").wait_for()
        page.get_by_label("Office").fill("Seestrasse 1\n8002 Zürich")
        frame.get_by_text("8002 Zürich").wait_for()

        assert page.evaluate("history.length") == history
        assert visit.complaints == []


def test_whoever_wrote_something_wrong_is_led_to_it_and_loses_nothing(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines") as visit:
        page = visit.page
        page.goto(nordwind.url(f"/me/{nordwind.card('ines')}/edit"))
        page.get_by_label("Note").fill("Mondays only")
        typed_wrongly(page)
        focused = page.evaluate("document.activeElement.className")
        page.get_by_role("link", name="Mobile").click()

        assert "summary" in focused
        assert page.evaluate("document.activeElement.id") == "field-mobile"
        assert page.get_by_label("Mobile").input_value() == "later"
        assert page.get_by_label("Note").input_value() == "Mondays only"
        assert "telephone number" in (
            page.get_by_label("Mobile").evaluate("e => document.getElementById('field-mobile-error').innerText")
        )


def keep(visit: Visit, nordwind: Signed) -> Page:
    """The page on which a device was told to keep Ines' code."""
    visit.page.goto(nordwind.url(f"/me/{nordwind.card('ines')}/share"))
    visit.page.get_by_role("button", name="Keep on this device").click()
    visit.page.get_by_text("This device keeps the code.").wait_for()
    return visit.page


KEPT = "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(c => c.keys()))).then(all => all.flat().map(r => new URL(r.url).pathname)))"


@pytest.mark.parametrize("path", ["/me", "/me/{card}", "/me/{card}/qr"])
def test_the_code_is_there_without_network_and_nothing_else(browser: Browser, nordwind: Signed, path: str) -> None:
    card = nordwind.card("ines")
    with nordwind.visit(browser, "ines") as visit:
        page = keep(visit, nordwind)
        kept = page.evaluate(KEPT)
        visit.context.set_offline(True)
        page.goto(nordwind.url(path.format(card=card)))

        width = page.get_by_alt_text("QR code of my card").evaluate("picture => picture.naturalWidth")
        assert sorted(kept) == sorted(
            [f"/me/{card}/qr", f"/me/{card}/qr.svg", "/static/cards/qr.css", "/static/cards/qr.js"]
        )
        assert width > 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.get_by_text(f"/c/{card}").is_visible()
        assert "Ines" not in page.content()


def test_nothing_is_kept_that_nobody_asked_for(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines") as visit:
        for below in ("", "/edit", "/share", "/qr"):
            visit.page.goto(nordwind.url(f"/me/{nordwind.card('ines')}{below}"))

        assert visit.page.evaluate("caches.keys()") == []
        assert visit.page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def offline(visit: Visit, nordwind: Signed) -> str:
    """What the device shows of Ines' card without network."""
    visit.context.set_offline(True)
    page = visit.context.new_page()
    try:
        page.goto(nordwind.url("/me"))
        return page.content()
    except Exception as error:  # noqa: BLE001 - the browser's own page: there is nothing to show
        return str(error)


def test_signing_out_takes_the_code_from_the_device(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines") as visit:
        page = keep(visit, nordwind)
        page.get_by_role("button", name="Sign out").click()
        page.get_by_text("You are signed out").wait_for()

        assert page.evaluate(KEPT) == []
        assert nordwind.card("ines") not in offline(visit, nordwind)


def test_a_session_that_ended_elsewhere_takes_the_code_with_it_at_the_next_look(
    browser: Browser, nordwind: Signed
) -> None:
    with nordwind.visit(browser, "ines") as visit:
        page = keep(visit, nordwind)
        nordwind.company.write(lambda tx: sessions.end_of_person(tx, nordwind.people["ines"], "lost phone"))
        page.goto(nordwind.url("/me"))
        page.wait_for_function(f"() => {KEPT}.then(kept => kept.length === 0)")

        assert "/login" in page.url
        assert nordwind.card("ines") not in offline(visit, nordwind)


def test_whoever_uses_the_browser_next_does_not_find_the_code(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines") as visit:
        page = keep(visit, nordwind)
        nordwind.sign_in(visit, "pia")
        page.goto(nordwind.url("/me"))
        page.wait_for_function(f"() => {KEPT}.then(kept => kept.length === 0)")

        assert nordwind.card("pia") in page.url
        assert nordwind.card("ines") not in offline(visit, nordwind)


def test_the_link_is_copied(browser: Browser, nordwind: Signed) -> None:
    with nordwind.visit(browser, "ines", permissions=["clipboard-read", "clipboard-write"]) as visit:
        visit.page.goto(nordwind.url(f"/me/{nordwind.card('ines')}/share"))
        visit.page.get_by_role("button", name="Copy").click()
        visit.page.get_by_text("Copied.").wait_for()

        assert visit.page.evaluate("navigator.clipboard.readText()") == nordwind.url(f"/c/{nordwind.card('ines')}")

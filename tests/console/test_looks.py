"""Every page of the console: axe finds nothing, in light and dark; it fits, asks nobody else, and the browser says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.engine import make_url

from app.cards.bulk import acts, errands
from app.core.unit_of_work import Database
from app.directory import organizations
from app.rehearsal import SAMPLE, SAMPLE_CARDS
from app.wiring import HANDLERS
from tests.console.looking import come_in, everything_is_drawn, faults
from tests.support.server import Server
from tests.support.visit import SIZES, Visit

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

PAGES = (
    "/console",
    "/console/nowhere",
    "/console/log",
    "/console/log?outcome=refused&search=nobody",
    "/console/quality",
    "/console/audit",
    "/console/jobs",
    "/console/templates",
    "/console/templates?search=nothing",
    "/console/templates/new",
    "/console/bindings",
    "/console/cards",
    "/console/cards?state=paused",
    "/console/cards/issue",
    "/console/cards/waiting",
    "/console/held",
    "/console/people",
    "/console/people?search=nobody&cards=none",
    "/console/people/ines@nordwind.example",
    "/console/people/ines@nordwind.example/block",
    "/console/people/ines@nordwind.example/issue",
    "/console/groups",
    "/console/invitations",
    "/console/invitations/new",
    "/console/mail",
    "/console/connection",
    "/console/tokens",
    "/console/tokens/new",
    "/console/oauth-clients/new",
    "/console/roles",
    "/console/roles/grant?search=ines",
    "/console/sign-in",
    "/console/sign-in/change",
    "/console/settings",
)


@pytest.fixture(scope="module")
def sample(server: Server) -> Server:
    """The sample company, pushed."""
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", server.slug)
    server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", server.token)
    return server


@pytest.fixture(scope="module")
def visit(sample: Server, browser: Browser) -> Iterator[Visit]:
    """An owner's browser."""
    with Visit(browser, SIZES["desktop"]) as visit:
        come_in(sample, visit)
        yield visit


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_right_for_everybody(sample: Server, visit: Visit, path: str) -> None:
    visit.complaints.clear()
    answer = visit.page.goto(sample.base_url + path)
    everything_is_drawn(visit.page)
    assert answer is not None
    if answer.status == 404:
        visit.complaints.clear()  # that it is not there

    assert faults(visit) == []


def first_of(path: str) -> Callable[[Page, str], None]:
    """The page of the first that a list has."""

    def go(page: Page, base: str) -> None:
        page.goto(base + path)
        page.locator(".list-table tbody a").first.click()

    return go


def ticked(act: str) -> Callable[[Page, str], None]:
    """What is asked before something is done to a card."""

    def go(page: Page, base: str) -> None:
        page.goto(f"{base}/console/cards")
        page.locator("input[name=id]").first.check()
        page.locator(f"#many button[value={act}]").click()

    return go


def photo_of_a_card(page: Page, base: str) -> None:
    first_of("/console/cards")(page, base)
    page.goto(page.url + "/photo")


def value_of_a_card(page: Page, base: str) -> None:
    first_of("/console/cards")(page, base)
    page.get_by_role("link", name="Set pronouns").click()


def changed_bindings(page: Page, base: str) -> None:
    page.goto(f"{base}/console/bindings")
    page.get_by_role("button", name="Take row 1 out").click()


def previewed_bindings(page: Page, base: str) -> None:
    changed_bindings(page, base)
    page.get_by_role("button", name="See what it does").click()


@pytest.mark.parametrize(
    "go",
    [
        pytest.param(first_of("/console/people"), id="a person"),
        pytest.param(first_of("/console/groups"), id="a group"),
        pytest.param(first_of("/console/cards"), id="a card"),
        pytest.param(first_of("/console/templates"), id="a template"),
        pytest.param(first_of("/console/log"), id="a push"),
        pytest.param(photo_of_a_card, id="a card's photo"),
        pytest.param(value_of_a_card, id="a card's value"),
        pytest.param(ticked("pause"), id="pausing a card"),
        pytest.param(ticked("delete"), id="deleting a card"),
        pytest.param(ticked("move"), id="moving a card"),
        pytest.param(changed_bindings, id="changed bindings"),
        pytest.param(previewed_bindings, id="what bindings do"),
    ],
)
def test_a_page_behind_another_is_right_for_everybody(
    sample: Server, visit: Visit, go: Callable[[Page, str], None]
) -> None:
    visit.complaints.clear()

    go(visit.page, sample.base_url)
    everything_is_drawn(visit.page)

    assert faults(visit) == []


def test_an_errand_is_right_while_it_waits_and_when_it_is_done(sample: Server, visit: Visit) -> None:
    visit.page.goto(f"{sample.base_url}/console/cards")
    card = visit.page.locator("input[name=id]").first.get_attribute("value") or ""
    database = Database(make_url(sample.environment["DATABASE_URL"]), HANDLERS)
    with database.read(None) as reader:
        organization_id = organizations.find(reader, sample.slug).id
    write = partial(database.write, organization_id=organization_id, actor="cli")
    errand = write(lambda tx: errands.ask(tx, acts.PAUSE, "0" * 16, cards=[card], total=1))
    visit.complaints.clear()

    visit.page.goto(f"{sample.base_url}/console/errands/{errand}")
    waiting = faults(visit)
    write(lambda tx: errands.finish(tx, errand, "done", "1 card is paused."))
    database.close()
    visit.page.goto(f"{sample.base_url}/console/errands/{errand}")

    assert (waiting, faults(visit)) == ([], [])
    assert "1 card is paused." in visit.page.locator("main").inner_text()

"""Every page of the console: axe finds nothing, in light and dark; it fits, asks nobody else, and the browser says nothing."""

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

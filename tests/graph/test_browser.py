"""The whole road in a real browser: somebody signs in at a provider that others wrote, and their photo is on the card."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page
from sqlalchemy.engine import URL

from tests.conftest import KINDS, missing
from tests.graph.conftest import picture
from tests.jobs.conftest import wait_until
from tests.sign_in.test_browser import SESSIONS, answer_provider
from tests.support.graph import MadeUpGraph, made_up_graph
from tests.support.judges import ask
from tests.support.openid_provider import SECRET, TENANT, client, openid_provider
from tests.support.photos import addresses
from tests.support.server import Server, running

OBJECT = "8a520000-0000-4000-8000-000000000001"
NAME = "ines@nordwind.example"
FILE = """
organization: {photos_from_graph: sign_in}
templates: [{name: Sales, photo: {sync: always}}]
bindings: [{group: "Cards - Sales", template: Sales}]
"""


@pytest.fixture(scope="module")
def graph() -> Iterator[MadeUpGraph]:
    """Graph, which knows Ines by whatever token the provider gave her."""
    with made_up_graph() as started:
        started.me = OBJECT
        started.set(OBJECT, picture("red", (300, 300)))
        yield started


@pytest.fixture(scope="module", params=KINDS)
def at_work(
    request: pytest.FixtureRequest,
    new_database: Callable[[str], URL],
    tmp_path_factory: pytest.TempPathFactory,
    graph: MadeUpGraph,
) -> Iterator[Server]:
    """A server with its background work beside it, on either kind of database in turn."""
    more = {"LANYARD_JOBS": "on", "LANYARD_GRAPH_URL": graph.url}
    with running(new_database(request.param), tmp_path_factory.mktemp("server"), more=more) as server:
        yield server


@pytest.fixture
def page(browser: Browser, at_work: Server, tmp_path: Path) -> Iterator[Page]:
    """A browser at the sign-in of Ines' company, where her card shows initials so far."""
    (tmp_path / "nordwind.yaml").write_text(FILE)
    made = browser.new_context()
    made.set_default_timeout(10_000)
    people = {"ines": {"tid": TENANT, "oid": OBJECT, "preferred_username": NAME}}
    try:
        with openid_provider([client(at_work, "nordwind")], people) as started:
            user = ask(at_work, "POST", "/Users", {"userName": NAME, "externalId": OBJECT, "displayName": "Ines"})
            ask(at_work, "POST", "/Groups", {"displayName": "Cards - Sales", "members": [{"value": user["id"]}]})
            at_work.lanyard("apply", str(tmp_path / "nordwind.yaml"), "--org", "nordwind")
            at_work.lanyard(
                "sso", "set", "--org", "nordwind", "--issuer", started.issuer, "--client-id", "client-of-nordwind",
                "--client-secret-file", "-", "--tenant-id", TENANT, stdin=SECRET,
            )  # fmt: skip
            yield made.new_page()
    except FileNotFoundError as error:
        missing(error)
    finally:
        made.close()


def test_after_sign_in_the_photo_is_on_the_card(at_work: Server, graph: MadeUpGraph, page: Page) -> None:
    [found] = json.loads(at_work.lanyard("cards", "list", "--org", "nordwind", "--json"))
    card = found["url"]
    before = addresses(requests.get(card, timeout=10).text)
    page.goto(f"{at_work.base_url}/login/nordwind?next={SESSIONS}")
    answer_provider(page, "ines")

    shown = wait_until(lambda: addresses(requests.get(card, timeout=10).text), "the photo is on the card")
    photo = requests.get(at_work.base_url + shown[-1], timeout=10)
    page.goto(card)

    assert before == []
    assert (photo.status_code, photo.headers["Content-Type"].partition("/")[0]) == (200, "image")
    assert page.locator("picture img, img").first.evaluate("image => image.complete && image.naturalWidth > 0")
    assert [path for _, path, _ in graph.requests if path.startswith("/me")][:2] == ["/me/photo", "/me/photo/$value"]

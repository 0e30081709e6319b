"""Whom the directory lets go is out at the very next request, on every worker: session, card, vCard, code, kept copies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.auth_oauth.issuer import TENANT
from tests.sign_in.openid import CLIENT, OBJECT, SECRET, Provider, provider
from tests.support.judges import ask
from tests.support.sender import PATCH_OP
from tests.support.server import Server

NAME = "ines@nordwind.example"
RECORD = {"userName": NAME, "externalId": OBJECT, "displayName": "Ines Jones", "title": "CFO", "active": True}
CARDS = """
templates: [{name: Staff, general: {name: {}, title: {}}}]
bindings: [{group: Staff, template: Staff}]
"""
BELOW = ("", ".vcf", "/qr.svg", "/qr.png")
EACH = 12
"""Requests on connections of their own, at once: both workers have their part in them."""

pytestmark = pytest.mark.usefixtures("openid")


@pytest.fixture(scope="module")
def openid(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider that Ines signs in at; cards are for whoever is in Staff."""
    cards = Path(tmp_path_factory.mktemp("cards")) / "cards.yaml"
    cards.write_text(CARDS)
    server.lanyard("apply", str(cards), "--org", server.slug)
    with provider() as started:
        server.lanyard(
            "sso", "set", "--org", server.slug, "--issuer", started.issuer, "--client-id", CLIENT,
            "--client-secret-file", "-", "--tenant-id", TENANT, stdin=SECRET,
        )  # fmt: skip
        yield started


class Ines:
    """Somebody in the directory, with a card and a session."""

    def __init__(self, server: Server, openid: Provider) -> None:
        self.server, self.openid = server, openid
        self.user = ask(server, "POST", "/Users", RECORD)["id"]
        self.group = ask(server, "POST", "/Groups", {"displayName": "Staff", "members": [{"value": self.user}]})["id"]
        [card] = json.loads(server.lanyard("cards", "list", "--org", server.slug, "--json", "--state", "live"))
        self.card = card["url"]
        self.cookies = self.sign_in()

    def sign_in(self) -> dict[str, str]:
        """What her browser has after signing in."""
        with requests.Session() as browser:
            done = self._signed_in(browser)
            assert done.status_code == 303, done.text
            return dict(browser.cookies)

    def comes_in(self) -> bool:
        """Whether she is let in by the sign-in page."""
        with requests.Session() as browser:
            return self._signed_in(browser).status_code == 303

    def _signed_in(self, browser: requests.Session) -> requests.Response:
        sent = browser.get(f"{self.server.base_url}/login/nordwind", allow_redirects=False)
        asked = parse_qs(urlsplit(sent.headers["Location"]).query)
        self.openid.nonce = asked["nonce"][0]
        answer = {"code": "a-code", "state": asked["state"][0]}
        return browser.get(f"{self.server.base_url}/auth/callback/nordwind", params=answer, allow_redirects=False)

    def session(self) -> set[int]:
        """How her own page answers her browser, on either worker."""
        return {one.status_code for one in self._each(f"{self.server.base_url}/me/sessions", cookies=self.cookies)}

    def pages(self, etags: tuple[str, ...] = ()) -> dict[str, list[requests.Response]]:
        """What hangs on her card, on either worker; with `etags`, as browsers that kept it ask."""
        headers = {"If-None-Match": ", ".join(etags)} if etags else {}
        return {below: self._each(self.card + below, headers=headers) for below in BELOW}

    def patch(self, *operations: dict[str, Any], at: str = "") -> None:
        ask(self.server, "PATCH", at or f"/Users/{self.user}", {"schemas": [PATCH_OP], "Operations": list(operations)})

    def _each(self, url: str, headers: dict[str, str] | None = None, **options: Any) -> list[requests.Response]:
        def get(_: int) -> requests.Response:
            sent = {"Connection": "close", **(headers or {})}
            return requests.get(url, headers=sent, allow_redirects=False, timeout=30, **options)

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(get, range(EACH)))


@pytest.fixture
def ines(server: Server, openid: Provider) -> Iterator[Ines]:
    made = Ines(server, openid)
    yield made
    ask(server, "DELETE", f"/Groups/{made.group}")
    ask(server, "DELETE", f"/Users/{made.user}")


def statuses(pages: dict[str, list[requests.Response]]) -> dict[str, set[int]]:
    return {below: {one.status_code for one in answers} for below, answers in pages.items()}


def set_active(ines: Ines, value: str) -> None:
    ines.patch({"op": "Replace", "path": "active", "value": value})


def put(ines: Ines, active: bool) -> None:
    ask(ines.server, "PUT", f"/Users/{ines.user}", {**RECORD, "active": active})


def delete(ines: Ines) -> None:
    ask(ines.server, "DELETE", f"/Users/{ines.user}")


def create_again(ines: Ines) -> None:
    ines.user = ask(ines.server, "POST", "/Users", RECORD)["id"]
    ines.patch({"op": "Add", "path": "members", "value": [{"value": ines.user}]}, at=f"/Groups/{ines.group}")


def block(ines: Ines) -> None:
    ines.server.lanyard("people", "block", "--org", ines.server.slug, NAME)


def let_in(ines: Ines) -> None:
    ines.server.lanyard("people", "unblock", "--org", ines.server.slug, NAME)


@pytest.mark.parametrize(
    ("leave", "return_"),
    [
        pytest.param(lambda one: set_active(one, "False"), lambda one: set_active(one, "True"), id="PATCH"),
        pytest.param(lambda one: put(one, False), lambda one: put(one, True), id="PUT"),
        pytest.param(delete, create_again, id="DELETE"),
        pytest.param(block, let_in, id="an admin here"),
    ],
)
def test_every_door_is_shut_at_the_next_request_and_opens_to_the_same_again(
    ines: Ines, leave: Callable[[Ines], None], return_: Callable[[Ines], None]
) -> None:
    before, etags = ines.pages(), tuple(each[0].headers["ETag"] for each in ines.pages().values())
    kept = statuses(ines.pages(etags))
    assert ines.session() == {200}

    leave(ines)
    gone = (ines.session(), statuses(ines.pages()), statuses(ines.pages(etags)))
    return_(ines)
    after = ines.pages()

    assert kept == {below: {304} for below in BELOW}
    assert gone[0] == {401}
    assert gone[1] == gone[2]
    assert gone[1][""] == {410}
    assert set().union(*gone[1].values()) <= {404, 410}
    assert ines.session() == {401}
    assert statuses(after) == {below: {200} for below in BELOW}
    assert [after[below][0].content for below in ("/qr.svg", "/qr.png")] == [
        before[below][0].content for below in ("/qr.svg", "/qr.png")
    ]
    ines.cookies = ines.sign_in()
    assert ines.session() == {200}


def test_no_push_opens_a_door_that_an_admin_has_shut(ines: Ines) -> None:
    block(ines)

    set_active(ines, "False")
    set_active(ines, "True")
    delete(ines)
    create_again(ines)
    shut, refused = statuses(ines.pages())[""], ines.comes_in()
    let_in(ines)

    assert (shut, refused) == ({410}, False)
    assert statuses(ines.pages())[""] == {200}
    assert ines.comes_in()


def test_leaving_a_group_ends_its_card_and_not_the_session(ines: Ines) -> None:
    ines.patch({"op": "Remove", "path": f'members[value eq "{ines.user}"]'}, at=f"/Groups/{ines.group}")

    assert statuses(ines.pages())[""] == {410}
    assert ines.session() == {200}

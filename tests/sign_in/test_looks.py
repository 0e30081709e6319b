"""Every page of signing in, in every state: axe finds nothing, at either size, in light and dark; all fits and comes from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route
from werkzeug.test import TestResponse

from app.auth.sign_in import links
from app.core import clock
from app.core.ids import new_id
from app.directory import organizations
from tests.auth_oauth.issuer import signed
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import OBJECT
from tests.sign_in.test_proof import PAGE, app
from tests.sign_in.test_waiting import wait_for_a_seat
from tests.support.axe import violations
from tests.support.client import Client
from tests.support.visit import SIZES, Visit

__all__ = ["app"]

OTHER = "99990000-0000-4000-8000-000000000009"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
State = Callable[[SignIn, Client], TestResponse]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def at(path: str) -> State:
    """The page at `path` for a visitor."""
    return lambda signing_in, _: signing_in.browser().get(path)


def says(**changes: Any) -> State:
    """The page after the provider's token, with `changes`, for somebody whose record has an object id."""

    def come(signing_in: SignIn, client: Client) -> TestResponse:
        client.create_user("ines@nordwind.example", externalId=OBJECT)
        signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(**changes))
        return signing_in.sign_in()

    return come


def inactive(signing_in: SignIn, client: Client) -> TestResponse:
    client.create_user("ines@nordwind.example", externalId=OBJECT, active=False)
    return signing_in.sign_in()


def waiting(signing_in: SignIn, client: Client) -> TestResponse:
    wait_for_a_seat(signing_in, client)
    return signing_in.sign_in()


def unavailable(signing_in: SignIn, _: Client) -> TestResponse:
    signing_in.openid.metadata = {"issuer": "https://elsewhere.example"}
    return signing_in.browser().get("/login/nordwind")


def link_of(signing_in: SignIn) -> str:
    return signing_in.database.write(
        lambda tx: links.create(tx, links.SET_UP), organization_id=signing_in.organization.id, actor="cli"
    )


def used_link(signing_in: SignIn, _: Client) -> TestResponse:
    link = link_of(signing_in)
    signing_in.browser().post(f"/setup/{link}")
    return signing_in.browser().post(f"/setup/{link}")


def choice(signing_in: SignIn, _: Client) -> TestResponse:
    """Where two organizations have a provider, somebody must say which one is theirs."""
    other = new_id()
    made = signing_in.database.write(
        lambda tx: organizations.create(tx, other, "other"), organization_id=other, actor="cli"
    )
    signing_in.configure(made)
    return signing_in.browser().get("/login")


def signed_in(path: str, **form: str) -> State:
    """The page at `path` for somebody who is signed in, in two browsers; with `form`, after sending it."""

    def go(signing_in: SignIn, client: Client) -> TestResponse:
        client.create_user("ines@nordwind.example", externalId=OBJECT)
        signing_in.sign_in()
        browser = signing_in.browser()
        browser.environ_base["HTTP_USER_AGENT"] = AGENT
        signing_in.sign_in(browser)
        if not form:
            return browser.get(path)
        token = browser.get("/logout").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.post(path, data={"csrf_token": token} if form == {"csrf_token": "right"} else form)

    return go


def prove(how: Callable[[SignIn, Client], FlaskClient]) -> State:
    """The page for somebody who sends a form for which they must prove anew who they are."""

    def send(signing_in: SignIn, client: Client) -> TestResponse:
        browser = how(signing_in, client)
        token = browser.get("/logout").text.split('name="csrf_token" value="')[1].split('"')[0]
        with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
            return browser.post(PAGE, data={"csrf_token": token})

    return send


def by_provider(signing_in: SignIn, client: Client) -> FlaskClient:
    client.create_user("ines@nordwind.example", externalId=OBJECT)
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    return browser


def by_link(signing_in: SignIn, _: Client) -> FlaskClient:
    browser = signing_in.browser()
    browser.post(f"/setup/{link_of(signing_in)}")
    return browser


STATES: dict[str, State] = {
    "choose": choice,
    "nobody goes by this name": at("/login?email=jo%40nowhere.example"),
    "an organization without a provider": at("/login/nobody"),
    "not provisioned": lambda signing_in, _: signing_in.sign_in(),
    "inactive": inactive,
    "ambiguous": says(oid=OTHER),
    "waiting for a seat": waiting,
    "wrong tenant": says(tid=OTHER),
    "refused": says(aud=OTHER),
    "declined": lambda signing_in, _: signing_in.sign_in(code="", error="access_denied"),
    "unavailable": unavailable,
    "set-up link": lambda signing_in, _: signing_in.browser().get(f"/setup/{link_of(signing_in)}"),
    "an unknown link": at("/setup/" + "x" * 43),
    "a used link": used_link,
    "sessions": signed_in("/me/sessions"),
    "a session that is none": signed_in("/me/sessions/none/end", csrf_token="right"),
    "sign out": signed_in("/logout"),
    "signed out, with the provider's link": signed_in("/logout", csrf_token="right"),
    "signed out": at("/logout"),
    "signed out in a frame": at("/auth/front-channel-logout/nordwind"),
    "a form after the session's end": lambda signing_in, _: signing_in.browser().post("/me/sessions/x/end"),
    "a form that wants proof": prove(by_provider),
    "a form that wants a new link": prove(by_link),
    "a form that is too large": signed_in("/me/sessions/x/end", csrf_token="x" * 300_000),
    "forbidden": signed_in("/me/sessions/x/end", csrf_token="wrong"),
}


@pytest.fixture
def visits(browser: Browser, app: Flask) -> Iterator[Callable[[TestResponse, str, str], Visit]]:
    """Shows an answer in a window of a size and a colour scheme; whatever it asks for, the application answers."""
    opened: list[Visit] = []

    def show(answer: TestResponse, size: str, scheme: str) -> Visit:
        def serve(route: Route) -> None:
            path = route.request.url.removeprefix("https://cards.example")
            said = answer if path == "/shown" else app.test_client().get(path)
            route.fulfill(status=200, headers=dict(said.headers), body=said.data)
            said.close()

        visit = Visit(browser, SIZES[size], scheme)
        opened.append(visit)
        visit.context.route("**/*", serve)
        visit.page.goto("https://cards.example/shown")
        return visit

    yield show
    for visit in opened:
        visit.context.close()


@pytest.mark.parametrize("state", STATES)
def test_everybody_can_use_the_page(
    signing_in: SignIn, client: Client, visits: Callable[[TestResponse, str, str], Visit], state: str
) -> None:
    answer = STATES[state](signing_in, client)

    found: dict[tuple[str, str], list[str]] = {}
    for size in SIZES:
        for scheme in ("light", "dark"):
            visit = visits(answer, size, scheme)
            found[size, scheme] = [*violations(visit.page), *visit.complaints]
            if visit.sideways() or visit.hosts != {"cards.example"}:
                found[size, scheme].append(f"{visit.sideways()} pixels too wide, from {visit.hosts}")

    assert answer.content_type == "text/html; charset=utf-8"
    assert {key: what for key, what in found.items() if what} == {}

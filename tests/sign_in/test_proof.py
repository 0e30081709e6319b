"""Sensitive acts want somebody who has proved within ten minutes who they are; a browser that is signed in proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.auth.sign_in import asking, links
from app.auth.sign_in.asking import csrf_token
from app.cards import claiming
from app.cards.invitations import Invited
from app.core import clock
from tests.auth_oauth.issuer import signed
from tests.cards.conftest import Company
from tests.invitations.conftest import PAT, invite, nordwind, open_house
from tests.sign_in.conftest import SignIn
from tests.sign_in.test_outsiders import Post, post
from tests.support.client import PAGES, Client

__all__ = ["invite", "nordwind", "open_house", "post"]

PAGE = "/test/tokens"
MINUTE = timedelta(minutes=1)


@asking.recent(asking.signed_in)
def sensitive() -> str:
    return f"done {csrf_token()}"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with a page more, on which sensitive things are done."""
    app.add_url_rule(PAGE, view_func=sensitive, methods=["GET", "POST"])
    return app


def come(signing_in: SignIn, browser: FlaskClient, path: str, **said: object) -> TestResponse:
    """Go the way in that begins at `path`; the provider says of the sign-in what it says."""
    sent = browser.get(path)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    signing_in.openid.nonce = asked["nonce"]
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(**said))
    return signing_in.finish(browser, asked)


def ago(minutes: int) -> int:
    """That long before now, as tokens say it."""
    return int((clock.now() - minutes * MINUTE).timestamp())


def test_a_session_that_began_without_proof_leads_to_the_provider_and_back(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)

    led = browser.get(f"{PAGE}?of=today")
    asked = parse_qs(urlsplit(browser.get(led.headers["Location"]).headers["Location"]).query)
    back = come(signing_in, browser, led.headers["Location"], auth_time=ago(0))

    assert led.headers["Location"] == f"/login/nordwind?anew&next={PAGE}%3Fof%3Dtoday"
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["600"])
    assert back.headers["Location"] == f"{PAGE}?of=today"
    assert browser.get(PAGE).text.startswith("done")
    assert len(signing_in.sessions()) == 1


@pytest.mark.parametrize(
    ("way", "minutes", "status"),
    [
        pytest.param("/login/nordwind?anew", None, 200, id="asked to make sure, without a time"),
        pytest.param("/login/nordwind?anew", 0, 200, id="asked to make sure, with a time"),
        pytest.param("/login/nordwind", 5, 200, id="a time of minutes ago"),
        pytest.param("/login/nordwind", 15, 303, id="a time of long ago"),
        pytest.param("/login/nordwind", None, 303, id="nothing said"),
    ],
)
def test_what_the_provider_says_decides(
    signing_in: SignIn, ines: str, way: str, minutes: int | None, status: int
) -> None:
    browser = signing_in.browser()
    come(signing_in, browser, way, **({} if minutes is None else {"auth_time": ago(minutes)}))

    answer = browser.get(PAGE)

    assert answer.status_code == status


def test_after_ten_minutes_it_is_wanted_again(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    come(signing_in, browser, "/login/nordwind?anew", auth_time=ago(0))
    begun = clock.now()

    with time_machine.travel(begun + 9 * MINUTE, tick=False):
        before = browser.get(PAGE)
    with time_machine.travel(begun + 11 * MINUTE, tick=False):
        after = browser.get(PAGE)

    assert (before.status_code, after.status_code) == (200, 303)


@pytest.mark.parametrize(
    "auth_time",
    [
        pytest.param(lambda: ago(30), id="of an earlier sign-in"),
        pytest.param(lambda: ago(-30), id="that lies ahead"),
        pytest.param(lambda: "yesterday", id="that is none"),
        pytest.param(lambda: None, id="null"),
    ],
)
def test_a_provider_that_did_not_make_sure_is_not_believed(
    signing_in: SignIn, ines: str, auth_time: Callable[[], object]
) -> None:
    browser = signing_in.browser()
    token = {"auth_time": auth_time()}
    sent = browser.get("/login/nordwind?anew")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    signing_in.openid.nonce = asked["nonce"]
    signing_in.openid.id_token = lambda _nonce: signed({**signing_in.openid.says(), **token})

    answer = signing_in.finish(browser, asked)

    assert answer.status_code == 400
    assert signing_in.sessions() == []
    assert len(signing_in.audited("sign_in.refused")) == 1


@pytest.mark.parametrize(("auth_time", "status"), [(None, 400), (0, 303)], ids=["without a time", "with a time"])
def test_a_provider_without_tenants_must_say_when_it_made_sure(
    signing_in: SignIn, client: Client, auth_time: int | None, status: int
) -> None:
    signing_in.configure(tenant_id=None)
    client.create_user("ines@nordwind.example")
    said = {"tid": None, "oid": None, "auth_time": auth_time if auth_time is None else ago(auth_time)}

    answer = come(signing_in, signing_in.browser(), "/login/nordwind?anew", **said)

    assert answer.status_code == status


def test_a_form_is_refused_with_a_way_to_the_provider_and_back_to_the_forms_page(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    come(signing_in, browser, "/login/nordwind?anew")
    token = browser.get(PAGE).text.removeprefix("done ")

    with time_machine.travel(clock.now() + 11 * MINUTE, tick=False):
        refused = browser.post(
            PAGE, data={"csrf_token": token}, headers={"Referer": f"https://cards.example{PAGE}?of=today"}
        )

    assert refused.status_code == 401
    assert "Nothing was changed" in refused.text
    assert f'href="/login/nordwind?anew&amp;next={PAGE}%3Fof%3Dtoday"' in refused.text


@pytest.mark.parametrize(
    "referer",
    ["", "https://evil.example/x", "https://cards.example.evil.example/x", "https://cards.example//evil.example"],
)
def test_no_other_site_comes_after_that(signing_in: SignIn, ines: str, referer: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    token = browser.get("/logout").text.split('name="csrf_token" value="')[1].split('"')[0]
    refused = browser.post(PAGE, data={"csrf_token": token}, headers={"Referer": referer})
    way = refused.text.split('class="act" href="')[1].split('"')[0].replace("&amp;", "&")

    back = come(signing_in, browser, way)

    assert back.headers["Location"] == "/me"


def test_a_forged_form_is_refused_as_such(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)

    forged = browser.post(PAGE, data={"csrf_token": "a guess"})

    assert forged.status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_owner_who_came_by_a_link_opens_a_new_one(signing_in: SignIn, method: str) -> None:
    link = signing_in.database.write(
        lambda tx: links.create(tx, links.BREAK_GLASS), organization_id=signing_in.organization.id, actor="cli"
    )
    browser = signing_in.browser()
    browser.post(f"/setup/{link}")
    fresh = browser.get(PAGE)

    with time_machine.travel(clock.now() + 11 * MINUTE, tick=False):
        late = browser.open(PAGE, method=method, data={"csrf_token": fresh.text.removeprefix("done ")})

    assert fresh.status_code == 200
    assert late.status_code == 401
    assert "lanyard admin-link" in late.text


def test_invited_people_ask_for_a_new_link(post: Post, open_house: Company, invite: Callable[..., Invited]) -> None:
    invited = invite()
    open_house.write(lambda tx: claiming.claim(tx, invited.id))
    post.ask(PAT)
    [link] = post.links()
    browser = post.app.test_client()
    browser.post(link)

    with time_machine.travel(clock.now() + 11 * MINUTE, tick=False):
        late = browser.get(PAGE, headers={"Accept": PAGES})

    assert late.status_code == 401
    assert "Ask for a new link" in late.text


def test_programs_are_told_401(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)

    answer = browser.get(PAGE, headers={"Sec-Fetch-Mode": "cors"})

    assert answer.status_code == 401


def test_the_guard_is_declared_with_what_it_adds() -> None:
    assert sensitive.guard == "session, recent proof"  # type: ignore[attr-defined]

"""What the provider says of who has gone (OpenID Connect Back-Channel Logout 1.0 §2.6): only what it signed is believed."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.auth_oauth.issuer import STRANGER, signed
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import provider

EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def logout_claims(signing_in: SignIn, **changes: Any) -> dict[str, Any]:
    honest = {"nonce": None, "oid": None, "preferred_username": None, "jti": "1", "events": EVENTS}
    return signing_in.openid.says(**{**honest, **changes})


def tell(signing_in: SignIn, token: str) -> int:
    answer = signing_in.browser().post("/auth/back-channel-logout/nordwind", data={"logout_token": token})
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="session and subject"),
        pytest.param({"sub": None}, id="the session alone"),
        pytest.param({"sid": None}, id="the subject alone"),
        pytest.param({"exp": None}, id="no exp, as before 2022"),
    ],
)
def test_who_has_signed_out_there_is_out_here(signing_in: SignIn, ines: str, changes: dict[str, Any]) -> None:
    signing_in.sign_in()

    status = tell(signing_in, signed(logout_claims(signing_in, **changes)))

    assert (status, signing_in.sessions()) == (200, [])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sid": "s-2"}, id="another session"),
        pytest.param({"sub": "pairwise-2", "sid": None}, id="another subject"),
    ],
)
def test_others_stay(signing_in: SignIn, ines: str, changes: dict[str, Any]) -> None:
    signing_in.sign_in()

    status = tell(signing_in, signed(logout_claims(signing_in, **changes)))

    assert (status, len(signing_in.sessions())) == (200, 1)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"events": None}, id="an ID token"),
        pytest.param(
            {"events": {"http://schemas.openid.net/event/backchannel-logout": True}}, id="an event that is none"
        ),
        pytest.param({"events": list(EVENTS)}, id="a list of events"),
        pytest.param({"nonce": "n"}, id="a nonce"),
        pytest.param({"sid": None, "sub": None}, id="nobody"),
        pytest.param({"sid": "", "sub": None}, id="an empty session"),
        pytest.param({"aud": "another-client"}, id="another client's"),
        pytest.param({"iss": "https://evil.example"}, id="another issuer's"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"iat": "yesterday"}, id="an iat that is no time"),
        pytest.param({"exp": "never"}, id="an exp that is no time"),
        pytest.param({"iat": int(time.time()) - 3600}, id="an old one, replayed"),
        pytest.param({"iat": int(time.time()) + 3600}, id="one from the future"),
    ],
)
def test_a_logout_token_that_is_none_ends_nothing(signing_in: SignIn, ines: str, changes: dict[str, Any]) -> None:
    signing_in.sign_in()

    status = tell(signing_in, signed(logout_claims(signing_in, **changes)))

    assert (status, len(signing_in.sessions())) == (400, 1)


@pytest.mark.parametrize("forge", ["a stranger's signature", "nothing", "an endless one"])
def test_what_the_provider_did_not_sign_ends_nothing(signing_in: SignIn, ines: str, forge: str) -> None:
    signing_in.sign_in()
    token = {
        "a stranger's signature": signed(logout_claims(signing_in), STRANGER),
        "nothing": "",
        "an endless one": "x" * 20_000,
    }[forge]

    assert (tell(signing_in, token), len(signing_in.sessions())) == (400, 1)


def test_the_provider_of_now_learns_nothing_of_who_signed_in_at_the_one_before(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    with provider() as new:
        signing_in.configure(issuer=new.issuer)

        gone = browser.get("/logout")

        assert "You are signed out" in gone.text
        assert "id_token_hint" not in gone.text
        assert new.asked == []


def test_whoever_signs_in_anew_leaves_the_session_before(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    [before] = signing_in.sessions()

    signing_in.sign_in(browser)

    [after] = signing_in.sessions()
    assert after.id != before.id


@pytest.mark.parametrize(("tenant", "prompt"), [("of Entra", "select_account"), (None, "login")])
def test_the_wrong_account_can_be_changed_at_the_provider(signing_in: SignIn, tenant: str | None, prompt: str) -> None:
    if tenant is None:
        signing_in.configure(tenant_id=None)
    refused = signing_in.sign_in()

    link = refused.text.split('class="act" href="')[1].split('"')[0].replace("&amp;", "&")
    sent = signing_in.browser().get(link)

    assert parse_qs(urlsplit(sent.headers["Location"]).query)["prompt"] == [prompt]

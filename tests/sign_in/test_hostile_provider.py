"""What a hostile provider, network or page may send instead of an honest answer: each is refused, nobody gets a
session, and the audit log has one line."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from app.directory.organizations import Organization
from tests.auth_oauth.issuer import GOOD, STRANGER, hmac_with_public_key, part, signed, signed_raw
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import CLIENT, Provider, provider
from tests.support.client import Client

OTHER = "99990000-0000-4000-8000-000000000009"
Forge = Callable[[Provider], str]


def refused(signing_in: SignIn, answer: Any, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    assert signing_in.sessions() == []
    assert len(signing_in.audited("sign_in.refused")) == 1


def changed(**changes: Any) -> Forge:
    return lambda openid: signed(openid.says(**changes))


def unsigned(openid: Provider) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(openid.says())}."


def bent(openid: Provider) -> str:
    head, body, signature = signed(openid.says()).split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part({**said, 'oid': OTHER})}.{signature}"


HOUR = 3600


@pytest.mark.parametrize(
    ("forge", "status"),
    [
        pytest.param(unsigned, 400, id="alg none, which discovery lists"),
        pytest.param(
            lambda openid: signed_raw({"alg": "none", "kid": "good"}, openid.says()), 400, id="alg none, signed"
        ),
        pytest.param(
            lambda openid: signed_raw({"alg": "HS256", "kid": "good"}, openid.says(), hmac_with_public_key),
            400,
            id="HS256 with the public key",
        ),
        pytest.param(lambda openid: signed(openid.says(), STRANGER), 400, id="another's key of the same kid"),
        pytest.param(lambda openid: signed(openid.says(), GOOD, kid=None), 400, id="no kid"),
        pytest.param(lambda openid: signed(openid.says(), GOOD, kid="never-seen"), 400, id="an unknown kid"),
        pytest.param(bent, 400, id="claims changed after signing"),
        pytest.param(lambda _: "not.a.token", 400, id="no token at all"),
        pytest.param(lambda _: "x" * 100_000, 400, id="an endless token"),
        pytest.param(changed(aud=OTHER), 400, id="a foreign aud"),
        pytest.param(changed(aud=OTHER, azp=CLIENT), 400, id="a foreign aud with our azp"),
        pytest.param(changed(aud=[CLIENT, OTHER]), 400, id="our aud among others"),
        pytest.param(changed(aud=None), 400, id="no aud"),
        pytest.param(changed(azp=OTHER), 400, id="a foreign azp"),
        pytest.param(changed(iss="https://evil.example"), 400, id="a foreign iss"),
        pytest.param(changed(iss=None), 400, id="no iss"),
        pytest.param(changed(iss=["x"]), 400, id="a list as iss"),
        pytest.param(changed(tid=OTHER), 403, id="the tid of another tenant"),
        pytest.param(changed(tid=None), 403, id="no tid"),
        pytest.param(
            lambda openid: signed(openid.says(tid=[openid.path.split("/")[1]])), 403, id="a list with our tid"
        ),
        pytest.param(changed(exp=int(time.time()) - HOUR), 400, id="expired"),
        pytest.param(changed(exp=None), 400, id="no exp"),
        pytest.param(changed(exp=int(time.time()) + 1000 * HOUR), 400, id="valid for weeks"),
        pytest.param(changed(iat=int(time.time()) + HOUR), 400, id="issued in the future"),
        pytest.param(changed(iat=None), 400, id="no iat"),
        pytest.param(changed(nbf=int(time.time()) + HOUR), 400, id="not valid yet"),
        pytest.param(changed(nonce=None), 400, id="no nonce"),
        pytest.param(changed(nonce="of-another-sign-in"), 400, id="the nonce of another sign-in"),
        pytest.param(changed(nonce=["x"]), 400, id="a list as nonce"),
        pytest.param(changed(sub=""), 400, id="an empty sub"),
        pytest.param(changed(sub=None), 400, id="no sub"),
        pytest.param(changed(sub="s" * 10_000), 400, id="an endless sub"),
        pytest.param(changed(oid=None), 400, id="no oid"),
        pytest.param(changed(oid="../../admin"), 400, id="an oid that is none"),
    ],
)
def test_a_forged_token_opens_nothing(signing_in: SignIn, ines: str, forge: Forge, status: int) -> None:
    signing_in.openid.id_token = lambda _nonce: forge(signing_in.openid)

    answer = signing_in.sign_in()

    refused(signing_in, answer, status)


@pytest.mark.parametrize(
    ("over", "status"),
    [
        pytest.param({"state": "of-another-browser"}, 400, id="a state nobody has"),
        pytest.param({"state": ""}, 400, id="no state"),
        pytest.param({"code": ""}, 400, id="no code"),
        pytest.param({"code": "c" * 5000}, 400, id="an endless code"),
        pytest.param({"iss": "https://evil.example"}, 400, id="an answer that names another issuer"),
        pytest.param({"code": "", "error": "access_denied"}, 403, id="the provider's refusal"),
    ],
)
def test_an_answer_that_does_not_fit_opens_nothing(
    signing_in: SignIn, ines: str, over: dict[str, str], status: int
) -> None:
    answer = signing_in.sign_in(None, **over)

    refused(signing_in, answer, status)
    assert "/token" not in signing_in.openid.paths()


def test_an_answer_that_should_name_its_issuer_must(signing_in: SignIn, ines: str) -> None:
    signing_in.openid.metadata = {"authorization_response_iss_parameter_supported": True}

    silent = signing_in.sign_in()
    named = signing_in.sign_in(iss=signing_in.openid.issuer)

    assert (silent.status_code, named.status_code) == (400, 303)


def test_a_state_belongs_to_the_browser_it_was_made_in(signing_in: SignIn, ines: str) -> None:
    asked = signing_in.begin(signing_in.browser())

    answer = signing_in.finish(signing_in.browser(), asked)

    refused(signing_in, answer)


def test_a_code_works_once(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    asked = signing_in.begin(browser)

    first = signing_in.finish(browser, asked)
    again = signing_in.finish(browser, asked)

    assert (first.status_code, again.status_code) == (303, 400)
    assert signing_in.openid.paths().count("/token") == 1


def test_a_sign_in_that_began_for_one_organization_ends_in_no_other(
    signing_in: SignIn, ines: str, new_organization: Callable[..., Organization]
) -> None:
    other = new_organization("other")
    signing_in.configure(other)
    browser = signing_in.browser()
    asked = signing_in.begin(browser)

    answer = signing_in.finish(browser, asked, slug="other")

    assert answer.status_code == 400
    assert signing_in.sessions(other) == signing_in.sessions() == []


def test_unknown_keys_are_not_asked_for_again_and_again(signing_in: SignIn, ines: str) -> None:
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(), GOOD, kid="never-seen")

    for _ in range(8):
        signing_in.sign_in()

    assert signing_in.openid.paths().count("/keys") <= 2


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"issuer": "https://evil.example"}, id="another issuer"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"token_endpoint": "http://evil.example/token"}, id="a token endpoint without TLS"),
        pytest.param({"token_endpoint": None}, id="no token endpoint"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script as authorization endpoint"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="a file as keys"),
    ],
)
def test_a_document_that_does_not_fit_sends_nobody_anywhere(
    signing_in: SignIn, ines: str, metadata: dict[str, Any]
) -> None:
    signing_in.openid.metadata = metadata

    answer = signing_in.browser().get("/login/nordwind")

    assert answer.status_code == 503
    assert "Location" not in answer.headers


def test_the_secret_follows_no_redirect(signing_in: SignIn, ines: str) -> None:
    signing_in.openid.token_status = 307
    signing_in.openid.token_headers = {"Location": f"{signing_in.openid.origin}/elsewhere"}

    answer = signing_in.sign_in()

    assert answer.status_code in {400, 503}
    assert "/elsewhere" not in signing_in.openid.paths()
    assert signing_in.sessions() == []


@pytest.mark.parametrize(
    ("token_status", "token_answer"),
    [
        pytest.param(200, {"id_token": None}, id="no ID token"),
        pytest.param(200, {"id_token": ["x"]}, id="a list as ID token"),
        pytest.param(400, {}, id="a refusal"),
        pytest.param(500, {}, id="an error"),
    ],
)
def test_a_token_endpoint_that_gives_nothing_opens_nothing(
    signing_in: SignIn, ines: str, token_status: int, token_answer: dict[str, Any]
) -> None:
    signing_in.openid.token_status, signing_in.openid.token_answer = token_status, token_answer

    answer = signing_in.sign_in()

    assert answer.status_code in {400, 403, 503}
    assert signing_in.sessions() == []


def test_userinfo_of_another_subject_is_not_believed(signing_in: SignIn, ines: str) -> None:
    signing_in.configure(tenant_id=None)
    signing_in.openid.userinfo = {"sub": "somebody-else", "preferred_username": "ines@nordwind.example"}
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(preferred_username=None))

    answer = signing_in.sign_in()

    refused(signing_in, answer)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", ""],
)
def test_nobody_is_sent_to_another_site_afterwards(signing_in: SignIn, ines: str, target: str) -> None:
    browser = signing_in.browser()
    sent = browser.get("/login/nordwind", query_string={"next": target})
    asked = dict(pair.split("=", 1) for pair in sent.headers["Location"].split("?")[1].split("&"))
    signing_in.openid.nonce = asked["nonce"]

    answer = signing_in.finish(browser, asked)

    assert answer.headers["Location"] == "/me"


@pytest.mark.parametrize("character", ["c", "%22", "%E4%BC%9A"], ids=["plain", "quotes", "wide"])
def test_what_a_browser_keeps_of_begun_sign_ins_is_never_more_than_it_would_keep(
    signing_in: SignIn, ines: str, character: str
) -> None:
    browser = signing_in.browser()
    longest = 500 // len(unquote(character).encode()) - 1

    asked = [signing_in.begin(browser, query=f"?next=/{character * longest}") for _ in range(5)]
    cookie = browser.get_cookie("__Host-lanyard-login")
    answer = signing_in.finish(browser, asked[-1])

    assert cookie is not None
    assert len(cookie.value) <= 3800
    assert answer.headers["Location"] == f"/{character * longest}"


def test_a_guest_is_nobody_by_their_user_name(signing_in: SignIn, client: Client) -> None:
    client.create_user("ines@nordwind.example", externalId="E-1024")
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(idp="live.com"))

    answer = signing_in.sign_in()

    refused(signing_in, answer, 403)
    assert signing_in.audited("identity.linked") == []


def test_an_answer_for_the_provider_that_was_set_up_before_opens_nothing(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    asked = signing_in.begin(browser)
    with provider() as new:
        new.id_token = lambda _nonce: signed(new.says(nonce=asked["nonce"]))
        signing_in.configure(issuer=new.issuer)

        answer = signing_in.finish(browser, asked)

        refused(signing_in, answer)
        assert "/token" not in new.paths()


def test_endless_user_names_of_userinfo_are_none(signing_in: SignIn, ines: str) -> None:
    signing_in.configure(tenant_id=None)
    signing_in.openid.userinfo = {"sub": "pairwise-1", "preferred_username": "i" * 300}
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(preferred_username=None))

    answer = signing_in.sign_in()

    refused(signing_in, answer, 403)
    assert "i" * 300 not in answer.text


def test_somebody_of_two_hundred_groups_comes_in(signing_in: SignIn, ines: str) -> None:
    groups = [f"0d5c0000-0000-4000-8000-{number:012}" for number in range(200)]
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(groups=groups))

    answer = signing_in.sign_in()

    assert answer.status_code == 303


def test_answers_that_nobody_waits_for_keep_nobody_out(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    asked = signing_in.begin(browser)
    for _ in range(60):
        signing_in.browser().get("/auth/callback/nordwind?state=made-up")

    answer = signing_in.finish(browser, asked)

    assert answer.status_code == 303

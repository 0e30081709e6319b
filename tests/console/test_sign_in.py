"""Sign-in: what the organization's provider is, changed by an owner, and tried without signing anybody in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.auth.sign_in import provider
from app.auth.sign_in.provider import Provider as Configured
from app.auth.sign_in.tables import identities, sessions
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import TENANT, signed
from tests.console.conftest import HERE, Admin, text_of
from tests.sign_in.conftest import SignIn, ines, openid, signing_in
from tests.sign_in.openid import CLIENT, OBJECT, SECRET
from tests.support.client import Client

__all__ = ["ines", "openid", "signing_in"]

PAGE, CHANGE, TEST = "/console/sign-in", "/console/sign-in/change", "/console/sign-in/test"
FORM: dict[str, Any] = {"issuer": "https://login.example", "client_id": "a-client", "client_secret": "its secret"}


@pytest.fixture
def stored(app: Flask, database: Database, organization: Organization) -> Callable[[], tuple[Configured, str]]:
    """The provider as it is kept, and its secret."""

    def look() -> tuple[Configured, str]:
        with database.read(organization.id) as reader:
            found = provider.of_organization(reader)
        assert found is not None
        return found, found.client_secret(app.extensions["lanyard.sealer"], organization.id)

    return look


def asked_of(page: Any) -> dict[str, str]:
    """What the page that asks sends when its button is pressed."""
    fields = re.findall(r'<input type="hidden" name="(?!csrf_token)([^"]+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in fields}


def saved(owner: Admin, **fields: Any) -> Any:
    """Fill the form in, read what it does, and save."""
    return owner.post(CHANGE, **asked_of(owner.post(CHANGE, 200, **fields)))


def tried(owner: Admin, signing_in: SignIn, **said: Any) -> str:
    """What the page says after the whole way; the provider says of the sign-in what it says."""
    asked = begun(owner, signing_in, **said)
    return text_of(owner.follow(answered(owner, asked)))


def begun(owner: Admin, signing_in: SignIn, **said: Any) -> dict[str, str]:
    """Press the button; what the browser brings to the provider."""
    sent = owner.get(TEST, 303)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    signing_in.openid.nonce = asked["nonce"]
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(**said))
    return asked


def answered(owner: Admin, asked: dict[str, str], **over: str) -> Any:
    """The provider sends the browser back to the one address that it knows."""
    answer = {"code": "a-code", "state": asked["state"], **over}
    return owner.http.get("/auth/callback/nordwind", query_string=answer, base_url=HERE)


def test_a_provider_is_set_up_with_a_secret_that_no_page_shows(
    owner: Admin, stored: Callable[[], tuple[Configured, str]], audited: Callable[[str], list[Any]]
) -> None:
    before = text_of(owner.get(PAGE))
    asked = owner.post(CHANGE, 200, **FORM, role_claim="groups", role_values="0d5c = owner\n0d5d = auditor\n")
    said = owner.follow(owner.post(CHANGE, **asked_of(asked)))

    found, secret = stored()
    assert "Nobody can sign in with their work account yet" in before
    assert (found.issuer, found.client_id, secret) == ("https://login.example", "a-client", "its secret")
    assert found.role_values == {"0d5c": "owner", "0d5d": "auditor"}
    assert "Now test it" in text_of(said)
    assert "its secret" not in asked.text + said.text + owner.get(CHANGE).text
    assert "its secret" not in repr([line.detail for line in audited("sign_in.provider_set")])


def test_an_empty_secret_keeps_the_one_that_is_there_and_the_audit_log_has_before_and_after(
    owner: Admin, stored: Callable[[], tuple[Configured, str]], audited: Callable[[str], list[Any]]
) -> None:
    saved(owner, **FORM)

    saved(owner, **{**FORM, "client_secret": "", "role_claim": "roles"})

    found, secret = stored()
    assert (found.role_claim, secret) == ("roles", "its secret")
    _, line = audited("sign_in.provider_set")
    assert [line.detail[when]["role_claim"] for when in ("before", "after")] == [None, "roles"]
    assert line.detail["secret_replaced"] is False


def test_another_client_wants_a_secret_of_its_own(owner: Admin, stored: Callable[[], tuple[Configured, str]]) -> None:
    saved(owner, **FORM)

    page = owner.post(CHANGE, 422, **{**FORM, "client_secret": "", "client_id": "another"})

    assert "needs its own" in text_of(page)
    assert stored()[0].client_id == "a-client"


def test_domains_are_the_operator_s_and_stay(
    owner: Admin, signing_in: SignIn, stored: Callable[[], tuple[Configured, str]]
) -> None:
    signing_in.configure(listed=["nordwind.example"])

    saved(owner, issuer=signing_in.openid.issuer, client_id=CLIENT, tenant_id=TENANT, role_claim="roles")

    assert stored()[0].domains == ("nordwind.example",)
    assert "nordwind.example" in text_of(owner.get(PAGE))


def test_a_change_is_asked_on_a_page_that_says_what_it_does_and_nothing_is_done_before(
    owner: Admin, stored: Callable[[], tuple[Configured, str]], audited: Callable[[str], list[Any]]
) -> None:
    first = text_of(owner.post(CHANGE, 200, **FORM))
    unsaved = audited("sign_in.provider_set")
    saved(owner, **FORM)
    another = text_of(owner.post(CHANGE, 200, **{**FORM, "client_id": "another", "client_secret": "new"}))
    secret = text_of(owner.post(CHANGE, 200, **{**FORM, "client_secret": "new"}))

    assert "people of the directory sign in" in first
    assert unsaved == []
    assert "Everybody who had signed in with their work account is signed out" in another
    assert "a-client → another" in another
    assert "lanyard admin-link" in another
    assert "Sessions that are open stay" in secret
    assert "replaced by the one that you typed" in secret
    assert stored()[0].client_id == "a-client"


def test_a_change_that_somebody_else_has_overtaken_is_asked_again(
    owner: Admin, stored: Callable[[], tuple[Configured, str]]
) -> None:
    saved(owner, **FORM)
    mine = asked_of(owner.post(CHANGE, 200, **{**FORM, "role_claim": "mine"}))
    saved(owner, **{**FORM, "role_claim": "theirs"})

    again = owner.post(CHANGE, 409, **mine)
    still = stored()[0].role_claim
    owner.post(CHANGE, **asked_of(again))

    assert "theirs → mine" in text_of(again)
    assert (still, stored()[0].role_claim) == ("theirs", "mine")


def test_a_secret_on_its_way_through_the_page_is_of_no_use_in_another_session(
    owner: Admin, as_role: Callable[..., Admin], stored: Callable[[], tuple[Configured, str]]
) -> None:
    carried = asked_of(owner.post(CHANGE, 200, **FORM))

    refused = as_role("owner").post(CHANGE, 422, **carried)
    owner.post(CHANGE, **carried)

    assert "Type the secret once more" in text_of(refused)
    assert stored()[1] == "its secret"


def test_entra_s_issuer_follows_from_the_tenant(owner: Admin, stored: Callable[[], tuple[Configured, str]]) -> None:
    saved(owner, **{**FORM, "issuer": "", "tenant_id": TENANT.upper()})

    assert stored()[0].issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"


def test_what_changes_nothing_is_not_asked(owner: Admin) -> None:
    saved(owner, **FORM)

    assert "Nothing changed" in text_of(owner.follow(owner.post(CHANGE, **FORM)))


@pytest.mark.parametrize(
    ("typed", "field", "reason"),
    [
        pytest.param({"issuer": "http://login.example"}, "issuer", "must be an https address", id="plain http"),
        pytest.param({"tenant_id": "nordwind"}, "tenant_id", "tenant id is a GUID", id="no GUID"),
        pytest.param({"client_id": ""}, "client_id", "must be a text", id="no client"),
        pytest.param({"client_secret": ""}, "client_secret", "needs the client's secret", id="no secret"),
        pytest.param({"role_values": "owner", "role_claim": "groups"}, "role_values", "value = role", id="no value"),
        pytest.param({"role_values": "x = boss", "role_claim": "g"}, "role_values", "no role 'boss'", id="no role"),
        pytest.param({"role_values": "x = owner"}, "role_claim", "need the name of the claim", id="no claim"),
        pytest.param(
            {"issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0"}, "tenant_id", "needs the tenant",
            id="Entra without a tenant",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(owner: Admin, typed: dict[str, Any], field: str, reason: str) -> None:
    page = owner.post(CHANGE, 422, **{**FORM, **typed})

    assert reason in text_of(page).replace("&#39;", "'")
    assert f'id="field-{field}-said" class="said"><p class="error">' in page.text


def test_a_test_shows_the_claims_and_who_would_come_in_and_leaves_no_trace_but_one_line(
    owner: Admin,
    signing_in: SignIn,
    ines: str,
    database: Database,
    organization: Organization,
    audited: Callable[[str], list[Any]],
) -> None:
    signing_in.configure(role_claim="roles")
    before = kept(database, organization)

    seen = tried(owner, signing_in, roles=["auditor"])

    assert "They would come in" in seen
    assert "ines@nordwind.example" in seen
    assert "their record has the object id as externalId" in seen
    assert "Roles auditor" in seen
    assert OBJECT in seen
    assert kept(database, organization) == before
    assert owner.get("/console").status_code == 200
    assert [line.detail for line in audited("sign_in.tried")] == [{"by": "externalId"}]
    assert audited("identity.linked") == audited("sign_in.refused") == []


def kept(database: Database, organization: Organization) -> list[int]:
    """How many sessions and linked accounts there are."""
    with database.read(organization.id) as reader:
        return [
            reader.execute(
                select(func.count()).select_from(table).where(table.c.organization_id == ORGANIZATION)
            ).scalar_one()
            for table in (sessions, identities)
        ]


@pytest.mark.parametrize(
    ("said", "reason", "advice"),
    [
        pytest.param({"oid": OBJECT.replace("8a52", "9b63"), "preferred_username": "eva@x.example"},
                     "is not in the directory", "to the provisioning app", id="nobody of the directory"),
        pytest.param({"oid": OBJECT.replace("8a52", "9b63")}, "another object id", "Send objectId", id="another's name"),
        pytest.param({"tid": OBJECT}, "tid is another tenant", "not chosen", id="another tenant"),
        pytest.param({"aud": "another"}, "aud is not this client", "Compare issuer", id="another client"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_with_what_to_do_and_the_claims_that_came(
    owner: Admin, signing_in: SignIn, ines: str, said: dict[str, str], reason: str, advice: str
) -> None:
    seen = tried(owner, signing_in, **said)

    assert ("They would not come in" in seen) == ("aud" not in said)
    assert reason in seen
    assert advice in seen
    assert next(iter(said.values())) in seen


def test_a_wrong_secret_is_told_as_the_provider_says_it(owner: Admin, signing_in: SignIn) -> None:
    asked = begun(owner, signing_in)
    signing_in.openid.token_answer = {"error": "invalid_client", "id_token": None, "access_token": None}

    seen = text_of(owner.follow(answered(owner, asked)))

    assert "invalid_client" in seen
    assert "the secret has expired" in seen


def test_a_provider_that_does_not_answer_is_told_at_once(owner: Admin, signing_in: SignIn) -> None:
    signing_in.openid.metadata = {"issuer": "https://elsewhere.example"}

    assert "speaks for another issuer" in text_of(owner.get(TEST))


def test_a_result_cannot_be_had_twice_nor_with_a_sign_in_that_was_none(owner: Admin, signing_in: SignIn) -> None:
    asked = begun(owner, signing_in)
    foreign = owner.get(f"{TEST}/result", code="a-code", state="made up")
    once = owner.get(f"{TEST}/result", code="a-code", state=asked["state"])
    twice = owner.get(f"{TEST}/result", code="a-code", state=asked["state"])

    assert "no sign-in with this state" in text_of(foreign)
    assert "no sign-in with this state" not in text_of(once)
    assert "no sign-in with this state" in text_of(twice)


def test_a_test_never_signs_in_whoever_brings_its_answer_to_the_ordinary_address(
    app: Flask, signing_in: SignIn, owner: Admin, ines: str, database: Database, organization: Organization
) -> None:
    before = kept(database, organization)
    asked = begun(owner, signing_in)

    response = answered(owner, asked)

    assert response.headers["Location"].startswith("/console/sign-in/test/result?")
    assert kept(database, organization) == before


@pytest.mark.parametrize("role", ["directory-admin", "auditor"])
def test_who_may_only_look_changes_and_tries_nothing(
    as_role: Callable[..., Admin], signing_in: SignIn, role: str
) -> None:
    admin = as_role(role)

    assert "Test it" not in text_of(admin.get(PAGE))
    admin.get(CHANGE, 403)
    admin.post(CHANGE, 403, **FORM)
    admin.get(TEST, 403)
    admin.get(f"{TEST}/result", 403)


def test_changing_it_wants_somebody_who_has_proved_lately_who_they_are(as_role: Callable[..., Admin]) -> None:
    admin = as_role("owner", proved=False)

    admin.get(CHANGE, 401)
    admin.post(CHANGE, 401, **FORM)


def test_the_secret_reaches_the_provider(owner: Admin, signing_in: SignIn, ines: str, client: Client) -> None:
    tried(owner, signing_in)

    [(_, form, headers)] = [one for one in signing_in.openid.asked if one[0] == "/token"]
    assert form["redirect_uri"] == "https://cards.example/auth/callback/nordwind"
    assert headers["Authorization"].startswith("Basic ")
    assert SECRET not in repr(form)

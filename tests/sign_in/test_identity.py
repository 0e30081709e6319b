"""Who comes in: a subject is matched with a person of the directory once, never by e-mail, and never made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.auth.sign_in import roles
from app.cards import merging
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_text
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import signed
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import OBJECT
from tests.support.client import Client

OTHER = "99990000-0000-4000-8000-000000000009"
NAME = "ines@nordwind.example"


def says(signing_in: SignIn, **changes: Any) -> None:
    signing_in.openid.id_token = lambda _nonce: signed(signing_in.openid.says(**changes))


def who(signing_in: SignIn) -> list[str | None]:
    return [row.person_id for row in signing_in.sessions()]


def test_the_object_id_in_external_id_is_the_person(signing_in: SignIn, ines: str) -> None:
    answer = signing_in.sign_in()

    [linked] = signing_in.audited("identity.linked")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert linked.detail["by"] == "externalId"
    assert who(signing_in) == [linked.subject]


def test_without_it_the_user_name_links_once(signing_in: SignIn, client: Client) -> None:
    client.create_user(NAME.upper(), externalId="E-1024", displayName="Ines")

    signing_in.sign_in()
    says(signing_in, preferred_username="ines.married@nordwind.example")
    signing_in.sign_in()

    [linked] = signing_in.audited("identity.linked")
    assert linked.detail["by"] == "userName"
    assert who(signing_in) == [linked.subject] * 2


def test_a_changed_user_name_keeps_the_person(signing_in: SignIn, ines: str, client: Client) -> None:
    signing_in.sign_in()
    client.patch(f"/Users/{ines}", {"op": "Replace", "path": "userName", "value": "ines.married@nordwind.example"})
    says(signing_in, preferred_username="ines.married@nordwind.example")

    signing_in.sign_in()

    first, second = who(signing_in)
    assert first == second


def test_somebody_else_under_a_user_name_that_was_linked_is_refused(signing_in: SignIn, client: Client) -> None:
    client.create_user(NAME, displayName="Ines")
    signing_in.sign_in()
    says(signing_in, oid=OTHER)

    answer = signing_in.sign_in()

    assert answer.status_code == 403
    assert "cannot be told apart" in answer.text
    assert len(signing_in.sessions()) == 1


def test_a_record_that_names_another_object_id_is_not_theirs(signing_in: SignIn, ines: str) -> None:
    says(signing_in, oid=OTHER)

    answer = signing_in.sign_in()

    assert answer.status_code == 403
    assert "cannot be told apart" in answer.text
    assert signing_in.sessions() == []


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"emails": [{"type": "work", "value": NAME}]}, id="an e-mail address alone"),
        pytest.param({"externalId": OTHER}, id="another object id"),
    ],
)
def test_whom_the_directory_does_not_know_stays_outside(
    signing_in: SignIn, client: Client, record: dict[str, Any]
) -> None:
    if record:
        client.create_user("jo@nordwind.example", **record)

    answer = signing_in.sign_in()

    assert answer.status_code == 403
    assert "You are not set up yet" in answer.text
    assert NAME in answer.text
    assert "Ask your IT" in answer.text
    assert signing_in.sessions() == []
    [line] = signing_in.audited("sign_in.refused")
    assert line.detail["kind"] == "not provisioned"


def test_another_organizations_people_stay_outside(
    signing_in: SignIn, app: Any, new_organization: Callable[..., Organization], new_token: Callable[..., str]
) -> None:
    other = Client(app, new_token(new_organization("other")))
    other.create_user(NAME, externalId=OBJECT)

    answer = signing_in.sign_in()

    assert answer.status_code == 403
    assert signing_in.sessions() == []


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(
            lambda client, user: client.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": "False"}),
            id="PATCH",
        ),
        pytest.param(
            lambda client, user: client.put(
                f"/Users/{user}", {"userName": NAME, "externalId": OBJECT, "active": False}
            ),
            id="PUT",
        ),
        pytest.param(lambda client, user: client.delete(f"/Users/{user}"), id="DELETE"),
    ],
)
def test_whom_the_directory_lets_go_is_out_at_the_next_request_and_stays_out(
    signing_in: SignIn, ines: str, client: Client, leave: Callable[[Client, str], Any]
) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    before = browser.get("/me/sessions").status_code

    leave(client, ines)

    assert before == 200
    assert browser.get("/me/sessions").status_code == 303
    assert signing_in.sessions() == []
    refused = signing_in.sign_in()
    assert refused.status_code == 403
    assert "not active" in refused.text
    [ended] = signing_in.audited("session.ended")
    assert ended.detail["sessions"] == 1


def test_restored_people_come_in_again_as_who_they_were(signing_in: SignIn, ines: str, client: Client) -> None:
    signing_in.sign_in()
    [before] = who(signing_in)
    client.delete(f"/Users/{ines}")
    client.create_user(NAME, externalId=OBJECT)

    signing_in.sign_in()

    assert who(signing_in) == [before]


def test_a_change_of_roles_ends_the_session_and_the_next_one_has_them(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    [person] = who(signing_in)
    assert person is not None

    signing_in.database.write(
        lambda tx: roles.grant(tx, person, "auditor"), organization_id=signing_in.organization.id, actor="cli"
    )

    assert browser.get("/me/sessions").status_code == 303
    signing_in.sign_in(browser)
    assert [row.roles for row in signing_in.sessions()] == [["auditor"]]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        pytest.param(["lanyard.owner", "Payroll.Admin"], ["owner"], id="a list"),
        pytest.param("Card-Admin", ["card-admin"], id="one text"),
        pytest.param(["superuser"], None, id="no role of ours"),
        pytest.param({"owner": True}, None, id="an object"),
        pytest.param([["owner"], 1, None], None, id="a list of what is no text"),
    ],
)
def test_roles_by_claim_let_in_whom_the_directory_does_not_know(
    signing_in: SignIn, claim: Any, expected: list[str] | None
) -> None:
    signing_in.configure(role_claim="roles")
    says(signing_in, roles=claim)

    answer = signing_in.sign_in()

    assert answer.status_code == (403 if expected is None else 303)
    assert [row.roles for row in signing_in.sessions()] == ([] if expected is None else [expected])
    assert who(signing_in) == ([] if expected is None else [None])


def test_a_value_of_the_claim_may_stand_for_a_role(signing_in: SignIn) -> None:
    signing_in.configure(role_claim="groups", role_values={OTHER: "template-admin"})
    says(signing_in, groups=[OTHER, OBJECT])

    signing_in.sign_in()

    assert [row.roles for row in signing_in.sessions()] == [["template-admin"]]


@pytest.mark.parametrize(
    ("over", "ended"),
    [
        pytest.param({"client_secret": "a new secret"}, False, id="a new secret"),
        pytest.param({"client_id": "another"}, True, id="another client"),
        pytest.param({"role_claim": "roles"}, True, id="another claim for roles"),
    ],
)
def test_another_provider_ends_the_sessions_of_the_one_before(
    signing_in: SignIn, ines: str, over: dict[str, str], ended: bool
) -> None:
    signing_in.sign_in()

    signing_in.configure(None, **over)

    assert (signing_in.sessions() == []) is ended


def test_roles_count_only_from_the_claim_that_was_named(signing_in: SignIn, ines: str) -> None:
    says(signing_in, roles=["owner"])

    signing_in.sign_in()

    assert [row.roles for row in signing_in.sessions()] == [[]]


def test_without_a_tenant_issuer_and_subject_are_the_identity(signing_in: SignIn, client: Client) -> None:
    signing_in.configure(tenant_id=None)
    client.create_user(NAME, externalId="E-1024")
    says(signing_in, tid=None, oid=None)
    signing_in.sign_in()

    says(signing_in, tid=None, oid=None, preferred_username="renamed@nordwind.example")
    same = signing_in.sign_in()
    says(signing_in, tid=None, oid=None, sub="pairwise-2")
    other = signing_in.sign_in()

    assert (same.status_code, other.status_code) == (303, 403)
    assert len(set(who(signing_in))) == 1


def test_signing_in_gives_a_new_session_and_leaves_the_old_cookie_behind(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    cookies = [signing_in.sign_in(browser).headers.getlist("Set-Cookie") for _ in range(2)]

    first, second = ([one for one in listed if one.startswith("__Host-lanyard=")] for listed in cookies)

    assert first[0].split(";")[0] != second[0].split(";")[0]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in second[0]
    assert "Domain" not in second[0]


def test_signing_in_claims_the_cards_once(signing_in: SignIn, ines: str, client: Client) -> None:
    client.create_group("Cards - Sales", ines)
    spec = read_text(
        b"templates: [{name: Sales}]\nbindings: [{group: Cards - Sales, template: Sales}]", Path("/nowhere")
    )
    signing_in.database.write(lambda tx: apply(tx, spec), organization_id=signing_in.organization.id, actor="cli")

    signing_in.sign_in()
    signing_in.sign_in()

    assert len(signing_in.audited("card.claimed")) == 1


def test_the_old_object_id_comes_in_after_a_merge_only_when_the_record_has_it(
    signing_in: SignIn, ines: str, client: Client
) -> None:
    client.delete(f"/Users/{ines}")
    newer = client.create_user("ines.jones@nordwind.example", externalId=OTHER)["id"]
    signing_in.database.write(
        lambda tx: merging.merge(tx, NAME, "ines.jones@nordwind.example"),
        organization_id=signing_in.organization.id,
        actor="cli",
    )

    as_another = signing_in.sign_in()
    client.delete(f"/Users/{newer}")
    client.create_user(NAME, externalId=OBJECT)
    as_themselves = signing_in.sign_in()

    assert (as_another.status_code, as_themselves.status_code) == (403, 303)


def test_a_link_of_long_ago_does_not_open_a_record_of_another_object(
    signing_in: SignIn, ines: str, client: Client
) -> None:
    signing_in.sign_in()
    client.patch(f"/Users/{ines}", {"op": "Replace", "path": "externalId", "value": OTHER})

    answer = signing_in.sign_in()

    assert answer.status_code == 403


@pytest.mark.parametrize("wanted", ["Ines@Nordwind.Example", "nordwind"], ids=["an e-mail address", "the short name"])
def test_people_find_their_organization(
    signing_in: SignIn, new_organization: Callable[..., Organization], wanted: str
) -> None:
    signing_in.configure(new_organization("other"))
    signing_in.configure(listed=["nordwind.example"])

    answer = signing_in.browser().get("/login", query_string={"email": wanted, "next": "/me/sessions"})

    # A page and no redirect: browsers let no form's answer lead to another site.
    assert answer.status_code == 200
    assert 'content="0; url=/login/nordwind?next=/me/sessions"' in answer.text

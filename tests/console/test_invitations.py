"""Inviting people from outside: the form and what it refuses, the link this once, the list, and taking one back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from app.auth.sign_in import roles
from app.cards import claiming, invitations, template_store
from app.core import clock
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

PAT = "pat@partner.example"
OPEN_HOUSE = """
    templates:
      - {name: Guests, general: {name: {sync: never, editable: true}}}
    """

pytestmark = pytest.mark.usefixtures("nordwind")


@pytest.fixture(autouse=True)
def guests(nordwind: Company) -> None:
    """A template that people from outside can have."""
    nordwind.apply(OPEN_HOUSE)


def template(admin: Admin, name: str) -> str:
    [found] = re.findall(rf'<option value="([^"]+)"[^>]*>{name}<', admin.get("/console/invitations/new").text)
    return str(found)


def invite(admin: Admin, email: str = PAT, name: str = "Guests", status: int = 200, **more: str) -> str:
    form = {"email": email, "template": template(admin, name), "days": "14", **more}
    return admin.post("/console/invitations/new", status, **form).text


def test_the_link_is_shown_once_and_opens_the_claim(owner: Admin) -> None:
    page = invite(owner)

    [token] = re.findall(r"https://cards\.example/claim/([\w-]+)", page)
    assert owner.http.get(f"/claim/{token}").status_code == 200
    assert token not in owner.get("/console/invitations").text
    assert "open" in text_of(owner.get("/console/invitations"))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"name": "Sales"}, "E-mail and photo would stay empty", id="items that nobody could fill"),
        pytest.param({"email": "not an address"}, "is no e-mail address", id="no address"),
        pytest.param({"email": "ines@nordwind.example"}, "is in the directory as ines@nordwind.example", id="known"),
        pytest.param({"days": "0"}, "1 to 365 days", id="no day"),
        pytest.param({"days": "soon"}, "in whole days", id="no number"),
    ],
)
def test_a_refusal_stands_at_its_field_and_what_was_entered_stays(
    owner: Admin, form: dict[str, str], said: str
) -> None:
    page = invite(owner, status=409, **form)

    assert said in " ".join(re.findall(r'<p class="error">([^<]+)<', page))
    assert 'aria-invalid="true"' in page
    assert f'value="{form.get("email", PAT)}"' in page


def test_the_list_is_narrowed_by_state_and_address(owner: Admin, nordwind: Company) -> None:
    with time_machine.travel(clock.now() - timedelta(days=20)):
        nordwind.write(lambda tx: invitations.make(tx, template_store.find(tx, "Guests"), "o@partner.example"))
    for email in ("a@partner.example", "b@partner.example", "c@partner.example"):
        invite(owner, email)
    with nordwind.database.read(nordwind.organization_id) as reader:
        ids = {one.email[0]: one.id for one in invitations.every(reader)}
    nordwind.write(lambda tx: claiming.claim(tx, ids["a"]))
    owner.get(f"/console/invitations/{ids['b']}/revoke")
    owner.post(f"/console/invitations/{ids['b']}/revoke")

    def shown(**query: str) -> list[str]:
        page = owner.get("/console/invitations", **query)
        return re.findall(r'<span class="name">(\w)@', page.text)

    assert shown() == ["c", "b", "a", "o"]
    assert shown(sort="made") == ["o", "a", "b", "c"]
    assert shown(search="b@") == ["b"]
    assert [shown(state=state) for state in ("claimed", "revoked", "open", "expired")] == [
        ["a"],
        ["b"],
        ["c"],
        ["o"],
    ]


def test_what_was_claimed_is_not_revoked(owner: Admin, nordwind: Company) -> None:
    invite(owner)
    with nordwind.database.read(nordwind.organization_id) as reader:
        [made] = invitations.every(reader)
    nordwind.write(lambda tx: claiming.claim(tx, made.id))

    assert "claimed already" in text_of(owner.post(f"/console/invitations/{made.id}/revoke", 409))


def test_without_a_template_there_is_nothing_to_invite_to(
    as_role: Callable[..., Admin], new_organization: Callable[..., Organization]
) -> None:
    newcomer = as_role(roles.OWNER, of=new_organization("other"))

    assert "There is no template yet" in text_of(newcomer.get("/console/invitations/new", 409))


@pytest.mark.parametrize("role", [roles.TEMPLATE_ADMIN, roles.CARD_ADMIN, roles.AUDITOR])
def test_who_may_only_look_invites_nobody(as_role: Callable[..., Admin], role: str) -> None:
    admin = as_role(role)

    assert "/console/invitations/new" not in admin.get("/console/invitations").text
    admin.get("/console/invitations/new", 403)
    admin.post("/console/invitations/new", 403)

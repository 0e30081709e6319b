"""What belongs to one organization is not there for another's owner, whatever address of the console is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.auth.sign_in.roles import OWNER
from app.auth.sign_in.tables import roles
from app.core.db import ORGANIZATION
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import HERE, Admin
from tests.console.test_permissions import path_of, routes

IN_A_LIST = {
    "who": ("/console/people", r'href="/console/people/([0-9a-f-]{36})"'),
    "group_id": ("/console/groups", r'href="/console/groups/([0-9a-f-]{36})"'),
    "card_id": ("/console/cards", r'href="/console/cards/([0-9a-z]{26})"'),
    "template_id": ("/console/templates", r'href="/console/templates/([0-9a-f-]{36})"'),
    "row_id": ("/console/log", r'href="/console/log/([0-9a-f-]{36})"'),
}
"""Where an owner finds the ids that addresses name, by what the address calls them."""
OF_THE_INSTALLATION = {"/console/jobs/<name>/run"}
NOT_OF_ONE = {"rest", "key", "name", "version", "provider"}
"""Parts of addresses that name nothing of an organization by themselves."""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_no_address_answers_with_what_is_anothers(
    app: Flask,
    nordwind: Company,
    as_role: Callable[..., Admin],
    new_organization: Callable[..., Organization],
) -> None:
    owner, stranger = as_role(OWNER), as_role(OWNER, of=new_organization("other"))
    ids = named(owner)

    answered, looked_at = {}, set()
    for rule, method in routes(app):
        concerned = set(rule.arguments) & set(ids)
        if not concerned or rule.rule in OF_THE_INSTALLATION:
            continue
        looked_at |= concerned
        path = re.sub(r"<int:\w+>", "1", rule.rule)
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda part: ids.get(part[1], "none"), path)
        fields = {"csrf_token": stranger.csrf} if method == "POST" else None
        answered[method, path] = stranger.http.open(path, method=method, data=fields, base_url=HERE).status_code

    assert looked_at >= {"who", "group_id", "card_id", "template_id"}
    assert {key: status for key, status in answered.items() if status != 404} == {}


BODIES = {
    "a bulk act on its cards": ("/console/cards/many", {"id": "card_id", "do": "!pause"}),
    "the same, asked for at once": ("/console/cards/many/do", {"id": "card_id", "do": "!delete", "plan": "!0" * 16}),
    "what a move would show": ("/console/cards/many/move.csv", {"id": "card_id", "template": "!Sales"}),
    "a decision about its held cards": ("/console/held/decide", {"id": "card_id", "do": "!approve", "plan": "!"}),
    "a role for its person": ("/console/roles/grant", {"person": "who", "role": "!owner"}),
    "a card for its person": ("/console/cards/issue", {"template": "!Mine", "person": "who", "whose": "!person"}),
    "a card of its template for one's own": ("/console/people/{mine}/issue", {"template": "template_id"}),
    "an invitation to its template": ("/console/invitations/new", {"template": "template_id", "email": "!a@b.example", "days": "!1"}),
    "its person as whom one's own becomes": ("/console/people/{mine}/merge", {"into": "who"}),
    "its group in a binding": ("/console/bindings/preview", {"group": "!Cards - Sales", "by": "!name", "template": "!Sales", "exclusive": "!"}),
    "its person in a preview": ("/console/templates/{template}/preview", {"person": "who"}),
}  # fmt: skip
"""Where forms name things: the address, and of each field what of the other organization's it names (after "!" text)."""


@pytest.mark.parametrize(("path", "fields"), BODIES.values(), ids=BODIES.keys())
def test_no_form_takes_what_is_anothers(
    app: Flask,
    nordwind: Company,
    as_role: Callable[..., Admin],
    new_organization: Callable[..., Organization],
    path: str,
    fields: dict[str, str],
) -> None:
    other = new_organization("other")
    theirs = Company(nordwind.database, other.id)
    theirs.apply("templates: [{name: Mine, general: {title: {}}}]")
    theirs.hire("mine")
    owner, stranger = as_role(OWNER), as_role(OWNER, of=other)
    ids, own = named(owner), named(stranger)
    before, secrets = kept(nordwind), ("ines@", "olaf@", "nora@", *ids.values())

    sent = {name: what[1:] if what[0] == "!" else ids[what] for name, what in fields.items()}
    place = path.format(mine=own["who"], template=own["template_id"])
    answer = stranger.http.post(place, data={"csrf_token": stranger.csrf, **sent}, base_url=HERE)

    echoed = {value for value in sent.values() if value in secrets}
    assert answer.status_code in {200, 400, 404, 409, 422}
    assert [one for one in secrets if one in answer.text and one not in echoed] == []
    assert kept(nordwind) == before
    assert kept(theirs) == []


def named(admin: Admin) -> dict[str, str]:
    """One of each thing of the organization that lists show."""
    found = {}
    for name, (path, pattern) in IN_A_LIST.items():
        match = re.search(pattern, admin.get(path).text)
        if match is not None:
            found[name] = match[1]
    return found


def kept(company: Company) -> list[object]:
    """Its cards as they are, and who has which role."""
    with company.database.read(company.organization_id) as reader:
        held = reader.execute(select(roles.c.person_id, roles.c.role).where(roles.c.organization_id == ORGANIZATION))
        return [*map(tuple, company.card_rows()), *map(tuple, held)]


def test_a_form_of_one_session_is_worth_nothing_in_another(app: Flask, as_role: Callable[..., Admin]) -> None:
    mine, theirs = as_role(OWNER), as_role(OWNER)
    forged = {}
    for rule, method in routes(app):
        if method == "POST":
            for token in (theirs.csrf, "", None):
                fields = {} if token is None else {"csrf_token": token}
                answer = mine.http.post(path_of(rule.rule), data=fields, base_url=HERE)
                forged[rule.rule, token] = answer.status_code

    assert {key: status for key, status in forged.items() if status != 403} == {}

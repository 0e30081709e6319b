"""What belongs to one organization is not there for another's owner, whatever address of the console is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.auth.sign_in.roles import OWNER
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import HERE, Admin
from tests.console.test_permissions import routes

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
    ids = {}
    for name, (path, pattern) in IN_A_LIST.items():
        found = re.search(pattern, owner.get(path).text)
        if found is not None:
            ids[name] = found[1]

    answered, looked_at = {}, set()
    for rule, method in routes(app):
        named = set(rule.arguments) & set(ids)
        if not named or rule.rule in OF_THE_INSTALLATION:
            continue
        looked_at |= named
        path = re.sub(r"<int:\w+>", "1", rule.rule)
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda part: ids.get(part[1], "none"), path)
        fields = {"csrf_token": stranger.csrf} if method == "POST" else None
        answered[method, path] = stranger.http.open(path, method=method, data=fields, base_url=HERE).status_code

    assert looked_at >= {"who", "group_id", "card_id", "template_id"}
    assert {key: status for key, status in answered.items() if status != 404} == {}

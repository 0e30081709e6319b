"""Roles: given to a person found by search, taken with a word of what that means, seen with where they come from."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

import pytest
from flask import Flask

from app.auth.sign_in import links, provider, roles, sessions
from app.auth.sign_in.sessions import Visitor
from app.core import clock
from app.core.unit_of_work import Database
from app.directory import users
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import HERE, LIMITS, Admin, text_of

PAGE = "/console/roles"
SETUP = {"issuer": "https://login.example", "client_id": "a-client", "client_secret": "a secret", "role_claim": "roles"}


@pytest.fixture
def person(nordwind: Company, database: Database) -> Callable[[str], str]:
    """The id of a person of the company, by short name."""

    def find(name: str) -> str:
        with database.read(nordwind.organization_id) as reader:
            return users.person_named(reader, f"{name}@nordwind.example")

    return find


@pytest.fixture
def held(database: Database, organization: Organization) -> Callable[[str], frozenset[str]]:
    """The roles of a person, by id."""

    def of(person_id: str) -> frozenset[str]:
        with database.read(organization.id) as reader:
            return roles.of_person(reader, person_id)

    return of


def write(database: Database, organization: Organization, work: Any) -> Any:
    return database.write(work, organization_id=organization.id, actor="cli")


def test_somebody_found_by_search_gets_a_role_and_is_signed_out(
    owner: Admin,
    as_role: Callable[..., Admin],
    person: Callable[[str], str],
    held: Callable[[str], frozenset[str]],
    audited: Callable[[str], list[Any]],
) -> None:
    theirs = as_role("auditor", person=person("ines"))
    found = text_of(owner.get(f"{PAGE}/grant", search="INES"))

    said = owner.follow(owner.post(f"{PAGE}/grant", person=person("ines"), role="card-admin"))

    assert "ines@nordwind.example" in found
    assert "olaf@nordwind.example" not in found
    assert held(person("ines")) == {"card-admin"}
    assert "ines@nordwind.example is card-admin now" in text_of(said)
    assert theirs.http.get("/console", base_url=HERE).status_code == 401
    detail = {"role": "card-admin", "before": [], "after": ["card-admin"]}
    assert [(one.subject, one.actor, one.detail) for one in audited("role.granted")] == [
        (person("ines"), "visitor:an-admin@nordwind.example", detail)
    ]


def test_a_search_without_a_match_says_so(owner: Admin, nordwind: Company) -> None:
    assert "Nobody of the directory" in text_of(owner.get(f"{PAGE}/grant", search="%"))


def test_the_list_says_who_has_what_since_when_and_by_whom(
    owner: Admin, database: Database, organization: Organization, person: Callable[[str], str]
) -> None:
    write(database, organization, lambda tx: roles.grant(tx, person("ines"), "owner"))
    write(database, organization, lambda tx: roles.grant(tx, person("olaf"), "auditor"))

    everybody, auditors = text_of(owner.get(PAGE)), text_of(owner.get(PAGE, role="auditor"))

    assert "ines@nordwind.example owner just now by the command line" in everybody
    assert "olaf@nordwind.example auditor" in auditors
    assert "ines@nordwind.example" not in auditors


def test_the_list_is_searched_and_sorted_by_whose_which_and_since_when(
    owner: Admin, database: Database, organization: Organization, person: Callable[[str], str]
) -> None:
    for name, role in (("olaf", "auditor"), ("ines", "owner"), ("nora", "card-admin")):
        write(database, organization, partial(roles.grant, person_id=person(name), role=role))

    def shown(**query: str) -> list[str]:
        return re.findall(r'class="sub" dir="auto">(ines|nora|olaf)@', owner.get(PAGE, **query).text)

    assert shown() == ["ines", "nora", "olaf"]
    assert shown(sort="-person") == ["olaf", "nora", "ines"]
    assert shown(sort="role") == ["olaf", "nora", "ines"]
    assert shown(sort="-since") == ["nora", "ines", "olaf"]
    assert shown(search="NORA nordwind") == ["nora"]


def test_the_list_is_exported_as_it_is_searched_and_filtered(
    owner: Admin, nordwind: Company, database: Database, organization: Organization, person: Callable[[str], str]
) -> None:
    write(database, organization, lambda tx: roles.grant(tx, person("ines"), "owner"))
    write(database, organization, lambda tx: roles.grant(tx, person("olaf"), "auditor"))
    nordwind.change("olaf", active=False)

    everything = list(csv.DictReader(StringIO(owner.get(f"{PAGE}.csv").text.removeprefix("\ufeff"))))
    auditors = list(csv.DictReader(StringIO(owner.get(f"{PAGE}.csv", role="auditor").text.removeprefix("\ufeff"))))

    [ines, olaf] = everything
    assert (ines["user name"], ines["role"], ines["given by"]) == ("ines@nordwind.example", "owner", "the command line")
    assert (ines["active in the directory"], olaf["active in the directory"]) == ("yes", "no")
    assert auditors == [olaf]
    assert f"{PAGE}.csv?role=auditor" in owner.get(PAGE, role="auditor").text


def test_the_last_owner_is_taken_only_from_whoever_was_told_what_that_means(
    owner: Admin,
    database: Database,
    organization: Organization,
    person: Callable[[str], str],
    held: Callable[[str], frozenset[str]],
) -> None:
    write(database, organization, lambda tx: roles.grant(tx, person("ines"), "owner"))
    at = f"{PAGE}/{person('ines')}/owner/revoke"

    asked = text_of(owner.get(at))
    unaware = owner.post(at, 200)
    still = held(person("ines"))
    owner.post(at, told="last owner")

    assert "last owner" in asked
    assert "lanyard admin-link" in asked
    assert "last owner" in text_of(unaware)
    assert still == {"owner"}
    assert held(person("ines")) == frozenset()


def test_an_owner_beside_another_is_taken_at_once_unless_the_other_is_inactive(
    owner: Admin,
    nordwind: Company,
    database: Database,
    organization: Organization,
    person: Callable[[str], str],
) -> None:
    for name in ("ines", "olaf"):
        write(database, organization, partial(roles.grant, person_id=person(name), role="owner"))

    beside = text_of(owner.get(f"{PAGE}/{person('ines')}/owner/revoke"))
    nordwind.change("olaf", active=False)
    alone = text_of(owner.get(f"{PAGE}/{person('ines')}/owner/revoke"))

    assert "last owner" not in beside
    assert "last owner" in alone


def test_a_role_that_somebody_does_not_have_cannot_be_taken(owner: Admin, person: Callable[[str], str]) -> None:
    assert "is not owner" in text_of(owner.post(f"{PAGE}/{person('ines')}/owner/revoke", 409))


def test_roles_by_a_claim_are_shown_with_what_stands_for_them_and_who_is_signed_in_with_one(
    app: Flask, owner: Admin, database: Database, organization: Organization, person: Callable[[str], str]
) -> None:
    values = {"0d5c0000-0000-4000-8000-000000000001": "owner"}
    sealer = app.extensions["lanyard.sealer"]
    write(database, organization, lambda tx: provider.set_(tx, sealer, **SETUP, role_values=values))
    write(database, organization, lambda tx: roles.grant(tx, person("ines"), "auditor"))
    visitor = Visitor("ines@nordwind.example", person("ines"), frozenset({"auditor", "owner"}), SETUP["issuer"], "s-1")
    write(database, organization, lambda tx: sessions.begin(tx, visitor, LIMITS))

    seen = text_of(owner.get(PAGE))

    assert "0d5c0000-0000-4000-8000-000000000001 owner" in seen
    assert "ines@nordwind.example signed in now, seen just now owner" in seen


def test_an_owner_s_link_that_nobody_has_opened_is_listed_and_revoked(
    app: Flask,
    owner: Admin,
    database: Database,
    organization: Organization,
    audited: Callable[[str], list[Any]],
) -> None:
    secret = write(database, organization, lambda tx: links.create(tx, links.BREAK_GLASS))
    with database.read(organization.id) as reader:
        [link] = links.unused(reader, clock.now())

    listed = owner.get(PAGE)
    owner.follow(owner.post(f"{PAGE}/links/{link.id}/revoke"))

    assert "Break-glass link made just now by the command line" in text_of(listed)
    assert secret not in listed.text
    assert app.test_client().get(f"/setup/{secret}").status_code == 404
    assert "There is none that would open" in text_of(owner.get(PAGE))
    assert len(audited("link.break-glass.revoked")) == 1


def test_what_is_another_organization_s_is_not_found(
    owner: Admin, new_organization: Callable[..., Organization], database: Database, nordwind: Company
) -> None:
    other = new_organization("suedwind")
    company = Company(database, other.id)
    company.hire("eva")
    with database.read(other.id) as reader:
        eva = users.person_named(reader, "eva@nordwind.example")
    write(database, other, lambda tx: roles.grant(tx, eva, "owner"))
    write(database, other, lambda tx: links.create(tx, links.BREAK_GLASS))
    with database.read(other.id) as reader:
        [link] = links.unused(reader, clock.now())

    owner.get(f"{PAGE}/{eva}/owner/revoke", 404)
    owner.post(f"{PAGE}/{eva}/owner/revoke", 404, told="last owner")
    owner.post(f"{PAGE}/grant", 404, person=eva, role="auditor")
    owner.post(f"{PAGE}/links/{link.id}/revoke", 404)
    assert "eva" not in text_of(owner.get(PAGE))
    with database.read(other.id) as reader:
        assert roles.of_person(reader, eva) == {"owner"}
        assert links.unused(reader, clock.now()) == [link]


@pytest.mark.parametrize("role", ["directory-admin", "auditor"])
def test_who_may_only_look_changes_nothing(
    as_role: Callable[..., Admin], person: Callable[[str], str], held: Callable[[str], frozenset[str]], role: str
) -> None:
    admin = as_role(role)

    assert "Give somebody a role" not in text_of(admin.get(PAGE))
    admin.get(f"{PAGE}/grant", 403)
    admin.post(f"{PAGE}/grant", 403, person=person("ines"), role="owner")
    assert held(person("ines")) == frozenset()

"""Templates as admins see them: the list, one template, its versions, publishing, copies, and the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from app.auth.sign_in.roles import AUDITOR, CARD_ADMIN, TEMPLATE_ADMIN
from app.cards import template_store
from app.cards.layout import Design, Item
from app.cards.template_store import Template
from app.cards.versioning import drafts
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

Drafted = Callable[..., None]


@pytest.fixture
def sales(database: Database, organization: Organization, nordwind: Company) -> Callable[[], Template]:
    """The template Sales as it is published now."""

    def find() -> Template:
        with database.read(organization.id) as reader:
            return template_store.find(reader, "Sales")

    return find


@pytest.fixture
def drafted(nordwind: Company, sales: Callable[[], Template]) -> Drafted:
    """Gives Sales a draft in which some of its layout is otherwise."""

    def draft(**changes: Any) -> None:
        template = sales()
        nordwind.write(lambda tx: drafts.save(tx, template, template.name, replace(template.layout, **changes)))

    return draft


def without_mail(template: Template) -> tuple[Item, ...]:
    return tuple(item for item in template.layout.fields if item.key != "mail")


def requiring_notes(template: Template) -> tuple[Item, ...]:
    return tuple(replace(item, required=item.key == "note") for item in template.layout.fields)


def plan_on(page: Any) -> str:
    return str(re.findall(r'name="plan" value="([0-9a-f]+)"', page.text)[0])


def test_the_list_says_what_hangs_on_each_template(owner: Admin, drafted: Drafted) -> None:
    drafted(design=Design(accent="#112233"))

    seen = text_of(owner.get("/console/templates"))

    assert re.search(r"Sales 2 live Cards - Sales Version 1 Draft just now by token Entra", seen)
    assert re.search(r"Wardens 1 live Cards - Wardens Version 1 just now", seen)


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ({}, ["Sales", "Wardens"]),
        ({"sort": "-name"}, ["Wardens", "Sales"]),
        ({"sort": "cards"}, ["Wardens", "Sales"]),
        ({"sort": "-changed"}, ["Sales", "Wardens"]),
        ({"search": "WARD"}, ["Wardens"]),
        ({"state": "draft"}, ["Sales"]),
        ({"state": "published"}, ["Wardens"]),
        ({"state": "unbound"}, []),
    ],
    ids=str,
)
def test_the_list_is_searched_filtered_and_sorted(
    owner: Admin, drafted: Drafted, query: dict[str, str], there: list[str]
) -> None:
    drafted(design=Design(accent="#112233"))

    page = owner.get(f"/console/templates?{urlencode(query)}").text

    assert re.findall(r'<span class="name" dir="auto">([^<]+)</span>', page) == there


def test_a_miniature_has_the_colours_of_the_design(owner: Admin, nordwind: Company) -> None:
    page = owner.get("/console/templates").text

    assert 'fill="#0b5fff"' in page
    assert 'fill="#b3261e"' in page


def test_a_template_says_what_its_cards_show_and_what_its_draft_changes(
    owner: Admin, sales: Callable[[], Template], drafted: Drafted
) -> None:
    drafted(fields=without_mail(sales()))

    seen = text_of(owner.get(f"/console/templates/{sales().id}"))

    assert "E-mail removed." in seen
    assert (
        'Mobile Phone number From the directory, unless edited phoneNumbers[type eq "mobile"].value holders and admins'
        in seen.replace("&#34;", '"')
    )
    assert "Always from the directory" in seen


def test_publishing_says_what_changes_for_whom_and_then_does_that(
    owner: Admin, sales: Callable[[], Template], drafted: Drafted, audited: Callable[[str], list[Any]]
) -> None:
    drafted(fields=without_mail(sales()))
    path = f"/console/templates/{sales().id}/publish"
    asked = owner.get(path)

    done = owner.follow(owner.post(path, plan=plan_on(asked)))

    assert "1 card of 2 shows something else: ines@nordwind.example" in text_of(asked)
    assert "E-mail ines@nordwind.example nothing" in text_of(asked)
    assert "published in version 2" in text_of(done)
    assert "mail" not in {item.key for item in sales().layout.items()}
    assert [line.actor for line in audited("template.changed")] == ["visitor:an-admin@nordwind.example"]


def test_publishing_names_the_cards_that_become_incomplete(
    owner: Admin, sales: Callable[[], Template], drafted: Drafted
) -> None:
    drafted(fields=requiring_notes(sales()))

    seen = text_of(owner.get(f"/console/templates/{sales().id}/publish"))

    assert "2 cards become incomplete, because a required value is missing:" in seen


def test_what_was_not_looked_at_is_not_published(owner: Admin, sales: Callable[[], Template], drafted: Drafted) -> None:
    drafted(fields=without_mail(sales()))
    path = f"/console/templates/{sales().id}/publish"
    plan = plan_on(owner.get(path))
    drafted(fields=())

    again = owner.post(path, 409, plan=plan)

    assert "changed since you looked, so nothing was done" in text_of(again)
    assert plan_on(again) != plan
    assert sales().version == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_draft_that_is_gone_is_not_published(owner: Admin, sales: Callable[[], Template], method: str) -> None:
    answer = getattr(owner, method)(f"/console/templates/{sales().id}/publish", 303)

    assert "Sales has no draft any more." in text_of(owner.follow(answer))


def test_all_changes_are_there_as_csv(owner: Admin, sales: Callable[[], Template], drafted: Drafted) -> None:
    drafted(fields=without_mail(sales()))

    lines = owner.get(f"/console/templates/{sales().id}/publish.csv").text.lstrip("\ufeff").splitlines()

    assert lines[0] == "person,card,item,now,then,missing"
    assert [(line.split(",")[0], *line.split(",")[2:5]) for line in lines[1:]] == [
        ("ines@nordwind.example", "E-mail", "ines@nordwind.example", "")
    ]


def test_a_draft_of_an_earlier_version_is_not_published(
    owner: Admin, nordwind: Company, sales: Callable[[], Template], drafted: Drafted
) -> None:
    drafted(fields=())
    nordwind.apply('templates: [{name: Sales, general: {name: {sync: always}}, design: {accent: "#112233"}}]')

    page = owner.get(f"/console/templates/{sales().id}/publish", 409)

    assert "version 2 has been published since" in text_of(page)


def test_a_draft_is_discarded_once_one_has_seen_what_is_lost(
    owner: Admin, sales: Callable[[], Template], drafted: Drafted, audited: Callable[[str], list[Any]]
) -> None:
    drafted(fields=without_mail(sales()))
    path = f"/console/templates/{sales().id}/discard"
    asked = owner.get(path)

    done = owner.follow(owner.post(path))

    assert "In the draft: E-mail removed." in text_of(asked)
    assert "There is a draft" not in text_of(done)
    assert len(audited("template.draft_dropped")) == 1


def test_versions_say_who_when_and_what_and_come_back(
    owner: Admin, sales: Callable[[], Template], drafted: Drafted, audited: Callable[[str], list[Any]]
) -> None:
    here = f"/console/templates/{sales().id}"
    drafted(fields=without_mail(sales()))
    owner.post(f"{here}/publish", plan=plan_on(owner.get(f"{here}/publish")))
    listed = text_of(owner.get(f"{here}/versions"))
    asked = owner.get(f"{here}/versions/1/restore")

    done = owner.follow(owner.post(f"{here}/versions/1/restore", plan=plan_on(asked)))

    assert "Version 2 on all cards By an-admin@nordwind.example , just now E-mail removed. Version 1" in listed
    assert "E-mail added" in text_of(asked)
    assert "published in version 3" in text_of(done)
    assert "mail" in {item.key for item in sales().layout.items()}
    assert [line.detail["from"] for line in audited("template.restored")] == [1]


def test_a_new_template_begins_with_what_most_cards_show(owner: Admin, nordwind: Company, database: Database) -> None:
    made = owner.post("/console/templates/new", name="  Trainees ")

    with database.read(nordwind.organization_id) as reader:
        template = template_store.find(reader, "Trainees")
    assert made.headers["Location"] == f"/console/templates/{template.id}/edit"
    assert [item.key for item in template.layout.items()] == [
        "name", "accreditations", "pronouns", "title", "department", "company", "headline",
        "mobile", "phone", "mail", "address", "photo",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "The name of the new template must not be empty."),
        ("SALES", "There is a template 'Sales' already; give the new one another name."),
        ("x" * 129, "The name of the new template must not be longer than 128 characters."),
    ],
    ids=["none", "taken", "too long"],
)
def test_a_name_that_cannot_be_is_refused_at_its_field(owner: Admin, nordwind: Company, name: str, said: str) -> None:
    page = owner.post("/console/templates/new", 422, name=name)

    assert said in text_of(page).replace("&#39;", "'")
    assert f'value="{name}"' in page.text


def test_a_duplicate_has_everything_but_bindings(
    owner: Admin, sales: Callable[[], Template], database: Database, organization: Organization
) -> None:
    owner.post(f"/console/templates/{sales().id}/duplicate", name="Sales abroad")

    with database.read(organization.id) as reader:
        copy = template_store.find(reader, "Sales abroad")
    assert copy.layout == sales().layout
    assert "nobody gets a card of it" in text_of(owner.get(f"/console/templates/{copy.id}"))


def test_a_template_is_deleted_when_nothing_hangs_on_it(
    owner: Admin, nordwind: Company, database: Database, audited: Callable[[str], list[Any]]
) -> None:
    path = owner.post("/console/templates/new", name="Trainees").headers["Location"].replace("/edit", "/delete")
    asked = owner.get(path)

    done = owner.follow(owner.post(path))

    assert "This cannot be undone." in text_of(asked)
    assert "Trainees is deleted." in text_of(done)
    assert len(audited("template.deleted")) == 1


def test_a_template_with_cards_and_groups_is_kept_and_says_why(owner: Admin, sales: Callable[[], Template]) -> None:
    path = f"/console/templates/{sales().id}/delete"

    asked, refused = owner.get(path), owner.post(path, 409)

    for page in (asked, refused):
        assert "It is bound to Cards - Sales." in text_of(page)
        assert "It has 2 cards, paused ones included." in text_of(page)
    assert sales().name == "Sales"


CHANGES = ("edit", "publish", "discard", "duplicate", "delete", "versions/1/restore")


@pytest.mark.parametrize("role", [AUDITOR, CARD_ADMIN])
def test_whoever_only_sees_templates_is_offered_no_change_and_makes_none(
    as_role: Callable[..., Admin], sales: Callable[[], Template], drafted: Drafted, role: str
) -> None:
    drafted(fields=())
    somebody, here = as_role(role), f"/console/templates/{sales().id}"

    pages = [somebody.get(path).text for path in ("/console/templates", here, f"{here}/versions")]

    assert [one for one in (*CHANGES, "new") for page in pages if f'/{one}"' in page] == []
    for act in CHANGES:
        somebody.get(f"{here}/{act}", 403)
        somebody.post(f"{here}/{act}", 403)
    somebody.post("/console/templates/new", 403, name="Trainees")


def test_another_organizations_templates_are_not_there(
    as_role: Callable[..., Admin], sales: Callable[[], Template], new_organization: Callable[..., Organization]
) -> None:
    stranger, here = as_role(TEMPLATE_ADMIN, of=new_organization("globex")), f"/console/templates/{sales().id}"

    for path in (here, f"{here}/versions", *(f"{here}/{act}" for act in CHANGES)):
        stranger.get(path, 404)

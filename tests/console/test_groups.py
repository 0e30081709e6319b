"""Groups as they were pushed: how many are in them, what they lead to, and who is in one."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

import pytest

from app.auth.sign_in import roles
from app.directory import group_list
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of


def listed(text: str, what: str = "groups") -> dict[str, str]:
    """The ids of what a list names, by name."""
    found = re.findall(rf'class="name" href="/console/{what}/([^"]+)" dir="auto">([^<]+)<', text)
    return {name: one for one, name in found}


def test_groups_are_listed_with_members_and_templates(owner: Admin, nordwind: Company) -> None:
    nordwind.group("Empty")

    page = owner.get("/console/groups")

    assert list(listed(page.text)) == ["Cards - Sales", "Cards - Wardens", "Empty"]
    assert "Members 2" not in text_of(page)
    assert re.findall(r'data-label="Members">([^<]+)<', page.text) == ["2", "1", "0"]
    assert re.findall(r'data-label="Bound to">(?:<a [^>]+>)?(?:<span [^>]+>)?([^<]+)<', page.text) == [
        "Sales",
        "Wardens",
        "nothing",
    ]


def test_groups_and_members_are_exported_as_they_are_searched(owner: Admin, nordwind: Company) -> None:
    sales = listed(owner.get("/console/groups").text)["Cards - Sales"]

    def rows(path: str, **query: str) -> list[list[str]]:
        return list(csv.reader(StringIO(owner.get(path, **query).text.removeprefix("\ufeff"))))[1:]

    assert [row[0] for row in rows("/console/groups.csv")] == ["Cards - Sales", "Cards - Wardens"]
    assert [(row[0], row[2], row[3]) for row in rows("/console/groups.csv", search="ward")] == [
        ("Cards - Wardens", "1", "Wardens")
    ]
    assert [row[1] for row in rows(f"/console/groups/{sales}.csv")] == [
        "ines@nordwind.example",
        "olaf@nordwind.example",
    ]
    assert [row[1] for row in rows(f"/console/groups/{sales}.csv", search="OLA")] == ["olaf@nordwind.example"]


def test_groups_are_searched_by_name_and_sorted_both_ways(owner: Admin, nordwind: Company) -> None:
    assert list(listed(owner.get("/console/groups", search="WARD cards").text)) == ["Cards - Wardens"]
    assert list(listed(owner.get("/console/groups", sort="-name").text)) == ["Cards - Wardens", "Cards - Sales"]


def test_of_a_large_group_the_list_counts_only_so_far(
    owner: Admin, nordwind: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not group_list.ListedGroup("", "", None, None, group_list.COUNTED).has_more  # type: ignore[arg-type]
    assert group_list.ListedGroup("", "", None, None, group_list.COUNTED + 1).has_more  # type: ignore[arg-type]


def test_a_group_shows_its_members_and_what_it_gives(owner: Admin, nordwind: Company) -> None:
    sales = listed(owner.get("/console/groups").text)["Cards - Sales"]

    page = owner.get(f"/console/groups/{sales}")
    searched = owner.get(f"/console/groups/{sales}", search="ola")

    assert list(listed(page.text, "people")) == ["Ines", "Olaf"]
    assert list(listed(searched.text, "people")) == ["Olaf"]
    assert "Gives cards of Sales" in text_of(page)


def test_what_is_no_group_is_not_found(
    owner: Admin, as_role: Callable[..., Admin], nordwind: Company, new_organization: Callable[..., Organization]
) -> None:
    sales = listed(owner.get("/console/groups").text)["Cards - Sales"]

    owner.get("/console/groups/no-group", 404)
    as_role(roles.OWNER, of=new_organization("other")).get(f"/console/groups/{sales}", 404)

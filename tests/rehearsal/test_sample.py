"""The sample directory shows what real directories are like, and keeps showing it."""

from __future__ import annotations

import re
import unicodedata
import uuid

import pytest

from app.rehearsal import SAMPLE, read_directory
from app.rehearsal.directory import Person

STATES = read_directory(SAMPLE).states
BEGINNING = STATES[0]
PEOPLE = tuple(BEGINNING.people.values())


def has(key: str, pattern: str) -> bool:
    return any(re.search(pattern, person.values.get(key, "")) for person in PEOPLE)


def levels(person: Person) -> int:
    return 0 if person.manager is None else 1 + levels(BEGINNING.people[person.manager])


def test_it_has_about_sixty_people_and_six_groups() -> None:
    assert 55 <= len(PEOPLE) <= 65
    assert [group.name for group in BEGINNING.groups.values()] == [
        "Cards - Board",
        "Cards - Sales",
        "Cards - Engineering",
        "Cards - Service",
        "Cards - Fire wardens",
        "All staff",
    ]


def test_everything_in_it_refers_to_somebody_in_it() -> None:
    assert all(state.out_of_scope == () for state in STATES)


def test_every_object_id_is_a_random_guid() -> None:
    ids = [person.values["objectId"] for state in STATES for person in state.people.values()]
    ids += [group.values["objectId"] for state in STATES for group in state.groups.values()]

    assert all(str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4 for text in ids)


def test_every_address_is_invented() -> None:
    domains = {re.split("[@]", person.values.get("mail", "@nordwind.example"))[1] for person in PEOPLE}

    assert domains == {"nordwind.example", "partner.example"}


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        pytest.param("surname", "[äöü]", id="umlauts"),
        pytest.param("surname", "ß", id="a sharp s"),
        pytest.param("surname", "[éçšńż]", id="accents"),
        pytest.param("surname", "'", id="an apostrophe"),
        pytest.param("surname", "^[A-Z]{4,}$", id="a surname in capitals"),
        pytest.param("preferredLanguage", "^ja", id="Japanese"),
        pytest.param("preferredLanguage", "^ar", id="Arabic"),
        pytest.param("preferredLanguage", "^he", id="Hebrew"),
        pytest.param("preferredLanguage", "^zh", id="Chinese"),
        pytest.param("preferredLanguage", "^ko", id="Korean"),
        pytest.param("preferredLanguage", "^hu", id="Hungarian"),
        pytest.param("userPrincipalName", "#EXT#", id="a guest"),
        pytest.param("telephoneNumber", r"^ext\. \d+$", id="an extension for a number"),
        pytest.param("telephoneNumber", "^tbd$", id="a placeholder for a number"),
        pytest.param("telephoneNumber", r"\(0\)", id="a trunk zero in brackets"),
        pytest.param("telephoneNumber", " / ", id="two numbers in one"),
        pytest.param("employeeId", "^0", id="zeros in front"),
        pytest.param("accountEnabled", "false", id="a disabled account"),
        pytest.param("physicalDeliveryOfficeName", ".", id="rooms"),
        pytest.param("displayName", ".{60}", id="a very long name"),
        pytest.param("jobTitle", ".{110}", id="a very long title"),
    ],
)
def test_it_has_somebody_with(key: str, pattern: str) -> None:
    assert has(key, pattern)


@pytest.mark.parametrize("missing", ["mail", "surname", "givenName", "telephoneNumber", "streetAddress", "manager"])
def test_it_has_somebody_without(missing: str) -> None:
    assert any(missing not in person.values for person in PEOPLE)


def test_it_has_one_line_addresses() -> None:
    assert any("streetAddress" in person.values and "city" not in person.values for person in PEOPLE)


def test_managers_make_a_chain_of_at_least_four_levels() -> None:
    assert max(levels(person) for person in PEOPLE) >= 4


def test_somebody_is_in_two_groups_of_one_set_and_somebody_in_a_second_one_besides() -> None:
    groups = {group.name: set(group.members) for group in BEGINNING.groups.values()}

    assert groups["Cards - Board"] & groups["Cards - Sales"]
    assert groups["Cards - Engineering"] & groups["Cards - Fire wardens"]


def test_the_stages_show_a_leaver_a_return_a_rename_and_a_move() -> None:
    _, first, second = STATES
    left = {key for key, person in first.people.items() if not person.active and BEGINNING.people[key].active}
    back = {key for key in left if second.people[key].active}
    renamed = [key for key, person in first.people.items() if person.name != BEGINNING.people[key].name]
    service = {
        state.name: set(group.members) for state in STATES for group in state.groups.values() if "Service" in group.name
    }
    joined = service[first.name] - service[BEGINNING.name]

    assert (len(back), len(left - back) > 1, len(renamed), len(joined)) == (1, True, 1, 1)


def test_its_text_is_in_normal_form() -> None:
    text = SAMPLE.read_text(encoding="utf-8")

    assert unicodedata.is_normalized("NFC", text)

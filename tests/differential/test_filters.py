"""The same filters about the same resources, answered three ways: by each database, in memory, by somebody else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from scim2_models import URN, EnterpriseUser, Extension, Group, ScimFilter, User

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER, USER
from app.attributes.matching import matches
from app.attributes.parsing import parse_filter
from app.core.ids import new_id
from app.core.unit_of_work import Database
from app.directory import organizations
from app.scim import searching
from app.scim.kinds import GROUPS, USERS, Kind
from app.scim.protocol.projection import EVERYTHING
from app.scim.protocol.queries import ListQuery
from app.scim.resources import Locations
from app.wiring import HANDLERS
from tests.conftest import KINDS
from tests.differential import world
from tests.support.effort import effort

FILTERS = effort(100, 5_000)
"""How many are tried, on each database; the seed is fixed, so a longer run begins like a short one."""

PUBLIC_URL = Locations("https://cards.example")

COMMON = ["id", "externalId", "schemas", "displayName"]
COMMON += [f"meta.{sub}" for sub in ("resourceType", "created", "lastModified", "location")]
PERSONAL = ["userName", "active", "title", "preferredLanguage", "name.givenName", "name.familyName"]
EXTENDED = [f"{ENTERPRISE_USER}:department", f"{ENTERPRISE_USER}:manager.value"]
EXTENDED += [f"{LANYARD_USER}:pronouns", f"{LANYARD_USER}:custom1"]
UNDESCRIBED = ["nickName", f"{world.STRANGE}:size", f"{world.STRANGE}:vip", f"{ENTERPRISE_USER}:floor"]
LISTS = ["emails", "phoneNumbers", "addresses", "photos", "roles", "groups"]


class LanyardUser(Extension):
    """Two of our own attributes, as the other implementation has them declared."""

    __schema__ = URN(LANYARD_USER)

    pronouns: str | None = None
    custom1: str | None = None


@dataclass(frozen=True)
class World:
    """Two hundred users and thirty groups in a database."""

    database: Database
    organization_id: str

    def resources(self, kind: Kind[Any]) -> list[dict[str, Any]]:
        """All of a kind, whole."""
        with self.database.read(self.organization_id) as reader:
            page = searching.find(reader, kind.source, ListQuery(count=200), PUBLIC_URL)
            return kind.resources(reader, page.records, EVERYTHING, PUBLIC_URL)

    def selected(self, kind: Kind[Any], text: str) -> set[str]:
        """Whom a filter selects: their ids."""
        with self.database.read(self.organization_id) as reader:
            page = searching.find(reader, kind.source, ListQuery(filter=text, count=200), PUBLIC_URL)
        assert page.total == len(page.records)
        return {record.id for record in page.records}


@pytest.fixture(scope="module", params=KINDS)
def kept_in(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)


def made(new_database: Any, kind: str, *, peculiar: bool) -> Iterator[World]:
    database, organization_id, rng = Database(new_database(kind), HANDLERS), new_id(), random.Random(7)
    options = {"organization_id": organization_id, "actor": "cli"}
    database.write(lambda tx: organizations.create(tx, organization_id, "nordwind"), **options)
    for batch in range(10):
        database.write(lambda tx, batch=batch: world.fill(tx, rng, batch, peculiar=peculiar), **options)  # type: ignore[misc]
    yield World(database, organization_id)
    database.close()


@pytest.fixture(scope="module")
def plain(new_database: Any, kept_in: str) -> Iterator[World]:
    """What everybody can compare."""
    yield from made(new_database, kept_in, peculiar=False)


@pytest.fixture(scope="module")
def peculiar(new_database: Any, kept_in: str) -> Iterator[World]:
    """The same and more: values that no schema describes, and letters that others fold otherwise."""
    yield from made(new_database, kept_in, peculiar=True)


@pytest.mark.parametrize(
    ("kind", "model", "singular", "lists"),
    [
        pytest.param(USERS, User[EnterpriseUser | LanyardUser], COMMON + PERSONAL + EXTENDED, LISTS, id="users"),
        pytest.param(GROUPS, Group, COMMON, ["members"], id="groups"),
    ],
)
def test_a_filter_selects_whom_another_implementation_selects(
    plain: World, kind: Kind[Any], model: Any, singular: list[str], lists: list[str]
) -> None:
    resources = plain.resources(kind)
    vocabulary = world.vocabulary(resources, singular, lists, brackets_with_ne=False)
    judged = [(resource["id"], model.model_validate(resource)) for resource in resources]
    rng = random.Random(1)

    for _ in range(FILTERS):
        text = vocabulary.filter(rng)
        judge, tree = ScimFilter[model](text), parse_filter(text, kind.resource_type)
        expected = {id_ for id_, resource in judged if judge.match(resource)}
        assert {one["id"] for one in resources if matches(tree, one)} == expected, text
        assert plain.selected(kind, text) == expected, text


def test_a_filter_selects_in_a_database_whom_it_selects_in_memory(peculiar: World) -> None:
    resources = peculiar.resources(USERS)
    singular = COMMON + PERSONAL + EXTENDED + 3 * UNDESCRIBED
    vocabulary = world.vocabulary(resources, singular, LISTS, brackets_with_ne=True)
    rng = random.Random(2)

    for _ in range(FILTERS):
        text = vocabulary.filter(rng)
        tree = parse_filter(text, USER)
        assert peculiar.selected(USERS, text) == {one["id"] for one in resources if matches(tree, one)}, text


RESOURCE: dict[str, Any] = {
    "schemas": [USER.schema.urn],
    "userName": "ines",
    "nickName": "Straße",
    "emails": [{"type": "home", "value": "ines@home.example"}],
    "meta": {"resourceType": "User", "location": "https://cards.example/scim/v2/Users/1"},
}


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        # RFC 7643 §2.3.7: "A reference is case exact."
        pytest.param('meta.location sw "HTTPS:"', False, True, id="addresses are case exact"),
        pytest.param(f'schemas eq "{USER.schema.urn.upper()}"', False, True, id="URNs of schemas are case exact"),
        # RFC 7644 §3.4.2.2 says "case insensitive" and not how; Unicode (§3.13, D144) folds ß to ss.
        pytest.param('nickName eq "STRASSE"', True, False, id="case is folded, not lowered"),
        # Behind brackets RFC 7644 has sub-attributes in paths of PATCH alone (§3.5.2). Here they are a path like
        # any other: "ne" holds where there is no such value.
        pytest.param('emails[type eq "work"].value ne "x@y.example"', True, False, id="ne behind brackets is not eq"),
    ],
)  # fmt: skip
def test_where_the_other_implementation_decides_otherwise(text: str, ours: bool, theirs: bool) -> None:
    judge = ScimFilter[User[EnterpriseUser]](text)

    assert judge.match(User[EnterpriseUser].model_validate(RESOURCE)) is theirs
    assert matches(parse_filter(text, USER), RESOURCE) is ours

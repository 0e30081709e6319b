"""Who did something is said as people say it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.unit_of_work import Database
from app.directory import actors, users
from app.directory.organizations import Organization
from tests.cards.conftest import Company


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("cli", "the command line"),
        ("system", "Lanyard itself"),
        ("token:Entra", "token Entra"),
        ("client:Okta: live", "OAuth client Okta: live"),
        ("visitor:an-admin@nordwind.example", "an-admin@nordwind.example"),
        ("invitation:7b1c", "invitation 7b1c"),
        ("person:7b1c", "somebody who has left"),
        ("bench", "bench"),
    ],
)
def test_actors_are_named_by_what_they_are(nordwind: Company, actor: str, said: str) -> None:
    with nordwind.database.read(nordwind.organization_id) as reader:
        assert actors.names(reader, [actor]) == {actor: said}


def test_people_go_by_their_user_name_in_their_own_organization_alone(
    database: Database, nordwind: Company, new_organization: Callable[..., Organization]
) -> None:
    with database.read(nordwind.organization_id) as reader:
        actor = f"person:{users.person_named(reader, 'ines@nordwind.example')}"
        here = actors.names(reader, [actor])
    with database.read(new_organization("globex").id) as reader:
        elsewhere = actors.names(reader, [actor])

    assert here == {actor: "ines@nordwind.example"}
    assert elsewhere == {actor: "somebody who has left"}

"""The table of roles is the one that is published, cell by cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.auth.sign_in.roles import AREAS, RIGHTS, ROLES, may

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "interfaces.md"
WORDS = {"change": "see change", "see": "see", "see, run": "see run", "–": ""}


def published() -> list[tuple[str, str, str]]:
    """(area, role, rights) of each cell of the table under "Roles"."""
    text = DOCUMENT.read_text().split("## Roles")[1].split("\n## ")[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in text.splitlines() if line.startswith("|")]
    cells = [row[1:6] for row in rows[2:]]
    return [
        (area, role, WORDS[cell])
        for area, row in zip(AREAS, cells, strict=True)
        for role, cell in zip(ROLES, row, strict=True)
    ]


@pytest.mark.parametrize(("area", "role", "rights"), published(), ids=str)
def test_the_table_is_as_published(area: str, role: str, rights: str) -> None:
    assert RIGHTS[area][role] == set(rights.split())


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not any(
        may(held, area, right) for held in ((), ("person",)) for area in AREAS for right in ("see", "change")
    )


def test_several_roles_may_what_one_of_them_may() -> None:
    assert may({"auditor", "card-admin"}, "cards", "change")
    assert not may({"auditor", "card-admin"}, "access", "change")

"""Two people and a group, and what tests do with them."""

from __future__ import annotations

from typing import Any

from app.rehearsal import Report, rehearse
from app.rehearsal.directory_file import read_yaml
from tests.rehearsal.outside import TOKEN, Outside

BOTH = """
users:
  - {objectId: 11111111-0000-4000-8000-000000000001, userPrincipalName: ines@nordwind.example, surname: JONES}
  - {objectId: 11111111-0000-4000-8000-000000000002, userPrincipalName: mira@nordwind.example, jobTitle: Head of Sales,
     manager: 11111111-0000-4000-8000-000000000001}
groups:
  - {objectId: 22222222-0000-4000-8000-000000000001, displayName: Sales,
     members: [ines@nordwind.example, mira@nordwind.example]}
"""
INES = "11111111-0000-4000-8000-000000000001"
MIRA = "11111111-0000-4000-8000-000000000002"
SALES = "22222222-0000-4000-8000-000000000001"


def push(outside: Outside, text: str, dialect: str | None = None) -> Report:
    return rehearse(read_yaml("directory.yaml", text), outside.url, TOKEN, dialect=dialect)


def stages(*told: str) -> str:
    return BOTH + "stages:\n" + "".join(f"  - {{{stage}}}\n" for stage in told)


def operations(outside: Outside, after: int = 0) -> list[Any]:
    return [
        operation for sent in outside.writes[after:] if sent.method == "PATCH" for operation in sent.body["Operations"]
    ]


def id_of(outside: Outside, name: str) -> str:
    return str((outside.users | outside.groups)[name]["id"])

"""Looking for people by words, for lists of what is theirs: the few who match, or a condition where they are many."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, exists, func, select

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.listed import words
from app.directory.tables import people


def few(reader: Reader, text: str, most: int) -> set[str] | None:
    """The ids of those whom all words of `text` find (directory.listed); None where they are more than `most`."""
    found = reader.execute(
        select(people.c.id)
        .where(people.c.organization_id == ORGANIZATION, people.c.listed.is_not(None), *by_words(reader.dialect, text))
        .limit(most + 1)
    ).scalars()
    persons = set(found)
    return persons if len(persons) <= most else None


def matching(dialect: str, text: str, theirs: FromClause) -> ColumnElement[bool]:
    """Whether the person of a row of `theirs` (its `person_id`) matches `text` in the same way."""
    return exists().where(
        people.c.organization_id == theirs.c.organization_id,
        people.c.id == theirs.c.person_id,
        *by_words(dialect, text),
    )


def by_words(dialect: str, text: str) -> list[ColumnElement[bool]]:
    """What says of a row of `people` that all words of `text` find it."""
    within = func.instr if dialect == "sqlite" else func.strpos
    return [within(people.c.listed, word) > 0 for word in words(text)]

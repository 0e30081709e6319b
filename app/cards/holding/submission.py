"""What a holder sent from the form of a card, and what of it may be done. Pure.

The form names an item's text `value.KEY`, the fingerprint of what the text was when the form was made `was.KEY`, and
each item to be given back `revert`. What was not touched changes nothing, whatever the directory did meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.cards.holding.items import Standing, fingerprint, in_lines, may_change
from app.cards.layout import Item
from app.cards.own_values import own_value
from app.cards.view import PERSON, CardSource, OwnValue
from app.core.errors import Refused
from app.directory.settings import OrganizationSettings

VALUE, WAS, REVERT = "value.", "was.", "revert"


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was sent; of a name that comes twice the first counts."""

    values: Mapping[str, str]
    was: Mapping[str, str]
    reverted: frozenset[str]

    @classmethod
    def read(cls, fields: Iterable[tuple[str, str]]) -> Submission:
        """The submission in a form's (name, value) pairs; names that are none of the form's are left out."""
        values: dict[str, str] = {}
        was: dict[str, str] = {}
        reverted: set[str] = set()
        for name, value in fields:
            if name.startswith(VALUE):
                values.setdefault(name.removeprefix(VALUE), value)
            elif name.startswith(WAS):
                was.setdefault(name.removeprefix(WAS), value)
            elif name == REVERT:
                reverted.add(value)
        return cls(values, was, frozenset(reverted))

    @property
    def keys(self) -> list[str]:
        """Every item that the form would change or give back."""
        return list(dict.fromkeys((*self.values, *sorted(self.reverted))))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a submission comes to. It is done as a whole, and only when nothing stands against it."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Items whose own value is to be set, by key."""
    reverted: tuple[str, ...] = ()
    """Items whose own value is to be given back."""
    locked: tuple[str, ...] = ()
    """Items that the form may not change, or that the card does not have."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why a text is refused, by key of its item."""
    conflicts: frozenset[str] = frozenset()
    """Items that were touched here and have become something else meanwhile."""

    @property
    def stands(self) -> bool:
        """Whether nothing is against it."""
        return not (self.locked or self.problems or self.conflicts)


def judge(submission: Submission, standings: Mapping[str, Standing], settings: OrganizationSettings) -> Judgement:
    """What the submission would do to a card whose items stand like this."""
    locked = tuple(key for key in submission.keys if key not in standings or not may_change(standings[key].item))
    values: dict[str, str] = {}
    reverted: list[str] = []
    problems: dict[str, str] = {}
    conflicts: set[str] = set()
    for key, standing in standings.items():
        if key in locked or not _touches(submission, standing):
            continue
        if _changed_meanwhile(submission, standing):
            conflicts.add(key)
        if key in submission.reverted:
            reverted.append(key)
            continue
        try:
            own_value(standing.item, submission.values[key], settings)
        except Refused as error:
            problems[key] = str(error)
        values[key] = submission.values[key]
    return Judgement(values, tuple(reverted), locked, problems, frozenset(conflicts))


def with_typed(
    source: CardSource, submission: Submission, standings: Mapping[str, Standing], now: datetime
) -> CardSource:
    """What a card would be shown from with the submission's texts, lawful or not: for a preview alone."""
    own = dict(source.own)
    for key, standing in standings.items():
        if not may_change(standing.item) or not _touches(submission, standing):
            continue
        if key in submission.reverted:
            own.pop(key, None)
        else:
            own[key] = OwnValue(_as_kept(standing.item, submission.values[key]) or None, PERSON, now)
    return replace(source, own=own)


def _touches(submission: Submission, standing: Standing) -> bool:
    """Whether the form would change the item: its text is neither what it was then nor what it is now."""
    item = standing.item
    if item.key in submission.reverted:
        return standing.own
    if item.key not in submission.values:
        return False
    typed, now = fingerprint(item, submission.values[item.key]), fingerprint(item, standing.text)
    return typed not in {submission.was.get(item.key, now), now}


def _changed_meanwhile(submission: Submission, standing: Standing) -> bool:
    now = fingerprint(standing.item, standing.text)
    return submission.was.get(standing.item.key, now) != now


def _as_kept(item: Item, text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return lines if in_lines(item) else lines.replace("\n", " ")

"""Made-up resources and filters about them: the same ones for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from app.core.unit_of_work import Transaction
from app.directory import groups, users

STRANGE = "urn:example:extension:badges:2.0:User"
"""An extension that no schema describes."""

_GIVEN = ("Ines", "ines", "Zoé", "ZOE\u0301", "Åse", "李", "Ólafur", "o'Neil", "A_b", "100%", 'q"uote', "back\\slash")
_FAMILY = ("JONES", "Jones", "Müller", "MÜLLER", "van der Berg", "Øster", "Zürich", "佐々木", "ab", "aB", "b", "B")
_TITLES = ("CFO", "cfo", "Head of Sales", "Clerk", "a%b_c", "naïve", "\U0001f600 emoji", "\uffe6 wide")
_FOLDED_APART = ("Straße", "STRASSE", "ǅ", "İstanbul", "ΜΆΡΙΟΣ", "μάριος", "ﬁn")
"""Texts whose lower case is not what they are folded to."""
_TYPES = ("work", "Work", "home", "other")
_DEPARTMENTS = ("Finance", "FINANCE", "Sales", "Vertrieb Süd", "R&D")


def document(rng: random.Random, number: int, *, peculiar: bool) -> dict[str, Any]:
    """A user with something in most attributes, and much of it alike; `peculiar` ones have more in them."""
    given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
    host = rng.choice(("nordwind.example", "Nordwind.example", "home.example"))
    made: dict[str, Any] = {"userName": f"{given}.{number}@{host}", "active": rng.random() < 0.7}
    optional: dict[str, Callable[[], Any]] = {
        "externalId": lambda: f"{rng.choice('aAbB')}{number % 20}",
        "displayName": lambda: f"{given} {family}",
        "title": lambda: rng.choice(_TITLES),
        "preferredLanguage": lambda: rng.choice(("de-CH", "DE-ch", "en")),
        "name": lambda: {"givenName": given, "familyName": family} if rng.random() < 0.8 else {"formatted": family},
        "emails": lambda: [_mail(rng, number) for _ in range(rng.randint(1, 3))],
        "phoneNumbers": lambda: [{"type": rng.choice(("mobile", "work")), "value": f"+41 44 {number % 7}"}],
        "addresses": lambda: [{"type": rng.choice(_TYPES), "locality": rng.choice(("Zürich", "Bern", "bern"))}],
        "photos": lambda: [{"type": "photo", "value": f"https://p.example/{rng.choice('aA')}.png"}],
        "roles": lambda: [{"value": rng.choice(("admin", "Admin", "user")), "primary": rng.random() < 0.5}],
        ENTERPRISE_USER: lambda: {
            "department": rng.choice(_DEPARTMENTS),
            "manager": {"value": rng.choice(("m1", "M1"))},
        },
        LANYARD_USER: lambda: {
            "pronouns": rng.choice(("she/her", "they/them")),
            "custom1": rng.choice(("x", "X", "7")),
        },
    }
    made.update({name: make() for name, make in optional.items() if rng.random() < 0.6})
    if peculiar:
        made["nickName"] = rng.choice(_FOLDED_APART)
        made[STRANGE] = {
            "size": rng.choice((7, 7.5, -3, 2**53 + 1, "7", "Seven", True, [7, "8"])),
            "vip": rng.random() < 0.5,
        }
        made[ENTERPRISE_USER] = {**made.get(ENTERPRISE_USER, {}), "floor": rng.choice((1, 2, "2", "EG"))}
    return made


def _mail(rng: random.Random, number: int) -> dict[str, Any]:
    # The other implementation takes lawful addresses only.
    name = rng.choice(("ines", "Ines", "zoe", "o'neil", "a_b", "100%"))
    entry: dict[str, Any] = {"value": f"{name}{number % 5}@{rng.choice(('nordwind.example', 'HOME.example'))}"}
    if rng.random() < 0.8:
        entry["type"] = rng.choice(_TYPES)
    if rng.random() < 0.3:
        entry["display"] = rng.choice(_GIVEN)
    return entry


def fill(tx: Transaction, rng: random.Random, batch: int, *, peculiar: bool = False) -> None:
    """Twenty users and three groups, with some of them, other groups and nobody in them."""
    numbers = range(20 * batch, 20 * batch + 20)
    ids = [users.create(tx, document(rng, number, peculiar=peculiar)).id for number in numbers]
    inner: list[str] = []
    for number in range(3 * batch, 3 * batch + 3):
        members = rng.sample(ids, rng.randint(0, 12)) + rng.sample(inner, min(len(inner), rng.randint(0, 1)))
        name = f"{rng.choice(_DEPARTMENTS)} team {number}"
        made: dict[str, Any] = {"displayName": name}
        if rng.random() < 0.5:
            made["externalId"] = f"g{number % 4}"
        inner.append(groups.create(tx, made, [*members, *(["nobody"] if rng.random() < 0.2 else [])]).id)


REFERENCES = frozenset({"schemas", "meta.location"})
"""Compared as they are (RFC 7643 §2.3.7: "A reference is case exact."); others fold them."""


@dataclass(frozen=True)
class Vocabulary:
    """What filters can be about: per path the values that occur, and entries' parts for value paths."""

    singular: dict[str, Sequence[Any]]
    lists: dict[str, dict[str, Sequence[Any]]]
    brackets_with_ne: bool
    """Whether `ne` may stand behind brackets."""

    def filter(self, rng: random.Random, depth: int = 2) -> str:
        """Some filter."""
        if depth and rng.random() < 0.55:
            terms = [self.filter(rng, depth - 1) for _ in range(rng.choice((2, 2, 3)))]
            joined = f" {rng.choice(('and', 'or'))} ".join(terms)
            return f"({joined})" if rng.random() < 0.5 else joined
        if depth and rng.random() < 0.15:
            return f"not ({self.filter(rng, depth - 1)})"
        if self.lists and rng.random() < 0.4:
            return self._about_entries(rng)
        path = rng.choice(list(self.singular))
        return _comparison(rng, path, self.singular[path])

    def _about_entries(self, rng: random.Random) -> str:
        name = rng.choice(list(self.lists))
        parts = self.lists[name]
        part = rng.choice(list(parts))
        shape = rng.random()
        if shape < 0.1:
            return f"{name} pr"
        if shape < 0.4:
            return _comparison(rng, f"{name}.{part}", parts[part])
        inner = [_comparison(rng, one, parts[one]) for one in rng.choices(list(parts), k=rng.choice((1, 2)))]
        joined = f" {rng.choice(('and', 'or'))} ".join(inner)
        brackets = f"{name}[{f'not ({joined})' if rng.random() < 0.2 else joined}]"
        behind = _comparison(rng, f"{brackets}.{part}", parts[part])
        return behind if shape > 0.8 and (self.brackets_with_ne or " ne " not in behind) else brackets


def _comparison(rng: random.Random, path: str, values: Sequence[Any]) -> str:
    if rng.random() < 0.1:
        return f"{path} pr"
    value = rng.choice(values)
    if isinstance(value, bool):
        return f"{path} {rng.choice(('eq', 'ne'))} {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"{path} {rng.choice(('eq', 'ne', 'gt', 'ge', 'lt', 'le'))} {value}"
    op = rng.choice(("eq", "eq", "ne", "gt", "ge", "lt", "le") + (() if _is_moment(value) else ("co", "sw", "ew")))
    if op in {"co", "sw", "ew"} and value:
        start = rng.randrange(len(value))
        cut = {"co": value[start : start + 3], "sw": value[: start + 1], "ew": value[start:]}
        value = cut[op]
    if not (_is_moment(value) or path in REFERENCES) and rng.random() < 0.4:
        value = value.swapcase()
    return f"{path} {op} {json.dumps(value, ensure_ascii=rng.random() < 0.3)}"


def _is_moment(value: str) -> bool:
    return value[:2] == "20" and value[10:11] == "T"


def vocabulary(
    resources: Sequence[dict[str, Any]], singular: Sequence[str], lists: Sequence[str], *, brackets_with_ne: bool
) -> Vocabulary:
    """The vocabulary of these paths and multi-valued attributes, with the values that resources have there."""
    parts: dict[str, dict[str, Any]] = {name: {} for name in lists}
    for name in lists:
        for entry in (entry for resource in resources for entry in resource.get(name, ())):
            for part, value in entry.items():
                parts[name].setdefault(part, []).append(value)
    return Vocabulary({path: _values(resources, path) for path in singular}, parts, brackets_with_ne)


def _values(resources: Sequence[dict[str, Any]], path: str) -> list[Any]:
    urn, colon, rest = path.rpartition(":")
    found: list[Any] = []
    for resource in resources:
        value: Any = resource.get(urn, {}) if colon else resource
        for step in rest.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        found += value if isinstance(value, list) else [] if value is None else [value]
    return found

"""The tree of a filter (RFC 7644 §3.4.2.2). Plain data: `parsing` makes it, `matching` and SQL read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.attributes.paths import Path

COMPARISONS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one term holds."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Filter


@dataclass(frozen=True, slots=True)
class Compare:
    """Some value at `path` compares with `value`; `op` is one of COMPARISONS."""

    path: Path
    op: str
    value: str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value at `path` (`pr`)."""

    path: Path


@dataclass(frozen=True, slots=True)
class ValuePath:
    """Some entry of the attribute at `path` meets `where`, whose paths start at the entry."""

    path: Path
    where: Filter


Filter = And | Or | Not | Compare | Present | ValuePath


def written(node: Filter) -> str:
    """The filter as text, which parses to an equal filter."""
    match node:
        case And(terms):
            return " and ".join(f"({written(term)})" if isinstance(term, And | Or) else written(term) for term in terms)
        case Or(terms):
            return " or ".join(f"({written(term)})" if isinstance(term, Or) else written(term) for term in terms)
        case Not(term):
            return f"not ({written(term)})"
        case Compare(path, op, value):
            return f"{path.text} {op} {json.dumps(value, ensure_ascii=False)}"
        case Present(path):
            return f"{path.text} pr"
        case ValuePath(path, where):
            return f"{path.text}[{written(where)}]"

"""What filters have in common that differ in their literals alone: the same statement finds what they select."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.attributes.filters import And, Compare, Filter, Not, Or, Present, ValuePath
from app.attributes.paths import Path


@dataclass(frozen=True, slots=True)
class Shape:
    """A filter without its literals. Equal to every shape of the same text, whatever `example` it was taken from."""

    text: str
    example: Filter = field(compare=False, repr=False)


def shape(node: Filter) -> Shape:
    """The shape of a filter: paths, operators and the types of literals, all that a statement is built from."""
    return Shape(_outlined(node), node)


def comparisons(node: Filter) -> Iterator[Compare]:
    """The comparisons with a literal, null aside, in an order that is the same for all filters of one shape."""
    match node:
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons(term)
        case Not(term):
            yield from comparisons(term)
        case ValuePath(_, where):
            yield from comparisons(where)
        case Present(path):
            yield from _within(path)
        case Compare(path, _, value):
            yield from _within(path)
            if value is not None:
                yield node


def _within(path: Path) -> Iterator[Compare]:
    if path.where is not None:
        yield from comparisons(path.where)


def _outlined(node: Filter) -> str:
    match node:
        case And(terms):
            return f"({' and '.join(_outlined(term) for term in terms)})"
        case Or(terms):
            return f"({' or '.join(_outlined(term) for term in terms)})"
        case Not(term):
            return f"not {_outlined(term)}"
        case ValuePath(path, where):
            return f"{_named(path)}[{_outlined(where)}]"
        case Present(path):
            return f"{_named(path)} pr"
        case Compare(path, op, value):
            return f"{_named(path)} {op} {type(value).__name__}"


def _named(path: Path) -> str:
    # Names hold neither spaces nor brackets, so no two paths are written alike.
    place = f"{path.urn}:{path.attribute.name}" if path.urn else path.attribute.name
    brackets = f"[{_outlined(path.where)}]" if path.where is not None else ""
    return f"{place}{brackets}.{path.sub.name}" if path.sub else f"{place}{brackets}"

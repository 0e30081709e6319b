"""Filters as SQL: what stands in columns and other tables as `searchable` says, all else in the document.

Texts are compared in the `folded` document, where everything that is not `caseExact` is casefolded (RFC 7643 §2.2),
with operands folded the same way; so both databases agree with each other and with `attributes.matching`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Numeric, Text, and_, bindparam, cast, not_, or_, true
from sqlalchemy.types import TypeEngine

from app.attributes.definitions import Attribute
from app.attributes.filters import And, Compare, Filter, Not, Or, Present, ValuePath
from app.attributes.paths import Path
from app.attributes.shapes import comparisons
from app.scim.json_sql import Json, ordered
from app.scim.kept import Context, Kept, Operand
from app.scim.searchable import Relation, Searchable

Holds = Callable[[Json], ColumnElement[bool]]


@dataclass(frozen=True)
class Condition:
    """What selects the rows that filters of one shape select, and how its parameters come from their literals."""

    expression: ColumnElement[bool]
    prefix: str
    """What the names of its parameters begin with."""
    readers: tuple[tuple[int, Callable[[Any], Any]], ...] = ()
    """For each parameter: of which comparison it takes the literal, and what it makes of it."""

    def parameters(self, node: Filter) -> dict[str, Any]:
        """The parameters for a filter of the shape that the condition was made from."""
        literals = [comparison.value for comparison in comparisons(node)]
        return {f"{self.prefix}_{n}": convert(literals[place]) for n, (place, convert) in enumerate(self.readers)}


def where(node: Filter, searchable: Searchable, context: Context, prefix: str) -> Condition:
    """The condition that selects what `node` selects, and with other literals what filters of its shape select.

    Its parameters are called `prefix` and a number. Raises ScimError invalidFilter for what cannot be compared.
    """
    translation = _Translation(node, context, prefix)
    expression = translation.condition(node, _Resource(translation, searchable))
    return Condition(expression, prefix, tuple(translation.readers))


def names_few(node: Filter, searchable: Searchable) -> bool:
    """Whether a filter asks for a value of which an index knows the few rows, whatever else it asks."""
    match node:
        case And(terms):
            return any(names_few(term, searchable) for term in terms)
        case Compare(path, "eq", str()):
            kept = searchable.kept.get(kept_name(path)) if path.urn is None else None
            return kept is not None and kept.indexed
    return False


class _Translation:
    """One filter on its way to SQL: where its literals go."""

    def __init__(self, node: Filter, context: Context, prefix: str) -> None:
        self.context = context
        self._prefix = prefix
        self.readers: list[tuple[int, Callable[[Any], Any]]] = []
        self._places = {id(one): place for place, one in enumerate(comparisons(node))}

    def condition(self, node: Filter, scope: _Scope) -> ColumnElement[bool]:
        """`node` about what `scope` stands for: the resource, or one entry of a multi-valued attribute."""
        match node:
            case And(terms):
                return and_(*(self.condition(term, scope) for term in terms))
            case Or(terms):
                return or_(*(self.condition(term, scope) for term in terms))
            case Not(term):
                return not_(self.condition(term, scope))
            case ValuePath(path, inner):
                return scope.any_entry(path, inner)
            case Present(path) | Compare(path, "ne", None):
                return scope.compare(path, "pr", None)
            case Compare(path, "eq", None):
                return not_(scope.compare(path, "pr", None))
            case Compare(path, "ne", _):
                # True as well where there is no value (RFC 7644 §3.4.2.2): the complement of `eq`.
                return not_(scope.compare(path, "eq", self._operand(node)))
            case Compare(path, op, _):
                return scope.compare(path, op, self._operand(node))
        raise AssertionError(f"no such node: {node!r}")

    def _operand(self, node: Compare) -> Operand:
        assert node.value is not None
        place = self._places[id(node)]

        def bind(type_: TypeEngine[Any], convert: Callable[[Any], Any]) -> ColumnElement[Any]:
            self.readers.append((place, convert))
            return bindparam(f"{self._prefix}_{len(self.readers) - 1}", type_=type_)

        return Operand(node.value, bind)


class _Scope(ABC):
    """What the paths of a filter start at."""

    @abstractmethod
    def compare(self, path: Path, op: str, operand: Operand | None) -> ColumnElement[bool]:
        """That some value at `path` compares like this; without operand, that there is one."""

    @abstractmethod
    def any_entry(self, path: Path, inner: Filter) -> ColumnElement[bool]:
        """That some entry of the attribute at `path` meets `inner`."""


class _Resource(_Scope):
    """A row: its columns, the rows of other tables that belong to it, its document."""

    def __init__(self, translation: _Translation, searchable: Searchable) -> None:
        self._translation = translation
        self._searchable = searchable
        document = translation.context.dialect.document(searchable.table.c.folded)
        self._document = _Document(translation, document)

    def compare(self, path: Path, op: str, operand: Operand | None) -> ColumnElement[bool]:
        if path.urn is not None:
            return self._document.compare(path, op, operand)
        relation = self._searchable.relations.get(path.attribute.name)
        if relation is not None:
            return self._related(relation, path.where, (path.sub, op, operand) if path.sub else None)
        kept = self._searchable.kept.get(kept_name(path))
        if kept is None:
            return self._document.compare(path, op, operand)
        condition = kept.compare(op, operand, path.sub or path.attribute, self._translation.context)
        return and_(self.any_entry(path, path.where), condition) if path.where else condition

    def any_entry(self, path: Path, inner: Filter) -> ColumnElement[bool]:
        if path.urn is None:
            name = path.attribute.name
            if name in self._searchable.relations:
                return self._related(self._searchable.relations[name], inner, None)
            if name in self._searchable.kept:
                parts = {f"{name}.{sub.name}" for sub in path.attribute.sub_attributes}
                kept = {one.partition(".")[2]: self._searchable.kept[one] for one in parts}
                return self._translation.condition(inner, _Parts(self._translation, kept))
        return self._document.any_entry(path, inner)

    def _related(
        self, relation: Relation, inner: Filter | None, part: tuple[Attribute, str, Operand | None] | None
    ) -> ColumnElement[bool]:
        """That some entry meets `inner`, and in one of its parts compares like this."""
        entry = _Parts(self._translation, relation.parts)
        conditions = [self._translation.condition(inner, entry)] if inner is not None else []
        if part is not None:
            leaf, op, operand = part
            conditions.append(entry.compare(Path(None, leaf), op, operand))
        return relation.any_entry(and_(true(), *conditions), entry.used)


class _Parts(_Scope):
    """Sub-attributes that are kept one by one; `used` says which of them a filter has named."""

    def __init__(self, translation: _Translation, parts: Mapping[str, Kept]) -> None:
        self._translation = translation
        self._parts = parts
        self.used: set[str] = set()

    def compare(self, path: Path, op: str, operand: Operand | None) -> ColumnElement[bool]:
        self.used.add(path.attribute.name)
        return self._parts[path.attribute.name].compare(op, operand, path.attribute, self._translation.context)

    def any_entry(self, path: Path, inner: Filter) -> ColumnElement[bool]:
        raise AssertionError("the parser reads no brackets within brackets")


class _Document(_Scope):
    """A JSON object: the folded document, or an entry in it."""

    def __init__(self, translation: _Translation, document: Json) -> None:
        self._translation = translation
        self._document = document

    def compare(self, path: Path, op: str, operand: Operand | None) -> ColumnElement[bool]:
        leaf = path.sub or path.attribute

        def holds(entry: Json) -> ColumnElement[bool]:
            value = entry.at([path.sub.name]) if path.sub else entry
            condition = self._compared(value, leaf, op, operand)
            return and_(self._inner(path.where, entry), condition) if path.where else condition

        return self._any(path, holds)

    def any_entry(self, path: Path, inner: Filter) -> ColumnElement[bool]:
        return self._any(path, lambda entry: self._inner(inner, entry))

    def _inner(self, inner: Filter, entry: Json) -> ColumnElement[bool]:
        return and_(entry.present(), self._translation.condition(inner, _Document(self._translation, entry)))

    def _any(self, path: Path, holds: Holds) -> ColumnElement[bool]:
        """That some entry of the attribute, or its one value, `holds`."""
        found = self._document.at(steps(path))
        if path.attribute.multi_valued:
            return found.any_entry(holds)
        if path.attribute.described:
            return holds(found)
        return or_(holds(found), found.any_entry(holds))

    def _compared(self, value: Json, leaf: Attribute, op: str, operand: Operand | None) -> ColumnElement[bool]:
        if operand is None:
            return value.present()
        if isinstance(operand.value, str):
            return self._translation.context.dialect.compares(value.text(), op, operand.text(leaf))
        found: ColumnElement[Any]
        if isinstance(operand.value, bool):
            found, wanted = value.boolean(), operand.bind(Integer(), int)
        else:
            # As text, so that no driver rounds it or refuses its size.
            found, wanted = value.number(), cast(operand.bind(Text(), str), Numeric)
        return and_(found.is_not(None), ordered(found, op, wanted))


def steps(path: Path) -> Sequence[str]:
    """The keys from a document, or an entry, to the attribute of a path."""
    return tuple(key for key in (path.urn, path.attribute.name) if key)


def kept_name(path: Path) -> str:
    """The name under which `searchable` would say that a core attribute is kept."""
    return f"{path.attribute.name}.{path.sub.name}" if path.sub else path.attribute.name

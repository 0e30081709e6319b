"""Text to filter trees and paths, through scim2-filter-parser's grammar and nothing else of that package.

Used as it is, 0.7.0 reads `a or b and c` as `(a or b) and c`, takes `true` and `"true"` for the same, and knows no
negative numbers. So `tokens` does the reading, the grammar only says what belongs together, and chains of and/or are
put right here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from scim2_filter_parser import ast
from scim2_filter_parser.parser import SCIMParser, SCIMParserError

from app.attributes.definitions import ENTERPRISE_USER, Attribute, ResourceType
from app.attributes.filters import And, Compare, Filter, Not, Or, Present, ValuePath
from app.attributes.moments import moment
from app.attributes.paths import InvalidPath, Path, UnknownAttribute, canonical, part_of, resolve
from app.attributes.tokens import MAX_CHARACTERS, WORDS, InvalidFilter, Number, Token, tokenize

__all__ = ["InvalidFilter", "parse_filter", "parse_path"]

_TEXTUAL = {"co", "sw", "ew"}
_LOOK_UP = re.compile(r'([A-Za-z]+) eq "([^"\\\x00-\x1f]*)"')
"""What directories ask before every change: nothing in it needs the grammar, which would take most of the time."""


def parse_filter(text: str, resource_type: ResourceType, others: tuple[ResourceType, ...] = ()) -> Filter:
    """The tree of a filter about resources of this type.

    Attribute names, operators and URNs in any case; `and` binds tighter than `or`. Where `others` are searched at the
    same time, attributes that only they have are read as well: no resource of this type has a value there (RFC 7644
    §3.4.2.1). Raises InvalidFilter naming the attribute, operator or value at fault.
    """
    try:
        look_up = _LOOK_UP.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
        if look_up is not None and look_up[1].lower() not in WORDS:
            path = _looked_up(look_up[1], resource_type, others)
            return Compare(path, "eq", _operand(path, "eq", look_up[2]))
        return _Reading(resource_type, others).filter(_parsed(tokenize(text, _urns(resource_type, *others))))
    except InvalidPath as error:
        raise InvalidFilter(f"{error.reason}.") from error


@lru_cache(maxsize=512)
def _looked_up(name: str, resource_type: ResourceType, others: tuple[ResourceType, ...]) -> Path:
    return _comparable(_Reading(resource_type, others).named(None, name, None))


def parse_path(text: str, resource_type: ResourceType, others: tuple[ResourceType, ...] = ()) -> Path:
    """The path that `text` names: `name.givenName`, `emails[type eq "work"].value`, an attribute behind its URN.

    The bare URN of an extension is the extension as a whole; `others` are as for `parse_filter`. Raises
    UnknownAttribute for an attribute that the core schema does not have and a sub-attribute that its attribute does
    not have, also within brackets; InvalidPath for what is no path.
    """
    return _cached_path(text, resource_type, others)


@lru_cache(maxsize=2048)
def _cached_path(text: str, resource_type: ResourceType, others: tuple[ResourceType, ...]) -> Path:
    stripped = text.strip()
    try:
        tokens = tokenize(stripped, _urns(resource_type, *others))
        if not tokens or any(token.type in {"PR", "AND", "OR", "NOT", "LPAREN"} for token in tokens[:1]):
            raise InvalidPath(text, "it does not begin with an attribute")
        node = _parsed([*tokens, Token("PR", "pr", len(stripped))])
        read = _Reading(resource_type, others).filter(node)
    except InvalidFilter as error:
        raise InvalidPath(text, error.reason) from error
    except UnknownAttribute as error:
        raise UnknownAttribute(text, error.reason) from error
    if not isinstance(read, Present):
        raise InvalidPath(text, "it is a filter")
    return read.path


def _urns(*resource_types: ResourceType) -> tuple[str, ...]:
    return tuple(schema.urn for one in resource_types for schema in (one.schema, *one.extensions))


def _parsed(tokens: list[Token]) -> ast.Filter:
    if not tokens:
        raise InvalidFilter("The filter is empty.")
    try:
        # One parser for each text: it keeps its state on itself.
        node = SCIMParser().parse(iter(tokens))
    except (SCIMParserError, ValueError, AttributeError) as error:
        raise InvalidFilter("The filter is not put together as RFC 7644 §3.4.2.2 says.") from error
    if not isinstance(node, ast.Filter):
        raise InvalidFilter("The filter is not put together as RFC 7644 §3.4.2.2 says.")
    return node


class _Reading:
    """One text's syntax tree as our tree; `entry_of` is the attribute whose entries a value filter is about."""

    def __init__(
        self, resource_type: ResourceType, others: tuple[ResourceType, ...], entry_of: Attribute | None = None
    ) -> None:
        self._resource_type = resource_type
        self._others = others
        self._entry_of = entry_of

    def filter(self, node: Any) -> Filter:
        """A `Filter` node: a group, a negation, a value path or one expression."""
        if node.namespace is not None:
            path, inner = self._entries(node)
            return ValuePath(path, inner)
        inside = node.expr
        if isinstance(inside, ast.LogExpr):
            found = self._chain(inside)
        elif isinstance(inside, ast.AttrExpr):
            found = self._expression(inside)
        else:
            found = self.filter(inside)
        return Not(found) if node.negated else found

    def _chain(self, node: Any) -> Filter:
        """`a or b and c`, which the grammar strings together from the left, as one `or` of `and`s."""
        links: list[tuple[str, Any]] = []
        while isinstance(node, ast.LogExpr):
            links.append((node.op.lower(), node.expr2))
            first = node.expr1
            # Parentheses wrap their filter once more; a bare chain does not.
            chained = not first.negated and first.namespace is None and isinstance(first.expr, ast.LogExpr)
            node = first.expr if chained else first
        groups: list[list[Filter]] = [[self.filter(node)]]
        for op, operand in reversed(links):
            if op == "and":
                groups[-1].append(self.filter(operand))
            else:
                groups.append([self.filter(operand)])
        terms = tuple(group[0] if len(group) == 1 else And(tuple(group)) for group in groups)
        return terms[0] if len(terms) == 1 else Or(terms)

    def _expression(self, node: Any) -> Filter:
        op = node.value.lower()
        path = self._path(node.attr_path)
        if op == "pr":
            return Present(path)
        path = _comparable(path)
        return Compare(path, op, _operand(path, op, node.comp_value.value))

    def _path(self, node: Any) -> Path:
        if isinstance(node.attr_name, ast.Filter):
            path, inner = self._entries(node.attr_name)
            sub = self._sub_of(node.attr_name)
            found = part_of(path.attribute, sub, path.text) if sub else None
            return Path(path.urn, path.attribute, inner, found, canonical(path.urn, path.attribute, found, inner))
        sub_name = node.sub_attr.value if node.sub_attr else None
        return self.named(node.uri, node.attr_name, sub_name)

    def _entries(self, node: Any) -> tuple[Path, Filter]:
        """The attribute before the brackets and the filter between them."""
        place = node.namespace
        if self._entry_of is not None or isinstance(place.attr_name, ast.Filter):
            raise InvalidFilter("Brackets within brackets have no meaning in SCIM.")
        path = self.named(place.uri, place.attr_name, None)
        return path, _Reading(self._resource_type, self._others, _entry(path.attribute)).filter(node.expr)

    @staticmethod
    def _sub_of(node: Any) -> str | None:
        sub = node.namespace.sub_attr
        return sub.value if sub else None

    def named(self, urn: str | None, name: str, sub_name: str | None) -> Path:
        """The path of an attribute or sub-attribute. Raises UnknownAttribute."""
        text = ".".join(filter(None, (name, sub_name)))
        if self._entry_of is not None:
            sub = part_of(self._entry_of, f"{urn}:{text}" if urn else text, text)
            return Path(None, sub, text=sub.name)
        refusals: list[UnknownAttribute] = []
        undescribed: list[Path] = []
        for kind in (self._resource_type, *self._others):
            try:
                path = _resolved(text, urn, name, sub_name, kind)
            except UnknownAttribute as error:
                refusals.append(error)
            else:
                if path.attribute.described:
                    return path
                undescribed.append(path)
        if undescribed:
            return undescribed[0]
        raise refusals[0]


def _resolved(text: str, urn: str | None, name: str, sub_name: str | None, resource_type: ResourceType) -> Path:
    if urn is None and name.lower() == "manager" and resource_type.extension(ENTERPRISE_USER):
        # Directories ask `manager eq "…"` without the URN of the extension it belongs to.
        urn = ENTERPRISE_USER
    return resolve(text, urn, name, sub_name, resource_type)


def _entry(attribute: Attribute) -> Attribute:
    """What a value filter of `attribute` is about; a simple value is an entry's `value` (RFC 7644 §3.5.2.2)."""
    if attribute.type == "complex" or not attribute.described:
        return attribute
    if not attribute.multi_valued:
        raise InvalidFilter(f"{attribute.name} has no sub-attributes to filter by.")
    return replace(attribute, type="complex", sub_attributes=(replace(attribute, name="value", multi_valued=False),))


def _comparable(path: Path) -> Path:
    """`path` down to a value: an attribute with a `value` stands for it (RFC 7644 §3.4.2.2, `emails co "x"`)."""
    if path.sub is not None or path.attribute.type != "complex":
        return path
    value = path.attribute.sub("value")
    if value is None:
        raise InvalidFilter(f"{path.attribute.name} has parts; name the one to compare, such as {_example(path)}.")
    return Path(path.urn, path.attribute, path.where, value, f"{path.text}.value")


def _example(path: Path) -> str:
    subs = path.attribute.sub_attributes
    return f"{path.attribute.name}.{subs[0].name}" if subs else path.attribute.name


def _operand(path: Path, op: str, value: Any) -> str | bool | int | float | None:
    """`value` as the attribute's type wants it. Raises InvalidFilter for what cannot be compared."""
    if value is None:
        if op not in {"eq", "ne"}:
            raise InvalidFilter(f"{path.text} cannot be compared with null by {op}.")
        return None
    leaf = path.sub or path.attribute
    if not leaf.described:
        return _anything(op, value)
    return _OPERANDS[leaf.type](path, op, value)


def _anything(op: str, value: Any) -> str | bool | int | float:
    """An operand for an attribute whose type no schema tells: whatever the literal says."""
    found: str | bool | int | float = value.value if isinstance(value, Number) else value
    if isinstance(found, bool) and op not in {"eq", "ne"}:
        raise InvalidFilter(f"{op} cannot be used with a boolean.")
    if op in _TEXTUAL and not isinstance(found, str):
        raise InvalidFilter(f"{op} compares texts, not {found!r}.")
    return found


def _text(path: Path, _op: str, value: Any) -> str:
    if isinstance(value, bool):
        raise InvalidFilter(f"{path.text} is a text and cannot be compared with {str(value).lower()}.")
    # An id without quotes that looks like a number is compared as it was written.
    return value.text if isinstance(value, Number) else str(value)


def _number(path: Path, op: str, value: Any) -> int | float:
    if not isinstance(value, Number) or op in _TEXTUAL:
        raise InvalidFilter(f"{path.text} is a number and cannot be compared with {value!r} by {op}.")
    return value.value


def _boolean(path: Path, op: str, value: Any) -> bool:
    if op not in {"eq", "ne"}:
        raise InvalidFilter(f"{path.text} is a boolean and compares with eq and ne alone.")
    if isinstance(value, bool):
        return value
    # Directories quote booleans: roles[primary eq "True"].
    words = {"true": True, "false": False}
    word = value.text if isinstance(value, Number) else value
    if word.lower() not in words:
        raise InvalidFilter(f"{path.text} is true or false, not {word!r}.")
    return words[word.lower()]


def _binary(path: Path, op: str, value: Any) -> str:
    if op not in {"eq", "ne"}:
        raise InvalidFilter(f"{path.text} is binary and compares with eq and ne alone.")
    return _text(path, op, value)


def _moment(path: Path, op: str, value: Any) -> str:
    text = value.text if isinstance(value, Number) else str(value)
    if op in _TEXTUAL:
        raise InvalidFilter(f"{path.text} is a time; it compares with eq, ne, gt, ge, lt and le, not with {op}.")
    try:
        moment(text)
    except ValueError as error:
        raise InvalidFilter(f"{path.text} compares with a time such as 2026-01-05T09:00:00Z, not {text!r}.") from error
    return text


_OPERANDS: Mapping[str, Callable[[Path, str, Any], str | bool | int | float]] = {
    "string": _text,
    "reference": _text,
    "binary": _binary,
    "integer": _number,
    "decimal": _number,
    "boolean": _boolean,
    "dateTime": _moment,
}

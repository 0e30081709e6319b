"""Filter text as tokens for the parser, with every literal already what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

MAX_CHARACTERS = 4096
MAX_TOKENS = 400
MAX_DEPTH = 20


class InvalidFilter(ValueError):
    """A text that is no filter, or one that compares what cannot be compared; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Token:
    """One token in the shape that scim2-filter-parser's grammar reads."""

    type: str
    value: Any
    index: int
    lineno: int = 1
    end: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """An unquoted number, and how it was written: `8e12` may be an id as well."""

    text: str
    value: int | float


_NAME = r"[A-Za-z$][\w$-]*"
_SCANNER = re.compile(
    rf"""
    (?P<SPACE>\s+)
  | (?P<STRING>"(?:[^"\\]|\\.)*")
  | (?P<LPAREN>\()
  | (?P<RPAREN>\))
  | (?P<LBRACKET>\[)
  | (?P<RBRACKET>\])
  | (?P<URN>urn:[^\s\[\]()"\0]+)
  | (?P<NUMBER>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w-]))
  | (?P<SUBATTR>\.{_NAME})
  | (?P<ATTRNAME>{_NAME})
  | (?P<BARE>[^\s\[\]()"\0]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OPERAND = re.compile(
    r"""
    (?P<SPACE>\s+)
  | (?P<STRING>"(?:[^"\\]|\\.)*")
  | (?P<NUMBER>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s)\]]|$))
  | (?P<BARE>[^\s\[\]()"\0]+)
    """,
    re.VERBOSE,
)
"""Behind a comparison: a word without quotes goes up to the next space or bracket, whatever it looks like."""
WORDS = {
    word: word.upper() for word in ("and", "or", "not", "pr", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
}
"""What means something of its own in a filter, in any case."""
_LITERALS: dict[str, tuple[str, bool | None]] = {
    "true": ("TRUE", True),
    "false": ("FALSE", False),
    "null": ("NULL", None),
}
_COMPARING = frozenset({"EQ", "NE", "CO", "SW", "EW", "GT", "GE", "LT", "LE"})


def tokenize(text: str, schemas: tuple[str, ...]) -> list[Token]:
    """The tokens of a filter or path; `schemas` are the URNs that end where an attribute's name begins.

    Texts are unescaped, numbers are a `Number`, true, false and null are themselves: `true` and `"true"` differ.
    After a comparison an unquoted word is a text: some directories do not quote ids or addresses. Raises InvalidFilter
    for more than MAX_CHARACTERS, MAX_TOKENS or MAX_DEPTH, for brackets within brackets, and for what is no token.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"The filter is longer than {MAX_CHARACTERS} characters.")
    tokens: list[Token] = []
    for token in _scan(text, schemas):
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise InvalidFilter(f"The filter has more than {MAX_TOKENS} parts.")
    _check_nesting(tokens)
    return tokens


def _scan(text: str, schemas: tuple[str, ...]) -> Iterator[Token]:
    position, previous = 0, ""
    while position < len(text):
        operand = previous in _COMPARING
        match = (_OPERAND.match(text, position) if operand else None) or _SCANNER.match(text, position)
        if match is None:
            raise InvalidFilter(f"The filter cannot be read from {text[position : position + 20]!r} on.")
        kind, value, start = match.lastgroup or "", match.group(), position
        position = match.end()
        if kind == "SPACE":
            continue
        for token in _tokens(kind, value, start, schemas, operand=operand):
            previous = token.type
            yield token


def _tokens(kind: str, value: str, start: int, schemas: tuple[str, ...], *, operand: bool) -> Iterator[Token]:
    if kind == "STRING":
        yield Token("COMP_VALUE", _unescaped(value), start)
    elif operand and kind in {"BARE", "NUMBER"}:
        yield _operand(kind, value, start)
    elif kind == "URN":
        yield from _urn(value, start, schemas)
    elif kind == "ATTRNAME" and value.lower() in WORDS:
        yield Token(WORDS[value.lower()], value.lower(), start)
    elif kind in {"BARE", "NUMBER"}:
        raise InvalidFilter(f"{value!r} is neither an attribute nor an operator.")
    elif kind == "SUBATTR":
        yield Token(kind, value[1:], start)
    else:
        yield Token(kind, value, start)


def _operand(kind: str, value: str, start: int) -> Token:
    if value.lower() in _LITERALS:
        name, literal = _LITERALS[value.lower()]
        return Token(name, literal, start)
    if kind == "NUMBER":
        try:
            return Token("NUMBER", Number(value, orjson.loads(value)), start)
        except orjson.JSONDecodeError:
            return Token("COMP_VALUE", value, start)  # leading zeros: an id, not a number
    return Token("COMP_VALUE", value, start)


def _unescaped(quoted: str) -> str:
    try:
        text: str = orjson.loads(quoted)
    except orjson.JSONDecodeError as error:
        raise InvalidFilter(f"{quoted} is not a JSON string.") from error
    if "\0" in text:
        raise InvalidFilter("A filter cannot contain a NUL character; nothing that is stored does.")
    return text


def _urn(value: str, start: int, schemas: tuple[str, ...]) -> Iterator[Token]:
    """A schema's URN, the attribute after it, its sub-attribute. URNs contain dots, so known schemas decide first."""
    lowered = value.lower()
    urn = next((one for one in schemas if lowered.startswith(f"{one.lower()}:")), None)
    if urn is None:
        urn, _, rest = value.rpartition(":")
    else:
        rest = value[len(urn) + 1 :]
    name, dot, sub = rest.partition(".")
    if not re.fullmatch(_NAME, name) or (dot and not re.fullmatch(_NAME, sub)):
        raise InvalidFilter(f"{value!r} names no attribute of a schema.")
    yield Token("SCHEMA_URI", urn, start)
    yield Token("ATTRNAME", name, start + len(urn) + 1)
    if dot:
        yield Token("SUBATTR", sub, start + len(urn) + len(name) + 1)


def _check_nesting(tokens: list[Token]) -> None:
    depth = brackets = 0
    for token in tokens:
        if token.type == "LPAREN":
            depth += 1
        elif token.type == "RPAREN":
            depth -= 1
        elif token.type == "LBRACKET":
            brackets += 1
        elif token.type == "RBRACKET":
            brackets -= 1
        if depth > MAX_DEPTH:
            raise InvalidFilter(f"The filter nests deeper than {MAX_DEPTH} parentheses.")
        if brackets > 1:
            raise InvalidFilter("Brackets within brackets have no meaning in SCIM.")

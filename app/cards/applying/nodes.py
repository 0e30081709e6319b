"""YAML text as a tree that remembers its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from app.cards.applying.problems import BadFileError, Problem, Problems

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read, with the pictures in it."""

MAX_TEXT = 512 * 1024
"""Characters beside pictures: some hundred templates."""

PICTURE = "data:"
"""How a picture that is written into the file begins (RFC 2397)."""

MAX_DEPTH = 12
"""How deep lists and mappings may lie in each other; the format needs five levels."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. Dates are texts, as written."""

    line: int
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    line: int
    node: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values; no key is there twice."""

    line: int
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Listing | Mapping

_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
"""What an escape such as `\\ud800` leaves; it is no text that can be kept."""
_TAG = "tag:yaml.org,2002:"


def read_nodes(content: bytes, problems: Problems) -> Node:
    """The one document in a YAML file. Duplicate keys are noted in `problems`.

    Raises BadFileError for what is no YAML or no text, is too large or too deep, and for anchors, aliases and tags: the
    format needs none of them, and a small file can unfold to gigabytes through them.
    """
    text = _decoded(content)
    try:
        for problem in _unwelcome(text):
            raise BadFileError([problem])
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        raise BadFileError([Problem(line, f"this is not YAML: {error.problem}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadFileError([Problem(line, "there is a control character here")]) from error
    if node is None:
        raise BadFileError([Problem(1, "the file is empty")])
    return _converted(node, problems)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise BadFileError([Problem(1, f"the file has more than {MAX_BYTES // 1024} kB")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFileError([Problem(line, "this is not text in UTF-8")]) from error


def _unwelcome(text: str) -> Iterator[Problem]:
    """What YAML allows and this format does not, found before anything is built from it."""
    depth = pictures = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        if getattr(event, "anchor", None) is not None:
            yield Problem(line, "anchors (&) and aliases (*) are not supported; write the value out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            yield Problem(line, f"tags such as {tag!r} are not supported")
        if isinstance(event, yaml.ScalarEvent) and event.value.startswith(PICTURE):
            pictures += len(event.value)
        if event.end_mark is not None and event.end_mark.index - pictures > MAX_TEXT:
            yield Problem(line, f"the file has more than {MAX_TEXT // 1024} kB beside its pictures")
        if isinstance(event, yaml.ScalarEvent) and _HALF_A_CHARACTER.search(event.value):
            yield Problem(line, "there is half a character here: a surrogate that stands alone")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            yield Problem(line, f"lists and mappings lie more than {MAX_DEPTH} levels deep")


def _line(mark: Any) -> int:
    """The line of a mark of PyYAML, counted from 1."""
    return 1 if mark is None else int(mark.line) + 1


def _converted(node: yaml.Node, problems: Problems) -> Node:
    line = _line(node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return Listing(line, tuple(_converted(item, problems) for item in node.value))
    if isinstance(node, yaml.MappingNode):
        return Mapping(line, tuple(_entries(node, problems)))
    assert isinstance(node, yaml.ScalarNode)
    return Scalar(line, _value(node, problems))


def _entries(node: yaml.MappingNode, problems: Problems) -> Iterator[Entry]:
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.add(line, "a key must be a single word")
            continue
        key = str(key_node.value)
        if key in lines:
            problems.add(line, f"{key!r} is here twice; the first is in line {lines[key]}")
            continue
        lines[key] = line
        yield Entry(key, line, _converted(value_node, problems))


def _value(node: yaml.ScalarNode, problems: Problems) -> str | int | float | bool | None:
    construct = yaml.constructor.SafeConstructor()
    try:
        match str(node.tag).removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return bool(construct.construct_yaml_bool(node))
            case "int":
                return int(construct.construct_yaml_int(node))
            case "float":
                return float(construct.construct_yaml_float(node))
            case _:
                return str(node.value)
    except ValueError:
        problems.add(_line(node.start_mark), "this number cannot be read")
        return None

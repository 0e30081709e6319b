"""Reading a directory: a YAML file, or a folder with Entra's own CSV exports (`entra_csv`).

Values are taken as they are written: `postalCode: 8001` is the text "8001" and `country: NO` is Norway.

Beyond what an Entra user has, an entry may say `deleted: soft` (in the recycle bin: sent as inactive, under a tombstone
name), `deleted: hard` (gone for good: sent as DELETE; the only kind that groups know) and `deleted: false` (restored).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.rehearsal import entra_csv
from app.rehearsal.directory import (
    CHOICES,
    DIALECTS,
    EXTENSION,
    GROUP_KEYS,
    PERSON_KEYS,
    Directory,
    GroupEntry,
    PersonEntry,
    Reference,
    Stage,
    history,
)
from app.rehearsal.errors import DirectoryFileError, Place

BEGINNING = "initial cycle"
"""The name of the first cycle, which pushes everything."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_directory(path: Path) -> Directory:
    """The directory that the file or folder describes. Raises DirectoryFileError."""
    if path.is_dir():
        return history([entra_csv.read_folder(path, BEGINNING)])
    return read_yaml(path.name, _text(path))


def read_yaml(name: str, text: str) -> Directory:
    """The directory that YAML text describes; `name` is what errors call the file. Raises DirectoryFileError."""
    return _Reader(name).directory(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DirectoryFileError(path.name, "this is not UTF-8 text") from error
    except OSError as error:
        raise DirectoryFileError(str(path), (error.strerror or "cannot be read").lower()) from error


class _Reader:
    """Turns the composed nodes of one file into entries; nodes carry the line numbers."""

    def __init__(self, file: str) -> None:
        self._file = file

    def directory(self, text: str) -> Directory:
        root = self._compose(text)
        if root is None:
            raise DirectoryFileError(self._file, "the file is empty; it needs `users:`")
        parts = self._mapping(root, ("tenant", "users", "groups", "stages"), "the file")
        stages = [self._stage(parts, BEGINNING)]
        for number, node in enumerate(self._list(parts.get("stages"), "stages"), start=1):
            told = self._mapping(node, ("name", "users", "groups"), "a stage")
            name = self._scalar(told["name"], "name") if "name" in told else None
            stages.append(self._stage(told, name or f"stage {number}"))
        return history(stages, self._dialect(parts.get("tenant")))

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._file if mark is None else Place(self._file, mark.line + 1)
            raise DirectoryFileError(place, f"this is not YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:
            raise DirectoryFileError(self._file, f"this is not YAML: {error}") from error
        except RecursionError as error:
            raise DirectoryFileError(self._file, "this is nested too deeply for a directory") from error
        return root

    def _dialect(self, node: yaml.Node | None) -> str | None:
        if node is None:
            return None
        told = self._mapping(node, ("id", "dialect"), "tenant")
        if "dialect" not in told:
            return None
        dialect = self._scalar(told["dialect"], "dialect")
        if dialect is not None and dialect not in DIALECTS:
            raise self._wrong(told["dialect"], f"dialect is {dialect!r}; it can be {', '.join(DIALECTS)}")
        return dialect

    def _stage(self, parts: Mapping[str, yaml.Node], name: str) -> Stage:
        people = tuple(self._person(node) for node in self._list(parts.get("users"), "users"))
        groups = tuple(self._group(node) for node in self._list(parts.get("groups"), "groups"))
        return Stage(name, people, groups)

    def _person(self, node: yaml.Node) -> PersonEntry:
        told = self._mapping(node, (*PERSON_KEYS, "extension"), "a user")
        given = dict(self._values(told))
        if "extension" in told:
            for key, value in self._pairs(told["extension"], "extension"):
                if not entra_csv.EXTENSION_NAME.fullmatch(key):
                    raise self._wrong(value, f"{key!r} cannot be the name of an extension attribute")
                given[EXTENSION + key] = self._scalar(value, key)
        return PersonEntry(self._place(node), given)

    def _group(self, node: yaml.Node) -> GroupEntry:
        told = self._mapping(node, (*GROUP_KEYS, "members"), "a group")
        given = dict(self._values(told))
        if given.get("deleted") == "soft":
            raise self._wrong(told["deleted"], "a group is deleted `hard`; Entra sends a DELETE for either kind")
        members = None
        if "members" in told:
            names = (self._scalar(item, "members") for item in self._list(told["members"], "members"))
            members = tuple(Reference((name,)) for name in names if name)
        return GroupEntry(self._place(node), given, members)

    def _values(self, told: Mapping[str, yaml.Node]) -> Iterator[tuple[str, str | None]]:
        """The plain values of an entry; words of a list in lower case."""
        for key, node in told.items():
            if key in {"extension", "members"}:
                continue
            value = self._scalar(node, key)
            if value is not None and key in CHOICES:
                if value.lower() not in CHOICES[key]:
                    raise self._wrong(node, f"{key} is {value!r}; it can be {', '.join(CHOICES[key])}")
                value = value.lower()
            yield key, value

    def _mapping(self, node: yaml.Node, keys: Iterable[str], what: str) -> dict[str, yaml.Node]:
        known = tuple(keys)
        told: dict[str, yaml.Node] = {}
        for key, value in self._pairs(node, what):
            if key not in known:
                raise self._wrong(value, f"{what} has no key {key!r}; {_nearest(key, known)}")
            told[key] = value
        return told

    def _pairs(self, node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"{what} must be keys with values")
        seen: set[str] = set()
        for key_node, value in node.value:
            key = self._scalar(key_node, "a key") or ""
            if key in seen:
                raise self._wrong(key_node, f"{key!r} stands twice in the same place")
            seen.add(key)
            yield key, value

    def _list(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        if node is None or (isinstance(node, yaml.ScalarNode) and _empty(node)):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(node, f"{what} must be a list")
        return list(node.value)

    def _scalar(self, node: yaml.Node, what: str) -> str | None:
        """The text as it is written; None for null and for nothing."""
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, f"{what} must be one value")
        if _empty(node):
            return None
        return str(node.value)

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1)

    def _wrong(self, node: yaml.Node, reason: str) -> DirectoryFileError:
        return DirectoryFileError(self._place(node), reason)


def _empty(node: yaml.ScalarNode) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null") or node.value == ""


def _nearest(key: str, known: tuple[str, ...]) -> str:
    folded = {name.lower(): name for name in known}
    aliased = entra_csv.COLUMNS.get(entra_csv.column_name(key))
    near = difflib.get_close_matches(key.lower(), folded, n=1, cutoff=0.5)
    if aliased in known:
        return f"did you mean {aliased}?"
    if near:
        return f"did you mean {folded[near[0]]}?"
    return f"it can have {', '.join(known)}"

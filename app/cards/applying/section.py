"""Reading one mapping of the file: known keys, types, and sentences about what is wrong, with the line."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any

from app.cards.applying.nodes import Entry, Listing, Mapping, Node, Scalar
from app.cards.applying.problems import Problems

TEXT_LENGTH = 255
LONG_TEXT_LENGTH = 4_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Section:
    """A mapping of the file with the keys that it may have. Every wrong value is noted and read as if left out."""

    def __init__(
        self,
        node: Mapping,
        known: Sequence[str],
        problems: Problems,
        within: str = "",
        elsewhere: dict[str, str] | None = None,
    ) -> None:
        """`within` is put before keys in sentences (`design` makes `design.accent`). Unknown keys are noted.

        `elsewhere` has keys that people look for here, with sentences that say where they belong.
        """
        self.line = node.line
        self.problems = problems
        self._within = f"{within}." if within else ""
        self._entries: dict[str, Entry] = {}
        for entry in node.entries:
            if entry.key in known:
                self._entries[entry.key] = entry
            elif elsewhere is not None and entry.key in elsewhere:
                problems.add(entry.line, f"{self._within}{entry.key} {elsewhere[entry.key]}")
            else:
                problems.add(entry.line, unknown("key", entry.key, known))

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def line_of(self, key: str) -> int:
        """The line of `key`, or of the whole when it is not there."""
        return self._entries[key].line if key in self._entries else self.line

    def refuse(self, key: str, reason: str) -> None:
        """Note that the value of `key` is wrong."""
        self.problems.add(self.line_of(key), f"{self._within}{key} {reason}")

    def text(
        self, key: str, *, longest: int = TEXT_LENGTH, lines: bool = False, needed: str | None = None
    ) -> str | None:
        """A text that is not blank; None for null or nothing, which is refused with the sentence `needed`.

        `lines`: it may have several.
        """
        value = self._scalar(key)
        if value is None:
            if needed is not None:
                self.problems.add(self.line_of(key), needed)
            return None
        if not isinstance(value, str):
            self.refuse(key, "must be a text" + ("" if isinstance(value, Listing | Mapping) else "; put it in quotes"))
            return None
        fault = text_fault(value, longest, lines=lines)
        if fault is not None:
            self.refuse(key, fault)
            return None
        return value

    def flag(self, key: str) -> bool:
        """true or false; false when left out."""
        value = self._scalar(key)
        if key in self and not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value is True

    def choice(self, key: str, choices: Sequence[str], default: str, *, what: str | None = None) -> str:
        """One of `choices`, `default` when left out. `what` is what people call it, if not `key`."""
        value = self._scalar(key)
        if key not in self or value in choices:
            return str(value or default)
        if isinstance(value, str):
            self.problems.add(self.line_of(key), unknown(what or f"{self._within}{key}", value, choices))
        else:
            self.refuse(key, f"must be one of {', '.join(choices)}")
        return default

    def section(self, key: str, known: Sequence[str], elsewhere: dict[str, str] | None = None) -> Section | None:
        """The mapping under `key`, None when left out. `elsewhere` is as for the constructor."""
        node = self.node(key)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.refuse(key, f"must have keys of its own: {', '.join(known)}")
            return None
        return Section(node, known, self.problems, f"{self._within}{key}", elsewhere)

    def mappings(self, key: str) -> list[Mapping]:
        """The mappings in the list under `key`; none when left out."""
        node = self.node(key)
        if node is None:
            return []
        if not isinstance(node, Listing):
            self.refuse(key, "must be a list")
            return []
        for item in node.items:
            if not isinstance(item, Mapping):
                self.problems.add(item.line, f"an entry of {self._within}{key} must have keys")
        return [item for item in node.items if isinstance(item, Mapping)]

    def node(self, key: str) -> Node | None:
        """What stands under `key`, None when it is left out."""
        return self._entries[key].node if key in self else None

    def content(self) -> dict[str, Any]:
        """All known keys that are there, with plain Python data."""
        return {key: plain(entry.node) for key, entry in self._entries.items()}

    def _scalar(self, key: str) -> Any:
        node = self.node(key)
        return node.value if isinstance(node, Scalar) else node


def text_fault(value: str, longest: int, *, lines: bool = False) -> str | None:
    """Why `value` is no text that can be kept, worded to follow its name; None when it is one.

    `lines`: it may have several.
    """
    if not value.strip():
        return "must not be empty"
    if len(value) > longest:
        return f"must not be longer than {longest} characters"
    if _CONTROL.search(value) or ("\n" in value and not lines):
        return "must not contain control characters" + ("" if lines else " or several lines")
    return None


def plain(node: Node) -> Any:
    """A node as plain Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {entry.key: plain(entry.node) for entry in node.entries}


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """The sentence about a name that means nothing, with the nearest that does."""
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"unknown {what} {name!r}; {hint}"

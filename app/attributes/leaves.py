"""The single values in a document, and how two documents differ in them. Pure.

A leaf is a text, number or boolean under a name: `title`, `name.givenName`, `emails[work].value`,
`urn:…:enterprise:2.0:User:department`. Entries of a list are told apart by their `type`; a second one of a type is
`[work 2]`, one without a type `[]`. What nests deeper than an entry's sub-attributes is one leaf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """A leaf that two documents do not share; None stands for no value."""

    name: str
    before: Any
    after: Any


def leaves(value: Any) -> dict[str, Any]:
    """The leaves of one attribute's value (or of all under an extension's URN), by what `leaf_name` appends."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return {
            f"{label}{name}": inner
            for label, entry in labelled(value)
            for name, inner in entry.items()
            if name != "type"
        }
    return {"": value}


def labelled(entries: list[Any]) -> Iterator[tuple[str, Any]]:
    """Each entry with what its leaves begin with: `[work].`, `[work 2].`, `[].`."""
    seen: dict[str, int] = {}
    for entry in entries:
        kind = str(entry.get("type", ""))
        seen[kind] = seen.get(kind, 0) + 1
        yield (f"[{kind}]." if seen[kind] == 1 else f"[{kind} {seen[kind]}]."), entry


def leaf_name(key: str, leaf: str) -> str:
    """The whole name of the leaf `leaf` under the attribute or URN `key`."""
    if not leaf or leaf.startswith("["):
        return f"{key}{leaf}"
    return f"{key}:{leaf}" if key.startswith("urn:") else f"{key}.{leaf}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """How `after` differs, in its order; what only `before` had comes last."""
    found = []
    for key in (*after, *(key for key in before if key not in after)):
        if before.get(key) == after.get(key):
            continue
        was, now = (leaves(document[key]) if key in document else {} for document in (before, after))
        for leaf in (*now, *(leaf for leaf in was if leaf not in now)):
            if was.get(leaf) != now.get(leaf):
                found.append(Difference(leaf_name(key, leaf), was.get(leaf), now.get(leaf)))
    return found

"""How Entra writes a change: the two PATCH dialects, chosen by the flag `aadOptscim062020` in the tenant URL.

`old` (without the flag): capital operations, one for each attribute, always with a path; booleans as text; members as a
list of `{"$ref": null, "value": id}`. `new`: operations in lower case, plain attributes merged into one without a path,
real booleans, members taken away by a filter in the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.rehearsal.mapping import ACTIVE, MANAGER, Difference, Value

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FLAG = "aadOptscim062020"

Operations = list[dict[str, Any]]


class Dialect(Protocol):
    """Turns changes into operations, in the order in which they are to be applied."""

    @property
    def flag(self) -> str | None:
        """What stands in the query of every request."""
        ...

    def attributes(self, changes: Iterable[Difference]) -> Operations:
        """Make attributes what is wanted: `add` where the target holds nothing, else `replace`."""
        ...

    def manager(self, manager_id: str, *, held: bool) -> Operations:
        """Make the person's manager the user of that SCIM id."""
        ...

    def add_members(self, ids: Sequence[str]) -> Operations:
        """Add members by their SCIM ids."""
        ...

    def remove_members(self, ids: Sequence[str]) -> Operations:
        """Take these members away, and only these."""
        ...


def patch_body(operations: Operations) -> dict[str, Any]:
    """The PATCH message (RFC 7644 §3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": operations}


@dataclass(frozen=True, slots=True)
class Old:
    """What Entra speaks by default, and always when provisioning on demand."""

    flag: str | None = None

    def attributes(self, changes: Iterable[Difference]) -> Operations:
        """One operation for each attribute, with its path."""
        return [
            {"op": _verb(change.held).capitalize(), "path": change.path.text, "value": _as_text(change.wanted)}
            for change in changes
        ]

    def manager(self, manager_id: str, *, held: bool) -> Operations:
        """The id as bare text."""
        return [{"op": "Replace" if held else "Add", "path": MANAGER.text, "value": manager_id}]

    def add_members(self, ids: Sequence[str]) -> Operations:
        """All of them in one list."""
        return [{"op": "Add", "path": "members", "value": _references(ids)}]

    def remove_members(self, ids: Sequence[str]) -> Operations:
        """All of them in one list, which means these and no others."""
        return [{"op": "Remove", "path": "members", "value": _references(ids)}]


@dataclass(frozen=True, slots=True)
class New:
    """What Entra speaks with the flag in the tenant URL."""

    flag: str | None = FLAG

    def attributes(self, changes: Iterable[Difference]) -> Operations:
        """Filtered paths one by one, then the plain attributes together; a lone `active` has its path."""
        told = list(changes)
        if [change.path for change in told] == [ACTIVE]:
            return [{"op": _verb(told[0].held), "path": ACTIVE.text, "value": told[0].wanted}]
        operations: Operations = [
            {"op": _verb(change.held), "path": change.path.text, "value": change.wanted}
            for change in told
            if change.path.entry is not None
        ]
        merged: dict[str, dict[str, Value]] = {"add": {}, "replace": {}}
        for change in told:
            if change.path.entry is None:
                merged[_verb(change.held)][change.path.text] = change.wanted
        return operations + [{"op": verb, "value": values} for verb, values in merged.items() if values]

    def manager(self, manager_id: str, *, held: bool) -> Operations:
        """The id under the attribute's whole name, in an operation without a path."""
        return [{"op": "replace" if held else "add", "value": {MANAGER.text: manager_id}}]

    def add_members(self, ids: Sequence[str]) -> Operations:
        """All of them in one list."""
        return [{"op": "add", "path": "members", "value": [{"value": member} for member in ids]}]

    def remove_members(self, ids: Sequence[str]) -> Operations:
        """One operation for each, by a filter in the path."""
        return [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in ids]


OLD: Dialect = Old()
NEW: Dialect = New()

BY_NAME: dict[str, tuple[Dialect, ...]] = {"old": (OLD,), "new": (NEW,), "both": (OLD, NEW)}
"""What each choice alternates between, from one resource to the next."""


def _verb(held: Any) -> str:
    return "add" if held is None else "replace"


def _as_text(value: Value) -> str:
    """`True` and `False` are how .NET prints a boolean."""
    return str(value)


def _references(ids: Iterable[str]) -> list[dict[str, str | None]]:
    return [{"$ref": None, "value": member} for member in ids]

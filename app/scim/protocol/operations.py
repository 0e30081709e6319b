"""One operation of a PATCH, once it is lawful (RFC 7644 §3.5.2), and what its value is for the attribute it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.attributes.checks import EMPTY, InvalidValue, checked_entry, kind
from app.attributes.definitions import Attribute
from app.attributes.documents import held
from app.attributes.filters import Filter
from app.attributes.matching import matches
from app.attributes.paths import Path
from app.scim.protocol.errors import mutability

Document = dict[str, Any]

NOTHING: tuple[Any, ...] = (None, "", [])
"""What unassigns an attribute when it is its value."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A lawful operation: `op` is add, replace or remove; every one has a path."""

    op: str
    path: Path
    value: Any = None

    @property
    def removes(self) -> bool:
        """Whether it leaves nothing where it points: to assign nothing is to remove (RFC 7643 §2.5).

        An empty list added to a list adds nothing and removes nothing, an empty object names no part to change.
        """
        if self.op == "add" and self.value == [] and self.path.attribute.multi_valued:
            return False
        return self.op == "remove" or self.value in NOTHING


def merged(entry: Mapping[str, Any], attribute: Attribute, value: Any, path: str) -> Document:
    """`entry`, the value of a complex attribute, with the sub-attributes in `value` replaced (RFC 7644 §3.5.2.3).

    Those that `value` does not name are left unchanged, those that it names as empty go. A `$ref` does not outlive the
    value it belongs to: beside another id it would name somebody else. Raises InvalidValue, ScimError mutability.
    """
    if not isinstance(value, dict):
        raise InvalidValue(path, f"must be an object, not {kind(value)}")
    if not attribute.described:
        parts = {**entry, **{held(entry, name): inner for name, inner in value.items()}}
        return {name: inner for name, inner in parts.items() if inner not in EMPTY}
    new = checked_entry(attribute, value, path) or {}
    subs = (attribute.sub(name) for name in value)
    named = {sub.name for sub in subs if sub is not None and sub.mutability != "readOnly"}
    kept = {name: inner for name, inner in entry.items() if name not in named}
    if "$ref" in kept and "value" in named and new.get("value") != entry.get("value"):
        del kept["$ref"]
    after = {**kept, **new}
    refuse_alterations(attribute, entry, after, path)
    return after


def refuse_alterations(attribute: Attribute, before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> None:
    """Raises ScimError mutability for an immutable sub-attribute that has a value in `before` and not that `after`."""
    for sub in attribute.sub_attributes:
        if sub.mutability == "immutable" and sub.name in before and before[sub.name] != after.get(sub.name):
            raise mutability(f"{path}.{sub.name}", "is set once and then stays as it is")


def selects(where: Filter, entry: Any) -> bool:
    """Whether a path's value filter means this entry; the entry of a simple attribute is its own `value` (§3.5.2.2)."""
    return matches(where, entry if isinstance(entry, dict) else {"value": entry})

"""PATCH on a document (RFC 7644 §3.5.2): a document and lawful operations in, another document out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from reprlib import repr as shortened
from typing import Any

from app.attributes.characteristics import altered, missing
from app.attributes.checks import EMPTY, MAX_NAME, checked, checked_name, checked_text, plain
from app.attributes.definitions import Attribute, ResourceType
from app.attributes.documents import held
from app.attributes.paths import Path, canonical
from app.scim.protocol.entries import changed_entries, with_part_changed
from app.scim.protocol.errors import invalid_value, mutability, no_target
from app.scim.protocol.operations import Document, Operation, merged, selects

__all__ = ["Operation", "apply", "outcome"]

_NEVER_CLEARED = frozenset({"active"})
"""Besides what is required: whether somebody is active is not a thing to be unsaid."""


def apply(document: Mapping[str, Any], operations: Iterable[Operation], resource_type: ResourceType) -> Document:
    """`document` after all operations, in order; the one given is untouched.

    Where a path's filter selects no entry, one is created from it when it is a chain of `eq`: Entra sets the work
    address before there is one. Raises ScimError (noTarget, mutability, invalidValue) and
    attributes.checks.InvalidValue; then nothing has happened.
    """
    listed = tuple(operations)
    result = outcome(document, listed, resource_type)
    lacking = missing(result, resource_type)
    if lacking is not None:
        raise _required(lacking, listed)
    changed = altered(document, result, resource_type)
    if changed is not None:
        raise mutability(changed.text, "is set once and then stays as it is")
    return result


def outcome(document: Mapping[str, Any], operations: Iterable[Operation], resource_type: ResourceType) -> Document:
    """The same for a document that need not be complete: what is required may be missing, before and after."""
    result: Document = dict(document)
    for operation in operations:
        _apply(result, operation, resource_type)
    return result


def _apply(document: Document, operation: Operation, resource_type: ResourceType) -> None:
    """Change `document`, and nothing within what it holds."""
    path, attribute = operation.path, operation.path.attribute
    leaf = path.sub or attribute
    if attribute.mutability == "readOnly" or leaf.mutability == "readOnly":
        raise mutability(path.text)
    if path.whole_extension:
        _change_extension(document, operation, resource_type)
        return
    if path.urn is None:
        _change(document, attribute.name, operation)
        if attribute.name in _NEVER_CLEARED and attribute.name not in document:
            raise invalid_value(attribute.name, "cannot be removed; send true or false")
        return
    urn = held(document, checked_text(path.urn, shortened(path.urn), MAX_NAME))
    extension = dict(document.get(urn, {}))
    name = attribute.name if attribute.described else held(extension, checked_name(urn, attribute.name))
    _change(extension, name, operation)
    if extension:
        document[urn] = extension
    else:
        document.pop(urn, None)


def _change_extension(document: Document, operation: Operation, resource_type: ResourceType) -> None:
    """Everything under an extension's URN: values are merged into it, removing takes it away."""
    urn = operation.path.urn or ""
    if operation.removes:
        document.pop(held(document, urn), None)
        return
    if not isinstance(operation.value, dict):
        raise invalid_value(urn, "must be an object with the extension's attributes")
    for name, value in operation.value.items():
        attribute = resource_type.attribute(name, urn) or Attribute(name, described=False)
        if attribute.mutability != "readOnly":
            path = Path(urn, attribute, text=canonical(urn, attribute, None))
            _apply(document, Operation(operation.op, path, value), resource_type)


def _change(place: Document, name: str, operation: Operation) -> None:
    """Change the attribute that `place` holds under `name`."""
    path, before = operation.path, place.get(name)
    if _holds_entries(before, operation):
        after = changed_entries(before or [], operation)
    elif path.where is not None and (before is None or not selects(path.where, before)):
        if not operation.removes:
            raise no_target(f"{path.text} selects nothing to {operation.op}.")
        return
    else:
        after = _changed_single(before, operation)
    if not path.attribute.described:
        after = plain(after, path.text)
    if after in EMPTY:
        place.pop(name, None)
    else:
        place[name] = after


def _holds_entries(before: Any, operation: Operation) -> bool:
    """Whether an attribute is multi-valued; one that no schema describes is when it holds a list, or gets its first."""
    path = operation.path
    if path.attribute.described:
        return path.attribute.multi_valued
    return isinstance(before, list) or (before is None and path.where is not None)


def _changed_single(before: Any, operation: Operation) -> Any:
    path, attribute, value = operation.path, operation.path.attribute, operation.value
    if path.sub is not None:
        if isinstance(before, dict):
            return with_part_changed(before, operation)
        # What no schema describes may hold something without parts; it gives way to the part.
        return before if operation.removes else with_part_changed({}, operation)
    if operation.removes:
        return None
    if attribute.type == "complex" or (isinstance(before, dict) and isinstance(value, Mapping)):
        # RFC 7644 §3.5.2.3: "Sub-attributes that are not specified in the "value" parameter are left unchanged."
        return merged(before or {}, attribute, value, path.text)
    return checked(attribute, value, path.text) if attribute.described else value


def _required(lacking: Path, operations: tuple[Operation, ...]) -> Exception:
    """The refusal of a document that lacks what is required: `mutability` when it was removed (RFC 7644 §3.5.2.2),
    `invalidValue` ("a required value was missing", §3.12) when nothing was assigned to it or it never was there.
    """
    about = [one for one in operations if (one.path.urn, one.path.attribute) == (lacking.urn, lacking.attribute)]
    if about and about[-1].op == "remove":
        return mutability(lacking.text, "is required and cannot be removed")
    return invalid_value(lacking.text, "is required and cannot be removed" if about else "is required")

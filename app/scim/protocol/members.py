"""Changes of a group's members, taken out of a PATCH: whom to add, whom to remove. Nobody is loaded for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.attributes.filters import Compare, Filter, Or
from app.scim.protocol.errors import invalid_filter, invalid_value, mutability, too_many
from app.scim.protocol.operations import Operation

MEMBERS = "members"
MAX_ID = 255
MAX_MEMBERS = 100_000
"""Ids that one request may name, to add and to remove taken together."""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """The members afterwards: those of before (if `keep`) and `add`, without `remove`. The two lists share nobody."""

    keep: bool = True
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def split(operations: Iterable[Operation]) -> tuple[MemberChange | None, list[Operation]]:
    """What the operations do to the members, taken together in their order, and the operations about anything else.

    The first is None when no operation is about members. Raises ScimError naming the member or filter at fault,
    tooMany for more than MAX_MEMBERS.
    """
    rest: list[Operation] = []
    keep, touched = True, False
    named = 0
    add: dict[str, None] = {}
    remove: dict[str, None] = {}
    for operation in operations:
        if operation.path.urn is not None or operation.path.attribute.name != MEMBERS:
            rest.append(operation)
            continue
        touched = True
        ids = _ids(operation)
        named += len(ids or ())
        _check_number(named)
        if operation.op == "replace" or (operation.op == "remove" and ids is None):
            keep, add, remove = False, dict.fromkeys(ids or ()), {}
        elif operation.op == "add":
            add.update(dict.fromkeys(ids or ()))
            remove = {one: None for one in remove if one not in add}
        else:
            gone = dict.fromkeys(ids or ())
            add = {one: None for one in add if one not in gone}
            remove.update(gone)
    return (MemberChange(keep, tuple(add), tuple(remove)) if touched else None), rest


def members_of(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The ids in the `members` of a POST's or PUT's body, each once; None when it says nothing of members.

    Raises ScimError naming the member at fault, tooMany for more than MAX_MEMBERS.
    """
    for key, value in body.items():
        if key.lower() == MEMBERS:
            ids = _listed(value)
            _check_number(len(ids))
            return ids
    return None


def _ids(operation: Operation) -> tuple[str, ...] | None:
    """The ids that an operation is about; None when it is about all members.

    Entra's `remove` with a list of values means those and not everybody, and an empty list nobody. Members come and go
    as a whole: taking a part of an entry away must never end a membership.
    """
    if operation.path.sub is not None:
        raise mutability(operation.path.text, "cannot be changed; add and remove members instead")
    if operation.path.where is not None:
        if operation.op != "remove":
            raise invalid_filter("Members are added and replaced by a list of values, not by a filter.")
        return _selected(operation.path.where)
    if operation.op == "remove" and operation.value is None:
        return None
    return _listed(operation.value)


def _selected(where: Filter) -> tuple[str, ...]:
    """The ids in `value eq "…"`, or in several of these joined by `or`."""
    terms = where.terms if isinstance(where, Or) else (where,)
    ids = []
    for term in terms:
        if not (isinstance(term, Compare) and term.op == "eq" and term.path.attribute.name == "value"):
            raise invalid_filter('Members are selected by their id: members[value eq "…"].')
        ids.append(_checked(term.value, "members.value"))
    return tuple(dict.fromkeys(ids))


def _listed(value: Any) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    listed: Sequence[Any] = value if isinstance(value, list) else [value]
    ids = (_checked(_id_in(entry), f"members[{place}].value") for place, entry in enumerate(listed))
    return tuple(dict.fromkeys(ids))


def _check_number(members: int) -> None:
    if members > MAX_MEMBERS:
        raise too_many(f"A request may name {MAX_MEMBERS} members; send the others in further PATCH requests.")


def _id_in(entry: Any) -> Any:
    """The id in `{"value": id}`, whatever else stands there, or the id itself."""
    if isinstance(entry, dict):
        return next((value for key, value in entry.items() if key.lower() == "value"), None)
    return entry


def _checked(member_id: Any, path: str) -> str:
    if not isinstance(member_id, str) or not member_id:
        raise invalid_value(path, "must be the id of a user or group")
    if len(member_id) > MAX_ID or "\0" in member_id:
        raise invalid_value(path, f"must be an id of at most {MAX_ID} characters")
    return member_id

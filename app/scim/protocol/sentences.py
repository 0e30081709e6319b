"""What a request said and what it did, in a plain sentence for the organization's administrators. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.attributes.leaves import Difference, differences
from app.scim.protocol.redaction import SECRET, is_secret, short

NOTHING = "nothing changed"

MAX_VALUE = 80
"""Characters of a value that a sentence repeats."""
MAX_CHANGES = 5
"""Values that a sentence names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a write did to a card, or to a binding."""

    action: str
    """As the audit log calls it: `card.issued`; besides `card.updated`, that a live card shows something else."""
    own: bool = True
    """Whether it is a card of the person whom the write is about."""
    template: str = ""
    left: str = ""
    """The template that a moved card had before."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that was carried out: the documents before (None after a POST) and after (None after a DELETE)."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    effects: Sequence[Effect] = ()


@dataclass(frozen=True, slots=True)
class WrittenGroup(Written):
    """The same of a group, with how many members came and went, and the only one's user name if it was one."""

    added: int = 0
    removed: int = 0
    member: str = ""


def sentence(written: Written) -> str:
    """`title changed to Head of Sales; card updated`, or that nothing changed."""
    if isinstance(written, WrittenGroup):
        said, effects = _about_group(written), _counted(written.effects)
    else:
        said = _about_user(written)
        own = [effect for effect in written.effects if effect.own]
        effects = [*_of_own_cards(own), *_counted([one for one in written.effects if not one.own], " of others")]
    return "; ".join([*filter(None, said), *effects]) or NOTHING


def refusal(method: str, resource: str, name: str | None, detail: str) -> str:
    """`creating ines@nordwind.example refused: userName … is already in use`.

    `resource` is the kind of resource, or the endpoint of a request that is about none; `name` what it is called.
    """
    known = resource in {"User", "Group"} and method in _ACTS
    wish = f"{_ACTS[method]} {name or f'a {resource}'}" if known else f"{method} /{resource}"
    return f"{wish} refused: {short(detail).rstrip('.')}"


_ACTS = {"GET": "reading", "POST": "creating", "PUT": "replacing", "PATCH": "changing", "DELETE": "deleting"}


def _about_user(written: Written) -> list[str]:
    before, after = written.before, written.after
    if before is None:
        assert after is not None
        return [f"created {_value(after['userName'])}{'' if after.get('active', True) else ', disabled'}"]
    if after is None:
        return [f"deleted {_value(before['userName'])}"]
    said, changes = [], []
    for difference in differences(before, after):
        if difference.name == "active":
            said.append("enabled" if difference.after else "disabled")
        else:
            changes.append(difference)
    return [_changes(changes), *said]


def _about_group(written: WrittenGroup) -> list[str]:
    before, after = written.before, written.after
    if before is None:
        assert after is not None
        return [f"created {_value(after['displayName'])}{_with(written.added)}"]
    name = _value(before["displayName"])
    if after is None:
        return [f"deleted {name}{_with(written.removed)}"]
    said, changes = [], []
    for difference in differences(before, after):
        if difference.name == "displayName":
            said.append(f"{name} renamed to {_value(difference.after)}")
        else:
            changes.append(difference)
    member = f" ({short(written.member, MAX_VALUE)})" if written.member else ""
    said.append(_changes(changes))
    if written.added:
        said.append(f"{_number(written.added, 'member')} added to {_value(after['displayName'])}{member}")
    if written.removed:
        said.append(f"{_number(written.removed, 'member')} removed from {_value(after['displayName'])}{member}")
    return said


def _with(members: int) -> str:
    return f" with {_number(members, 'member')}" if members else ""


def _changes(found: Sequence[Difference]) -> str:
    # Which address is the primary one is said only where nothing else is.
    listed = [one for one in found if not one.name.endswith(".primary")] or list(found)
    told = [_change(one) for one in listed[:MAX_CHANGES]]
    if len(listed) > MAX_CHANGES:
        told.append(f"{len(listed) - MAX_CHANGES} more")
    return ", ".join(told)


def _change(difference: Difference) -> str:
    # The last part of an extension's attribute says it: …:enterprise:2.0:User:department.
    urn = difference.name.startswith("urn:")
    name = short(difference.name.rpartition(":")[2] if urn else difference.name, MAX_VALUE)
    if difference.after is None:
        return f"{name} removed"
    value = SECRET if is_secret(name) else _value(difference.after)
    return f"{name} {'set' if difference.before is None else 'changed'} to {value}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case {"displayName": str(name)} | {"value": str(name)}:
            return short(name, MAX_VALUE)
        case dict() | list():
            return _number(len(value), "part")
        case _:
            return " ".join(short(str(value), MAX_VALUE).split())


def _of_own_cards(effects: Sequence[Effect]) -> list[str]:
    """`card issued (Sales)`, `2 cards paused`: the template is named where the card is new to the person."""
    told: list[str] = []
    for action, words in _CARD.items() if effects else ():
        found = [effect for effect in effects if effect.action == action]
        if action == "card.switched":
            told.extend(f"card moved from {one.left} to {one.template}" for one in found)
        elif found:
            subject = "card" if len(found) == 1 else f"{len(found)} cards"
            named = f" ({', '.join(effect.template for effect in found)})" if action in _NEW else ""
            told.append(f"{subject} {words}{named}")
    return told


def _counted(effects: Sequence[Effect], whose: str = "") -> list[str]:
    if not effects:
        return []
    counts = Counter(effect.action for effect in effects)
    told = [f"{_number(counts[action], 'card')}{whose} {words}" for action, words in _CARD.items() if counts[action]]
    if counts["binding.resolved"]:
        told.insert(0, f"{_number(counts['binding.resolved'], 'binding')} found the group")
    return told


_CARD = {
    "card.updated": "updated",
    "card.issued": "issued",
    "card.resumed": "resumed",
    "card.switched": "moved",
    "card.waiting": "waiting for a seat",
    "card.paused": "paused",
    "card.held": "held until an admin decides",
}
_NEW = frozenset({"card.issued", "card.waiting"})


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

"""Which templates a person is due, by the groups they are in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """One binding: members of the group get a card of the template. `group_id` is None while it waits for a group."""

    template_id: str
    group_id: str | None
    exclusive: str | None = None


def due(bindings: Sequence[Bound], group_ids: Collection[str]) -> dict[str, str]:
    """The templates that a direct member of `group_ids` is due, each with the group that gives it.

    `bindings` are in order of precedence. However many groups lead to a template, it is due once; of the bindings
    in one exclusive set only the first that applies counts.
    """
    templates: dict[str, str] = {}
    sets: set[str] = set()
    for binding in bindings:
        if binding.group_id is None or binding.group_id not in group_ids or binding.exclusive in sets:
            continue
        templates.setdefault(binding.template_id, binding.group_id)
        if binding.exclusive is not None:
            sets.add(binding.exclusive)
    return templates
